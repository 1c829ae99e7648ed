"""What the tables say of a cell, mechanism or therapy, under whatever name it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.claims import DOCUMENT_COLUMNS, claims_hold, claims_of, verdicts
from pipeline.claims.identity import papers
from pipeline.lexicon import Lexicon, below, kinds_of_made, parts_of_made
from pipeline.lexicon.forms import normal
from pipeline.lexicon.lookup import ONTOLOGIES
from pipeline.lexicon.tables import CURIE
from pipeline.records import MentionType
from pipeline.store import Outputs

Row = dict[str, Any]

SLOTS = ("cell", "mechanism", "therapy")
_TYPES = (MentionType.CELL, MentionType.MECHANISM, MentionType.THERAPY)
_BATCH_ROWS = 20_000


@dataclass(frozen=True)
class Meaning:
    """What a term asks for.

    Attributes:
        term: As the user wrote it.
        same: CURIEs that it names; none where the lexicon knows it only as a part of something broader.
        kinds: CURIEs of what is a kind or a part of those.
        kinds_too: Whether kinds are asked for.
        words: Its normal form. Slots whose words hold it are found too.
    """

    term: str
    same: frozenset[str]
    kinds: frozenset[str]
    kinds_too: bool
    words: str


def meaning(lexicon: Lexicon, term: str, *, kinds: bool = True) -> Meaning:
    """What ``term``, any synonym or a CURIE, asks for. Without ``kinds`` nothing narrower is found by its CURIE.

    >>> asked = meaning(load_lexicon(), "T lymphocytes")  # doctest: +SKIP
    >>> asked.same, "CL:0000625" in asked.kinds  # doctest: +SKIP
    (frozenset({'CL:0000084'}), True)
    """
    term = term.strip()
    if re.fullmatch(CURIE, term) and " " not in term:
        same = {term}
    else:
        grounded = (lexicon.ground(term, type_) for type_ in _TYPES)
        # A short form that nobody can tell without its text ("HSC") asks for all that it may mean.
        known = [candidate for candidate in grounded if candidate is not None] or lexicon.lookup(term)
        sure = [candidate for candidate in known if not candidate.narrower]
        # Where a row written by hand says what a form means, ontologies' rare readings of it are not meant.
        by_hand = [candidate for candidate in sure if candidate.origin not in ONTOLOGIES]
        same = {candidate.curie for candidate in by_hand or sure}
    narrower = frozenset[str]().union(*map(below, same)) if kinds else frozenset[str]()
    return Meaning(term, frozenset(same), narrower - same, kinds, normal(term))


def search(outputs: Outputs, asked: Sequence[Meaning], *, evidence: bool = False) -> list[Row]:
    """Claims in which every meaning of ``asked`` is met, or with ``evidence`` triples; the surest first.

    Each row has a list ``found`` beside its columns, of the slots where terms were met and how, such as
    "cell: kind": the "same" thing, a "kind" of it, one that it is "part" of (CSF1R of its inhibition), or by the
    "words" alone. Triples carry ``title`` and ``year`` of their paper; those of retracted papers and those that a
    curator rejected are left out, as they are from claims.

    Raises:
        FileNotFoundError: there are no tables.
        SchemaError: a newer Kupffer wrote them.
    """
    rows = list(_of_triples(outputs, asked) if evidence else _of_claims(outputs, asked))
    rows.sort(
        key=lambda row: (
            -row["confidence"],
            -row.get("paper_count", 0),
            row["triple_id" if evidence else "claim_id"],
        )
    )
    return rows


def _of_claims(outputs: Outputs, asked: Sequence[Meaning]) -> Iterator[Row]:
    batches = outputs.batches("claims") if claims_hold(outputs) else claims_of(outputs).to_batches()
    return _met(batches, asked)


def _of_triples(outputs: Outputs, asked: Sequence[Meaning]) -> Iterator[Row]:
    documents = {
        row["doc_id"]: row
        for batch in outputs.batches("documents", DOCUMENT_COLUMNS)
        for row in batch.to_pylist()
    }
    paper_of = papers(documents.values())
    retracted = {paper_of[doc_id] for doc_id, row in documents.items() if row["retracted"]}
    judged = verdicts(outputs.folder)
    for row in _met(outputs.batches("triples", rows=_BATCH_ROWS), asked):
        document = documents.get(row["doc_id"], {})
        if paper_of.get(row["doc_id"]) not in retracted and judged.get(row["triple_id"]) != "rejected":
            yield {**row, "title": document.get("title"), "year": document.get("year")}


def _met(batches: Iterable[pa.RecordBatch], asked: Sequence[Meaning]) -> Iterator[Row]:
    ways = [_Ways(one) for one in asked]
    for batch in batches:
        slots = [
            (slot, batch.column(f"{slot}_id").to_pylist(), batch.column(f"{slot}_text").to_pylist())
            for slot in SLOTS
        ]
        found: dict[int, list[str]] = {}
        for number in range(batch.num_rows):
            places = [
                [
                    f"{slot}: {way}"
                    for slot, ids, texts in slots
                    if (way := one.of(ids[number], texts[number]))
                ]
                for one in ways
            ]
            if all(places):
                found[number] = list(dict.fromkeys(place for those in places for place in those))
        # Only rows that are met are made whole: sentences are long.
        for row, places_met in zip(
            batch.take(pa.array(found, pa.int64())).to_pylist(), found.values(), strict=True
        ):
            yield {**row, "found": places_met}


class _Ways:
    """How slots meet one meaning: same, kind, part or words; an empty text where they do not."""

    def __init__(self, asked: Meaning) -> None:
        self._asked = asked
        self._by_id: dict[str, str] = {}
        self._by_text: dict[str, bool] = {}

    def of(self, curie: str | None, text: str | None) -> str:
        way = ""
        if curie is not None:
            known = self._by_id.get(curie)
            way = self._by_id[curie] = _way(curie, self._asked) if known is None else known
        if not way and text is not None:
            holds = self._by_text.get(text)
            if holds is None:
                holds = self._by_text[text] = _holds(text, self._asked.words)
            way = "words" if holds else ""
        return way


def _way(curie: str, asked: Meaning) -> str:
    """How an identifier meets ``asked``: same, kind or part; empty where it does not."""
    if curie in asked.same:
        return "same"
    if curie in asked.kinds:
        return "kind"
    wanted = asked.same | asked.kinds
    if asked.kinds_too and not wanted.isdisjoint(kinds_of_made(curie)):
        return "kind"
    return "" if wanted.isdisjoint(parts_of_made(curie)) else "part"


def _holds(text: str, words: str) -> bool:
    return any(map(str.isalnum, words)) and f" {words} " in f" {normal(text)} "
