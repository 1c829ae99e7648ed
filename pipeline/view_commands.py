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

from pipeline.outcomes import WRONG_USAGE, orderly, tell

if TYPE_CHECKING:
    from pipeline.store import Outputs

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
    """Answer SQL (DuckDB's) on documents, mentions, triples, failures and claims of the current run.

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
                with asked(tables, sql) as answer:
                    _print(answer.columns, answer.rows, format)
            except QueryError as error:
                sys.stdout.flush()
                tell(str(error))
                raise typer.Exit(WRONG_USAGE) from None


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
