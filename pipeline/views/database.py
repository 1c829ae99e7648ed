"""DuckDB over the tables of one run, which can read those tables and touch nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from pipeline.claims import CLAIMS, CORRECTIONS, claims_hold, claims_of, read_corrections
from pipeline.claims.database import database
from pipeline.store import TABLES, Outputs

SCHEMAS: dict[str, pa.Schema] = {**TABLES, "claims": CLAIMS, "corrections": CORRECTIONS}
"""Every view by its name, with the columns it has."""


@contextmanager
def tables_of(outputs: Outputs, *, claims: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with a view of every table, for the length of a block.

    The views are datasets of the run's open files: a query reads the columns and rows it needs, and those of one
    run. Nothing else can be reached from it, neither files nor network nor Python's own variables, and no
    statement can change that. Without ``claims`` that view may be missing, for tables that have none need time.

    Raises:
        FileNotFoundError: there are no tables.
        SchemaError: a newer Kupffer wrote them.
    """
    with database() as connection:
        for name, schema in SCHEMAS.items():
            if name == "corrections":
                connection.register(name, read_corrections(outputs.folder))
            elif name == "claims":
                if claims_hold(outputs):
                    connection.register(name, outputs.dataset(name))
                elif claims:
                    connection.register(name, claims_of(outputs))
            elif outputs.has(name):
                connection.register(name, outputs.dataset(name))
            elif outputs.names:
                connection.register(name, schema.empty_table())
            else:
                raise FileNotFoundError(f"{outputs.folder}: no tables here; run `kupffer refresh` first.")
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def shut(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on the database reads no file, fetches nothing, and can no longer be told otherwise."""
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
