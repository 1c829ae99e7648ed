"""What a table's file says of itself, and tables of older versions brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.schema import SCHEMA_VERSION, SchemaError

MIGRATIONS: dict[tuple[str, int], Callable[[pa.Table], pa.Table]] = {}
"""(table, version) -> what turns that version's table into the next version's.

Version 1 is the first, so there is nothing to do yet. A change of `TABLES` counts `SCHEMA_VERSION` up
and adds one entry for each table it touches; tables without an entry are the same in both versions.
"""


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


def found_version(file: Path | pa.NativeFile, table: str, path: Path | None = None) -> int:
    """The schema version that ``file`` was written in; ``path`` is its name for messages.

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
            f"{path or file}: not a table that Kupffer wrote; move it away, or write to another folder with --out."
        )
    if int(written) > SCHEMA_VERSION:
        raise SchemaError(
            f"{path or file}: written by a newer Kupffer (schema {int(written)}, this one knows {SCHEMA_VERSION}); "
            "update Kupffer, or write to another folder with --out."
        )
    return int(written)
