"""Linked rows: a therapy named near by whose target is known to act on that cell or process.

The text asserts no tie between the two, so these rows say so: ``level`` is "linked", ``link`` is why, the confidence is
lower, and nothing that counts claims takes them in. Their evidence runs on to the sentence that names the therapy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.lexicon import Target, kinds_of, targets
from pipeline.records import Level, MentionType, TherapyRole

if TYPE_CHECKING:
    from spacy.tokens import Doc

REACH = 3  # sentences that a therapy may follow what it is linked to; a review names its remedies next
LEAST = 0.5  # confidence of the asserted row; nothing is built on what is hardly believed
SHARE = 0.5  # of the asserted row's confidence
RULE = "linked.target"


@lru_cache(maxsize=1)
def _by_target() -> dict[str, tuple[Target, ...]]:
    found: dict[str, list[Target]] = defaultdict(list)
    for target in targets():
        found[target.target_curie].append(target)
    return {curie: tuple(rows) for curie, rows in found.items()}


def linked(doc: Doc, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Linked rows for the asserted ``rows`` of a Doc that name a cell and no therapy, in their order."""
    mentions = doc._.mentions or ()
    therapies = [m for m in mentions if m["type"] == MentionType.THERAPY and m.get("targets")]
    if not therapies:
        return []
    named = {(m["start"], m["end"], m["type"]): m for m in mentions}
    sents = list(doc.sents)
    starts = [sent.start_char for sent in sents]
    out: list[dict[str, Any]] = []
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        if row["therapy"] is not None or row["negated"] or row["confidence"] < LEAST:
            continue
        cell = named.get((*row["cell"], str(MentionType.CELL)))
        mechanism = named.get((*row["mechanism"], str(MentionType.MECHANISM)))
        for therapy in therapies:
            at = _sentence(starts, therapy["start"])
            if not 0 <= at - row["sentence_index"] <= REACH:
                continue
            why = next(_reasons(therapy["targets"], cell, mechanism), None)
            key = (*row["cell"], row["cell_role"], *row["mechanism"], therapy["text"].lower())
            if why is None or key in seen:
                continue
            seen.add(key)
            out.append(
                row
                | {
                    "therapy": [therapy["start"], therapy["end"]],
                    "therapy_role": str(TherapyRole.TARGETS),
                    "evidence": [
                        row["evidence"][0],
                        max(row["evidence"][1], sents[at].start_char + len(sents[at].text.rstrip())),
                    ],
                    "level": str(Level.LINKED),
                    "link": why,
                    "confidence": round(row["confidence"] * SHARE, 3),
                    "rules": sorted({*row["rules"], RULE}),
                }
            )
    return out


def _reasons(curies: Sequence[str], cell: Any, mechanism: Any) -> Iterator[str]:
    """Why a therapy with these targets bears on the cell, else on the mechanism."""
    for mention in (cell, mechanism):
        if mention is None or not mention["id"]:
            continue
        kinds = {mention["id"], *kinds_of(mention["id"])}
        for curie in curies:
            for target in _by_target().get(curie, ()):
                if target.acts_on_curie in kinds:
                    yield f"{target.target} acts on {target.acts_on}: {target.why} ({target.source})"


def _sentence(starts: Sequence[int], offset: int) -> int:
    return sum(1 for start in starts if start <= offset) - 1
