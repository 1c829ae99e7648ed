"""Rows of triples and documents -> the table of claims. DuckDB groups them; what is decided stands in other modules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipeline.claims.confidence import SPECULATED_WEIGHT, confidence
from pipeline.claims.database import Rows, batches, columns, database, load
from pipeline.claims.identity import claim_id, papers, slot_text
from pipeline.claims.schema import CLAIMS
from pipeline.store.rows import DECIMALS
from pipeline.store.schema import DOCUMENTS, TEXT, TRIPLES, UTC_TIME

SLOTS = ("cell", "mechanism", "therapy")

TRIPLE_COLUMNS = (
    "triple_id",
    "doc_id",
    *(f"{slot}_{part}" for slot in SLOTS for part in ("text", "id", "name")),
    "cell_role",
    "therapy_role",
    "negated",
    "speculated",
    "confidence",
    "level",
)
DOCUMENT_COLUMNS = (
    "doc_id",
    "pmid",
    "pmcid",
    "doi",
    "title",
    "year",
    "publication_types",
    "retracted",
    "text_sha256",
)
"""The columns that are read; a reader may leave the others in the file."""

_TRIPLES = columns(TRIPLES, TRIPLE_COLUMNS)
_DOCUMENTS = columns(DOCUMENTS, DOCUMENT_COLUMNS)
_CORRECTIONS = pa.schema([("triple_id", TEXT), ("verdict", TEXT), ("at", UTC_TIME)])
_PREVIOUS = pa.schema([("claim_id", TEXT), ("first_seen", UTC_TIME)])
_TEXTS = pa.schema([("text", TEXT), ("normal", TEXT)])
_PAPERS = pa.schema([("doc_id", TEXT), ("paper", TEXT), ("year", pa.int32()), ("retracted", pa.bool_())])
_KEYS = ("cell_key", "cell_role", "mechanism_key", "therapy_key", "therapy_role")
_CLAIM_IDS = pa.schema([("claim_id", TEXT), *((name, TEXT) for name in _KEYS)])


def build_claims(
    triples: Rows,
    documents: Rows,
    *,
    previous: Rows = (),
    corrections: Rows = (),
    now: datetime,
    memory: str | None = None,
) -> pa.Table:
    """The claims that rows of triples make, in the order of their ids; nothing hangs on the order of rows.

    Only what texts assert is taken, and nothing of a retracted paper, whichever of its documents says that it
    was retracted. Rows that a curator rejected are left out.

    Args:
        triples: Rows of ``triples``, with `TRIPLE_COLUMNS`.
        documents: Rows of ``documents``, with `DOCUMENT_COLUMNS`. A triple of an unknown one is a paper by itself.
        previous: The claims of the run before: ``claim_id`` and ``first_seen``.
        corrections: Curators' verdicts: ``triple_id``, ``verdict`` ("accepted" or "rejected"), ``at``. Of several on
            one triple the last one holds.
        now: The time of this run.
        memory: The most that the database may take, such as "200MB"; by default what it likes.

    >>> row = {"triple_id": "1", "doc_id": "7", "mechanism_text": "fibrosis", "cell_text": "Kupffer cells",
    ...        "cell_role": "drives", "negated": False, "speculated": False, "confidence": 0.9, "level": "asserted"}
    >>> (claim,) = build_claims([row], [], now=datetime(2026, 1, 1)).to_pylist()
    >>> claim["cell_text"], claim["evidence_count"], claim["confidence"]
    ('kupffer cell', 1, 0.855)
    """
    with database(memory) as db:
        load(db, _papers(documents), _PAPERS, "papers", "SELECT * FROM incoming")
        load(db, corrections, _CORRECTIONS, "verdicts", _VERDICTS)
        load(db, triples, _TRIPLES, "kept", _KEPT)
        load(db, _normal(db.sql(_DISTINCT_TEXTS).to_arrow_table()), _TEXTS, "texts", "SELECT * FROM incoming")
        db.execute(_KEYED)
        load(
            db,
            _claim_ids(db.sql(_DISTINCT_KEYS).to_arrow_table()),
            _CLAIM_IDS,
            "ids",
            "SELECT * FROM incoming",
        )
        db.execute(_SAID)
        load(db, previous, _PREVIOUS, "previous", "SELECT claim_id, first_seen FROM incoming")
        db.execute(_CONTRADICTIONS)
        found = db.sql(_claims_query()).to_arrow_table()
    return _finished(found, now)


def _papers(documents: Rows) -> Iterator[dict[str, Any]]:
    """Each document with its paper, and whether any document of the paper says that it was retracted."""
    about: dict[str, tuple[int | None, bool]] = {}

    def noted() -> Iterator[dict[str, Any]]:
        for batch in batches(documents, _DOCUMENTS):
            for row in batch.to_pylist():
                about[row["doc_id"]] = (row["year"], bool(row["retracted"]))
                yield row

    numbers = papers(noted())
    retracted = {numbers[doc_id] for doc_id, (_, withdrawn) in about.items() if withdrawn}
    for doc_id, (year, _) in about.items():
        number = numbers[doc_id]
        yield {
            "doc_id": doc_id,
            "paper": str(number),
            "year": year,
            "retracted": number in retracted,
        }


_VERDICTS = 'SELECT triple_id, arg_max(verdict, ("at", verdict)) AS verdict FROM incoming GROUP BY triple_id'

_KEPT = """
    SELECT t.*, coalesce(p.paper, 'document ' || t.doc_id) AS paper, p.year,
           coalesce(v.verdict = 'accepted', false) AS accepted
    FROM incoming t LEFT JOIN papers p USING (doc_id) LEFT JOIN verdicts v USING (triple_id)
    WHERE t.level = 'asserted' AND NOT coalesce(p.retracted, false) AND v.verdict IS DISTINCT FROM 'rejected'
