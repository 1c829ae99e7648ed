"""The four tables: their columns, what each means, and the version of that contract.

This page is the dictionary of columns. Every field carries its description in the Parquet file too:
``pyarrow.parquet.read_schema(path).field("cell_id").metadata``.

All offsets are characters into ``documents.text`` of the same ``doc_id`` (Python string indices, end
exclusive); ``documents.text[start:end]`` is the text beside them. An empty slot is null in all its columns.
"""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = 1
"""Counts up when a column is added, dropped or changes its meaning; see ``pipeline.store.reading``."""

TEXT = pa.string()
OFFSET = pa.int32()
UTC_TIME = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.field("element", TEXT, nullable=False))
SECTIONS = pa.list_(
    pa.field(
        "element",
        pa.struct(
            [
                pa.field("name", TEXT, nullable=False),
                pa.field("start", OFFSET, nullable=False),
                pa.field("end", OFFSET, nullable=False),
            ]
        ),
        nullable=False,
    )
)

REQUIRED, OPTIONAL = False, True


class SchemaError(ValueError):
    """A folder whose tables this version cannot read or must not write over; the message says what to do."""


class DamagedError(SchemaError):
    """A file of the current run is missing or cut short. A refresh makes the tables anew, from all texts."""


def table_schema(name: str, *columns: tuple[str, pa.DataType, bool, str]) -> pa.Schema:
    """A table's schema from (name, type, nullable, description) of its columns."""
    fields = [
        pa.field(column, kind, nullable=nullable, metadata={"description": description})
        for column, kind, nullable, description in columns
    ]
    return pa.schema(fields, metadata={"schema_version": str(SCHEMA_VERSION), "kupffer_table": name})


DOCUMENTS = table_schema(
    "documents",
    ("doc_id", TEXT, REQUIRED, "PMID or PMCID where there is one, else the file's stem; one row each"),
    ("pmid", TEXT, OPTIONAL, "PubMed identifier"),
    ("pmcid", TEXT, OPTIONAL, "PubMed Central identifier, with its PMC"),
    ("doi", TEXT, OPTIONAL, "digital object identifier"),
    ("title", TEXT, OPTIONAL, "title, as the source gives it"),
    ("journal", TEXT, OPTIONAL, "journal, as the source names it"),
    ("year", OFFSET, OPTIONAL, "year of publication"),
    ("authors", TEXTS, REQUIRED, "authors in the source's order; empty when unknown"),
    ("publication_types", TEXTS, REQUIRED, "such as Review, Journal Article; empty when unknown"),
    ("language", TEXT, OPTIONAL, "ISO 639-1 code of the text"),
    ("license", TEXT, OPTIONAL, "licence of the text, as the source states it"),
    ("retracted", pa.bool_(), REQUIRED, "whether the source says that the paper was retracted"),
    ("source", TEXT, OPTIONAL, "where the text was read from"),
    ("text", TEXT, REQUIRED, "what the author wrote, in NFC, without markup; offsets point into it"),
    ("sections", SECTIONS, REQUIRED, "named stretches of the text, in order, never overlapping"),
    ("text_sha256", TEXT, REQUIRED, "SHA-256 of the text's UTF-8 bytes, hexadecimal"),
    ("read_at", UTC_TIME, REQUIRED, "when the document was read (UTC)"),
)

MENTIONS = table_schema(
    "mentions",
    ("doc_id", TEXT, REQUIRED, "documents.doc_id"),
    ("section", TEXT, OPTIONAL, "name of the section the mention stands in"),
    ("sentence_index", OFFSET, REQUIRED, "the mention's sentence, counted from 0 in the document"),
    ("start", OFFSET, REQUIRED, "first character of the mention"),
    ("end", OFFSET, REQUIRED, "one past its last character"),
    ("text", TEXT, REQUIRED, "the mention as it stands in the text"),
    ("type", TEXT, REQUIRED, "CELL, MECHANISM, THERAPY, GENE, CHEMICAL, DISEASE, ANATOMY or ORGANISM"),
    ("id", TEXT, OPTIONAL, "CURIE, such as CL:0000091; null when nothing fits, never a guess"),
    ("name", TEXT, OPTIONAL, "the id's own label"),
    ("source", TEXT, REQUIRED, "who found the mention and how it was grounded"),
    ("score", pa.float64(), REQUIRED, "0..1, three decimals"),
)


