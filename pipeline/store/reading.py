"""Tables back from an output folder, whatever version of the contract wrote them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.schema import SCHEMA_VERSION, TABLES

MIGRATIONS: dict[tuple[str, int], Callable[[pa.Table], pa.Table]] = {}
"""(table, version) -> what turns that version's table into the next version's.

Version 1 is the first, so there is nothing to do yet. A change of `TABLES` counts `SCHEMA_VERSION` up
and adds one entry for each table it touches; tables without an entry are the same in both versions.
"""


class SchemaError(ValueError):
    """A folder whose tables this version cannot read or must not write over; the message says what to do."""


def read_table(outputs: Path | str, table: str) -> pa.Table:
    """One table of an output folder, in today's schema.

    Raises:
        FileNotFoundError: there is no such table.
        SchemaError: it was written by a newer Kupffer, or not by Kupffer at all.
    """
    files = table_files(Path(outputs), table)
    if not files:
        raise FileNotFoundError(f"{Path(outputs) / table}: no such table; run `kupffer refresh` first.")
    parts = []
    for file in files:
        version = found_version(file, table)
        parts.append(migrated(pq.ParquetFile(file).read(), table, version, TABLES[table]))
    return pa.concat_tables(parts)


def migrated(
    data: pa.Table,
    table: str,
    version: int,
    schema: pa.Schema,
    migrations: dict[tuple[str, int], Callable[[pa.Table], pa.Table]] | None = None,
) -> pa.Table:
    """``data`` of an older ``version``, brought step by step to ``schema``'s."""
    steps = MIGRATIONS if migrations is None else migrations
    for old in range(version, int(schema.metadata[b"schema_version"])):
        step = steps.get((table, old))
        data = step(data) if step else data
    return data.select(schema.names).cast(schema)


def table_files(outputs: Path, table: str) -> list[Path]:
    """The Parquet files of one table, in order; empty when there are none."""
    return sorted(path for path in (outputs / table).glob("*.parquet") if not path.name.startswith("."))


def found_version(file: Path, table: str) -> int:
    """The schema version that ``file`` was written in.

    Raises:
        SchemaError: it is newer than this program's, or the file is not a Kupffer table.
    """
    try:
        metadata = pq.read_schema(file).metadata or {}
    except pa.ArrowInvalid:
        metadata = {}
    written = metadata.get(b"schema_version", b"")
    if metadata.get(b"kupffer_table") != table.encode() or not written.isdigit():
        raise SchemaError(
            f"{file}: not a table that Kupffer wrote; move it away, or write to another folder with --out."
        )
    if int(written) > SCHEMA_VERSION:
        raise SchemaError(
            f"{file}: written by a newer Kupffer (schema {int(written)}, this one knows {SCHEMA_VERSION}); "
            "update Kupffer, or write to another folder with --out."
        )
    return int(written)
