"""What the page reads: two objects of plain lists and numbers, for JSON.

Columns in place of objects, and numbers in place of words that come often, keep 20,000 rows small and quick to parse.
The first object is read when the page opens, the second (texts and mentions) when somebody unfolds a claim.
All offsets are characters into ``documents.text``, as in the tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import __version__
from pipeline.claims import claims_of
from pipeline.read.draft import doi_of, pmcid_of, pmid_of
from pipeline.records import utc_now
from pipeline.report import overview
from pipeline.report.choose import SLOTS, Chosen, Row, choose, slot_key
from pipeline.report.texts import TYPES, Names, excerpts, mention_counts, mentions, order, texts, whole
from pipeline.store import Outputs

LIMIT = 20_000
"""Rows of evidence that a report shows; it says so where the tables hold more."""

TEXT_BYTES = 14_000_000
"""Bytes of texts and mentions that a report shows; beyond, a document's page has the sentences of its claims only."""

CELL_ROLES = ("drives", "suppresses", "undergoes")
THERAPY_ROLES = ("promotes", "inhibits", "targets")

_DOCUMENTS = 10_000  # listed, those with evidence first
_FAILURES = 2_000  # listed; all are counted
_ABOUT = ("doc_id", "pmid", "pmcid", "doi", "title", "journal", "year", "authors", "license", "retracted")
_NEGATED, _SPECULATED = 1, 2


@dataclass(frozen=True, slots=True)
class Payload:
    """``main`` is read at once, ``pages`` when a text is shown."""

    main: dict[str, Any]
    pages: dict[str, Any]


def payload(
    outputs: Outputs, *, limit: int = LIMIT, text_bytes: int = TEXT_BYTES, title: str | None = None
) -> Payload:
    """All that the report shows of a run.

    Args:
        outputs: The run's tables.
        limit: Rows of evidence that are shown at most.
        text_bytes: Bytes of whole texts with their mentions; 0 leaves the sentences of the claims.
        title: The report's heading; what it says of the corpus by default.
    """
    claims = claims_of(outputs)
    chosen = choose(outputs, claims, limit)
    by_document: defaultdict[str, list[Row]] = defaultdict(list)
    for row in (row for rows in chosen.evidence for row in rows):
        by_document[row["doc_id"]].append(row)
    about = {
        row["doc_id"]: row for batch in outputs.batches("documents", _ABOUT) for row in batch.to_pylist()
    }
    unknown = {doc_id: _nothing_known(doc_id) for doc_id in by_document if doc_id not in about}
    evidence_counts = {doc_id: len(rows) for doc_id, rows in by_document.items()}
    shown = order({**about, **unknown}, evidence_counts)
    shown = shown[: max(_DOCUMENTS, len(by_document))]
    counted = mention_counts(outputs)
    number = {doc_id: place for place, doc_id in enumerate(shown)}
    failure_kinds, failed = overview.failures(outputs, _FAILURES)
    terms = Terms(chosen)
    main = {
        "about": {
            "title": title,
            "run": outputs.run,
            "made": utc_now().isoformat(timespec="seconds"),
            "version": __version__,
            "evidence_in_all": chosen.evidence_in_all,
        },
        "counts": overview.counts(outputs, claims),
        "claims": _claims(chosen, terms),
        "evidence": _evidence(chosen, number),
        "terms": terms.rows,
        "documents": _documents([about.get(doc_id) or unknown[doc_id] for doc_id in shown], counted),
        "failures": {"kinds": failure_kinds, "rows": failed},
    }
    totals = {doc_id: sum(kinds.values()) for doc_id, kinds in counted.items()}
    keep = whole(outputs, shown, totals, text_bytes)
    return Payload(main, _pages(outputs, shown, keep, by_document))


class Terms:
    """What stands in the slots of claims, each written once: slot, name, CURIE, and other words for it."""

    def __init__(self, chosen: Chosen) -> None:
        self.rows: list[list[Any]] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._forms = chosen.forms

    def number(self, claim: Row, slot: str) -> int:
        """The number of what fills ``slot`` of a claim; -1 where nothing does."""
        key = slot_key(claim, slot)
        if key is None:
            return -1
        if (slot, key) not in self._numbers:
            self._numbers[slot, key] = len(self.rows)
            forms = self._forms.get((slot, key), [])
            # A normal form ("mdsc") is for comparing; a person reads the words as papers write them.
            name = claim[f"{slot}_name"] or (forms[0] if forms else claim[f"{slot}_text"])
            self.rows.append([SLOTS.index(slot), name, claim[f"{slot}_id"] or "", forms])
        return self._numbers[slot, key]


