"""``kupffer refresh``: the corpus into the tables, by Prefect."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.options import Lexicon, Model, Out, Strict, language
from pipeline.outcomes import orderly, status, tell
from pipeline.refresh_options import AllowDropOption, FetchOption, RunnerOption, WorkersOption


def refresh(
    corpus: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of texts; corpus by default.")
    ] = None,
    out: Out = None,
    model: Model = None,
    lexicon: Lexicon = None,
    runner: RunnerOption = None,
    workers: WorkersOption = None,
    fetch: FetchOption = False,
    allow_drop: AllowDropOption = False,
    strict: Strict = False,
) -> None:
    """Bring the tables up to a corpus folder, by Prefect: only what changed since the last run is worked on.

    Prefect's server is started and ended for you, unless PREFECT_API_URL names one.
    """
    with orderly():
        from pipeline.settings import settings

        corpus, out = corpus or settings().corpus, out or settings().outputs
        if not corpus.is_dir():
            raise typer.BadParameter(
                f"{corpus}: no such folder; name one that holds your texts.", None, None, "--corpus"
            )
        from flows.server import keep_prefect_inside

        model, lexicon = model or settings().model, lexicon or settings().lexicon
        keep_prefect_inside(out)
        from flows import refresh as flow
        from pipeline.terminal import Terminal

        if flow.model_is_new(out, model, lexicon):
            tell("Loading the model …")
            language(model, lexicon)
        report = flow.run(
            corpus, out, model, lexicon, runner=runner, workers=workers, fetch=fetch, allow_drop=allow_drop
        )
        report.show(Terminal(file=sys.stdout, highlight=False, soft_wrap=False))
    raise typer.Exit(status(report.read, len(report.failures), strict))
