"""Paths in words, and rules that nearly led from one mention to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.relate.features import shortest
from pipeline.relate.graph import Graph
from pipeline.relate.paths import Rule, Step, reached

if TYPE_CHECKING:
    from spacy.tokens import Doc

_KINDS = {"V": "a verb", "N": "a noun", "A": "an adjective or participle", "M": "the mechanism"}
_LABELS_SHOWN, _LEMMAS_SHOWN = 4, 6


@dataclass(frozen=True, slots=True)
class Nearly:
    """A rule whose path began to match: ``steps`` of ``of`` steps were walked, along ``path``; then ``stopped_by``."""

    rule: str
    steps: int
    of: int
    path: str
    stopped_by: str


@dataclass(frozen=True, slots=True)
class _Stop:
    """The deepest point of one path: which token it came to, and by how little it failed there."""

    depth: int
    trail: tuple[int, ...]
    word_class: bool  # the edge was there and only the word at its end was wrong
    reason: str


def nearly_fired(
    doc: Doc,
    graph: Graph,
    start: int,
    end: int,
    rules: Collection[Rule],
    blocked: frozenset[int],
    top: int = 3,
) -> list[Nearly]:
    """The rules that came closest to leading from the token ``start`` to the mechanism's token ``end``.

    First those that were stopped on the shortest way between the two, then those with the fewest steps left.
    """
    way = {start, *(i for _, _, i in shortest(graph, start, end) or ())} if start != end else {start}
    ranked = []
    for rule in rules:
        stops = [(path, _stop(doc, graph, start, end, path, blocked)) for path in rule.paths if path]
        near = [(path, s) for path, s in stops if s is not None and (s.depth or s.word_class)]
        if near:
            path, stop = min(near, key=lambda p: _distance(p[0], p[1], way))
            ranked.append((_distance(path, stop, way), rule.rank, rule, path, stop))
    ranked.sort(key=lambda entry: entry[:2])
    return [
        Nearly(rule.id, stop.depth, len(path), path_in_words(doc, graph, stop.trail), stop.reason)
        for _, _, rule, path, stop in ranked[:top]
    ]


def _distance(path: Sequence[Step], stop: _Stop, way: Collection[int]) -> tuple[bool, float, int]:
    left = len(path) - stop.depth - (0.5 if stop.word_class else 0)
    return (stop.trail[-1] not in way, left, -stop.depth)


def _stop(
    doc: Doc, graph: Graph, start: int, end: int, path: Sequence[Step], blocked: frozenset[int]
) -> _Stop | None:
    """Where a path ends before it is walked; None when it leads all the way."""
    border: list[tuple[int, ...]] = [(start,)]
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        following, stops = [], []
        for trail in border:
            going = [to for to in reached(graph, trail[-1], step, blocked) if to not in trail]
            for to in going:
                right = to == end and (step.lemmas is None or step.admits(graph.columns, to))
                if right if last else to not in blocked and step.admits(graph.columns, to):
                    following.append((*trail, to))
                elif to in blocked and not last:
                    stops.append(
                        _Stop(depth, trail, False, f"{doc[to].text!r} belongs to another cell or therapy")
                    )
                elif last and to != end:
                    where = f"{_labels(step)} leads to {doc[to].text!r}, not to {doc[end].text!r}"
                    stops.append(_Stop(depth, trail, False, where))
                else:
                    wanted = _wanted(step)
                    reason = f"{doc[to].text!r} ({doc[to].tag_}, {doc[to].lemma_}) is not {wanted}"
                    stops.append(_Stop(depth, trail, True, reason))
            if not going:
                reason = f"no {_labels(step)} leads on from {doc[trail[-1]].text!r}"
                stops.append(_Stop(depth, trail, False, reason))
        if not following:
            return min(stops, key=lambda s: (not s.word_class, s.trail)) if stops else None
        border = following
    return None


def _labels(step: Step) -> str:
    arrow = ("<" if step.up else ">") * (2 if step.deep else 1)
    labels = [*sorted(step.labels), *(f"{prefix}*" for prefix in step.prefixes)]
    return arrow + "|".join(labels[:_LABELS_SHOWN]) + ("|..." if len(labels) > _LABELS_SHOWN else "")


def _wanted(step: Step) -> str:
    kind = _KINDS.get(step.kind, "a word")
    if step.lemmas is None:
        return kind
    lemmas = sorted(step.lemmas)
    more = ", ..." if len(lemmas) > _LEMMAS_SHOWN else ""
    return f"{kind} among {', '.join(lemmas[:_LEMMAS_SHOWN])}{more}"


def path_in_words(doc: Doc, graph: Graph, tokens: Sequence[int]) -> str:
    """Tokens and the edges between them: ``MDSCs <nsubj drive >dobj exhaustion``; ``..`` where a step was deep."""
    parts = [doc[tokens[0]].text]
    for one, other in pairwise(tokens):
        up = next((f"<{label}" for label, to in graph.up.get(one, ()) if to == other), None)
        down = next((f">{label}" for label, to in graph.down.get(one, ()) if to == other), None)
        parts += [up or down or "..", doc[other].text]
    return " ".join(parts)


def way_between(doc: Doc, graph: Graph, start: int, end: int) -> str | None:
    """The shortest way through the graph in words: what a new rule would have to describe. None when it is long."""
    steps = shortest(graph, start, end) if start != end else ()
    if steps is None:
        return None
    return " ".join([doc[start].text, *(f"{arrow}{label} {doc[i].text}" for arrow, label, i in steps)])
