"""The store: records into Parquet tables that pandas, DuckDB, Polars and Arrow read as they are.

    with Writer("outputs") as writer:                 # all anew
        writer.add(document, mentions, triples)

    with Update("outputs", versions()) as update:     # only what changed; see its page
        ...

    with open_outputs("outputs") as outputs:          # all tables of one run
        outputs.table("triples")

``schema`` is the contract with everybody downstream, ``rows`` turns records into rows, ``writer`` and ``staged``
write a run, ``commit`` and ``manifest`` make it the current one, ``outputs`` reads it. What was done before is
known by ``ledger``, ``listings`` and ``versions``; ``plan`` says what is left to do, ``update`` has it done in
``batches``, ``annotations`` keeps what the model found, and ``journal`` notes it for the run after a crash.
"""

from pipeline.store.annotations import Flat, Shard, stored_docs
from pipeline.store.batches import Batch
from pipeline.store.commit import kept_runs, rollback
from pipeline.store.compact import compact
from pipeline.store.lock import Busy
from pipeline.store.manifest import Manifest, read_manifest
from pipeline.store.outputs import Outputs, open_outputs, read_table
from pipeline.store.plan import State, Work
from pipeline.store.rows import misplaced, triple_id, triple_rows
from pipeline.store.schema import SCHEMA_VERSION, TABLES, DamagedError, SchemaError, describe, table_schema
from pipeline.store.staged import Staged
from pipeline.store.update import Annotated, Update
from pipeline.store.versions import Versions, versions
from pipeline.store.writer import Writer

__all__ = [
    "SCHEMA_VERSION",
    "TABLES",
    "Annotated",
    "Batch",
    "Busy",
    "DamagedError",
    "Flat",
    "Manifest",
    "Outputs",
    "SchemaError",
    "Shard",
    "Staged",
    "State",
    "Update",
    "Versions",
    "Work",
    "Writer",
    "compact",
    "describe",
    "kept_runs",
    "misplaced",
    "open_outputs",
    "read_manifest",
    "read_table",
    "rollback",
    "stored_docs",
    "table_schema",
    "triple_id",
    "triple_rows",
    "versions",
]
