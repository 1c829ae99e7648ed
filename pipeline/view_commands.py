"""``kupffer query``: SQL on the tables of a run; ``kupffer search``: what they say of a cell, mechanism or therapy."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.claims_commands import show_claims
from pipeline.outcomes import WRONG_USAGE, ended_at_once, orderly, tell

if TYPE_CHECKING:
    from pipeline.store import Outputs
    from pipeline.views import Meaning

_MOST_SHOWN, _MOST_CHARACTERS = 200, 400  # of a table on a screen

Folder = Annotated[
    Path | None, typer.Argument(metavar="[OUTPUTS]", help="Folder of the tables; outputs by default.")
]


class ViewFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Form = Annotated[
    ViewFormat,
    typer.Option("--format", help="table to look at; json: one row a line; csv: for a spreadsheet."),
]


def query(
    sql: Annotated[
        str | None, typer.Argument(metavar="[SQL]", help="A SELECT; without one, tables and columns.")
    ] = None,
    outputs: Folder = None,
    format: Form = ViewFormat.TABLE,
) -> None:
    """Answer SQL (DuckDB's) on documents, mentions, triples, failures, claims and corrections of the current run.

    The tables can be read only, and nothing else can. - as SQL reads it from standard input.
    """
    with orderly():
        from pipeline.settings import settings
        from pipeline.store import open_outputs
        from pipeline.views import QueryError
        from pipeline.views import query as asked

        if sql is not None and sql.strip() == "-":
            sql = sys.stdin.read()
        with open_outputs(outputs or settings().outputs) as tables:
            if sql is None:
                _print(("table", "rows", "column", "type", "what it is"), _columns(tables), format)
                return
            try:
                with ended_at_once(), asked(tables, sql) as answer:
                    _print(answer.columns, answer.rows, format)
            except QueryError as error:
                sys.stdout.flush()
                tell(str(error))
                raise typer.Exit(WRONG_USAGE) from None


def search(
    term: Annotated[
        str, typer.Argument(metavar="TERM", help="A cell, mechanism or therapy by any name, or its CURIE.")
    ],
    outputs: Folder = None,
    others: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="TERM", help="Only with this one in another slot; may be repeated."),
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="The sentences (triples) in place of claims.")
    ] = False,
    kinds: Annotated[
        bool, typer.Option(help="Find what is a kind or a part of it too, as CD8+ T cells for T cells.")
    ] = True,
    top: Annotated[int, typer.Option(metavar="N", min=0, help="How many to show; 0: all.")] = 20,
    format: Form = ViewFormat.TABLE,
    lexicon: Annotated[
        Path | None, typer.Option(metavar="TSV", help="Your own terms, as for `kupffer extract`.")
    ] = None,
) -> None:
    """Find what the current run says of a cell, mechanism or therapy, the surest first.

    Rows are found by identifier, whatever name the text has for it, and by the words of their slots.
    """
    with orderly():
        from pipeline.lexicon import LexiconError, load_lexicon
        from pipeline.settings import settings
        from pipeline.store import open_outputs
        from pipeline.views import meaning
        from pipeline.views import search as found_in

        try:
            known = load_lexicon(lexicon or settings().lexicon)
        except LexiconError as error:
            tell(str(error))
            raise typer.Exit(WRONG_USAGE) from None
        asked = [meaning(known, one, kinds=kinds) for one in (term, *(others or ()))]
        folder = outputs or settings().outputs
        with open_outputs(folder) as tables:
            rows = found_in(tables, asked, evidence=evidence)
        if not rows:
            _tell_why_nothing(asked, folder, "triple" if evidence else "claim")
            return
        shown = rows[:top] if top else rows
        if format is ViewFormat.TABLE:
            show_evidence(shown) if evidence else show_claims(shown)
        else:
            columns = list(rows[0])
            _print(columns, ([row[name] for name in columns] for row in shown), format)
        if len(shown) < len(rows):
            tell(f"{len(shown)} of {len(rows)}; --top 0 shows all.")


def _tell_why_nothing(asked: Sequence[Meaning], folder: Path, what: str) -> None:
    strange = [one.term for one in asked if not one.same]
    unknown = f" The lexicon does not know {' and '.join(strange)}; another name may." if strange else ""
    tell(f"{folder}: no {what} on {' and '.join(one.term for one in asked)}.{unknown}")


def show_evidence(rows: Sequence[dict[str, Any]]) -> None:
    """Triples under their sentences, under their papers."""
    from rich.text import Text

    from pipeline.terminal import Terminal, marked_sentence, page_width, show_triples

    console = Terminal(file=sys.stdout, highlight=False, markup=False)
    for row in rows:
        heading = Text(row["doc_id"], style="bold")
        heading.append(
            " ".join(["", *(str(row[name]) for name in ("year", "title") if row[name])]), style="not bold"
        )
        console.print(heading, width=page_width(console))
        console.print(marked_sentence([row]), width=page_width(console))
        show_triples(console, [row])


def _columns(tables: Outputs) -> Iterator[tuple[str, int | None, str, str, str]]:
    """Every column of every view."""
    from pipeline.views.database import SCHEMAS

    for table, schema in SCHEMAS.items():
        for field in schema:
            rows = tables.rows(table) if tables.has(table) else None
            yield table, rows, field.name, str(field.type), field.metadata[b"description"].decode()


def _print(columns: Sequence[str], rows: Iterable[Sequence[Any]], format: ViewFormat) -> None:
    from pipeline.terminal import CsvRows, write_json
    from pipeline.views.plain import cell, plain

    if format is ViewFormat.JSON:
        write_json((dict(zip(columns, map(plain, row), strict=True)) for row in rows), sys.stdout)
    elif format is ViewFormat.CSV:
        CsvRows(columns, sys.stdout).write(dict(zip(columns, map(cell, row), strict=True)) for row in rows)
    else:
        waiting = iter(rows)
        _show(columns, list(islice(waiting, _MOST_SHOWN)))
        if next(waiting, None) is not None:
            tell(f"Only the first {_MOST_SHOWN} rows are shown; --format csv or json gives all.")


def _show(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from pipeline.terminal import Terminal

    numbers = [
        bool(rows)
        and all(isinstance(row[at], int | float | None) and not isinstance(row[at], bool) for row in rows)
        for at in range(len(columns))
    ]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, number in zip(columns, numbers, strict=True):
        table.add_column(Text(name), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(value)) for value in row))
    Terminal(file=sys.stdout, highlight=False, markup=False).print(table)


def _shown(value: Any) -> str:
    """A value in one line of a screen's table; times to the second, in UTC."""
    from pipeline.views.plain import cell

    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    value = cell(value)
    text = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    text = " ".join(text.split())
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
