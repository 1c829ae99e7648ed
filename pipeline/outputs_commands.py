"""``kupffer outputs``: the runs whose tables are kept, going back to one, and making the folder small."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.outcomes import NOTHING_READ, WRONG_USAGE, orderly, tell

if TYPE_CHECKING:
    from pipeline.store import Manifest

outputs_app = typer.Typer(
    name="outputs",
    help="List the runs whose tables are kept, go back to one, make the folder small.",
    no_args_is_help=True,
)

Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder of the tables; outputs by default.")
]


@outputs_app.command()
def history(
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="One run a line, as JSON.")] = False,
) -> None:
    """List the kept runs, the newest first; * marks the current one. KUPFFER_KEEP_RUNS says how many are kept."""
    with orderly():
        from pipeline.store import kept_runs, read_manifest

        folder = _folder(out)
        current, runs = read_manifest(folder), kept_runs(folder)
        if current is None or not runs:
            tell(f"{folder}: no runs here yet; `kupffer refresh` makes one.")
            raise typer.Exit(NOTHING_READ)
        lines = [_line(run, run.run == current.run) for run in runs]
        if as_json:
            for line in lines:
                print(json.dumps(line))
        else:
            _show(lines)


def _line(run: Manifest, current: bool) -> dict[str, object]:
    rows = {table: item.rows for table, item in run.tables.items()}
    return {
        "run": run.run,
        "current": current,
        "written_at": run.written_at.isoformat(timespec="seconds"),
        "kind": run.kind,
        "rows": rows,
        "counts": run.counts,
    }


def _show(lines: list[dict[str, object]]) -> None:
    from rich.table import Table

    from pipeline.terminal import Terminal

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("", "run", "by"):
        table.add_column(column, no_wrap=True)
    for column in ("documents", "triples", "claims"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("documents by state", overflow="fold")
    for line in lines:
        rows, counts = line["rows"], line["counts"]
        assert isinstance(rows, dict)
        assert isinstance(counts, dict)
        states = ", ".join(f"{counts[state]} {state}" for state in _STATES if counts.get(state))
        numbers = (str(rows.get(name, "")) for name in ("documents", "triples", "claims"))
        table.add_row("*" if line["current"] else "", str(line["run"]), str(line["kind"]), *numbers, states)
    Terminal(file=sys.stdout, highlight=False, markup=False).print(table)


_STATES = ("new", "changed", "unchanged", "retracted", "deleted")


@outputs_app.command()
def rollback(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run of `kupffer outputs history`.")],
    out: Out = None,
) -> None:
    """Make an earlier run's tables the current ones. Later runs stay kept, so this can be undone.

    The next refresh goes on from there: what changed since then is new to it.
    """
    with orderly():
        from pipeline.store import kept_runs, rollback

        folder = _folder(out)
        try:
            manifest = rollback(folder, run)
        except KeyError:
            kept = ", ".join(kept.run for kept in kept_runs(folder)) or "none"
            tell(f"{folder}: the run {run} is not kept; these are: {kept}.")
            raise typer.Exit(WRONG_USAGE) from None
        rows = ", ".join(f"{table} {item.rows}" for table, item in manifest.tables.items())
        tell(f"{folder} is at run {run} again ({rows}).")


@outputs_app.command()
def compact(out: Out = None) -> None:
    """Write the current tables and annotations anew in few pieces, and let go of all earlier runs."""
    with orderly():
        from pipeline.store import compact

        folder = _folder(out)
        before, after = compact(folder)
        tell(f"{folder}: {before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after; one run is kept.")


def _folder(out: Path | None) -> Path:
    from pipeline.settings import settings

    folder = out or settings().outputs
    if not folder.is_dir():
        tell(f"{folder}: no such folder; name the one with the tables with --out.")
        raise typer.Exit(WRONG_USAGE)
    return folder
