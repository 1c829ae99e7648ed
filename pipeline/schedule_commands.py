"""``kupffer schedule``: the refresh at set times."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.options import Lexicon, Model, Out
from pipeline.outcomes import WRONG_USAGE, orderly, tell
from pipeline.refresh_options import AllowDropOption, FetchOption, RunnerOption, WorkersOption


def schedule(
    cron: Annotated[
        str, typer.Option("--cron", metavar="CRON", help="When: '0 3 * * 1' is every Monday at 3.")
    ],
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="Whose clock, such as Europe/Paris.")
    ] = "UTC",
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
) -> None:
    """Run the refresh at set times, one run at a time, until stopped with Ctrl-C.

    Prefect's server, with its pages, is started and ended for you, unless PREFECT_API_URL names one.
    """
    with orderly():
        from flows.server import keep_prefect_inside
        from pipeline.settings import settings

        out = (out or settings().outputs).resolve()
        lexicon = lexicon or settings().lexicon
        keep_prefect_inside(out)
        from flows.schedule import serve

        try:
            serve(
                cron,
                {
                    "corpus": (corpus or settings().corpus).resolve(),
                    "outputs": out,
                    "model": model or settings().model,
                    "lexicon": lexicon.resolve() if lexicon else None,
                    "runner": runner,
                    "workers": workers,
                    "fetch": fetch,
                    "allow_drop": allow_drop,
                },
                timezone,
                out / ".prefect",
            )
        except ValueError as error:
            tell(str(error))
            raise typer.Exit(WRONG_USAGE) from None
