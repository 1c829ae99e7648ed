"""The rows that every format is made of: a triple with what is known of its paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa

from pipeline.export.licenses import is_open

Row = dict[str, Any]

PAPER = ("pmid", "pmcid", "doi", "title", "journal", "year", "license", "retracted")
"""Columns of ``documents`` that each row carries."""

_BATCH_ROWS = 4096  # sentences are long: so many rows as dicts are some 20 MB


class Tables(Protocol):
    """What an export needs of an output folder; `pipeline.store.Outputs` is one."""

    def has(self, table: str) -> bool:
        """Whether there is such a table."""

    def batches(
        self, table: str, columns: Sequence[str] | None = None, rows: int = ...
    ) -> Iterator[pa.RecordBatch]:
        """Its rows, piece by piece."""


def evidence(outputs: Tables, *, open_only: bool = False) -> Iterator[Row]:
    """Every triple, in the table's order, with the columns `PAPER` of its document.

    The papers' metadata are held in memory (no texts), the triples are not. With ``open_only``, ``sentence`` is
    None where the paper's licence is not known to be open; the row stays, for a fact belongs to nobody.

    Raises:
        FileNotFoundError: there is no table of documents or triples.
        SchemaError: a newer Kupffer wrote it.
    """
    papers = {
        row["doc_id"]: row
        for batch in outputs.batches("documents", ("doc_id", *PAPER))
        for row in batch.to_pylist()
    }
    unknown: Row = {**dict.fromkeys(PAPER), "retracted": False}
    for batch in outputs.batches("triples", rows=_BATCH_ROWS):
        for triple in batch.to_pylist():
            row = {**unknown, **papers.get(triple["doc_id"], {}), **triple}
            if open_only and not is_open(row["license"]):
                row["sentence"] = None
            yield row