"""


_DISTINCT_TEXTS = f"""
    SELECT text FROM ({" UNION ".join(f"SELECT {slot}_text AS text FROM kept" for slot in SLOTS)})
    WHERE text IS NOT NULL
"""


def _normal(texts: pa.Table) -> Iterator[dict[str, str]]:
    for batch in texts.to_batches():
        for text in batch.column(0).to_pylist():
            yield {"text": text, "normal": slot_text(text)}


_KEYED = """
    CREATE TEMP TABLE keyed AS
    SELECT k.*, coalesce(k.cell_id, c.normal) AS cell_key,
           coalesce(k.mechanism_id, m.normal) AS mechanism_key,
           coalesce(k.therapy_id, t.normal) AS therapy_key
    FROM kept k
    LEFT JOIN texts c ON k.cell_text = c.text
    LEFT JOIN texts m ON k.mechanism_text = m.text
    LEFT JOIN texts t ON k.therapy_text = t.text
"""


_DISTINCT_KEYS = f"SELECT DISTINCT {', '.join(_KEYS)} FROM keyed"


def _claim_ids(keys: pa.Table) -> Iterator[dict[str, str | None]]:
    for batch in keys.to_batches():
        for row in batch.to_pylist():
            yield {"claim_id": claim_id(*row.values()), **row}


_SAID = f"""
    CREATE TEMP TABLE said AS
    SELECT ids.claim_id, keyed.* FROM keyed JOIN ids
    ON {" AND ".join(f"keyed.{name} IS NOT DISTINCT FROM ids.{name}" for name in _KEYS)}
"""

# Two claims on the same slots cannot both be true when both are said and one role at least is the opposite, the other
# one being the same or the opposite too; or when it is said that a therapy promotes or inhibits the mechanism, and
# denied that it acts on it at all. (To deny a claim's very own roles is negated evidence of that claim.)
_CONTRADICTIONS = """
    CREATE TEMP TABLE sides AS
    SELECT ids.*, 2 * negated > rows AS denied,
           CASE cell_role WHEN 'drives' THEN 'suppresses' WHEN 'suppresses' THEN 'drives' END AS other_cell_role,
           CASE therapy_role WHEN 'promotes' THEN 'inhibits' WHEN 'inhibits' THEN 'promotes' END AS other_therapy_role
    FROM ids JOIN (
        SELECT claim_id, count(*) AS rows, count(*) FILTER (negated) AS negated FROM said GROUP BY claim_id
    ) USING (claim_id);
    CREATE TEMP TABLE contradictions AS
    SELECT one.claim_id, list(other.claim_id ORDER BY other.claim_id) AS contradicted_by
    FROM sides one JOIN sides other
    ON one.mechanism_key = other.mechanism_key
       AND coalesce(one.cell_key, '') = coalesce(other.cell_key, '')
       AND coalesce(one.therapy_key, '') = coalesce(other.therapy_key, '')
       AND one.claim_id <> other.claim_id
    WHERE (
        NOT one.denied AND NOT other.denied
        AND (one.cell_role IS NOT DISTINCT FROM other.cell_role OR one.cell_role = other.other_cell_role)
        AND (one.therapy_role IS NOT DISTINCT FROM other.therapy_role OR one.therapy_role = other.other_therapy_role)
    ) OR (
        one.denied <> other.denied
        AND one.cell_role IS NOT DISTINCT FROM other.cell_role
        AND (CASE WHEN one.denied THEN one.therapy_role ELSE other.therapy_role END) = 'targets'
        AND (CASE WHEN one.denied THEN other.therapy_role ELSE one.therapy_role END) IN ('promotes', 'inhibits')
    )
    GROUP BY one.claim_id
