"""``kupffer``: the command line. Thin: it parses, prints and maps outcomes to exit statuses.

Exit status: 0 when anything was read (with --strict: only when all was), 1 when nothing was or the tables
could not be written, 2 for wrong usage.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import __version__
from pipeline.claims_commands import claims
from pipeline.evaluate_commands import evaluate
from pipeline.export_commands import corrections, export
from pipeline.fetch_commands import fetch, on_disk
from pipeline.garbage import collect_rarely
from pipeline.lexicon_commands import lexicon_app
from pipeline.options import Lexicon, Model, Out, ReportFormat, Strict, language
from pipeline.outcomes import NOTHING_READ, complain, orderly, status, tell
from pipeline.outputs_commands import outputs_app
from pipeline.refresh_commands import refresh
from pipeline.report_commands import report
from pipeline.schedule_commands import schedule
from pipeline.view_commands import query, search

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.extraction import Extracted
    from pipeline.records import Document

app = typer.Typer(
    name="kupffer",
    help="Which cells do what, and which therapies change it, read from reviews, with the evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(lexicon_app)
app.add_typer(outputs_app)
app.command()(corrections)
app.command()(evaluate)
app.command()(export)
app.command()(fetch)
app.command()(refresh)
app.command()(schedule)
app.command()(claims)
app.command()(query)
app.command()(search)
app.command()(report)


class Format(StrEnum):
    """How `kupffer extract` prints."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@app.command()
def extract(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH…", help="Files, folders, - for stdin; PMIDs, PMCIDs, DOIs to fetch."),
    ],
    out: Out = None,
    format: Annotated[
        Format,
        typer.Option(
            help="table to look at; json: one triple a line; csv: for a spreadsheet (text that would run "
            "as a formula there gets a leading ')."
        ),
    ] = Format.TABLE,
    model: Model = None,
    lexicon: Lexicon = None,
    strict: Strict = False,
) -> None:
    """Print the triples of files and folders as they come.

    With --out they are written into the tables there too.
    """
    with orderly():
        from pipeline.extraction import model_version, run
        from pipeline.records import Failure
        from pipeline.settings import settings

        nlp = language(model or settings().model, lexicon or settings().lexicon)
        show = _printer(format, model_version(nlp))
        documents = triples = failures = 0
        with ExitStack() as stack:
            writer = None
            if out is not None:
                from pipeline.store import Writer

                writer = stack.enter_context(Writer(out, model_version=model_version(nlp)))
            for result in run(on_disk(paths), nlp, settings()):
                if isinstance(result, Failure):
                    failures += 1
                    complain(result)
                    if writer:
                        writer.fail(result)
                else:
                    documents += 1
                    triples += show(result)
                    if writer:
                        writer.add(*result)
        _conclude(documents, triples, failures, where=_where(writer, out))
    raise typer.Exit(status(documents, failures, strict))


@app.command()
def explain(
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="A sentence or more.")] = None,
    doc: Annotated[
        str | None, typer.Option(metavar="FILE", help="Explain a document's sentences instead.")
    ] = None,
    id: Annotated[
        str | None, typer.Option("--id", metavar="DOC_ID", help="Which document, where FILE holds several.")
    ] = None,
    sentence: Annotated[
        int | None,
        typer.Option(metavar="N", help="Only this sentence, counted from 0 as sentence_index in the tables."),
    ] = None,
    format: Annotated[
        ReportFormat, typer.Option(help="table to look at; json: one sentence a line.")
    ] = ReportFormat.TABLE,
    model: Model = None,
    lexicon: Lexicon = None,
) -> None:
    """Show why a sentence gives the triples it gives: mentions, tree, rules, probabilities, flags."""
    if (text is None) == (doc is None):
        raise typer.BadParameter("give a sentence, or --doc FILE.", None, None, "TEXT")
    with orderly():
        from pipeline import annotate
        from pipeline.explain import as_json, show
        from pipeline.explain import explain as explained
        from pipeline.settings import settings

        document = _document(text, doc, id)
        nlp = language(model or settings().model, lexicon or settings().lexicon)
        ((_, annotated),) = annotate.annotate(nlp, [document])
        try:
            found = explained(annotate.parse_rest(nlp, annotated), document, sentence)
        except IndexError as error:
            raise typer.BadParameter(f"{error}.", None, None, "--sentence") from None
        console = _console()
        for one in found:
            if format is ReportFormat.JSON:
                print(json.dumps(as_json(one), ensure_ascii=False))
            else:
                show(one, console)
        if not found:
            tell("No sentence of this text names a cell, a mechanism or a therapy.")


