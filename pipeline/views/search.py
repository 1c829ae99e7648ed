"""What the tables say of a cell, mechanism or therapy, under whatever name it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import claims_of
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
_PAPER = ("doc_id", "title", "year", "retracted")
_CACHED_TEXTS = 200_000


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
        known = [lexicon.ground(term, type_) for type_ in _TYPES]
        # A short form that nobody can tell without its text ("HSC") asks for all that it may mean.
        known = [candidate for candidate in known if candidate is not None] or list(lexicon.lookup(term))
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
    "words" alone. Triples carry ``title`` and ``year`` of their paper; those of retracted
    papers are left out, as they are from claims.

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
    batches = outputs.batches("claims") if outputs.has("claims") else claims_of(outputs).to_batches()
    return _met(batches, asked)


def _of_triples(outputs: Outputs, asked: Sequence[Meaning]) -> Iterator[Row]:
    papers = {
        row["doc_id"]: row for batch in outputs.batches("documents", _PAPER) for row in batch.to_pylist()
    }
    for row in _met(outputs.batches("triples", rows=_BATCH_ROWS), asked):
        paper = papers.get(row["doc_id"], {})
        if not paper.get("retracted"):
            yield {**row, "title": paper.get("title"), "year": paper.get("year")}


def _met(batches: Iterable[pa.RecordBatch], asked: Sequence[Meaning]) -> Iterator[Row]:
    for batch in batches:
        # slot and way -> for each meaning, which rows
        places = [
            {(slot, way): mask for slot in SLOTS for way, mask in _ways(batch, slot, one)} for one in asked
        ]
        met = [_any(masks.values()) for masks in places]
        every = met[0]
        for other in met[1:]:
            every = pc.and_(every, other)
        numbers = pa.array(range(batch.num_rows)).filter(every)
        for number, row in zip(numbers.to_pylist(), batch.filter(every).to_pylist(), strict=True):
            found = {
                f"{slot}: {way}": None
                for masks in places
                for (slot, way), mask in masks.items()
                if mask[number].as_py()
            }
            yield {**row, "found": list(found)}


def _ways(batch: pa.RecordBatch, slot: str, asked: Meaning) -> Iterator[tuple[str, pa.BooleanArray]]:
    """(same, kind, part or words, which rows' slot meets ``asked`` so); each row in one of them at most."""
    ids, texts = batch.column(f"{slot}_id"), batch.column(f"{slot}_text")
    by_id: dict[str, list[str]] = {"same": [], "kind": [], "part": []}
    for curie in ids.unique().to_pylist():
        if curie is not None and (way := _way(curie, asked)):
            by_id[way].append(curie)
    named = [text for text in texts.unique().to_pylist() if text is not None and _holds(text, asked.words)]
    left = pc.is_in(texts, pa.array(named, texts.type))
    for way, curies in by_id.items():
        mask = pc.is_in(ids, pa.array(curies, ids.type))
        left = pc.and_(left, pc.invert(mask))
        yield way, mask
    yield "words", left


def _way(curie: str, asked: Meaning) -> str | None:
    """How an identifier meets ``asked``, if it does."""
    if curie in asked.same:
        return "same"
    if curie in asked.kinds:
        return "kind"
    wanted = asked.same | asked.kinds
    if asked.kinds_too and not wanted.isdisjoint(kinds_of_made(curie)):
        return "kind"
    return None if wanted.isdisjoint(parts_of_made(curie)) else "part"


def _holds(text: str, words: str) -> bool:
    return any(map(str.isalnum, words)) and f" {words} " in f" {_normal(text)} "


@lru_cache(maxsize=_CACHED_TEXTS)
def _normal(text: str) -> str:
    return normal(text)


def _any(masks: Iterable[pa.BooleanArray]) -> pa.BooleanArray:
    first, *others = masks
    for other in others:
        first = pc.or_(first, other)
    return first
