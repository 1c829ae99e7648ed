"""The nouns of the program: frozen, free of spaCy, pandas and Arrow.

What there are many of is a NamedTuple: it is made, and sent from process to process, in a fifth of the time.

All offsets are characters (Python string indices, end exclusive) into ``Document.text``.
What a slot, a role and a triple mean is written in README.md, "What a triple is".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple


class MentionType(StrEnum):
    """What a mention names. The first three are the slots of a triple."""

    CELL = "CELL"
    MECHANISM = "MECHANISM"
    THERAPY = "THERAPY"
    GENE = "GENE"
    CHEMICAL = "CHEMICAL"
    DISEASE = "DISEASE"
    ANATOMY = "ANATOMY"
    ORGANISM = "ORGANISM"


class CellRole(StrEnum):
    """How the cell stands to the mechanism."""

    DRIVES = "drives"
    SUPPRESSES = "suppresses"
    UNDERGOES = "undergoes"


class TherapyRole(StrEnum):
    """What the therapy does to the mechanism."""

    PROMOTES = "promotes"
    INHIBITS = "inhibits"
    TARGETS = "targets"


class Level(StrEnum):
    """``asserted``: the text says it. ``linked``: a curated table ties what the text names apart."""

    ASSERTED = "asserted"
    LINKED = "linked"


def utc_now() -> datetime:
    """The time now, in UTC, to the microsecond (what Parquet keeps)."""
    return datetime.now(UTC)


class Section(NamedTuple):
    """A named stretch of a document's text, in characters; sections never overlap."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One text and what is known of where it came from.

    ``text`` is what the author wrote, in NFC, without markup. A newline in it is always a border
    that no sentence crosses (title, heading, paragraph): readers join wrapped lines with a space.
    """

    doc_id: str
    text: str
    sections: tuple[Section, ...] = ()
    pmid: str | None = None
    pmcid: str | None = None
    doi: str | None = None
    title: str | None = None
    journal: str | None = None
    year: int | None = None
    authors: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    language: str | None = None
    license: str | None = None
    retracted: bool = False
    source: str | None = None
    read_at: datetime = field(default_factory=utc_now, compare=False)

    @property
    def text_sha256(self) -> str:
        """Hex digest of the text's UTF-8 bytes: what tells a changed document from the same one."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be done, why, and what would mend it: ``message`` is one clear sentence."""

    doc_id: str | None
    path: str | None
    stage: str
    error: str
    message: str
    at: datetime = field(default_factory=utc_now, compare=False)


class Mention(NamedTuple):
    """A named thing in a text. ``id`` is a CURIE or None, never a guess; ``name`` is the id's label.

    ``source`` says who found it and how it was grounded ("model", "lexicon:exact", ...);
    ``score`` is in 0..1.
    """

    start: int
    end: int
    text: str
    type: MentionType
    id: str | None = None
    name: str | None = None
    source: str = ""
    score: float = 1.0
    section: str | None = None
    sentence_index: int = 0


class Evidence(NamedTuple):
    """The one or two neighbouring sentences a triple rests on."""

    start: int
    end: int
    sentence_index: int
    sentence: str
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Triple:
    """(cell, cell role, mechanism, therapy role, therapy) with its evidence.

    Of cell and therapy one may be None; the mechanism never is.
    """

    mechanism: Mention
    evidence: Evidence
    cell: Mention | None = None
    cell_role: CellRole | None = None
    therapy: Mention | None = None
    therapy_role: TherapyRole | None = None
    negated: bool = False
    speculated: bool = False
    negation_cue: str | None = None
    speculation_cue: str | None = None
    confidence: float = 0.5
    level: Level = Level.ASSERTED
    link: str | None = None
    rules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.cell is None and self.therapy is None:
            raise ValueError("a triple needs a cell or a therapy beside its mechanism")
        if (self.cell is None) != (self.cell_role is None):
            raise ValueError("a cell and its role come together")
        if (self.therapy is None) != (self.therapy_role is None):
            raise ValueError("a therapy and its role come together")
