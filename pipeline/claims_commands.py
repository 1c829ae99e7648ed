"""``kupffer claims``: what all papers together say, the surest first."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.outcomes import orderly, tell

if TYPE_CHECKING:
    import pyarrow as pa


class ClaimFormat(StrEnum):
    """How claims are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def claims(
    outputs: Annotated[
        Path | None, typer.Argument(metavar="[OUTPUTS]", help="Folder with the tables of a run.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", min=0, help="How many to show; 0: all.")] = 20,
    contradicted: Annotated[
        bool, typer.Option("--contradicted", help="Only those that others contradict.")
    ] = False,
    format: Annotated[
        ClaimFormat, typer.Option(help="table to look at; json: one claim a line; csv: for a spreadsheet.")
    ] = ClaimFormat.TABLE,
) -> None:
    """Show claims: what papers together say of a cell, a mechanism and a therapy, the surest first."""
    with orderly():
        from pipeline.settings import settings
        from pipeline.terminal import CsvRows, write_json

        folder = outputs or settings().outputs
        found = _surest(_claims(folder), top, contradicted)
        if format is ClaimFormat.JSON:
            write_json(found, sys.stdout)
        elif format is ClaimFormat.CSV:
            from pipeline.claims import CLAIMS

            CsvRows(CLAIMS.names, sys.stdout).write({**row, "years": _years(row)} for row in found)
        elif found:
            show_claims(found)
        if not found:
            kind = "contradicted claim" if contradicted else "claim"
            tell(f"{folder}: no {kind} in these tables.")


def _claims(folder: Path) -> pa.Table:
    from pipeline.claims import claims_of
    from pipeline.store import open_outputs

    with open_outputs(folder) as tables:
        return claims_of(tables)


def _surest(table: pa.Table, top: int, contradicted: bool) -> list[dict[str, Any]]:
    import pyarrow as pa

    if contradicted:
        table = table.filter(pa.array([bool(others) for others in table["contradicted_by"].to_pylist()]))
    order = [(name, "descending") for name in ("confidence", "paper_count", "evidence_count")]
    table = table.sort_by([*order, ("claim_id", "ascending")])
    rows: list[dict[str, Any]] = (table.slice(0, top) if top else table).to_pylist()
    return rows


def show_claims(rows: Sequence[dict[str, Any]]) -> None:
    """Claims as a table on the screen."""
    from rich.table import Table
    from rich.text import Text

    from pipeline.terminal import STYLES, Terminal, page_width

    console = Terminal(file=sys.stdout, highlight=False, markup=False)
    table = Table(box=None, header_style="dim", expand=True, pad_edge=False, padding=(0, 1, 0, 0))
    for title, room in (("cell", None), ("", 11), ("mechanism", None), ("", 9), ("therapy", None)):
        table.add_column(title, ratio=None if room else 1, width=room, overflow="fold")
    for title in ("papers", "denied", "conf"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", width=2, style="yellow")
    for row in rows:
        marks = ("≠" if row["contradicted_by"] else "") + ("✓" if row["curated"] else "")
        table.add_row(
            Text(row["cell_name"] or row["cell_text"] or "", style=STYLES["cell"]),
            f"{row['cell_role']}→" if row["cell_role"] else "",
            Text(row["mechanism_name"] or row["mechanism_text"], style=STYLES["mechanism"]),
            f"←{row['therapy_role']}" if row["therapy_role"] else "",
            Text(row["therapy_name"] or row["therapy_text"] or "", style=STYLES["therapy"]),
            str(row["paper_count"]),
            f"{row['negated_count']}/{row['evidence_count']}",
            f"{row['confidence']:.2f}",
            marks,
        )
    console.print(table, width=page_width(console))
    if any(row["contradicted_by"] or row["curated"] for row in rows):
        console.print("≠ contradicted by another claim, ✓ accepted by a curator", style="dim")


def _years(row: dict[str, Any]) -> list[str]:
    return [str(year) for year in row["years"]]