def _slot(slot: str, null: bool) -> list[tuple[str, pa.DataType, bool, str]]:
    return [
        (f"{slot}_text", TEXT, null, f"the {slot} as it stands in the text"),
        (f"{slot}_start", OFFSET, null, "its first character"),
        (f"{slot}_end", OFFSET, null, "one past its last character"),
        (f"{slot}_id", TEXT, OPTIONAL, "its CURIE, null when nothing fits"),
        (f"{slot}_name", TEXT, OPTIONAL, "the CURIE's own label"),
    ]


TRIPLES = table_schema(
    "triples",
    (
        "triple_id",
        TEXT,
        REQUIRED,
        "the same for the same statement in every run; unique (see rows.triple_id)",
    ),
    ("doc_id", TEXT, REQUIRED, "documents.doc_id"),
    ("section", TEXT, OPTIONAL, "name of the section the evidence stands in"),
    ("sentence_index", OFFSET, REQUIRED, "first sentence of the evidence, counted from 0 in the document"),
    ("sentence", TEXT, REQUIRED, "the evidence: the one or two sentences the triple rests on"),
    *_slot("cell", OPTIONAL),
    ("cell_role", TEXT, OPTIONAL, "drives, suppresses or undergoes: how the cell stands to the mechanism"),
    *_slot("mechanism", REQUIRED),
    *_slot("therapy", OPTIONAL),
    ("therapy_role", TEXT, OPTIONAL, "promotes, inhibits or targets: what the therapy does to the mechanism"),
    ("negated", pa.bool_(), REQUIRED, "the text denies it"),
    ("negation_cue", TEXT, OPTIONAL, "the words that deny it"),
    ("speculated", pa.bool_(), REQUIRED, "the text only proposes, plans or asks it"),
    ("speculation_cue", TEXT, OPTIONAL, "the words that say so"),
    ("confidence", pa.float64(), REQUIRED, "0..1, three decimals"),
    ("level", TEXT, REQUIRED, "asserted by the text, or linked to its therapy by a curated table"),
    ("link", TEXT, OPTIONAL, "why a linked row is linked"),
    ("rules", TEXTS, REQUIRED, "ids of the rules that found it"),
    ("evidence_start", OFFSET, REQUIRED, "first character of the evidence"),
    ("evidence_end", OFFSET, REQUIRED, "one past its last character"),
    ("pipeline_version", TEXT, REQUIRED, "version of Kupffer that wrote the row"),
    ("model_version", TEXT, REQUIRED, "name and version of the model that found the mentions"),
    ("extracted_at", UTC_TIME, REQUIRED, "when the row was made (UTC)"),
)

FAILURES = table_schema(
    "failures",
    ("doc_id", TEXT, OPTIONAL, "the document, where one was known"),
    ("path", TEXT, OPTIONAL, "the file, where there is one"),
    ("stage", TEXT, REQUIRED, "what was being done: read, annotate, ..."),
    ("error", TEXT, REQUIRED, "kind of error, one word"),
    ("message", TEXT, REQUIRED, "what happened and what would mend it, one sentence"),
    ("at", UTC_TIME, REQUIRED, "when it happened (UTC)"),
)

TABLES: dict[str, pa.Schema] = {
    "documents": DOCUMENTS,
    "mentions": MENTIONS,
    "triples": TRIPLES,
    "failures": FAILURES,
}
"""Every table by the name of its folder, in the order they are written."""


def describe(table: str) -> list[tuple[str, str, str]]:
    """Name, Arrow type and meaning of every column of ``table``, in order.

    >>> describe("failures")[2][0]
    'stage'
    """
    return [(field.name, str(field.type), field.metadata[b"description"].decode()) for field in TABLES[table]]
