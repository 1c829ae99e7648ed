"""The store: records into Parquet tables that pandas, DuckDB, Polars and Arrow read as they are.

    with Writer("outputs") as writer:
        writer.add(document, mentions, triples)

``schema`` is the contract with everybody downstream, ``rows`` turns records into rows, ``writer`` puts
whole files into place, ``reading`` brings tables of older versions up to date.
"""

from pipeline.store.lock import Busy
from pipeline.store.reading import SchemaError, read_table
from pipeline.store.rows import misplaced, triple_id, triple_rows
from pipeline.store.schema import SCHEMA_VERSION, TABLES, describe
from pipeline.store.writer import Writer

__all__ = [
    "SCHEMA_VERSION",
    "TABLES",
    "Busy",
    "SchemaError",
    "Writer",
    "describe",
    "misplaced",
    "read_table",
    "triple_id",
    "triple_rows",
]
