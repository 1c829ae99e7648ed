"""A candidate mention, and who proposed it."""

from __future__ import annotations

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

    def meets(self, other: Found) -> bool:
        return self.start < other.end and other.start < self.end
