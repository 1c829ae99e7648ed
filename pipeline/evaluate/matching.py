"""When is what was found the same as what is marked? Spans, repeats and the largest one-to-one matching.

The definition is README's "How it is scored"; this page is that definition as code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.evaluate.marked import MarkedTriple, Span

LONGEST_WORDS = 8  # a found slot of more words than this, and than twice gold's, matches nothing
_LOOK_BACK = 120  # characters before a bracket in which its long form may begin
_SPARE_WORDS = 6  # a long form may have so many words more than its abbreviation has letters
_MISSING_WORDS = 2  # ... or so many less

_GAP = re.compile(r"[\s\-‐‑–—]+")
_PLURAL = re.compile(r"s\b")
_BRACKET = re.compile(r"\(([A-Za-z0-9\-/+αβγδκ]{2,12})\)")

Item = TypeVar("Item")


def folded(words: str) -> str:
    """Words without case, plural and hyphens.

    >>> folded("T-Cells")
    't cell'
    """
    return _PLURAL.sub("", _GAP.sub(" ", words.lower()).strip())


def abbreviations(text: str) -> dict[str, str]:
    """Folded abbreviation -> folded long form, where the text defines it as "long form (LF)".

    The long form is the shortest run of words before the bracket that begins with the abbreviation's first letter
    and has about as many words as the abbreviation has letters.
    """
    out: dict[str, str] = {}
    for bracket in _BRACKET.finditer(text):
        short = bracket.group(1)
        letters = [c for c in short.removesuffix("s").lower() if c.isalnum()]
        before = text[max(0, bracket.start() - _LOOK_BACK) : bracket.start()].split()
        fewest = max(1, len(letters) - _MISSING_WORDS)
        for count in range(fewest, min(len(before), len(letters) + _SPARE_WORDS) + 1):
            long = before[-count:]
            if letters and long[0][0].lower() == letters[0]:
                out[folded(short)] = folded(" ".join(long))
                break
    return out


class Wording:
    """The spans of one text, compared. Answers are kept, since every view asks the same questions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._long_forms = abbreviations(text)
        self._names: dict[Span, tuple[str, int]] = {}
        self._known: dict[tuple[Span, Span], bool] = {}

    def same(self, found: Span | None, gold: Span | None) -> bool:
        """Do the two fill a slot alike: by overlap, the same words, or one being the other's abbreviation?

        An empty slot is only like an empty slot. Not symmetric: ``found`` may not be out of proportion to ``gold``.
        """
        if found is None or gold is None:
            return found is gold
        answer = self._known.get((found, gold))
        if answer is None:
            answer = self._known[found, gold] = self._compare(found, gold)
        return answer

    def _compare(self, found: Span, gold: Span) -> bool:
        (name, words), (gold_name, gold_words) = self._name(found), self._name(gold)
        if words > max(LONGEST_WORDS, 2 * gold_words):
            return False
        return overlap(found, gold) or name == gold_name

    def _name(self, span: Span) -> tuple[str, int]:
        """The folded words, in their long form where there is one, and the number of words as written."""
        if span not in self._names:
            written = self.text[slice(*span)]
            name = folded(written)
            self._names[span] = self._long_forms.get(name, name), len(written.split())
        return self._names[span]

    def alike(
        self, found: MarkedTriple, gold: MarkedTriple, slots: Sequence[str], signed: bool = False
    ) -> bool:
        """Do the named slots match, and with ``signed`` their roles and the negation too?"""
        if signed and signs(found, slots) != signs(gold, slots):
            return False
        return all(self.same(found.slot(slot), gold.slot(slot)) for slot in slots)

    def without_repeats(
        self, triples: Sequence[MarkedTriple], slots: Sequence[str], signed: bool = False
    ) -> list[MarkedTriple]:
        """The triples that say something no earlier one has said."""
        out: list[MarkedTriple] = []
        for triple in triples:
            if not any(self.alike(triple, earlier, slots, signed) for earlier in out):
                out.append(triple)
        return out


def signs(triple: MarkedTriple, slots: Sequence[str]) -> tuple[str | bool | None, ...]:
    """The roles that belong to ``slots``, and whether it is negated."""
    roles = {"cell": triple.cell_role, "therapy": triple.therapy_role}
    return (*(roles[slot] for slot in slots if slot in roles), triple.negated)


def overlap(one: Span, other: Span) -> bool:
    """Do two spans share a character?"""
    return one[0] < other[1] and other[0] < one[1]


@dataclass(frozen=True, slots=True)
class Matching:
    """Indices: ``pairs`` of (prediction, gold); predictions ``wrong``; predictions ``excused`` by an optional mark."""

    pairs: tuple[tuple[int, int], ...]
    wrong: tuple[int, ...]
    excused: tuple[int, ...]
    missed: tuple[int, ...]


def match(
    found: Sequence[Item],
    gold: Sequence[Item],
    like: Callable[[Item, Item], bool],
    optional: Sequence[Item] = (),
) -> Matching:
    """The largest one-to-one matching of predictions to gold, by augmenting paths (Kuhn's algorithm).

    A prediction left over is excused when an optional mark, used once, is like it.
    """
    possible = [[g for g, item in enumerate(gold) if like(prediction, item)] for prediction in found]
    owner: dict[int, int] = {}
    for index in range(len(found)):
        _place(index, possible, owner)
    free = list(optional)
    wrong, excused = [], []
    matched = set(owner.values())
    for index, prediction in enumerate(found):
        if index not in matched:
            hit = next((n for n, item in enumerate(free) if like(prediction, item)), None)
            if hit is None:
                wrong.append(index)
            else:
                del free[hit]
                excused.append(index)
    return Matching(
        tuple(sorted((index, g) for g, index in owner.items())),
        tuple(wrong),
        tuple(excused),
        tuple(g for g in range(len(gold)) if g not in owner),
    )


def _place(first: int, possible: Sequence[Sequence[int]], owner: dict[int, int]) -> None:
    """Give a prediction a gold item, moving earlier ones to others where that makes room; no recursion."""
    seen: set[int] = set()
    asking: list[tuple[int, Iterator[int]]] = [(first, iter(possible[first]))]
    taken: list[int] = []
    while asking:
        gold = next((g for g in asking[-1][1] if g not in seen), None)
        if gold is None:
            asking.pop()
            if taken:
                taken.pop()
            continue
        seen.add(gold)
        taken.append(gold)
        if gold not in owner:
            owner.update({g: prediction for (prediction, _), g in zip(asking, taken, strict=True)})
            return
        asking.append((owner[gold], iter(possible[owner[gold]])))
