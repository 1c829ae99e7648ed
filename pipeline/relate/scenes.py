"""The sentences in which something may be said: a mechanism, and a cell or therapy beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """One sentence with its graph and its mentions, stand-ins for mentions of the sentence before among them."""

    index: int
    sent: Span
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
    for index, sent in enumerate(doc.sents):
        here: list[Node] = []
        while at < len(nodes) and nodes[at].start < sent.end:
            here.append(nodes[at])
            at += 1
        # What was not parsed has no tree to read: nothing in it can stand for anything.
        if doc[sent.start].dep_ != UNPARSED and any(n.type is MentionType.MECHANISM for n in here):
            together = sorted(
                [*here, *stand_ins(doc, sent, here, before)], key=lambda n: (n.start, -n.end, n.number)
            )
            if any(n.type is not MentionType.MECHANISM for n in together):
                columns = columns or Columns(doc)
                yield Scene(index, sent, Graph(sent, columns), tuple(together))
        before = here
