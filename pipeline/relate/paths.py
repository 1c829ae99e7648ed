"""Path rules: how they are written, and how they are followed through a sentence graph.

A rule says by which path a cell or a therapy is tied to a mechanism, and what stands on the way::

    id: active.object
    from: [CELL, THERAPY]
    path: <nsubj V >dobj M
    role: agent

reads: from the cell (or therapy) up the edge ``nsubj`` to a verb, down its ``dobj`` to the mechanism. A step is
``<label`` (to the head) or ``>label`` (to a dependent); ``<<label`` and ``>>label`` go over up to four such edges;
``a|b`` stands for either label, ``prep_*`` for any that begins so. Each step is followed by the token it leads to:
``V`` verb, ``N`` noun, ``A`` adjective or participle, ``*`` any, ``M`` the mechanism; ``V[word|$list]`` asks for one of
these lemmas (lists are in words.tsv). ``( ... )?`` is optional, ``( ... )*`` stands up to twice. The path ``~ M`` is no
path: the mechanism stands somewhere in the sentence.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.relate.columns import Columns
from pipeline.relate.graph import Graph

ANYWHERE = "~ M"  # the mechanism stands somewhere in the sentence: for the scorer to judge
DEEP = 4  # edges; longer ways tie what the text does not


class Position(StrEnum):
    """Where a rule puts its cell or therapy: it acts, it is acted on, or the mechanism's own class decides."""

    AGENT = "agent"
    THEME = "theme"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Step:
    """One edge and the token it leads to."""

    up: bool
    deep: bool
    labels: frozenset[str]
    prefixes: tuple[str, ...]
    kind: str
    lemmas: frozenset[str] | None

    def follows(self, label: str) -> bool:
        return label in self.labels or (bool(self.prefixes) and label.startswith(self.prefixes))

    def admits(self, columns: Columns, i: int) -> bool:
        """Whether the word at ``i`` is one that the step may lead to."""
        tag = columns.tag[i]
        if self.kind == "V" and not tag.startswith("VB"):
            return False
        if (
            self.kind == "N"
            and not tag.startswith(("NN", "FW"))
            and not (tag == "VBG" and columns.dep[i] in ("pobj", "dobj", "nsubj"))
        ):
            return False
        if self.kind == "A" and not tag.startswith(("JJ", "VBN", "VBG", "RB")):
            return False
        return self.lemmas is None or columns.word[i] in self.lemmas or columns.lower[i] in self.lemmas


_STEP = re.compile(r"(<<?|>>?)([\w|*]+)\s+([VNAM*])(?:\[([^\]]+)\])?")
_GROUP = re.compile(r"\(([^()]*)\)([?*])")


def parse_path(path: str, words: Mapping[str, frozenset[str]]) -> list[tuple[Step, ...]]:
    """All plain paths a written path stands for, shortest first.

    Raises:
        ValueError: the path is not in the notation above, or names a word list that does not exist.
    """
    if path.strip() == ANYWHERE:
        return [()]
    pieces = _GROUP.split(path)
    choices: list[list[str]] = []
    for plain, group, mark in itertools.zip_longest(*[iter(pieces)] * 3):
        choices.append([plain])
        if group is not None:
            choices.append(["", f" {group} "] + ([f" {group} {group} "] if mark == "*" else []))
    paths = ["".join(parts) for parts in itertools.product(*choices)]
    return sorted((_plain_path(p, words) for p in paths), key=len)


def _plain_path(path: str, words: Mapping[str, frozenset[str]]) -> tuple[Step, ...]:
    steps: list[Step] = []
    position = 0
    for match in _STEP.finditer(path):
        if path[position : match.start()].strip():
            raise ValueError(f"cannot read {path[position : match.start()].strip()!r} in the path {path!r}")
        position = match.end()
        arrow, labels, kind, lemmas = match.groups()
        names = labels.split("|")
        steps.append(
            Step(
                up=arrow[0] == "<",
                deep=len(arrow) == 2,
                labels=frozenset(n for n in names if not n.endswith("*")),
                prefixes=tuple(n[:-1] for n in names if n.endswith("*")),
                kind=kind,
                lemmas=None if lemmas is None else _lemmas(lemmas, words),
            )
        )
    if path[position:].strip():
        raise ValueError(f"cannot read {path[position:].strip()!r} in the path {path!r}")
    if not steps or steps[-1].kind != "M" or any(s.kind == "M" for s in steps[:-1]):
        raise ValueError(f"the path {path!r} must end at the mechanism, M, and name it once")
    return tuple(steps)


def _lemmas(written: str, words: Mapping[str, frozenset[str]]) -> frozenset[str]:
    out: set[str] = set()
    for word in written.split("|"):
        if word.startswith("$"):
            if word[1:] not in words:
                raise ValueError(f"no word list is called {word!r}")
            out |= words[word[1:]]
        else:
            out.add(word)
    return frozenset(out)


@dataclass(frozen=True, slots=True)
class Rule:
    """A path rule, read and ready to run. ``confidence`` orders rules; see rules/paths.yaml."""

    id: str
    paths: tuple[tuple[Step, ...], ...]
    position: Position
    sign: int = 1
    confidence: float = 0.5
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Walk:
    """A rule's path found in a text: the tokens between the ends, in the order walked."""

    rule: Rule
    end: int
    between: tuple[int, ...]


def walk(
    graph: Graph, start: int, rules: Sequence[Rule], ends: frozenset[int], blocked: frozenset[int]
) -> Iterator[Walk]:
    """All ways from the token ``start`` to one of ``ends`` that some rule describes.

    ``blocked`` are tokens no path may lead through (roots of other cells and therapies).
    """
    up = {label for label, _ in graph.up.get(start, ())}
    down = {label for label, _ in graph.down.get(start, ())}
    for rule in rules:
        for path in rule.paths:
            if not path:
                yield from (Walk(rule, end, ()) for end in sorted(ends))
                continue
            first = path[0]
            labels = up if first.up else down
            if labels and (
                not first.labels.isdisjoint(labels)
                or (first.prefixes and any(label.startswith(first.prefixes) for label in labels))
            ):
                yield from _follow(graph, start, rule, path, ends, blocked)


def _follow(
    graph: Graph,
    start: int,
    rule: Rule,
    path: tuple[Step, ...],
    ends: frozenset[int],
    blocked: frozenset[int],
) -> Iterator[Walk]:
    stack: list[tuple[int, int, tuple[int, ...]]] = [(start, 0, ())]
    while stack:
        at, depth, trail = stack.pop()
        step = path[depth]
        last = depth == len(path) - 1
        for to in reached(graph, at, step, blocked):
            if to == start or to in trail:
                continue
            if last:
                if to in ends and (step.lemmas is None or step.admits(graph.columns, to)):
                    yield Walk(rule, to, trail)
            elif to not in blocked and step.admits(graph.columns, to):
                stack.append((to, depth + 1, (*trail, to)))


def reached(graph: Graph, at: int, step: Step, blocked: frozenset[int]) -> list[int]:
    """The tokens one step leads to; a deep step goes on along the same labels, up to ``DEEP`` edges."""
    edges = graph.up if step.up else graph.down
    out = [to for label, to in edges.get(at, ()) if step.follows(label)]
    if step.deep:
        border = out
        for _ in range(DEEP - 1):
            border = [
                to
                for last in border
                if last not in blocked
                for label, to in edges.get(last, ())
                if step.follows(label) and to not in out and to != at
            ]
            if not border:
                break
            out = out + list(dict.fromkeys(border))
    return out if len(out) < 2 else list(dict.fromkeys(out))
