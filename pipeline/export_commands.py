"""``kupffer export``: the tables for others; ``kupffer corrections``: a curator's sheet taken back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.export.formats import FORMATS
from pipeline.outcomes import NOTHING_READ, WRONG_USAGE, orderly, tell

if TYPE_CHECKING:
    from pipeline.export.since import Since, Unit
    from pipeline.export.source import Source


def _known(format: str) -> str:
    if format not in FORMATS:
        raise typer.BadParameter(f"{format!r} is not one of {', '.join(FORMATS)}.")
    return format


def export(
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar=f"[{'|'.join(FORMATS)}]",
            callback=_known,
            help="; ".join(f"{name}: {known.about}" for name, known in FORMATS.items()) + ".",
        ),
    ],
    dest: Annotated[Path, typer.Option("--out", "-o", metavar="DEST", help="File or folder to write.")],
    outputs: Annotated[
        Path | None, typer.Argument(metavar="[OUTPUTS]", help="Folder of the tables; outputs by default.")
    ] = None,
    ungrounded: Annotated[
        bool, typer.Option("--ungrounded", help="Take rows with a slot that has no identifier, too.")
    ] = False,
    linked: Annotated[
        bool, typer.Option("--linked", help="Take rows whose therapy a curated table linked, too.")
    ] = False,
    retracted: Annotated[
        bool, typer.Option("--retracted", help="Take rows of retracted papers, too.")
    ] = False,
    open_only: Annotated[
        bool,
        typer.Option(
            "--open-only", help="Leave out sentences of papers whose licence is not known to be open."
        ),
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="RUN",
            help="Only what was added, changed or withdrawn since a run of `kupffer outputs history`; what happened to "
            "which goes into a list beside DEST, with withdrawn ones as tombstones.",
        ),
    ] = None,
    base_iri: Annotated[
        str | None,
        typer.Option(
            "--base-iri",
            metavar="IRI",
            help="rdf: what the IRIs of all that is named here begin with; https://w3id.org/kupffer/ by default.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over what DEST holds.")] = False,
) -> None:
    """Write the tables in a form that others read.

    The curators' sheet has every row. Other formats leave out rows that are ungrounded, linked, of retracted papers
    or rejected by a curator. What is there already is not written over: a sheet may hold a curator's work.
    """
    with orderly():
        from pipeline.claims.curators import verdicts
        from pipeline.export.choice import Choice
        from pipeline.export.source import Source
        from pipeline.settings import settings
        from pipeline.store import open_outputs

        chosen = FORMATS[format]
        options = _options(format, base_iri)
        _may_write(dest, chosen.folder, force)
        folder = outputs or settings().outputs
        asked = (
            Choice(True, True, True, True, open_only)
            if chosen.whole
            else Choice(ungrounded, linked, retracted, False, open_only)
        )
        with open_outputs(folder) as tables:
            changes = (
                _changes(folder, since, Source(tables, asked, verdicts(folder)), chosen.unit)
                if since
                else None
            )
            source = Source(tables, asked, verdicts(folder), changes)
            written = chosen.write(source, dest, **options)
        tell(f"{_counted(written)} in {dest}.")
        if changes is not None:
            from pipeline.export.since import counted, write_changes

            beside = dest / "changes.jsonl" if chosen.folder else dest.with_name(f"{dest.name}.changes.jsonl")
            write_changes(changes, beside, since, source.run)
            by = f"by {changes.unit}: {counted(changes.changes)}"
            if changes.unit != "row":
                by += f"; by row: {counted(changes.rows)}"
            tell(f"Since {since}, {by}; they are listed in {beside}.")
        if source.left_out:
            why = ", ".join(f"{count} {reason}" for reason, count in sorted(source.left_out.items()))
            tell(f"Rows left out: {why}.")


def _changes(folder: Path, run: str, now: Source, unit: Unit) -> Since:
    """What changed since a kept run; another run is wrong usage."""
    from pipeline.claims.curators import verdicts
    from pipeline.export.since import since
    from pipeline.export.source import Source
    from pipeline.store import kept_runs
    from pipeline.store.outputs import run_outputs

    kept = {manifest.run: manifest for manifest in kept_runs(folder)}
    if run not in kept:
        tell(f"{folder}: the run {run} is not kept; these are: {', '.join(kept) or 'none'}.")
        raise typer.Exit(WRONG_USAGE)
    with run_outputs(folder, kept[run]) as tables:
        return since(Source(tables, now.choice, verdicts(folder, kept[run].written_at)), now, unit)


def _options(format: str, base_iri: str | None) -> dict[str, str]:
    """What a format takes beside; what it does not take is wrong usage."""
    if base_iri is None:
        return {}
    from pipeline.export.rdf import base_of

    try:
        if "base_iri" not in FORMATS[format].options:
            raise ValueError(f"{format} has no IRIs of ours; leave it out.")
        return {"base_iri": base_of(base_iri)}
    except ValueError as error:
        raise typer.BadParameter(str(error), None, None, "--base-iri") from None


def _may_write(dest: Path, folder: bool, force: bool) -> None:
    if folder and dest.is_file():
        tell(f"{dest}: is a file, and this format is a folder; name another with -o.")
    elif not folder and dest.is_dir():
        tell(f"{dest}: is a folder; name a file in it with -o.")
    elif not force and (any(dest.iterdir()) if dest.is_dir() else dest.exists()):
        tell(f"{dest}: is there already; name another with -o, or write over it with --force.")
    else:
        return
    raise typer.Exit(WRONG_USAGE)


def _counted(written: Mapping[str, int]) -> str:
    """
    >>> _counted({"node": 2, "edge": 1})
    '2 nodes, 1 edge'
    """
    return ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for what, count in written.items())


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
        from pipeline.claims.curators import add_corrections
        from pipeline.export.corrections import SheetError, read_sheet
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
