"""Which claims the report shows, with their evidence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline.store import Outputs

Row = dict[str, Any]

SLOTS = ("cell", "mechanism", "therapy")

EVIDENCE_COLUMNS = (
    "triple_id",
    "doc_id",
    "sentence",
    *(f"{slot}_{part}" for slot in SLOTS for part in ("text", "start", "end")),
    "negated",
    "negation_cue",
    "speculated",
    "speculation_cue",
    "confidence",
    "evidence_start",
    "evidence_end",
)
_FORMS = 8  # surface forms of a slot that a search finds it by


@dataclass(slots=True)
class Chosen:
    """What the report shows of a run's claims.

    Attributes:
        claims: Rows of ``claims``, the surest first, none twice.
        evidence: For each of them its rows of ``triples``, with `EVIDENCE_COLUMNS`, the surest first.
        claims_in_all, evidence_in_all: How many there are in the tables.
        forms: For (slot, key) the words that name it, the most frequent first.
    """

    claims: list[Row]
    evidence: list[list[Row]]
    claims_in_all: int
    evidence_in_all: int
    forms: dict[tuple[str, str], list[str]] = field(default_factory=dict)


def choose(outputs: Outputs, claims: pa.Table, limit: int) -> Chosen:
    """``claims`` with their evidence, at most ``limit`` rows of it.

    Where there is more, contradicted claims are kept first, for they want a reader most, and then the surest.
    A claim has all its evidence or is not shown, so that the counts beside it hold.
    """
    rows = claims.drop_columns(["first_seen", "last_seen"]).to_pylist()  # times cost as much as all the rest
    kept = sorted(_within(sorted(rows, key=_wanted_first), limit), key=_surest_first)
    place = {triple: number for number, row in enumerate(kept) for triple in row["evidence"]}
    evidence: list[list[Row]] = [[] for _ in kept]
    for batch in outputs.batches("triples", EVIDENCE_COLUMNS, rows=4096):
        found = [identifier in place for identifier in batch.column("triple_id").to_pylist()]
        for row in batch.filter(pa.array(found, pa.bool_())).to_pylist():
            evidence[place[row["triple_id"]]].append(row)
    for said in evidence:
        said.sort(key=lambda row: (-row["confidence"], row["triple_id"]))
    return Chosen(
        kept, evidence, len(rows), sum(row["evidence_count"] for row in rows), _forms(kept, evidence)
    )


def slot_key(claim: Row, slot: str) -> str | None:
    """What a slot is known by: its CURIE, or its words where it has none; None where it is empty.

    >>> slot_key({"cell_id": None, "cell_text": "mdsc"}, "cell")
    'mdsc'
    """
    return claim[f"{slot}_id"] or claim[f"{slot}_text"]


def _wanted_first(row: Row) -> tuple[Any, ...]:
    return (not row["contradicted_by"], *_surest_first(row))


def _surest_first(row: Row) -> tuple[Any, ...]:
    return (-row["confidence"], -row["paper_count"], -row["evidence_count"], row["claim_id"])


def _within(rows: Iterable[Row], limit: int) -> Iterator[Row]:
    for row in rows:
        if (limit := limit - row["evidence_count"]) < 0:
            return
        yield row


def _forms(claims: Iterable[Row], evidence: Iterable[list[Row]]) -> dict[tuple[str, str], list[str]]:
    counted: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for claim, said in zip(claims, evidence, strict=True):
        for slot in SLOTS:
            if (key := slot_key(claim, slot)) is not None:
                counted[slot, key].update(filter(None, (row[f"{slot}_text"] for row in said)))
    return {
        key: [form for form, _ in sorted(forms.items(), key=lambda item: (-item[1], item[0]))[:_FORMS]]
        for key, forms in counted.items()
    }
