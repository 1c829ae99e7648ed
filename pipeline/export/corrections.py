"""Curators' verdicts: read from a sheet that came back, kept beside the tables from run to run.

``outputs/corrections.parquet`` is a log: a verdict is added, never changed, and of several on one triple the
latest counts. No refresh writes it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.export.sheet import as_typed
from pipeline.export.source import Row
from pipeline.store import SchemaError, table_schema
from pipeline.store.files import write_whole
from pipeline.store.lock import only_writer
from pipeline.store.reading import found_version
from pipeline.store.schema import OPTIONAL, REQUIRED, TEXT, UTC_TIME

FILE = "corrections.parquet"
CORRECTIONS = table_schema(
    "corrections",
    ("triple_id", TEXT, REQUIRED, "triples.triple_id, of this run or of an earlier one"),
    ("verdict", TEXT, REQUIRED, "accepted or rejected"),
    ("comment", TEXT, OPTIONAL, "what the curator wrote beside it"),
    ("at", UTC_TIME, REQUIRED, "when the sheet was taken in (UTC)"),
    ("by", TEXT, OPTIONAL, "who judged, as given with --by"),
)

_ACCEPTED = frozenset({"yes", "y", "true", "t", "1", "accepted", "correct", "right", "ok", "x", "✓", "✔"})
_REJECTED = frozenset({"no", "n", "false", "f", "0", "rejected", "incorrect", "wrong", "✗", "✘"})
_LONGEST_CELL = 1_000_000


class SheetError(ValueError):
    """A sheet that cannot be taken back; the message names file, line and cure."""


@dataclass(frozen=True)
class Verdicts:
    """What a sheet says: rows of ``triple_id, verdict, comment``, and lines whose comment has no verdict."""

    rows: list[Row]
    unjudged: list[int] = field(default_factory=list)


def read_sheet(path: Path) -> Verdicts:
    """The verdicts of a sheet that `write_sheet` wrote and somebody filled in, whatever program saved it.

    Columns may have moved or gone, as long as ``triple_id`` and ``correct`` are there; commas, semicolons and
    tabs separate. Rows with nothing in ``correct`` are passed over. One bad row refuses the whole sheet.

    Raises:
        SheetError: columns are missing, a verdict is no yes or no, or one triple is judged both ways.
        OSError: the file cannot be read.
    """
    rows: dict[str, Row] = {}
    unjudged = []
    for line, cells in _lines(path):
        triple, said = cells["triple_id"].strip(), cells["correct"].strip()
        comment = as_typed(cells.get("comment", "").strip()) or None
        if not said:
            if comment:
                unjudged.append(line)
            continue
        verdict = _verdict(as_typed(said))
        if verdict is None:
            raise SheetError(
                f"{path}: line {line} has {said!r} in `correct`; write yes or no, or leave it empty."
            )
        if not triple:
            raise SheetError(
                f"{path}: line {line} is judged but has no triple_id; take it from the sheet as exported."
            )
        before = rows.setdefault(triple, {"triple_id": triple, "verdict": verdict, "comment": comment})
        if before["verdict"] != verdict:
            raise SheetError(
                f"{path}: line {line} judges {triple} against an earlier line; leave one of the two."
            )
    return Verdicts(list(rows.values()), unjudged)


def _verdict(said: str) -> str | None:
    word = said.casefold()
    return "accepted" if word in _ACCEPTED else "rejected" if word in _REJECTED else None


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, cells by column); cells that a short row lacks are empty."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError(f"{path}: is not CSV in UTF-8; save it as “CSV UTF-8” and give it again.") from None
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        columns = [name.strip() for name in next(reader, [])]
        if missing := {"triple_id", "correct"} - set(columns):
            raise SheetError(
                f"{path}: has no column {' or '.join(sorted(missing))}; give a sheet that `kupffer export "
                "--format csv` wrote."
            )
        for cells in reader:
            padded = cells + [""] * (len(columns) - len(cells))
            yield reader.line_num, dict(zip(columns, padded, strict=False))
    except csv.Error as error:
        raise SheetError(
            f"{path}: line {reader.line_num} is not CSV ({error}); save the sheet again."
        ) from None


def read_corrections(outputs: Path) -> pa.Table:
    """All verdicts kept in an output folder, the oldest first; an empty table where there are none.

    Raises:
        SchemaError: a newer Kupffer wrote them, or the file is damaged.
    """
    path = outputs / FILE
    if not path.exists():
        return CORRECTIONS.empty_table()
    found_version(path, "corrections")
    try:
        return pq.read_table(path, partitioning=None).select(CORRECTIONS.names).cast(CORRECTIONS)
    except (pa.ArrowInvalid, KeyError) as error:
        raise SchemaError(f"{path}: damaged ({error}); bring it back from a copy, or move it away.") from None


def latest(corrections: pa.Table) -> dict[str, Row]:
    """triple_id -> the verdict that counts."""
    rows = sorted(corrections.to_pylist(), key=lambda row: row["at"])
    return {row["triple_id"]: row for row in rows}


def verdicts(outputs: Path, until: datetime | None = None) -> dict[str, str]:
    """triple_id -> "accepted" or "rejected", as the latest verdict in an output folder has it, or had it then."""
    kept = read_corrections(outputs)
    if until is not None:
        kept = kept.filter(pa.array([at <= until for at in kept["at"].to_pylist()], pa.bool_()))
    return {triple: row["verdict"] for triple, row in latest(kept).items()}


def add_corrections(
    outputs: Path, rows: Iterable[Row], *, by: str | None = None, now: datetime | None = None
) -> int:
    """Keep the verdicts ``rows`` and return how many were new: the same again, by whomever, adds nothing.

    Raises:
        Busy: a run is writing the folder.
        SchemaError: what is kept there cannot be read.
    """
    at = now or datetime.now(UTC)
    with only_writer(outputs):
        kept = read_corrections(outputs)
        known = latest(kept)
        new = [{**row, "at": at, "by": by} for row in rows if not _same(known.get(row["triple_id"]), row)]
        if new:
            out = io.BytesIO()
            pq.write_table(pa.concat_tables([kept, pa.Table.from_pylist(new, CORRECTIONS)]), out)
            write_whole(outputs / FILE, out.getvalue())
    return len(new)


def _same(known: Row | None, row: Row) -> bool:
    return known is not None and all(known[name] == row[name] for name in ("verdict", "comment"))
