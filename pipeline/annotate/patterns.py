"""Therapies that are composed, not listed: a target and what is done to it.

"CSF1R inhibition", "CCR2/CCR5 blockade", "anti-PD-1 antibody", "CD40 agonism", "Treg depletion": no list holds them
all, since the target may be any gene, its family, or a cell. The patterns are spaCy Matcher rows in therapies.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import srsly
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from pipeline.annotate.candidates import ACT, PATTERN, Found
from pipeline.annotate.words import lower_case
from pipeline.records import MentionType

SCORE = 0.9


@lru_cache(maxsize=1)
def _rows() -> list[dict[str, Any]]:
    text = files("pipeline.annotate").joinpath("therapies.yaml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = srsly.yaml_loads(text)
    return rows


@lru_cache(maxsize=4)
def _matcher(vocab: Vocab) -> Matcher:
    matcher = Matcher(vocab, validate=True)
    for row in _rows():
        matcher.add(row["id"], [row["pattern"]], greedy="LONGEST")
    return matcher


@lru_cache(maxsize=1)
def _anchors() -> tuple[frozenset[str], int]:
    """Words in lower case of which each match holds one, and the words of the longest pattern."""
    patterns = [row["pattern"] for row in _rows()]
    needed = (
        [token["LOWER"]["IN"] for token in p if "LOWER" in token and "OP" not in token] for p in patterns
    )
    return frozenset(word for lists in needed for words in lists for word in words), max(map(len, patterns))


def targeted(doc: Doc, lower: Sequence[str] | None = None) -> Iterator[Found]:
    """Composed therapies as candidates, in the order of the text; ``lower``: the document's words, if you have them."""
    if lower is None:
        lower = lower_case(doc)
    anchors, longest = _anchors()
    for first, end in _around([i for i, word in enumerate(lower) if word in anchors], longest - 1, len(doc)):
        matches = _matcher(doc.vocab)(doc[first:end])
        for _, start, stop in sorted(matches, key=lambda match: match[1:]):
            yield Found(first + start, first + stop, MentionType.THERAPY, PATTERN, SCORE)


def _around(places: Sequence[int], reach: int, length: int) -> Iterator[tuple[int, int]]:
    """Stretches of words that hold all ``places`` and ``reach`` more to either side; they do not touch."""
    start, end = 0, -1
    for place in places:
        if end >= 0 and place - reach > end:
            yield start, end
            end = -1
        if end < 0:
            start = max(0, place - reach)
        end = min(length, place + reach + 1)
    if end >= 0:
        yield start, end


# What people or cells do to a cell, where the verb is all that names it: "CSF1R inhibition depletes macrophages".
ACTS = frozenset(
    ["ablate", "activate", "attract", "convert", "deplete", "destroy", "educate", "eliminate", "eradicate", "exhaust",
     "expand", "kill", "lyse", "mobilize", "mobilise", "phagocytose", "polarize", "polarise", "prime", "reactivate",
     "recruit", "reinvigorate", "rejuvenate", "repolarize", "repolarise", "reprogram", "reprogramme", "sensitize",
     "skew"]
)  # fmt: skip


def acts_on(doc: Doc, cells: Sequence[Found]) -> Iterator[Found]:
    """Verbs of ``ACTS`` whose object, or subject in the passive, is one of the ``cells``."""
    inside = {i for cell in cells for i in range(cell.start, cell.end)}
    for cell in cells:
        root = doc[cell.start : cell.end].root
        first = root
        while first.dep_ == "conj" and first.head.i in inside:
            first = first.head
        verb = first.head
        if first.dep_ in ("dobj", "nsubjpass") and verb.lemma_ in ACTS and verb.tag_.startswith("VB"):
            yield Found(verb.i, verb.i + 1, MentionType.MECHANISM, ACT, SCORE)