"""


def _claims_query() -> str:
    """All columns but confidence and last_seen; with them, each paper's probability of being wrong."""
    most = "\n".join(_most_frequent(slot) for slot in SLOTS)
    names = ", ".join(f"{slot}_name, {slot}_text" for slot in SLOTS)
    joins = "\n".join(f"LEFT JOIN most_{slot} USING (claim_id)" for slot in SLOTS)
    return f"""
    WITH counted AS (
        SELECT claim_id,
               any_value(cell_id) AS cell_id, any_value(mechanism_id) AS mechanism_id,
               any_value(therapy_id) AS therapy_id,
               count(*) AS evidence_count, count(DISTINCT paper) AS paper_count,
               count(*) FILTER (negated) AS negated_count, count(*) FILTER (speculated) AS speculated_count,
               list(DISTINCT year ORDER BY year) FILTER (year IS NOT NULL) AS years,
               list(triple_id ORDER BY triple_id) AS evidence, bool_or(accepted) AS curated
        FROM said GROUP BY claim_id
    ), by_paper AS (
        SELECT claim_id, negated, paper,
               min(1 - confidence * CASE WHEN speculated THEN {SPECULATED_WEIGHT}::DOUBLE ELSE 1 END) AS miss
        FROM said GROUP BY ALL
    ), missed AS (
        SELECT claim_id, list(miss) FILTER (NOT negated) AS said, list(miss) FILTER (negated) AS denied
        FROM by_paper GROUP BY claim_id
    ){most}
    SELECT claim_id, cell_id, mechanism_id, therapy_id, cell_role, therapy_role, {names}, evidence_count,
           paper_count, negated_count, speculated_count, coalesce(years, []) AS years, evidence, curated,
           coalesce(contradicted_by, []) AS contradicted_by, previous.first_seen,
           coalesce(missed.said, []) AS said, coalesce(missed.denied, []) AS denied
    FROM counted JOIN ids USING (claim_id) JOIN missed USING (claim_id)
    {joins}
    LEFT JOIN contradictions USING (claim_id)
    LEFT JOIN previous USING (claim_id)
    ORDER BY claim_id
    """


def _most_frequent(slot: str) -> str:
    """The slot's most frequent name, and the normal form of its most frequent words; the alphabet breaks ties."""
    return f""", most_{slot} AS (
        SELECT claim_id, {slot}_name, normal AS {slot}_text
        FROM (
            SELECT claim_id, arg_min({slot}_text, (-n, {slot}_text)) AS surface
            FROM (SELECT claim_id, {slot}_text, count(*) AS n FROM said GROUP BY ALL) GROUP BY claim_id
        )
        JOIN texts ON text = surface
        LEFT JOIN (
            SELECT claim_id, arg_min({slot}_name, (-n, {slot}_name)) AS {slot}_name
            FROM (SELECT claim_id, {slot}_name, count(*) AS n FROM said WHERE {slot}_name IS NOT NULL GROUP BY ALL)
            GROUP BY claim_id
        ) USING (claim_id)
    )"""


def _finished(found: pa.Table, now: datetime) -> pa.Table:
    """The table of claims from what DuckDB grouped: with confidences and times, in the schema's columns."""
    pairs = zip(found["said"].to_pylist(), found["denied"].to_pylist(), strict=True)
    made = {
        "confidence": pa.array([round(confidence(*pair), DECIMALS) for pair in pairs], pa.float64()),
        "first_seen": found["first_seen"].cast(UTC_TIME).fill_null(pa.scalar(now, UTC_TIME)),
        "last_seen": pa.array([now] * found.num_rows, UTC_TIME),
    }
    arrays = [made[field.name] if field.name in made else found[field.name] for field in CLAIMS]
    return pa.table([a.cast(field.type) for a, field in zip(arrays, CLAIMS, strict=True)], schema=CLAIMS)
