"""Triples from links: the cell and the therapy that share a mechanism stand in one row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.records import CellRole, Level, MentionType, TherapyRole
from pipeline.relate.assertion import Flags, all_cues
from pipeline.relate.features import features, flag_features
from pipeline.relate.graph import Graph
from pipeline.relate.links import Link, Node, links, prefer_long_forms
from pipeline.relate.scorer import scorers

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

SLOTS = (MentionType.CELL, MentionType.MECHANISM, MentionType.THERAPY)
RULES_ALONE = 0.5  # without the scorer, rules that were right less often than this make no row


def relate(doc: Doc, *, scored: bool = True, without: Collection[str] = ()) -> list[dict[str, Any]]:
    """All asserted triples of a Doc whose ``spans["mentions"]`` are final, as plain data.

    Offsets are characters of ``doc.text``. Rows are in the order of the text.

    Args:
        scored: let the learned scorer choose, name the roles and set the confidence; without it the rules stand alone.
        without: ids of rules to leave out, to see what they give and take.
    """
    spans = list(doc.spans.get("mentions", ()))
    nodes = sentence_nodes(doc, spans)
    rows: list[dict[str, Any]] = []
    for sentence_index, sent in enumerate(doc.sents):
        here = [n for n in nodes if sent.start <= n.root < sent.end]
        if not any(n.type is MentionType.MECHANISM for n in here) or len({n.type for n in here}) < 2:
            continue
        graph = Graph(sent)
        found = links(sent, graph, here, without=without)
        chosen = (
            judge(doc, graph, here, found) if scored else [k for k in found if k.confidence >= RULES_ALONE]
        )
        rows += _assemble(doc, spans, chosen, sent, sentence_index)
    return rows


def sentence_nodes(doc: Doc, spans: Sequence[Span]) -> list[Node]:
    """The mentions that can fill a slot, in the order of the text.

    A cell inside a therapy's name ("CAR T-cell therapy") is the therapy's own, and an abbreviation in brackets
    leaves the slot to its long form (TRIPLES, hard cases 9 and 14).
    """
    nodes = [
        Node(number, MentionType(span.label_), span.start, span.end, span.root.i)
        for number, span in enumerate(spans)
        if span.label_ in SLOTS
    ]
    nodes.sort(key=lambda n: (n.start, -n.end, n.type))
    therapies = [n for n in nodes if n.type is MentionType.THERAPY]
    nodes = [n for n in nodes if n.type is not MentionType.CELL or not any(t.covers(n) for t in therapies)]
    return prefer_long_forms(doc.text, nodes, spans)


def judge(doc: Doc, graph: Graph, nodes: Sequence[Node], found: Sequence[Link]) -> list[Link]:
    """The links the scorer believes, with its role, its probability as confidence, and its flags."""
    by_number = {n.number: n for n in nodes}
    chosen: list[Link] = []
    for link in found:
        source, mechanism = by_number[link.source], by_number[link.mechanism]
        scorer = scorers()[source.type]
        verdict = scorer.judge(features(doc, graph, nodes, source, mechanism, link))
        if verdict.probability < scorer.threshold:
            continue
        role = CellRole(verdict.role) if source.type is MentionType.CELL else TherapyRole(verdict.role)
        chosen.append(
            replace(
                link,
                role=role,
                confidence=verdict.probability,
                flags=Flags(
                    negation=_flag(doc, graph, source, mechanism, link, "negation"),
                    speculation=_flag(doc, graph, source, mechanism, link, "speculation"),
                ),
            )
        )
    return chosen


def _flag(doc: Doc, graph: Graph, source: Node, mechanism: Node, link: Link, kind: str) -> int | None:
    """The cue's token if the scorer holds the link denied or proposed; no cue in the sentence, no flag."""
    cue = link.flags.negation if kind == "negation" else link.flags.speculation
    root = doc[mechanism.root]
    known = all_cues(kind)
    near = [t.i for t in root.sent if t.lemma_.lower() in known or t.lower_ in known]
    if cue is None and not near:
        return None
    scorer = scorers()[kind]
    token = None if cue is None else doc[cue]
    if (
        scorer.judge(flag_features(doc, graph, source, mechanism, link, token, kind)).probability
        < scorer.threshold
    ):
        return None
    return cue if cue is not None else min(near, key=lambda i: (abs(i - root.i), i))


def _assemble(
    doc: Doc, spans: Sequence[Span], found: Sequence[Link], sent: Span, sentence_index: int
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in sorted({k.mechanism for k in found}):
        cells: list[Link | None] = [k for k in found if k.mechanism == number and k.type is MentionType.CELL]
        therapies: list[Link | None] = [
            k for k in found if k.mechanism == number and k.type is MentionType.THERAPY
        ]
        for cell in cells or [None]:
            for therapy in therapies or [None]:
                rows.append(_row(doc, spans, number, cell, therapy, sent, sentence_index))  # noqa: PERF401
    return rows


def _row(
    doc: Doc,
    spans: Sequence[Span],
    mechanism: int,
    cell: Link | None,
    therapy: Link | None,
    sent: Span,
    sentence_index: int,
) -> dict[str, Any]:
    both = [k for k in (cell, therapy) if k is not None]
    negation = next((k.flags.negation for k in both if k.flags.negation is not None), None)
    speculation = next((k.flags.speculation for k in both if k.flags.speculation is not None), None)
    confidence = 1.0
    for link in both:
        confidence *= link.confidence

    def place(number: int) -> list[int]:  # lists, as a Doc that has been through bytes has them
        return [spans[number].start_char, spans[number].end_char]

    return {
        "cell": place(cell.source) if cell else None,
        "cell_role": str(cell.role) if cell else None,
        "mechanism": place(mechanism),
        "therapy": place(therapy.source) if therapy else None,
        "therapy_role": str(therapy.role) if therapy else None,
        "negated": negation is not None,
        "negation_cue": None if negation is None else doc[negation].text,
        "speculated": speculation is not None,
        "speculation_cue": None if speculation is None else doc[speculation].text,
        "confidence": round(confidence, 3),
        "level": str(Level.ASSERTED),
        "link": None,
        "rules": sorted({rule for k in both for rule in k.rules}),
        "evidence": [sent.start_char, sent.end_char],
        "sentence_index": sentence_index,
    }