def _document(text: str | None, file: str | None, doc_id: str | None) -> Document:
    """A text from the command line, or the one document of a file that is meant."""
    from pipeline.extraction import as_document
    from pipeline.read import read
    from pipeline.records import Failure
    from pipeline.settings import settings

    if text is not None:
        return as_document(text, 1)
    known = []
    for result in read([str(file)], settings=settings(), stdin=sys.stdin.buffer):
        if isinstance(result, Failure):
            complain(result)
        elif doc_id in (None, result.doc_id):
            known.append(result)
    if len(known) > 1:
        names = ", ".join(document.doc_id for document in known[:3])
        raise typer.BadParameter(
            f"{file} holds {len(known)} documents ({names} ...); name one.", None, None, "--id"
        )
    if not known:
        tell(f"{file}: no document {doc_id or ''} in it to explain.".replace("  ", " "))
        raise typer.Exit(NOTHING_READ)
    return known[0]


@app.command()
def model() -> None:
    """Show the bundled model's card."""
    folder = resources.files("pipeline.annotate") / "model"
    with orderly():
        console = _console()
        if (card := folder / "CARD.md").is_file():
            from rich.markdown import Markdown

            console.print(Markdown(card.read_text("utf-8")))
        elif (card := folder / "card.json").is_file():
            console.print_json(json.dumps(json.loads(card.read_text("utf-8"))))
        else:
            tell("This installation has no bundled model; reinstall Kupffer, or make one with `make model`.")
            raise typer.Exit(NOTHING_READ)


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        print(f"kupffer {__version__}")
        raise typer.Exit


def main() -> None:
    """The entry point of the command ``kupffer``."""
    collect_rarely()
    if not sys.warnoptions:  # libraries' advice to their own users is nothing to ours
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # texts hold Greek and dashes whatever the locale
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app()


def _printer(format: Format, model_version: str) -> Callable[[Extracted], int]:
    """A function that prints one document's triples and gives their number."""
    from pipeline.store import TABLES, triple_rows
    from pipeline.terminal import CsvRows, show_document, write_json

    console = _console()
    table = CsvRows(TABLES["triples"].names, sys.stdout) if format is Format.CSV else None

    def show(result: Extracted) -> int:
        rows = triple_rows(result.document, result.triples, model_version)
        if table:
            table.write(rows)
        elif format is Format.JSON:
            write_json(rows, sys.stdout)
        else:
            show_document(console, result.document, result.mentions, rows)
        return len(rows)

    return show


def _console() -> Console:
    from pipeline.terminal import Terminal

    return Terminal(file=sys.stdout, highlight=False, soft_wrap=False)


def _conclude(documents: int, triples: int, failures: int, where: str) -> None:
    parts = [_count(documents, "document"), _count(triples, "triple")]
    if failures:
        parts.append(f"{failures} left out")
    tell(", ".join(parts) + where)


def _where(writer: object | None, out: Path | None) -> str:
    if writer is None:
        return "."
    if getattr(writer, "replaced", False):
        return f"; tables in {out}."
    return f"; nothing was read, so the tables in {out} were left as they were."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


if __name__ == "__main__":
    main()
