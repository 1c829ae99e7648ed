"""Triples from links: the cell and the therapy that share a mechanism stand in one row."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.records import CellRole, Level, MentionType, TherapyRole
from pipeline.relate import bounds
from pipeline.relate.assertion import Flags, all_cues
from pipeline.relate.certain import cell_role
from pipeline.relate.features import features, flag_features
from pipeline.relate.graph import Graph
from pipeline.relate.linked import linked
from pipeline.relate.links import Link, links
from pipeline.relate.nodes import Node
from pipeline.relate.scenes import Scene, scenes
from pipeline.relate.scorer import scorers

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

Pair = tuple[
    "Link | None", "Link | None"
]  # the cell's link and the therapy's to one mechanism: what makes a row
RULES_ALONE = 0.5  # without the scorer, rules that were right less often than this make no row


def relate(doc: Doc, *, scored: bool = True, without: Collection[str] = ()) -> list[dict[str, Any]]:
    """All triples of a Doc whose ``spans["mentions"]`` are final, as plain data: asserted rows, then linked ones.

    Offsets are characters of ``doc.text``. Rows of a level are in the order of the text.

    Args:
        scored: let the learned scorer choose, name the roles and set the confidence; without it the rules stand alone.
        without: ids of rules to leave out, to see what they give and take.
    """
    spans = list(doc.spans.get("mentions", ()))
    rows: list[dict[str, Any]] = []
    for scene in scenes(doc):
        found = links(scene.sent, scene.graph, scene.nodes, without=without)
        chosen = (
            judge(doc, scene.graph, scene.nodes, found)
            if scored
            else [_by_the_tree(k) for k in found if k.confidence >= RULES_ALONE]
        )
        rows += _assemble(doc, spans, chosen, scene)
    return rows + linked(doc, rows)


def _by_the_tree(link: Link) -> Link:
    """With the denial and the proposal that need no scorer."""
    sure, flags = link.certain, link.flags
    negation = flags.negation if sure.negation is None else sure.negation
    speculation = flags.speculation if sure.speculation is None else sure.speculation
    return replace(link, flags=Flags(negation, speculation))


def judge(doc: Doc, graph: Graph, nodes: Sequence[Node], found: Sequence[Link]) -> list[Link]:
    """The links the scorer believes, with its role, its probability as confidence, and its flags."""
    by_number = {n.number: n for n in nodes}
    chosen: list[Link] = []
    left_out: dict[tuple[int, MentionType], float] = {}
    for link in found:
        source, mechanism = by_number[link.source], by_number[link.mechanism]
        scorer = scorers()[source.type]
        verdict = scorer.judge(features(doc, graph, nodes, source, mechanism, link))
        if verdict.probability < scorer.threshold:
            place = (link.mechanism, source.type)
            left_out[place] = max(verdict.confidence, left_out.get(place, 0.0))
            continue
        likeliest = str(link.role) if link.either else verdict.role
        role: CellRole | TherapyRole
        if isinstance(link.role, CellRole):
            said = cell_role(
                graph.columns, source.root, link.rules[0], link.role, link.between, mechanism.root
            )
            role = said or CellRole(likeliest)
        else:
            role = TherapyRole(likeliest)
        chosen.append(
            replace(
                link,
                role=role,
                confidence=verdict.confidence,
                flags=Flags(
                    negation=_flag(doc, graph, source, mechanism, link, "negation"),
                    speculation=_flag(doc, graph, source, mechanism, link, "speculation"),
                ),
            )
        )
    other = {MentionType.CELL: MentionType.THERAPY, MentionType.THERAPY: MentionType.CELL}
    return [replace(k, doubt=left_out.get((k.mechanism, other[k.type]), 0.0)) for k in chosen]


def _flag(doc: Doc, graph: Graph, source: Node, mechanism: Node, link: Link, kind: str) -> int | None:
    """The cue's token if the scorer holds the link denied or proposed; no cue in the sentence, no flag."""
    certain = link.certain.negation if kind == "negation" else link.certain.speculation
    if certain is not None:
        return certain
    cue = link.flags.negation if kind == "negation" else link.flags.speculation
    root = mechanism.root
    near = graph.columns.among(all_cues(kind), root)
    if cue is None and not near:
        return None
    scorer = scorers()[kind]
    token = None if cue is None else doc[cue]
    if (
        scorer.judge(flag_features(doc, graph, source, mechanism, link, token, kind)).probability
        < scorer.threshold
    ):
        return None
    return cue if cue is not None else min(near, key=lambda i: (abs(i - root), i))


def _assemble(doc: Doc, spans: Sequence[Span], found: Sequence[Link], scene: Scene) -> list[dict[str, Any]]:
    pairs: list[Pair] = []
    by_mechanism: dict[int, list[Link]] = defaultdict(list)
    for link in found:
        by_mechanism[link.mechanism].append(link)
    for number in sorted(by_mechanism):
        cells: list[Link | None] = [k for k in by_mechanism[number] if k.type is MentionType.CELL]
        therapies: list[Link | None] = [k for k in by_mechanism[number] if k.type is MentionType.THERAPY]
        for cell in cells or [None]:
            apart = [t for t in therapies if cell is None or t is None or not _overlap(spans, cell, t)]
            pairs += [(cell, therapy) for therapy in apart or [None] if cell or therapy]
    kept = bounds.first(pairs, bounds.MOST_ROWS, lambda pair: (-_confidence(pair),))
    return [_row(doc, spans, cell, therapy, scene) for cell, therapy in kept]


def _confidence(pair: Pair) -> float:
    """The row is right if each of its links is, and if the slot it leaves empty is empty."""
    both = [k for k in pair if k is not None]
    return math.prod(k.confidence for k in both) * (1.0 if len(both) == 2 else 1 - both[0].doubt)


def _overlap(spans: Sequence[Span], one: Link, other: Link) -> bool:
    """Are the two the same words? Then one row cannot hold both."""
    a, b = spans[one.source], spans[other.source]
    return a.start < b.end and b.start < a.end


def _row(
    doc: Doc,
    spans: Sequence[Span],
    cell: Link | None,
    therapy: Link | None,
    scene: Scene,
) -> dict[str, Any]:
    both = [k for k in (cell, therapy) if k is not None]
    negation = next((k.flags.negation for k in both if k.flags.negation is not None), None)
    speculation = next((k.flags.speculation for k in both if k.flags.speculation is not None), None)

    def place(number: int) -> list[int]:  # lists, as a Doc that has been through bytes has them
        return [spans[number].start_char, spans[number].end_char]

    sent = scene.sent
    # Only a stand-in's mention stands in another sentence, the one before.
    start = min(
        [
            sent.start_char,
            *(spans[k.source].sent.start_char for k in both if spans[k.source].start < sent.start),
        ]
    )
    return {
        "cell": place(cell.source) if cell else None,
        "cell_role": str(cell.role) if cell else None,
        "mechanism": place(both[0].mechanism),
        "therapy": place(therapy.source) if therapy else None,
        "therapy_role": str(therapy.role) if therapy else None,
        "negated": negation is not None,
        "negation_cue": None if negation is None else doc[negation].text,
        "speculated": speculation is not None,
        "speculation_cue": None if speculation is None else doc[speculation].text,
        "confidence": round(_confidence((cell, therapy)), 3),
        "level": str(Level.ASSERTED),
        "link": None,
        "rules": sorted({rule for k in both for rule in k.rules}),
        "evidence": [start, scene.end],
        "sentence_index": scene.index,
    }
