"""The writer: batches into temporary files, whole files into place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.records import Document, Failure, Mention, Triple
from pipeline.store.lock import only_writer
from pipeline.store.reading import SchemaError, found_version, table_files
from pipeline.store.rows import Row, document_row, failure_row, mention_rows, triple_rows
from pipeline.store.schema import TABLES

PART = "part-00000.parquet"

_ROWS_IN_MEMORY = 5_000  # of any one table, and
_CHARACTERS_IN_MEMORY = 8_000_000  # of documents' texts: what a batch may hold before it is written out


class Writer:
    """Rewrites the four tables of a folder; what was there stays whole until the last line is written.

    Batches go to temporary files inside ``outputs``; on leaving the block they are synced to disk and
    renamed over the old ones, so a reader sees each file of this run or of the last, never half of one.
    When the block raises, the old tables stay and the temporary files go; so they do when the run took no
    document at all where the last one had some (a mistyped path must not empty a folder): `replaced` tells.

    >>> with Writer("outputs", model_version="en_kupffer-0.1.0") as writer:  # doctest: +SKIP
    ...     writer.add(document, mentions, triples)
    ...     writer.fail(failure)

    Raises, on entering:
        Busy: another run is writing the folder.
        SchemaError: the folder holds tables of a newer Kupffer, files that Kupffer did not write, or links.
        OSError: the folder cannot be made or written.
    """

    def __init__(self, outputs: Path | str, *, model_version: str = "") -> None:
        self.outputs = Path(outputs)
        self.counts = dict.fromkeys(TABLES, 0)
        self.replaced = False
        self.model_version = model_version
        self._rows: dict[str, list[Row]] = {table: [] for table in TABLES}
        self._characters = 0
        self._doc_ids: set[str] = set()
        self._temporary = self.outputs / f".writing-{os.getpid()}"
        self._files: dict[str, pq.ParquetWriter] = {}
        self._had_documents = False
        self._discarded = False
        self._held = ExitStack()

    def _refuse_links(self) -> None:
        """A table that is a link would be written outside the folder: nobody asked for that."""
        for entry in [*(self.outputs / table for table in TABLES), *self.outputs.glob(".writing-*")]:
            if entry.is_symlink():
                raise SchemaError(f"{entry} is a link to another place: remove it, or name another folder.")

    def __enter__(self) -> Writer:
        self.outputs.mkdir(parents=True, exist_ok=True)
        self._refuse_links()
        with ExitStack() as held:
            held.enter_context(only_writer(self.outputs))
            for table in TABLES:
                (self.outputs / table).mkdir(exist_ok=True)
                for file in table_files(self.outputs, table):
                    found_version(file, table)
            old = table_files(self.outputs, "documents")
            self._had_documents = any(pq.read_metadata(file).num_rows for file in old)
            for left_behind in self.outputs.glob(".writing-*"):  # by a run that was killed
                shutil.rmtree(left_behind)
            self._temporary.mkdir()
            held.callback(shutil.rmtree, self._temporary, ignore_errors=True)
            for table, schema in TABLES.items():
                part = pq.ParquetWriter(self._temporary / f"{table}.parquet", schema, compression="zstd")
                self._files[table] = held.enter_context(part)
            self._held = held.pop_all()
        return self

    def add(self, document: Document, mentions: Iterable[Mention], triples: Iterable[Triple]) -> None:
        """Take one document with what was found in it.

        Raises:
            ValueError: a document of this ``doc_id`` was added before.
        """
        if document.doc_id in self._doc_ids:
            raise ValueError(f"document {document.doc_id} was added twice")
        self._doc_ids.add(document.doc_id)
        triples = list(triples)
        self._rows["documents"].append(document_row(document))
        self._rows["mentions"] += mention_rows(document, mentions, triples)
        self._rows["triples"] += triple_rows(document, triples, self.model_version)
        self._characters += len(document.text)
        self._write_when_full()

    def fail(self, failure: Failure) -> None:
        """Take one thing that could not be done."""
        self._rows["failures"].append(failure_row(failure))
        self._write_when_full()

    def discard(self) -> None:
        """Leave the old tables as they are at the end of the block."""
        self._discarded = True

    def _write_when_full(self) -> None:
        longest = max(len(rows) for rows in self._rows.values())
        if longest >= _ROWS_IN_MEMORY or self._characters >= _CHARACTERS_IN_MEMORY:
            self._write_out()

    def _write_out(self) -> None:
        for table, rows in self._rows.items():
            if rows:
                self._files[table].write_table(pa.Table.from_pylist(rows, schema=TABLES[table]))
                self.counts[table] += len(rows)
                rows.clear()
        self._characters = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        with self._held:
            wanted = self._doc_ids or not self._had_documents
            if kind is None and wanted and not self._discarded:
                self._write_out()
                self._put_in_place()
                self.replaced = True

    def _put_in_place(self) -> None:
        for part in self._files.values():
            part.close()
        for table in TABLES:
            _sync(self._temporary / f"{table}.parquet")
        for table in TABLES:
            folder = self.outputs / table
            (self._temporary / f"{table}.parquet").replace(folder / PART)
            for other in table_files(self.outputs, table):
                if other.name != PART:
                    other.unlink()
            _sync(folder)


def _sync(path: Path) -> None:
    """Make what was written, or renamed into this folder, outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
