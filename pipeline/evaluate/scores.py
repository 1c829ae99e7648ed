"""Precision, recall and F1 of predictions against gold, with intervals by resampling documents.

Every document is compared once; counts add up over documents, so a resample is a weighted sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.evaluate.marked import SLOTS, Marked, MarkedMention, MarkedTriple
from pipeline.evaluate.matching import Matching, Wording, match, overlap

DRAWS, SEED, LEVEL = 1000, 20, 0.95
SIGNED, EXACT = "+sign", "="
FLAGS = ("negated", "speculated")


@dataclass(frozen=True, slots=True)
class View:
    """``slots`` must match; triples without those of ``filled`` are left out."""

    slots: tuple[str, ...]
    filled: tuple[str, ...] = ()

    def of(self, triples: Iterable[MarkedTriple]) -> list[MarkedTriple]:
        return [t for t in triples if all(t.slot(slot) is not None for slot in self.filled)]


VIEWS = {
    "pair": View(("cell", "mechanism"), ("cell",)),
    "full": View(SLOTS, SLOTS),
    "any": View(SLOTS),
    "mech-therapy": View(("mechanism", "therapy"), ("therapy",)),
}
NAMES = (
    *(f"{view}{sign}" for view in VIEWS for sign in ("", SIGNED)),
    *FLAGS,
    *(f"{slot.upper()}{exact}" for slot in SLOTS for exact in ("", EXACT)),
)
"""Every score by its name: views ("pair", "pair+sign"), flags, mentions by overlap ("CELL") and exact ("CELL=")."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many were right, found and marked; precision, recall and F1 are in 0..1, and 0 where nothing was there."""

    right: int = 0
    found: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        return self.right / max(self.found, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.gold, 1)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(self.found + self.gold, 1)


@dataclass(frozen=True, slots=True)
class Compared:
    """One document, compared. ``found`` and ``marked`` are the triples of the view "any" that ``any`` indexes."""

    gold: Marked
    predicted: Marked
    wording: Wording
    found: tuple[MarkedTriple, ...]
    marked: tuple[MarkedTriple, ...]
    any: Matching
    counts: Mapping[str, Count]


Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scores:
    """Counts over all documents by name (see ``NAMES``), and for each its intervals.

    ``intervals[name]`` has "precision", "recall" and "f1" as (low, high); empty when none were asked for.
    """

    documents: tuple[Compared, ...]
    counts: Mapping[str, Count]
    intervals: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Count:
        return self.counts[name]


def evaluate(
    gold: Iterable[Marked],
    predicted: Mapping[str, Marked] | Iterable[Marked],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Scores:
    """Score predictions against gold, document by document.

    A document without predictions counts as one in which nothing was found; one without gold is left out.

    Args:
        draws: resamples of the documents for the 95% intervals; 0 for none.

    >>> gold = Marked("1", "MDSCs drive exhaustion.", (), (MarkedTriple((0, 5), (12, 22), None, "drives"),))
    >>> evaluate([gold], [gold], draws=0)["pair"].f1
    1.0
    """
    if not isinstance(predicted, Mapping):
        predicted = {marked.id: marked for marked in predicted}
    compared = tuple(compare(g, predicted.get(g.id, Marked(g.id, g.text))) for g in gold)
    return Scores(compared, total(compared), resample(compared, draws, seed) if draws else {})


def compare(gold: Marked, predicted: Marked) -> Compared:
    """All counts of one document."""
    wording = Wording(gold.text)
    counts = {
        f"{name}{SIGNED if signed else ''}": view_of(gold, predicted, wording, name, signed)[1]
        for name in VIEWS
        for signed in (False, True)
    }
    matching, _, found, marked = view_of(gold, predicted, wording, "any", False)
    for flag in FLAGS:
        pairs = [(getattr(found[p], flag), getattr(marked[g], flag)) for p, g in matching.pairs]
        counts[flag] = Count(
            sum(p and g for p, g in pairs), sum(p for p, _ in pairs), sum(g for _, g in pairs)
        )
    for slot in SLOTS:
        counts[slot.upper()] = _mentions(gold, predicted, slot.upper(), exact=False)
        counts[slot.upper() + EXACT] = _mentions(gold, predicted, slot.upper(), exact=True)
    return Compared(gold, predicted, wording, tuple(found), tuple(marked), matching, counts)


def view_of(
    gold: Marked, predicted: Marked, wording: Wording, name: str, signed: bool
) -> tuple[Matching, Count, list[MarkedTriple], list[MarkedTriple]]:
    """One view of one document: its matching, its counts, and the found and marked triples matched, repeats gone."""
    view = VIEWS[name]

    def cleared(triples: Iterable[MarkedTriple]) -> list[MarkedTriple]:
        return wording.without_repeats(view.of(triples), view.slots, signed)

    def like(prediction: MarkedTriple, other: MarkedTriple) -> bool:
        return wording.alike(prediction, other, view.slots, signed)

    found, marked = cleared(predicted.triples), cleared(gold.triples)
    matching = match(found, marked, like, cleared(gold.optional_triples))
    return matching, _count(matching, len(marked)), found, marked


def _mentions(gold: Marked, predicted: Marked, type_: str, exact: bool) -> Count:
    def like(one: MarkedMention, other: MarkedMention) -> bool:
        here, there = (one.start, one.end), (other.start, other.end)
        return here == there if exact else overlap(here, there)

    found, marked, optional = (
        [m for m in mentions if m.type == type_]
        for mentions in (predicted.mentions, gold.mentions, gold.optional_mentions)
    )
    return _count(match(found, marked, like, optional), len(marked))


def _count(matching: Matching, gold: int) -> Count:
    return Count(len(matching.pairs), len(matching.pairs) + len(matching.wrong), gold)


def total(compared: Sequence[Compared]) -> dict[str, Count]:
    """Counts added up over documents."""
    sums = _table(compared).sum(axis=0)
    return {name: Count(*map(int, sums[k])) for k, name in enumerate(NAMES)}


def _table(compared: Sequence[Compared]) -> np.ndarray:
    """Documents x names x (right, found, gold)."""
    rows = [[(c.right, c.found, c.gold) for c in map(doc.counts.__getitem__, NAMES)] for doc in compared]
    return np.array(rows, dtype=np.int64).reshape(len(compared), len(NAMES), 3)


def resample(compared: Sequence[Compared], draws: int, seed: int) -> dict[str, dict[str, Interval]]:
    """The middle 95% of each score over ``draws`` resamples of the documents, with replacement (bootstrap)."""
    number = len(compared)
    if not number:
        return {}
    drawn = np.random.default_rng(seed).integers(number, size=(draws, number))
    times = np.stack([np.bincount(row, minlength=number) for row in drawn])
    sums = np.einsum("dn,nkc->dkc", times, _table(compared))
    right, found, gold = sums[..., 0], sums[..., 1], sums[..., 2]
    values = {
        "precision": right / np.maximum(found, 1),
        "recall": right / np.maximum(gold, 1),
        "f1": 2 * right / np.maximum(found + gold, 1),
    }
    edge = 100 * (1 - LEVEL) / 2
    limits = {what: np.percentile(drawn_, (edge, 100 - edge), axis=0) for what, drawn_ in values.items()}
    return {
        name: {what: (float(low[k]), float(high[k])) for what, (low, high) in limits.items()}
        for k, name in enumerate(NAMES)
    }
