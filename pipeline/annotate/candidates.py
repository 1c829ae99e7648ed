"""A candidate mention, and who proposed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.records import MentionType

MODEL, LEXICON, PATTERN, REPEATED, ABBREVIATED = "model", "lexicon", "pattern", "repeated", "abbreviation"
ACT = "act"


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate mention in token offsets, end exclusive."""

    start: int
    end: int
    type: MentionType
    source: str
    score: float


class Apart:
    """Candidates of which no two share a word; who stands where is looked up, not searched for."""

    def __init__(self) -> None:
        self._all: dict[Found, None] = {}
        self._at: dict[int, Found] = {}

    def __iter__(self) -> Iterator[Found]:
        return iter(self._all)

    def meeting(self, other: Found) -> list[Found]:
        """Those that share a word with ``other``, in the order of the text."""
        here = (self._at[i] for i in range(other.start, other.end) if i in self._at)
        return list(dict.fromkeys(here))

    def add(self, found: Found) -> None:
        """Put in one that meets none."""
        self._all[found] = None
        self._at.update(dict.fromkeys(range(found.start, found.end), found))

    def remove(self, found: Found) -> None:
        """Take one out again."""
        del self._all[found]
        for i in range(found.start, found.end):
            del self._at[i]
