"""The writer: batches into temporary files, and all tables of a run into place together."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from os import getpid
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.records import Document, Failure, Mention, Triple
from pipeline.store.commit import commit, recover
from pipeline.store.files import sync
from pipeline.store.lock import only_writer
from pipeline.store.manifest import RUNS, Manifest, Stored, new_run, read_manifest
from pipeline.store.outputs import Outputs, open_outputs, run_outputs
from pipeline.store.reading import found_version, table_files
from pipeline.store.rows import document_row, failure_row, mention_rows, triple_rows
from pipeline.store.schema import TABLES, DamagedError, SchemaError
from pipeline.store.staged import Staged, TableFile

KEPT_RUNS = 5
BYTES_BESIDE_TEXT = (
    4_000  # of a document's row: dictionaries of its sections and fields, authors, places of the objects
)


class Writer:
    """Rewrites the tables of a folder; what was there stays whole until the last line is written.

    Batches go to temporary files inside ``outputs``; on leaving the block they are synced to disk and become
    the current run all at once (see ``pipeline.store.commit``). When the block raises, the old tables stay and
    the temporary files go; so they do when the run took no document at all where the last one had some (a
    mistyped path must not empty a folder): `replaced` tells.

    Args:
        outputs: Folder of the tables; made when missing.
        model_version: What the rows say found them.
        kind: What makes the run, for the history.
        keep: How many runs to keep, this one among them.
        stage: Called with the finished tables before they become the current run: it may add tables and a
            report, and what it raises leaves the old run in place.

    >>> with Writer("outputs", model_version="en_kupffer-0.1.0") as writer:  # doctest: +SKIP
    ...     writer.add(document, mentions, triples)
    ...     writer.fail(failure)

    Raises, on entering:
        Busy: another run is writing the folder.
        SchemaError: the folder holds tables of a newer Kupffer, files that Kupffer did not write, or links.
        OSError: the folder cannot be made or written.
    """

    def __init__(
        self,
        outputs: Path | str,
        *,
        model_version: str = "",
        kind: str = "extract",
        keep: int = KEPT_RUNS,
        stage: Callable[[Staged], object] | None = None,
    ) -> None:
        self.outputs = Path(outputs)
        self.run = new_run()
        self.counts = dict.fromkeys(TABLES, 0)
        self.replaced = False
        self.model_version = model_version
        self.last: Outputs | None = None
        self.versions: dict[str, str] = {}
        self.summary: dict[str, int] = {}
        self.afterwards: Callable[[], None] = lambda: None  # once the run is the current one, under the lock
        self._kind = kind
        self._keep = keep
        self._stage = stage
        self._doc_ids: set[str] = set()
        self._took = False
        self._temporary = self.outputs / f".writing-{getpid()}"
        self._tables: dict[str, TableFile] = {}
        self._discarded = False
        self._held = ExitStack()

    def _refuse_links(self) -> None:
        """A table that is a link would be written outside the folder: nobody asked for that."""
        inside = [self.outputs / name for name in (*TABLES, RUNS)]
        for entry in [*inside, *self.outputs.glob(".writing-*"), *(self.outputs / RUNS).glob("*")]:
            if entry.is_symlink():
                raise SchemaError(f"{entry} is a link to another place: remove it, or name another folder.")

    def __enter__(self) -> Writer:
        self.outputs.mkdir(parents=True, exist_ok=True)
        with ExitStack() as held:
            held.enter_context(only_writer(self.outputs))
            self._refuse_links()
            for table in TABLES:
                for file in table_files(self.outputs, table):
                    found_version(file, table)
            recover(self.outputs)
            try:
                last = held.enter_context(_with_state(self.outputs))
                self.last = last if last.names else None
            except DamagedError:  # then all is made anew
                self.last = None
            self._temporary.mkdir()
            held.callback(shutil.rmtree, self._temporary, ignore_errors=True)
            self._tables = {
                table: held.enter_context(TableFile(self._temporary / f"{table}.parquet", schema))
                for table, schema in TABLES.items()
            }
            self._held = held.pop_all()
        return self

    def add(
        self,
        document: Document,
        mentions: Iterable[Mention],
        triples: Iterable[Triple],
        *,
        model_version: str | None = None,
    ) -> tuple[int, int]:
        """Take one document with what was found in it; gives the numbers of rows of mentions and of triples.

        Raises:
            ValueError: a document of this ``doc_id`` was added before.
        """
        if document.doc_id in self._doc_ids:
            raise ValueError(f"document {document.doc_id} was added twice")
        self._doc_ids.add(document.doc_id)
        triples = list(triples)
        found = mention_rows(document, mentions, triples)
        self.add_document(document)
        self._tables["mentions"].add(found)
        return len(found), self.add_triples(document, triples, model_version)

    def add_triples(
        self, document: Document, triples: Iterable[Triple], model_version: str | None = None
    ) -> int:
        """Take a document's triples alone; gives the number of rows."""
        said = triple_rows(document, triples, self.model_version if model_version is None else model_version)
        self._tables["triples"].add(said)
        return len(said)

    def add_document(self, document: Document) -> None:
        """Take a document's own row alone."""
        self._took = True
        self._tables["documents"].add([document_row(document)], len(document.text) + BYTES_BESIDE_TEXT)

    def fail(self, failure: Failure) -> None:
        """Take one thing that could not be done."""
        self._tables["failures"].add([failure_row(failure)])

    def carry(self, table: str, rows: pa.Table) -> None:
        """Take rows of the last run as they are."""
        self._took |= table == "documents" and rows.num_rows > 0
        self._tables[table].carry(rows)

    def reuse(self, table: str) -> bool:
        """Take the last run's whole table as its file, if nothing was taken yet and it is of this schema."""
        item = self.last.manifest.tables.get(table) if self.last and self.last.manifest else None
        if self.last is None or item is None or not self._tables[table].reuse(self.outputs / item.file):
            return False
        self._took |= table == "documents" and item.rows > 0
        return True

    def remember(self, name: str, rows: pa.Table) -> None:
        """Keep a table for the next run, beside those that readers see."""
        self._tables[name] = self._held.enter_context(
            TableFile(self._temporary / f"{name}.parquet", rows.schema)
        )
        self._tables[name].carry(rows)

    def discard(self) -> None:
        """Leave the old tables as they are at the end of the block."""
        self._discarded = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        with self._held:
            had = self.last is not None and self.last.rows("documents") > 0
            if kind is None and (self._took or not had) and not self._discarded:
                self._finish()
                self.replaced = True

    def _finish(self) -> None:
        for table in self._tables.values():
            table.close()
        shown = {name: table.path for name, table in self._tables.items() if name in TABLES}
        same = frozenset(name for name in shown if self._tables[name].reused)
        staged = Staged(self.run, self._temporary, shown, self.last, same)
        if self._stage is not None:
            self._stage(staged)
        stored = {name: self._stored(path) for name, path in staged.paths.items()}
        state = {name: self._stored(t.path) for name, t in self._tables.items() if name not in shown}
        self.counts = {name: item.rows for name, item in stored.items()}
        if report := staged.report_file:
            sync(report)
        last = read_manifest(self.outputs)
        history = [self.run, *(last.history if last else ())]
        manifest = Manifest(
            run=self.run,
            written_at=datetime.now(UTC),
            kind=self._kind,
            tables=stored,
            state=state,
            report=self._stored(report, rows=0) if report else None,
            versions=self.versions,
            counts=self.summary,
            history=tuple(_kept(history, last.run if last else None, self._keep)),
        )
        commit(self.outputs, self._temporary, manifest)
        with suppress(OSError):  # what is left lying is the next run's to remove
            self.afterwards()

    def _stored(self, path: Path, rows: int | None = None) -> Stored:
        if rows is None:
            sync(path)
            rows = pq.read_metadata(path).num_rows
        return Stored(file=f"{RUNS}/{self.run}/{path.name}", rows=rows, bytes=path.stat().st_size)


def _kept(history: list[str], current: str | None, keep: int) -> list[str]:
    """The ``keep`` newest runs; the one that was current till now is among them where there is room for it."""
    kept = history[: max(1, keep)]
    if current is not None and current not in kept and len(kept) > 1:
        kept[-1] = current
    return kept


def _with_state(outputs: Path) -> Outputs:
    manifest = read_manifest(outputs)
    if manifest is None:
        return open_outputs(outputs)
    try:
        return run_outputs(outputs, manifest, state=True)
    except FileNotFoundError as error:
        raise DamagedError(str(error)) from None
