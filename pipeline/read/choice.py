"""Which of two texts with one id is kept: the newest version, full text over abstract, else the first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.records import Document

Newness = tuple[int, int, int]


class Identified(Protocol):
    """A document, or what is remembered of one."""

    @property
    def doc_id(self) -> str: ...
    @property
    def pmid(self) -> str | None: ...
    @property
    def pmcid(self) -> str | None: ...


@dataclass
class Choice:
    """What must be remembered between inputs: ids, ranks and hashes, never texts."""

    newest: dict[int, tuple[Newness, int]] = field(default_factory=dict)
    withdrawn: dict[int, int] = field(default_factory=dict)
    full_texts: set[str] = field(default_factory=set)
    _taken: dict[str, tuple[bytes, int]] = field(default_factory=dict)

    def saw_record(self, pmid: str, newness: Newness, place: int) -> None:
        """First pass: a MEDLINE record in the input number ``place``. A later input wins a tie."""
        rank = (newness[:2], place, newness[2])
        known = self.newest.get(int(pmid))
        if known is None or rank > (known[0][:2], known[1], known[0][2]):
            self.newest[int(pmid)] = (newness, place)

    def saw_withdrawal(self, pmid: str, place: int) -> None:
        """First pass: a DeleteCitation. It withdraws what its own input and those before it hold."""
        self.withdrawn[int(pmid)] = max(place, self.withdrawn.get(int(pmid), place))

    def saw_full_text(self, document: Identified) -> None:
        """First pass: a full text that can be read stands in for the abstract of the same paper."""
        self.full_texts.update(filter(None, (document.doc_id, document.pmid, document.pmcid)))

    def supersedes(self, pmid: str, newness: Newness, place: int) -> bool:
        """Whether a MEDLINE record gives way to a newer version of itself or to its withdrawal."""
        if self.withdrawn.get(int(pmid), -1) >= place:
            return True
        newest = self.newest.get(int(pmid))
        return newest is not None and newest != (newness, place)

    def has_full_text(self, document: Identified) -> bool:
        """Whether the full text of this abstract is among the inputs."""
        return not self.full_texts.isdisjoint(filter(None, (document.pmid, document.pmcid)))

    def gives_way(self, text: Identified, newness: Newness | None, place: int) -> bool:
        """Whether a text gives way in silence: a MEDLINE record to a newer one, to its withdrawal, to a full text."""
        return newness is not None and (
            self.supersedes(text.doc_id, newness, place) or self.has_full_text(text)
        )

    def has(self, doc_id: str) -> bool:
        """Whether a text of this id was taken."""
        return doc_id in self._taken

    def take(self, doc_id: str, digest: bytes, place: int) -> int | None:
        """None where the text is the first of its id; otherwise the number of the input that was first.

        The same text twice answers -1: there is nothing to do and nothing to say.
        """
        known = self._taken.get(doc_id)
        if known is None:
            self._taken[doc_id] = (digest, place)
            return None
        return -1 if known[0] == digest else known[1]


def digest_of(document: Document) -> bytes:
    """What tells two texts apart."""
    return hashlib.blake2b(document.text.encode(), digest_size=12).digest()
