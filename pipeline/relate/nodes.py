"""Mentions as the relations see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.records import MentionType

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

SLOTS = (MentionType.CELL, MentionType.MECHANISM, MentionType.THERAPY)
_BRACKET_WORDS = 3  # a bracket, and blanks about it


@dataclass(frozen=True, slots=True)
class Node:
    """A mention as relations see it: its number in the document, its type, its head token."""

    number: int
    type: MentionType
    start: int
    end: int
    root: int
    via: str = ""  # how it is meant, where it is not named: "noun" ("these cells") or "pronoun"

    def covers(self, other: Node) -> bool:
        return self.start <= other.start and other.end <= self.end


def sentence_nodes(doc: Doc, spans: Sequence[Span]) -> list[Node]:
    """The mentions that can fill a slot, in the order of the text.

    A cell inside a therapy's name ("CAR T-cell therapy") is the therapy's own, and an abbreviation in brackets
    leaves the slot to its long form.
    """
    nodes = [
        Node(number, MentionType(span.label_), span.start, span.end, span.root.i)
        for number, span in enumerate(spans)
        if span.label_ in SLOTS
    ]
    nodes.sort(key=lambda n: (n.start, -n.end, n.type))
    therapies = [n for n in nodes if n.type is MentionType.THERAPY]
    nodes = [n for n in nodes if n.type is not MentionType.CELL or not any(t.covers(n) for t in therapies)]
    return prefer_long_forms(doc, nodes)


def prefer_long_forms(doc: Doc, nodes: Iterable[Node]) -> list[Node]:
    """Without abbreviations that stand in brackets right after their long form: triples point at the long form."""
    kept: list[Node] = []
    for node in nodes:
        last = kept[-1] if kept else None
        if (
            last is not None
            and last.type is node.type
            and 0 < node.start - last.end <= _BRACKET_WORDS
            and doc[last.end : node.start].text.strip() in ("(", "[")
        ):
            continue
        kept.append(node)
    return kept
