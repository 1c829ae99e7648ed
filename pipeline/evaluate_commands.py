"""``kupffer evaluate``: how good is it, by marked texts or by what curators said of its rows?"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.options import Lexicon, Model, ReportFormat, language
from pipeline.outcomes import NOTHING_READ, WRONG_USAGE, orderly, tell

_SHEETS = (".csv", ".tsv")
_LOG = "corrections.parquet"


def evaluate(
    gold: Annotated[
        Path,
        typer.Argument(
            metavar="GOLD",
            exists=True,
            help="Marked texts: our JSONL, or a folder of brat or BioNLP files. Or curators' verdicts: a sheet of "
            "`kupffer export --format csv`, filled in, or a folder of tables with its corrections.",
        ),
    ],
    predictions: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR|FILE",
            help="What to score instead of a run now: tables, or JSONL as gold's. For a sheet, the tables it is of; "
            "outputs by default.",
        ),
    ] = None,
    errors: Annotated[
        Path | None,
        typer.Option(metavar="TSV", help="Where to write every error by cause; of verdicts, rejected rows."),
    ] = None,
    only_ids: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Only documents whose id has a match.")
    ] = None,
    rules_only: Annotated[
        bool, typer.Option("--rules-only", help="Leave the learned scorer out: the rules stand alone.")
    ] = False,
    ablate: Annotated[bool, typer.Option("--ablate", help="Also try it without each of the rules.")] = False,
    interval: Annotated[
        bool, typer.Option(help="95% intervals, by resampling documents (verdicts: Wilson's).")
    ] = True,
    format: Annotated[ReportFormat, typer.Option(help="table to look at, or json.")] = ReportFormat.TABLE,
    model: Model = None,
    lexicon: Lexicon = None,
) -> None:
    """Score extraction against marked texts, or rows against curators' verdicts.

    Marked texts: precision, recall, F1, rules, confidence and errors of a run over them from end to end, unless
    --predictions names what was made before. Verdicts: precision of the judged rows by confidence, slots and rule.
    """
    judged = _verdicts_in(gold)
    if judged and (rules_only or ablate or model or lexicon):
        raise typer.BadParameter(
            "it has verdicts on rows made before; leave out --rules-only, --ablate, --model and --lexicon.",
            None,
            None,
            "GOLD",
        )
    if judged:
        _score_verdicts(gold, predictions, errors, only_ids, interval, format)
        return
    if predictions is not None and (rules_only or ablate or model or lexicon):
        raise typer.BadParameter(
            "it names results made before; leave out --rules-only, --ablate, --model and --lexicon.",
            None,
            None,
            "--predictions",
        )
    with orderly():
        from pipeline.evaluate import MarksError, read_gold, read_predictions, report_on, report_run
        from pipeline.evaluate.causes import write_errors
        from pipeline.evaluate.reports import as_json, show
        from pipeline.evaluate.runs import only
        from pipeline.settings import settings
        from pipeline.terminal import Terminal

        try:
            marked = list(only(read_gold(gold), only_ids))
            if not marked:
                raise MarksError(
                    f"{gold}: no document whose id has a match of {only_ids!r}; try another --only-ids."
                )
            if predictions is not None:
                report = report_on(marked, read_predictions(predictions, marked), intervals=interval)
            else:
                nlp = language(model or settings().model, lexicon or settings().lexicon)
                report = report_run(marked, nlp, scored=not rules_only, intervals=interval, ablated=ablate)
        except MarksError as error:
            tell(str(error))
            raise typer.Exit(NOTHING_READ) from None
        if errors is not None:
            write_errors(report.errors, errors)
        if format is ReportFormat.JSON:
            print(json.dumps(as_json(report), indent=2, ensure_ascii=False))
        else:
            show(report, Terminal(file=sys.stdout, highlight=False, soft_wrap=False))


def _verdicts_in(gold: Path) -> bool:
    """Whether GOLD has verdicts on rows: a sheet, the log of an output folder, or a folder that has one."""
    return gold.suffix.lower() in _SHEETS or gold.name == _LOG or (gold / _LOG).exists()


def _score_verdicts(
    gold: Path,
    predictions: Path | None,
    errors: Path | None,
    only_ids: str | None,
    interval: bool,
    format: ReportFormat,
) -> None:
    with orderly():
        from pipeline.evaluate.verdicts import (
            COLUMNS,
            as_json,
            figures,
            judged_rows,
            show,
            write_rejected,
        )
        from pipeline.settings import settings
        from pipeline.store import open_outputs
        from pipeline.terminal import Terminal

        sheet = gold.suffix.lower() in _SHEETS
        tables_of = predictions or (settings().outputs if sheet else gold if gold.is_dir() else gold.parent)
        try:
            wanted = re.compile(only_ids) if only_ids else None
        except re.error as error:
            tell(f"{only_ids!r} is not a regular expression ({error}); try '[789]$'.")
            raise typer.Exit(NOTHING_READ) from None
        verdicts = _verdicts(gold)
        if not verdicts:
            tell(
                f"{gold}: no row is judged in it; write yes or no in `correct`, or take a filled sheet in first."
            )
            raise typer.Exit(NOTHING_READ)
        with open_outputs(tables_of) as tables:
            found, rows = judged_rows(verdicts, tables.batches("triples", COLUMNS), wanted)
        if not found:
            which = f" of documents whose id has a match of {only_ids!r}" if only_ids else ""
            tell(
                f"{gold}: none of its {len(verdicts)} judged rows{which} is in {tables_of}; name the tables that they "
                "are of with --predictions."
            )
            raise typer.Exit(NOTHING_READ)
        elsewhere = 0 if only_ids else len(verdicts) - len(found)
        result = figures(found, rows, elsewhere)
        if errors is not None:
            write_rejected(found, errors)
        if format is ReportFormat.JSON:
            print(json.dumps(as_json(result, interval), indent=2, ensure_ascii=False))
        else:
            show(result, Terminal(file=sys.stdout, highlight=False, soft_wrap=False), interval)
        if elsewhere:
            tell(
                f"{gold}: {elsewhere} of its {len(verdicts)} judged rows are not in {tables_of} and were left out."
            )


def _verdicts(gold: Path) -> Mapping[str, Mapping[str, Any]]:
    """triple_id -> verdict and comment; a bad sheet is wrong usage."""
    from pipeline.claims.curators import latest, read_corrections
    from pipeline.export.corrections import SheetError, read_sheet

    if gold.suffix.lower() not in _SHEETS:
        return latest(read_corrections(gold if gold.is_dir() else gold.parent))
    try:
        return {row["triple_id"]: row for row in read_sheet(gold).rows}
    except SheetError as error:
        tell(str(error))
        raise typer.Exit(WRONG_USAGE) from None
