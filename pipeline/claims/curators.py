"""Curators' verdicts, kept beside the tables from run to run.

``outputs/corrections.parquet`` is a log: a verdict is added, never changed, and of several on one triple the
latest counts. No refresh writes it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store import SchemaError, table_schema
from pipeline.store.files import write_whole
from pipeline.store.lock import only_writer
from pipeline.store.reading import found_version
from pipeline.store.schema import OPTIONAL, REQUIRED, TEXT, UTC_TIME

Row = dict[str, Any]

FILE = "corrections.parquet"
CORRECTIONS = table_schema(
    "corrections",
    ("triple_id", TEXT, REQUIRED, "triples.triple_id, of this run or of an earlier one"),
    ("verdict", TEXT, REQUIRED, "accepted or rejected"),
    ("comment", TEXT, OPTIONAL, "what the curator wrote beside it"),
    ("at", UTC_TIME, REQUIRED, "when the sheet was taken in (UTC)"),
    ("by", TEXT, OPTIONAL, "who judged, as given with --by"),
)


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
    with only_writer(outputs):
        # Not before: a run that ends meanwhile has not seen them, and must be the older of the two.
        at = now or datetime.now(UTC)
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
