"""Links: one cell or one therapy tied to one mechanism, found by a rule in one sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.records import CellRole, MentionType, TherapyRole
from pipeline.relate import bounds
from pipeline.relate.assertion import NO_FLAGS, Flags, flags
from pipeline.relate.certain import denial, proposal
from pipeline.relate.columns import Columns
from pipeline.relate.grammar import rules
from pipeline.relate.graph import Graph
from pipeline.relate.nodes import Node
from pipeline.relate.paths import Position, Walk, walk
from pipeline.relate.words import words

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span


@dataclass(frozen=True, slots=True)
class Link:
    """``source`` and ``mechanism`` are mention numbers, ``between`` the path's tokens, ``flags`` what hedges it."""

    source: int
    mechanism: int
    type: MentionType
    role: CellRole | TherapyRole
    rules: tuple[str, ...]
    confidence: float
    flags: Flags
    between: tuple[int, ...] = ()
    certain: Flags = NO_FLAGS  # what denies or proposes the tie by the tree alone, whatever the scorer thinks
    doubt: float = 0.0  # confidence of the best link left out that would have filled the row's empty slot
    either: bool = False  # one of two opposite roles left open: "either suppresses or promotes"


def links(sent: Span, graph: Graph, nodes: Sequence[Node], *, without: Collection[str] = ()) -> list[Link]:
    """The best link for every pair of a cell or therapy and a mechanism that some rule ties together.

    Of a sentence that holds more than `bounds` allow, the nearest and surest.

    Args:
        without: ids of rules to leave out, to see what they give and take.
    """
    mechanisms: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        if node.type is MentionType.MECHANISM:
            mechanisms[node.root].append(node)
    sources = [n for n in nodes if n.type is not MentionType.MECHANISM]
    ends, heads = sorted(mechanisms), frozenset(n.root for n in sources)
    best: dict[tuple[int, int], tuple[Node, Node, Walk]] = {}
    walks: dict[tuple[int, int], list[Walk]] = defaultdict(list)
    for source in sources:
        blocked = heads - {source.root}
        reach = frozenset(bounds.nearest(source.root, ends))
        used = [r for r in rules()[source.type] if r.id not in without] if without else rules()[source.type]
        for found in walk(graph, source.root, used, reach, blocked):
            for mechanism in mechanisms[found.end]:
                if mechanism.start <= source.root < mechanism.end and not mechanism.covers(source):
                    continue
                key = (mechanism.number, source.number)
                walks[key].append(found)
                if key not in best or rank(found) < rank(best[key][2]):
                    best[key] = (source, mechanism, found)
    out: list[Link] = []
    for key in bounds.first(sorted(best), bounds.MOST_LINKS, lambda pair: _claim(*best[pair])):
        source, mechanism, found = best[key]
        link = link_of(graph.columns, source, mechanism, found)
        other = next((w for w in walks[key] if _leaves_open(sent.doc, found, w)), None)
        if other is None:
            out.append(link)
        else:
            second = link_of(graph.columns, source, mechanism, other)
            either = link.role != second.role
            out += [replace(link, either=either), *([replace(second, either=True)] if either else [])]
    return out


def _claim(source: Node, mechanism: Node, found: Walk) -> tuple[float, ...]:
    """Which of too many links are left out: those of unsure rules, over long ways, between what stands far apart."""
    return (-found.rule.confidence, len(found.between), abs(source.root - mechanism.root))


def _leaves_open(doc: Doc, found: Walk, other: Walk) -> bool:
    """ "Either suppresses or promotes": the same way, but for two words that "or" joins."""
    if other.rule.id != found.rule.id or len(other.between) != len(found.between):
        return False
    pairs = [(a, b) for a, b in zip(found.between, other.between, strict=True) if a != b]
    if len(pairs) != 1:
        return False
    first, second = sorted(pairs[0])
    joined = doc[second] in doc[first].conjuncts
    return joined and any(t.lower_ == "or" and t.dep_ == "cc" for t in doc[first:second])


def rank(found: Walk) -> tuple[float, int, int, tuple[int, ...]]:
    """Of several ways between two mentions the one that sorts first is taken."""
    return (-found.rule.confidence, len(found.between), found.rule.rank, found.between)


def link_of(columns: Columns, source: Node, mechanism: Node, found: Walk) -> Link:
    """What a rule says of two mentions when its path leads from one to the other."""
    between, root = found.between, mechanism.root
    sign = path_sign(columns, between, mechanism) * found.rule.sign
    role: CellRole | TherapyRole
    if source.type is MentionType.CELL:
        role = cell_role(columns, found.rule.position, sign, between, root)
    else:
        role = therapy_role(sign, found.rule.position, between)
    return Link(
        source.number,
        mechanism.number,
        source.type,
        role,
        (found.rule.id,),
        found.rule.confidence,
        flags(columns, [source.root, root, *between]),
        between,
        Flags(denial(columns, source.root, between, root), proposal(columns, between, root)),
    )


def path_sign(columns: Columns, between: Sequence[int], mechanism: Node) -> int:
    """The product of the signs on the way; 0 when some word on it changes things without a direction."""
    table = words()
    product, directed = 1, False
    for i in between:
        sign = table.sign(columns.word[i], columns.tag[i])
        if not sign:
            continue
        directed = True
        product *= sign
        for child in columns.children(i):
            if columns.dep[child] == "amod" and (s := table.sign(columns.lower[child], "JJ")):
                product *= s
    for child in columns.children(mechanism.root):
        if columns.dep[child] in ("amod", "acl") and not mechanism.start <= child < mechanism.end:
            s = table.sign(columns.lower[child], "JJ")
            if s:
                directed = True
                product *= s
    return product if directed else 0


def cell_role(columns: Columns, position: Position, sign: int, between: Sequence[int], root: int) -> CellRole:
    """A cell that acts drives or suppresses; one that is acted on undergoes; else the mechanism decides."""
    if (
        position is Position.AGENT
        and between
        and not all(columns.lemma[i] in words().lists["light"] for i in between)
    ):
        return CellRole.SUPPRESSES if sign < 0 else CellRole.DRIVES
    if position is Position.THEME:
        return CellRole.UNDERGOES
    return CellRole.UNDERGOES if undergone(columns, root) else CellRole.DRIVES


def undergone(columns: Columns, i: int) -> bool:
    """Does what this word names happen to a cell (its number, place, state, fate), as against being done by it?"""
    return columns.one_of(i, words().lists["state"])


def therapy_role(sign: int, position: Position, between: Sequence[int]) -> TherapyRole:
    """A therapy raises, lowers, or, when no word on the way says which, targets."""
    if sign == 0:
        return TherapyRole.PROMOTES if position is Position.AGENT and not between else TherapyRole.TARGETS
    return TherapyRole.PROMOTES if sign > 0 else TherapyRole.INHIBITS
