"""``kupffer export``: the tables for others; ``kupffer corrections``: a curator's sheet taken back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.outcomes import NOTHING_READ, WRONG_USAGE, orderly, tell


class ExportFormat(StrEnum):
    """What `kupffer export` writes."""

    CSV = "csv"


def export(
    format: Annotated[
        ExportFormat, typer.Option("--format", help="csv: a sheet for curators, one wide row a triple.")
    ],
    dest: Annotated[Path, typer.Option("--out", "-o", metavar="DEST", help="File to write.")],
    outputs: Annotated[
        Path | None, typer.Argument(metavar="[OUTPUTS]", help="Folder of the tables; outputs by default.")
    ] = None,
    open_only: Annotated[
        bool,
        typer.Option(
            "--open-only", help="Leave out sentences of papers whose licence is not known to be open."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over what DEST holds.")] = False,
) -> None:
    """Write the tables in a form that others read.

    What is there already is not written over: a sheet may hold a curator's work.
    """
    with orderly():
        from pipeline.export import write_sheet
        from pipeline.settings import settings
        from pipeline.store import open_outputs

        if dest.is_dir() or (dest.exists() and not force):
            cure = (
                "name a file in it"
                if dest.is_dir()
                else "name another with -o, or write over it with --force"
            )
            tell(f"{dest}: is there already; {cure}.")
            raise typer.Exit(WRONG_USAGE)
        with open_outputs(outputs or settings().outputs) as tables:
            rows = write_sheet(tables, dest, open_only=open_only)
        tell(f"{rows} row{'' if rows == 1 else 's'} in {dest}.")


def corrections(
    sheet: Annotated[
        Path, typer.Argument(metavar="SHEET", help="A sheet of `kupffer export --format csv`, filled in.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the tables; outputs by default.")
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who judged.")] = None,
) -> None:
    """Take a curator's sheet back: yes or no in `correct`, with a comment or without.

    The verdicts are kept beside the tables, in corrections.parquet, and outlast every refresh.
    """
    with orderly():
        from pipeline.export import SheetError, add_corrections, read_sheet
        from pipeline.settings import settings
        from pipeline.store import open_outputs

        outputs = out or settings().outputs
        try:
            verdicts = read_sheet(sheet)
        except (SheetError, FileNotFoundError, IsADirectoryError) as error:
            tell(str(error) if isinstance(error, SheetError) else f"{sheet}: no such sheet; name a CSV file.")
            raise typer.Exit(WRONG_USAGE) from None
        with open_outputs(outputs) as tables:
            known = {
                triple
                for batch in tables.batches("triples", ("triple_id",))
                for triple in batch.column(0).to_pylist()
            }
        new = add_corrections(outputs, verdicts.rows, by=by)
        for line in verdicts.unjudged:
            tell(f"{sheet}: line {line} has a comment and no verdict, and was left out; write yes or no.")
        strange = sum(row["triple_id"] not in known for row in verdicts.rows)
        if strange:
            tell(f"{sheet}: {strange} of the rows judged are not in {outputs} now; their verdicts are kept.")
        rejected = sum(row["verdict"] == "rejected" for row in verdicts.rows)
        tell(f"{len(verdicts.rows) - rejected} accepted, {rejected} rejected; {new} new in {outputs}.")
        if not verdicts.rows:
            raise typer.Exit(NOTHING_READ)