def _claims(chosen: Chosen, terms: Terms) -> dict[str, list[Any]]:
    number = {row["claim_id"]: place for place, row in enumerate(chosen.claims)}
    rows = chosen.claims
    return {
        "id": [row["claim_id"] for row in rows],
        **{slot: [terms.number(row, slot) for row in rows] for slot in SLOTS},
        "cell_role": [_place(CELL_ROLES, row["cell_role"]) for row in rows],
        "therapy_role": [_place(THERAPY_ROLES, row["therapy_role"]) for row in rows],
        "papers": [row["paper_count"] for row in rows],
        "evidence": [row["evidence_count"] for row in rows],
        "negated": [row["negated_count"] for row in rows],
        "speculated": [row["speculated_count"] for row in rows],
        "confidence": [row["confidence"] for row in rows],
        "curated": [int(row["curated"]) for row in rows],
        "against": [[number[other] for other in row["contradicted_by"] if other in number] for row in rows],
        # A contradiction does not go away because the limit left the other claim out.
        "against_in_all": [len(row["contradicted_by"]) for row in rows],
    }


def _evidence(chosen: Chosen, number: Mapping[str, int]) -> dict[str, list[Any]]:
    """Columns of all claims' rows in the claims' order; slots as (distance from the evidence's start, length)."""
    rows = [row for rows in chosen.evidence for row in rows]
    columns: dict[str, list[Any]] = {
        "of": [len(said) for said in chosen.evidence],
        "document": [number[row["doc_id"]] for row in rows],
        "start": [row["evidence_start"] for row in rows],
        "length": [row["evidence_end"] - row["evidence_start"] for row in rows],
        "flags": [_NEGATED * row["negated"] + _SPECULATED * row["speculated"] for row in rows],
        "cues": [_cues(row) for row in rows],
        "confidence": [row["confidence"] for row in rows],
    }
    for slot in SLOTS:
        columns[slot] = [_span(row, slot) for row in rows]
    return columns


def _cues(row: Row) -> list[str] | int:
    cues = [row["negation_cue"] or "", row["speculation_cue"] or ""]
    return cues if any(cues) else 0


def _span(row: Row, slot: str) -> list[int] | int:
    start, end = row[f"{slot}_start"], row[f"{slot}_end"]
    return 0 if start is None or end is None else [start - row["evidence_start"], end - start]


def _documents(rows: Iterable[Row], counted: Mapping[str, Counter[str]]) -> dict[str, list[Any]]:
    rows = list(rows)
    return {
        "id": [row["doc_id"] for row in rows],
        # Only identifiers that are some go into the page: links are made of them.
        "pmid": [pmid_of(row["pmid"]) or "" for row in rows],
        "pmcid": [pmcid_of(row["pmcid"]) or "" for row in rows],
        "doi": [doi_of(row["doi"]) or "" for row in rows],
        "title": [row["title"] or "" for row in rows],
        "journal": [row["journal"] or "" for row in rows],
        "year": [row["year"] or 0 for row in rows],
        "authors": [_authors(row["authors"]) for row in rows],
        "license": [row["license"] or "" for row in rows],
        "retracted": [int(row["retracted"]) for row in rows],
        "mentions": [[counted.get(row["doc_id"], Counter())[kind] for kind in TYPES[:3]] for row in rows],
    }


def _authors(names: list[str] | None) -> str:
    """Authors as a reference list has them.

    >>> _authors(["Ito K", "Kim S", "Sato A", "Abe M"]), _authors([])
    ('Ito K, Kim S, Sato A et al.', '')
    """
    names = names or []
    return ", ".join(names[:3]) + (" et al." if len(names) > 3 else "")


def _pages(
    outputs: Outputs, shown: list[str], keep: set[str], by_document: Mapping[str, list[Row]]
) -> dict[str, Any]:
    stretches: dict[str, list[list[Any]]] = {}
    sections: dict[str, list[list[Any]]] = {}
    for doc_id, text, parts in texts(outputs, keep):
        stretches[doc_id], sections[doc_id] = [[0, text]], parts
    for doc_id, rows in by_document.items():
        if doc_id not in stretches:
            stretches[doc_id] = excerpts(rows)
    names = Names()
    found = mentions(outputs, stretches, names)
    return {
        "names": names.rows,
        "documents": [
            [
                stretches.get(doc_id, []),
                int(doc_id in sections),
                sections.get(doc_id, []),
                found.get(doc_id, []),
            ]
            for doc_id in shown
        ],
    }


def _nothing_known(doc_id: str) -> Row:
    return {**dict.fromkeys(_ABOUT), "doc_id": doc_id, "authors": [], "retracted": False}


def _place(words: tuple[str, ...], word: str | None) -> int:
    return -1 if word is None else words.index(word)
