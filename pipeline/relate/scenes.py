"""The sentences in which something may be said: a mechanism, and a cell or therapy beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.annotate.sentences import sentence_bounds
from pipeline.annotate.syntax import UNPARSED
from pipeline.records import MentionType
from pipeline.relate.anaphora import stand_ins
from pipeline.relate.columns import Columns
from pipeline.relate.graph import Graph
from pipeline.relate.nodes import Node, sentence_nodes

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span


@dataclass(frozen=True, slots=True)
class Scene:
    """One sentence with its graph and its mentions, stand-ins for mentions of the sentence before among them.

    ``end`` is where its words end, in characters: a sentence has the blanks after it.
    """

    index: int
    sent: Span
    end: int
    graph: Graph
    nodes: tuple[Node, ...]


def scenes(doc: Doc) -> Iterator[Scene]:
    """Scenes in the order of the text; a sentence that can hold no triple makes none and costs nothing."""
    nodes = sentence_nodes(doc, list(doc.spans.get("mentions", ())))
    types = {n.type for n in nodes}
    if MentionType.MECHANISM not in types or len(types) == 1:
        return
    columns: Columns | None = None
    before: list[Node] = []
    at = 0
    # Bounds and columns, not spans and tokens: of ten sentences one is looked at.
    for index, (start, end) in enumerate(sentence_bounds(doc)):
        here: list[Node] = []
        while at < len(nodes) and nodes[at].start < end:
            here.append(nodes[at])
            at += 1
        # What was not parsed has no tree to read: nothing in it can stand for anything.
        if any(n.type is MentionType.MECHANISM for n in here) and doc[start].dep_ != UNPARSED:
            columns = columns or Columns(doc)
            others = stand_ins(columns, (start, end), here, before)
            together = sorted([*here, *others], key=lambda n: (n.start, -n.end, n.number))
            if any(n.type is not MentionType.MECHANISM for n in together):
                sent = doc[start:end]
                last = sent.start_char + len(sent.text.rstrip())
                yield Scene(index, sent, last, Graph(sent, columns), tuple(together))
        before = here
