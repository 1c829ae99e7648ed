"""Rows of a table into DuckDB, as they come: what does not fit into memory goes to a temporary folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

Rows = Iterable[pa.RecordBatch | Mapping[str, Any]]
"""A table: batches or plain rows; what it has beside the columns that are asked for is passed over."""

_BATCH_ROWS = 2_000


def columns(schema: pa.Schema, names: Iterable[str]) -> pa.Schema:
    """Some columns of a table; any may be null, for what is asked of rows is asked elsewhere."""
    return pa.schema([schema.field(name).with_nullable(True) for name in names])


@contextmanager
def database(memory: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database for the length of a block.

    It takes no more than ``memory``, such as "200MB", by default what it likes; what does not fit goes to disk.
    """
    with TemporaryDirectory(prefix="kupffer-") as folder:
        # Nothing is fetched behind the user's back, and order is asked for wherever it matters.
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": folder,
            "autoinstall_known_extensions": False,
            "preserve_insertion_order": False,
        }
        if memory is not None:
            # Each thread wants buffers of its own, which on many cores would not fit.
            config |= {"memory_limit": memory, "threads": 1}
        with duckdb.connect(":memory:", config=config) as connection:
            yield connection


def batches(rows: Rows, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """``rows`` as batches of ``schema``; a row's missing columns are null."""
    waiting = iter(rows)
    while (first := next(waiting, None)) is not None:
        if isinstance(first, pa.RecordBatch):
            yield first.select(schema.names).cast(schema)
        else:
            plain = [first, *islice(waiting, _BATCH_ROWS - 1)]
            yield pa.RecordBatch.from_pylist([dict(row) for row in plain], schema=schema)


def load(connection: duckdb.DuckDBPyConnection, rows: Rows, schema: pa.Schema, name: str, query: str) -> None:
    """Make the table ``name`` of what ``query`` selects from ``incoming``, which is ``rows``, in one pass.

    What goes wrong in reading ``rows`` is raised as it is.
    """
    wrong: list[Exception] = []

    def incoming() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches(rows, schema)
        except Exception as error:
            wrong.append(error)
            raise

    connection.register("incoming", pa.RecordBatchReader.from_batches(schema, incoming()))
    try:
        connection.execute(f"CREATE TEMP TABLE {name} AS {query}")
    except duckdb.Error:
        # DuckDB knows the reader's error only as a text.
        if wrong:
            raise wrong[0] from None
        raise
    finally:
        connection.unregister("incoming")
