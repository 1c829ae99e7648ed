"""One refresh of an output folder: what is known is carried over, the rest is handed out and taken back.

    with Update(outputs, versions) as update:
        for batch in update.batches(read(corpus, memory=update.memory)):
            update.take(work(batch))
        update.finish()

Rows lie in the tables in the order in which documents are read, whatever was carried over and whatever was
made anew, and in whatever order batches come back.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from pipeline.read import Known, Memory
from pipeline.read.memory import Key, Listing
from pipeline.records import Document, Failure, Mention, Triple
from pipeline.store import listings
from pipeline.store.annotations import AnnotationFolder
from pipeline.store.batches import Batch, StoredBatch
from pipeline.store.commit import kept_runs
from pipeline.store.journal import Journal
from pipeline.store.ledger import COUNTED, LEDGER, Entry, Fingerprint, Ledger, as_table, fingerprint
from pipeline.store.listings import LISTINGS
from pipeline.store.outputs import run_outputs
from pipeline.store.plan import State, Stored, Work, state_of, work_for
from pipeline.store.rows import Row, document_of
from pipeline.store.staged import Staged
from pipeline.store.versions import Versions
from pipeline.store.writer import KEPT_RUNS, Writer

SETTLED = frozenset({"annotate", "relate"})
"""Stages whose failures hang on the text: they are not tried again until text or versions change."""

NOT_SETTLED = frozenset({"WorkerDied", "MemoryError"})
"""Errors that more memory may cure: the next run tries again."""

_MOST_CHARACTERS = 250_000  # of a batch: five full texts, so that there is work for every worker
_DOCUMENTS_READ = 16  # at once, of which each may be a whole book
# As many times larger is a batch of stored annotations, which take an eighth of the time; the first ones are small,
# so that no worker waits long for its first.
_FIRST_SHARE, _SHARE = 0.5, 4.0


class Annotated(NamedTuple):
    """Comes with the results of a batch: the annotations of its documents, for the next run, and which have a tree."""

    shard: bytes
    doc_ids: tuple[str, ...]
    parsed: tuple[bool, ...]
    model_version: str


class _Step(NamedTuple):
    """One document in the order of reading; the document itself only where its own row alone is to be written."""

    doc_id: str
    found: Fingerprint
    work: Work
    stored: Stored | None
    document: Document | None
    same_mentions: bool  # of a RELATED one: they are the last run's, so that only its triples are new


Result = tuple[Document, Sequence[Mention], Sequence[Triple]]


class Update:
    """The tables of the next run, made of the last run's and of results as they come.

    Attributes:
        states: Documents by `State`, deleted ones among them once `finish` has run.
        works: Documents by `Work`.
        memory: What the reader need not read again, for ``pipeline.read.read``.
        by_document: doc_id -> (state, work), for the run's report.
        replaced, counts: As the `Writer`'s.

    Raises, on entering, what `Writer` does.
    """

    def __init__(
        self,
        outputs: Path | str,
        versions: Versions,
        *,
        batch_documents: int = 64,
        keep: int = KEPT_RUNS,
        stage: Callable[[Staged], object] | None = None,
    ) -> None:
        self.writer = Writer(outputs, kind="refresh", keep=keep, stage=stage)
        self.writer.afterwards = self._tidy
        self.versions = versions
        self.states: Counter[str] = Counter()
        self.works: Counter[str] = Counter()
        self.by_document: dict[str, tuple[State, Work]] = {}
        self._batch_documents = batch_documents
        self._documents_read: tuple[int, list[Row]] = (0, [])
        self._waiting: deque[_Step | Failure] = deque()
        self._arrived: dict[str, Result | Failure] = {}
        self._placed: dict[str, Stored] = {}
        self._entries: list[Entry] = []
        self._ranges: dict[str, list[int]] = {}

    def __enter__(self) -> Update:
        self.writer.__enter__()
        try:
            self._annotations = AnnotationFolder(self.writer.outputs)
            self._ledger = Ledger.of(self.writer.last)
            self._journal = Journal(self.writer.outputs)
            self._old_failures = self._failures_of_last_run()
            self.memory = Memory(fingerprint, self._holds, self._listings_of_last_run())
        except BaseException as error:
            self.writer.discard()
            self.writer.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.writer.__exit__(kind, error, where)

    @property
    def replaced(self) -> bool:
        return self.writer.replaced

    @property
    def counts(self) -> dict[str, int]:
        return self.writer.counts

    # -- out: what is to be done --

    def batches(self, read: Iterable[Document | Known | Failure]) -> Iterator[Batch]:
        """What needs work, in batches, as it is read; all else is taken note of on the way."""
        fresh, stored = Batch(), StoredBatch(self._annotations)
        share = _FIRST_SHARE
        for item in read:
            if isinstance(item, Failure):
                self._waiting.append(item)
                continue
            step = self._step(item)
            if step.work in (Work.ANNOTATED, Work.RELATED):
                document = self._document(item)
                if step.stored is None or not stored.add(document, step.stored):
                    step = step._replace(work=Work.ANNOTATED, stored=None, document=None, same_mentions=False)
                    fresh.append(document)
                    fresh.characters += len(document.text)
            self._waiting.append(step)
            self._note(step)
            self._drain()
            # Both go out together: none waits for ever while the other's results pile up behind it.
            if self._is_full(fresh, 1) or self._is_full(stored, share):
                share = min(2 * share, _SHARE) if stored else share
                yield from self._full(fresh, stored)
                fresh, stored = Batch(), StoredBatch(self._annotations)
        yield from self._full(fresh, stored)

    def _is_full(self, batch: Batch | StoredBatch, share: float) -> bool:
        return len(batch) >= share * self._batch_documents or batch.characters >= share * _MOST_CHARACTERS

    def _full(self, fresh: Batch, stored: StoredBatch) -> Iterator[Batch]:
        if stored:
            yield stored.batch()
        if fresh:
            yield fresh

    def _step(self, item: Document | Known) -> _Step:
        found = fingerprint(item) if isinstance(item, Document) else Fingerprint._make(item.key)
        old = self._ledger.entries.get(item.doc_id)
        work, stored = work_for(
            found, old, self.versions, self._ledger, self._annotations, self._journal.found
        )
        same = stored is not None and _own(stored, found, old, self.versions.annotate)
        updated = work is Work.UPDATED or (same and old is not None and not old.has_row_of(found))
        own = item if isinstance(item, Document) and updated else None
        return _Step(item.doc_id, found, work, stored, own, same)

    def _document(self, item: Document | Known) -> Document:
        """A document; one that was not read again is as the last run's table has it."""
        if isinstance(item, Document):
            return item
        last = self.writer.last
        assert last is not None  # it is where the document is known from
        at, _ = self._ledger.rows[item.doc_id].documents
        first, rows = self._documents_read
        if not first <= at < first + len(rows):
            # In the order of the table as a rule, so a few at once.
            pieces = last.pieces("documents", at, at + _DOCUMENTS_READ)
            first, rows = self._documents_read = at, [row for piece in pieces for row in piece.to_pylist()]
        return document_of(rows[at - first])

    def _holds(self, doc_id: str, key: Key) -> bool:
        """Whether a document need not be read again: its rows are here, and its text in them."""
        old = self._ledger.entries.get(doc_id)
        if old is None or not self._ledger.has(doc_id, Fingerprint._make(key)):
            return False
        # One that could not be worked on has no row to bring it back from.
        return bool(old.documents) or old.annotate == self.versions.annotate

    def _note(self, step: _Step) -> None:
        state = state_of(step.found, self._ledger.entries.get(step.doc_id))
        self.states[state] += 1
        self.works[step.work] += 1
        self.by_document[step.doc_id] = (state, step.work)

    # -- in: what was done --

    def take(self, results: Iterable[Result | Failure | Annotated]) -> None:
        """Take the results of a batch, in any order of batches."""
        for result in results:
            if isinstance(result, Annotated):
                self._keep(result)
            elif isinstance(result, Failure):
                self._arrived[result.doc_id or ""] = result
            else:
                self._arrived[result[0].doc_id] = result
        self._drain()

    def _keep(self, annotated: Annotated) -> None:
        if not annotated.doc_ids:
            return
        name = self._annotations.put(annotated.shard)
        for place, (doc_id, parsed) in enumerate(zip(annotated.doc_ids, annotated.parsed, strict=True)):
            self._placed[doc_id] = Stored(name, place, parsed, annotated.model_version)

    def _drain(self) -> None:
        """Write all whose turn has come."""
        journal = []
        while self._waiting:
            step = self._waiting[0]
            if isinstance(step, Failure):
                self.writer.fail(step)
            elif step.work in (Work.ANNOTATED, Work.RELATED):
                if step.doc_id not in self._arrived:
                    break
                entry = self._done(step, self._arrived.pop(step.doc_id))
                if step.work is Work.ANNOTATED and entry.shard is not None:
                    journal.append(entry)
                self._entries.append(entry)
            else:
                self._entries.append(self._carried(step))
            self._waiting.popleft()
        if journal:
            self._journal.write(journal)

    def _done(self, step: _Step, result: Result | Failure) -> Entry:
        """Write what was found in a document."""
        stored = step.stored or self._placed.pop(step.doc_id, None)
        entry = Entry(
            step.doc_id,
            *step.found,
            annotate=self.versions.annotate,
            relate=self.versions.relate,
            model_version=stored.model_version if stored else "",
            shard=stored.shard if stored else None,
            place=stored.place if stored else None,
            parsed=stored is None or stored.parsed,
            documents=0,
            mentions=0,
            triples=0,
        )
        if isinstance(result, Failure):
            self.writer.fail(result)
            settled = result.stage in SETTLED and result.error not in NOT_SETTLED
            return entry._replace(annotate=entry.annotate if settled else "", shard=None, place=None)
        if step.same_mentions:
            self._carry_rows(step, "documents", "mentions")
            self._flush("triples")
            document, _, found = result
            triples = self.writer.add_triples(document, found, entry.model_version)
            return entry._replace(
                documents=1, mentions=self._ledger.entries[step.doc_id].mentions, triples=triples
            )
        self._flush()
        mentions, triples = self.writer.add(*result, model_version=entry.model_version)
        return entry._replace(documents=1, mentions=mentions, triples=triples)

    def _carried(self, step: _Step) -> Entry:
        """Take over a document's rows."""
        doc_id = step.doc_id
        old = self._ledger.entries[doc_id]
        for failure in self._old_failures.get(doc_id, ()):
            self.writer.fail(failure)
        self._carry_rows(step, *COUNTED)
        return old._replace(**step.found._asdict(), relate=self.versions.relate)

    def _carry_rows(self, step: _Step, *tables: str) -> None:
        """Take over a document's rows of some tables, its own one anew where there is another."""
        rows = self._ledger.rows[step.doc_id]._asdict()
        for table in tables:
            start, stop = rows[table]
            if table == "documents" and step.document is not None:
                self._flush(table)
                self.writer.add_document(step.document)
                continue
            if start == stop:
                continue
            waiting = self._ranges.get(table)
            if waiting and waiting[1] == start:
                waiting[1] = stop
            else:
                self._flush(table)
                self._ranges[table] = [start, stop]

    def _flush(self, *tables: str) -> None:
        """Copy the rows that wait to be carried over."""
        last = self.writer.last
        for table in tables or COUNTED:
            waiting = self._ranges.pop(table, None)
            if waiting and last is not None:
                for piece in last.pieces(table, *waiting):
                    self.writer.carry(table, piece)

    def finish(self) -> None:
        """Write what is left once all batches are back, and the ledger."""
        self._drain()
        assert not self._waiting, f"no result came for {self._waiting[0]}"
        gone = self._ledger.entries.keys() - self.by_document.keys()
        self.states[State.DELETED] = len(gone)
        last = self.writer.last
        for table in COUNTED:
            whole = last is not None and self._ranges.get(table) == [0, last.rows(table)]
            if whole and self.writer.reuse(table):
                del self._ranges[table]
        self._flush()
        self.writer.remember(LEDGER, as_table(self._entries))
        self.writer.remember(LISTINGS, listings.as_table(self.memory.met))
        self.writer.versions = self.versions.as_dict()
        self.writer.summary = {**self.states, **self.works}

    # -- the annotations of killed runs, and of runs that are no longer kept --

    def _tidy(self) -> None:
        keep_annotations(self.writer.outputs)
        self._journal.remove()

    def _listings_of_last_run(self) -> dict[str, Listing]:
        """What the reader knows of its files, if it is the same reader and its documents are known too."""
        last = self.writer.last
        if not self._ledger.entries or last is None or last.manifest is None:
            return {}
        return listings.listings_of(last) if last.manifest.versions.get("read") == self.versions.read else {}

    def _failures_of_last_run(self) -> dict[str, list[Failure]]:
        last = self.writer.last
        found: dict[str, list[Failure]] = {}
        if last is not None and last.has("failures"):
            for batch in last.batches("failures"):
                for row in batch.to_pylist():
                    if row["stage"] in SETTLED and row["doc_id"] is not None:
                        found.setdefault(row["doc_id"], []).append(Failure(**row))
        return found


def _own(stored: Stored, found: Fingerprint, old: Entry | None, annotate: str) -> bool:
    """Whether an annotation is the one that the document's rows of mentions were made of, and by ``annotate``."""
    if old is None or not old.documents or old.annotate != annotate:
        return False
    return (stored.shard, stored.place, found.sections) == (old.shard, old.place, old.sections)


def keep_annotations(outputs: Path) -> None:
    """Remove the annotations that no kept run refers to."""
    names: set[str] = set()
    for manifest in kept_runs(outputs):
        if LEDGER in manifest.state:
            with run_outputs(outputs, manifest, state=True) as kept:
                names.update(kept.table(LEDGER, ["shard"])["shard"].unique().to_pylist())
    AnnotationFolder(outputs).keep_only(names - {None})
