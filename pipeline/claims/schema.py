"""The table of claims: its columns and what each means."""

from __future__ import annotations

import pyarrow as pa

from pipeline.store.schema import OFFSET, OPTIONAL, REQUIRED, TEXT, TEXTS, UTC_TIME, table_schema

YEARS = pa.list_(pa.field("element", OFFSET, nullable=False))

CLAIMS = table_schema(
    "claims",
    (
        "claim_id",
        TEXT,
        REQUIRED,
        "the same for the same slots and roles in every run (see identity.claim_id)",
    ),
    ("cell_id", TEXT, OPTIONAL, "the cell's CURIE; null when nothing fits, or where the claim has no cell"),
    ("cell_name", TEXT, OPTIONAL, "the CURIE's own label"),
    ("cell_text", TEXT, OPTIONAL, "normal form of the words that name the cell most often"),
    ("cell_role", TEXT, OPTIONAL, "drives, suppresses or undergoes: how the cell stands to the mechanism"),
    ("mechanism_id", TEXT, OPTIONAL, "the mechanism's CURIE; null when nothing fits"),
    ("mechanism_name", TEXT, OPTIONAL, "the CURIE's own label"),
    ("mechanism_text", TEXT, REQUIRED, "normal form of the words that name the mechanism most often"),
    (
        "therapy_id",
        TEXT,
        OPTIONAL,
        "the therapy's CURIE; null when nothing fits, or where there is no therapy",
    ),
    ("therapy_name", TEXT, OPTIONAL, "the CURIE's own label"),
    ("therapy_text", TEXT, OPTIONAL, "normal form of the words that name the therapy most often"),
    ("therapy_role", TEXT, OPTIONAL, "promotes, inhibits or targets: what the therapy does to the mechanism"),
    ("evidence_count", OFFSET, REQUIRED, "rows of triples that say it, negated and speculated ones too"),
    ("paper_count", OFFSET, REQUIRED, "papers that they come from, each once however often it was fetched"),
    ("negated_count", OFFSET, REQUIRED, "those rows that deny it"),
    ("speculated_count", OFFSET, REQUIRED, "those rows that only propose, plan or ask it"),
    ("years", YEARS, REQUIRED, "years of publication, each once, in order"),
    ("confidence", pa.float64(), REQUIRED, "0..1, three decimals (see pipeline.claims.confidence)"),
    ("contradicted_by", TEXTS, REQUIRED, "claims on the same slots that cannot be true with this one"),
    ("first_seen", UTC_TIME, REQUIRED, "the first of the unbroken line of runs that have it (UTC)"),
    ("last_seen", UTC_TIME, REQUIRED, "the last run that has it (UTC)"),
    ("evidence", TEXTS, REQUIRED, "triples.triple_id of its rows, in order"),
    ("curated", pa.bool_(), REQUIRED, "a curator accepted one of its rows"),
)
"""One row for each distinct (cell, cell role, mechanism, therapy, therapy role) that texts assert."""
