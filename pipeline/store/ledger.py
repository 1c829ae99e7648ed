"""The ledger: what was done to each document, by content, and under which versions.

It is a table of each run beside those that readers see (``.runs/<run>/ledger.parquet``), so it changes with them.
Its order is that of the tables, and its numbers of rows say where in them a document's rows lie.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import NamedTuple

import pyarrow as pa

from pipeline.records import Document
from pipeline.store.outputs import Outputs
from pipeline.store.schema import OFFSET, OPTIONAL, REQUIRED, TEXT, table_schema

LEDGER = "ledger"

SCHEMA = table_schema(
    LEDGER,
    ("doc_id", TEXT, REQUIRED, "documents.doc_id, or that of a document that could not be worked on"),
    ("text", TEXT, REQUIRED, "SHA-256 of the text"),
    ("sections", TEXT, REQUIRED, "fingerprint of the sections"),
    ("about", TEXT, REQUIRED, "fingerprint of all else that is known of the document"),
    ("source", TEXT, OPTIONAL, "as in documents"),
    ("retracted", pa.bool_(), REQUIRED, "as in documents"),
    (
        "annotate",
        TEXT,
        REQUIRED,
        "version of model and lexicon it was annotated by; empty: to be tried again",
    ),
    ("relate", TEXT, REQUIRED, "version of the rules it was related by"),
    ("model_version", TEXT, REQUIRED, "as in triples"),
    ("shard", TEXT, OPTIONAL, "name of the file in .annotations that holds it"),
    ("place", OFFSET, OPTIONAL, "its place in that file"),
    ("parsed", pa.bool_(), REQUIRED, "whether a sentence has a tree, which is what rules read"),
    ("documents", OFFSET, REQUIRED, "rows of documents: 1, or 0 where it could not be worked on"),
    ("mentions", OFFSET, REQUIRED, "rows of mentions"),
    ("triples", OFFSET, REQUIRED, "rows of triples"),
)

COUNTED = ("documents", "mentions", "triples")
"""The tables in which a document's rows lie together, in the ledger's order."""

_CHARACTERS = 24

_SINCE = {"parsed": True}
"""Columns that ledgers of earlier programs lack, and what holds of their entries; True has the rules read them."""


class Entry(NamedTuple):
    """One row of the ledger; see `SCHEMA`."""

    doc_id: str
    text: str
    sections: str
    about: str
    source: str | None
    retracted: bool
    annotate: str
    relate: str
    model_version: str
    shard: str | None
    place: int | None
    parsed: bool
    documents: int
    mentions: int
    triples: int

    def has_row_of(self, found: Fingerprint) -> bool:
        """Whether the row of ``documents`` is what it would be today, but for its text and sections."""
        return (self.about, self.source) == (found.about, found.source)


class Rows(NamedTuple):
    """Where a document's rows lie: (first, one past the last) in each table of `COUNTED`."""

    documents: tuple[int, int]
    mentions: tuple[int, int]
    triples: tuple[int, int]


class Ledger:
    """What the last run knew."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: dict[str, Entry] = {}
        self.rows: dict[str, Rows] = {}
        self.by_text: dict[tuple[str, str], Entry] = {}
        ends = [0, 0, 0]
        for entry in entries:
            begins = ends
            ends = [at + getattr(entry, name) for at, name in zip(begins, COUNTED, strict=True)]
            self.entries[entry.doc_id] = entry
            self.rows[entry.doc_id] = Rows(*zip(begins, ends, strict=True))
            if entry.shard is not None:
                self.by_text[entry.text, entry.annotate] = entry
        self.ends = tuple(ends)

    def has(self, doc_id: str, found: Fingerprint) -> bool:
        """Whether the last run had this very document."""
        old = self.entries.get(doc_id)
        return old is not None and all(getattr(old, part) == value for part, value in found._asdict().items())

    @classmethod
    def of(cls, last: Outputs | None) -> Ledger:
        """The ledger of a run; empty where it has none that fits its tables (``extract``, an older version)."""
        if last is None or not last.has(LEDGER):
            return cls()
        try:
            ledger = cls(_entries(last))
        except KeyError:  # a column that nothing can stand in for
            return cls()
        fits = ledger.ends == tuple(last.rows(table) for table in COUNTED)
        return ledger if fits else cls()


def _entries(last: Outputs) -> Iterator[Entry]:
    for batch in last.batches(LEDGER):
        lacking = _SINCE.keys() - set(batch.schema.names)
        columns = [
            [_SINCE[name]] * batch.num_rows if name in lacking else batch.column(name).to_pylist()
            for name in Entry._fields
        ]
        yield from map(Entry._make, zip(*columns, strict=True))


def as_table(entries: Iterable[Entry]) -> pa.Table:
    """Entries as the table of a run."""
    columns = list(zip(*entries, strict=True)) or [()] * len(SCHEMA)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


class Fingerprint(NamedTuple):
    """A document as the ledger compares it; ``about`` is all but text, sections and source."""

    text: str
    sections: str
    about: str
    source: str | None
    retracted: bool


def fingerprint(document: Document) -> Fingerprint:
    """What tells a changed document from the same one, part by part."""
    about = {
        field.name: getattr(document, field.name)
        for field in fields(document)
        if field.name not in ("text", "sections", "source", "read_at")
    }
    sections = [(section.name, section.start, section.end) for section in document.sections]
    return Fingerprint(
        document.text_sha256, _hash(sections), _hash(about), document.source, document.retracted
    )


def _hash(value: object) -> str:
    plain = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()[:_CHARACTERS]
