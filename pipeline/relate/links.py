"""Links: one cell or one therapy tied to one mechanism, found by a rule in one sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.records import CellRole, MentionType, TherapyRole
from pipeline.relate.assertion import Flags, flags
from pipeline.relate.grammar import rules
from pipeline.relate.graph import Graph
from pipeline.relate.nodes import Node
from pipeline.relate.paths import Position, Walk, walk
from pipeline.relate.words import words

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token


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
    doubt: float = 0.0  # confidence of the best link left out that would have filled the row's empty slot
    either: bool = False  # one of two opposite roles left open: "either suppresses or promotes"


def links(sent: Span, graph: Graph, nodes: Sequence[Node], *, without: Collection[str] = ()) -> list[Link]:
    """The best link for every pair of a cell or therapy and a mechanism that some rule ties together.

    Args:
        without: ids of rules to leave out, to see what they give and take.
    """
    mechanisms: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        if node.type is MentionType.MECHANISM:
            mechanisms[node.root].append(node)
    sources = [n for n in nodes if n.type is not MentionType.MECHANISM]
    best: dict[tuple[int, int], tuple[Node, Node, Walk]] = {}
    walks: dict[tuple[int, int], list[Walk]] = defaultdict(list)
    for source in sources:
        blocked = frozenset(n.root for n in sources if n.root != source.root)
        used = [r for r in rules()[source.type] if r.id not in without] if without else rules()[source.type]
        for found in walk(graph, source.root, used, frozenset(mechanisms), blocked):
            for mechanism in mechanisms[found.end]:
                if mechanism.start <= source.root < mechanism.end and not mechanism.covers(source):
                    continue
                key = (mechanism.number, source.number)
                walks[key].append(found)
                if key not in best or rank(found) < rank(best[key][2]):
                    best[key] = (source, mechanism, found)
    out: list[Link] = []
    for key in sorted(best):
        source, mechanism, found = best[key]
        link = link_of(sent.doc, source, mechanism, found)
        other = next((w for w in walks[key] if _leaves_open(sent.doc, found, w)), None)
        if other is None:
            out.append(link)
        else:
            second = link_of(sent.doc, source, mechanism, other)
            either = link.role != second.role
            out += [replace(link, either=either), *([replace(second, either=True)] if either else [])]
    return out


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


def link_of(doc: Doc, source: Node, mechanism: Node, found: Walk) -> Link:
    """What a rule says of two mentions when its path leads from one to the other."""
    tokens = [doc[i] for i in found.between]
    root, head = doc[mechanism.root], doc[source.root]
    sign = path_sign(tokens, root, mechanism) * found.rule.sign
    role: CellRole | TherapyRole
    if source.type is MentionType.CELL:
        role = cell_role(found.rule.position, sign, tokens, root)
    else:
        role = therapy_role(sign, found.rule.position, tokens)
    return Link(
        source.number,
        mechanism.number,
        source.type,
        role,
        (found.rule.id,),
        found.rule.confidence,
        flags([head, root, *tokens]),
        found.between,
    )


def path_sign(between: Sequence[Token], root: Token, mechanism: Node) -> int:
    """The product of the signs on the way; 0 when some word on it changes things without a direction."""
    table = words()
    product, directed = 1, False
    for token in between:
        sign = table.sign(token.lemma_, token.tag_)
        if sign is None:
            continue
        if sign == 0:
            continue
        directed = True
        product *= sign
        for child in token.children:
            if child.dep_ == "amod" and (s := table.sign(child.lower_, "JJ")):
                product *= s
    for child in root.children:
        if child.dep_ in ("amod", "acl") and not mechanism.start <= child.i < mechanism.end:
            s = table.sign(child.lower_, "JJ")
            if s:
                directed = True
                product *= s
    return product if directed else 0


def cell_role(position: Position, sign: int, between: Sequence[Token], root: Token) -> CellRole:
    """A cell that acts drives or suppresses; one that is acted on undergoes; else the mechanism decides."""
    if (
        position is Position.AGENT
        and between
        and not all(t.lemma_ in words().lists["light"] for t in between)
    ):
        return CellRole.SUPPRESSES if sign < 0 else CellRole.DRIVES
    if position is Position.THEME:
        return CellRole.UNDERGOES
    return CellRole.UNDERGOES if undergone(root) else CellRole.DRIVES


def undergone(root: Token) -> bool:
    """Does what this word names happen to a cell (its number, place, state, fate), as against being done by it?"""
    return root.lemma_.lower() in words().lists["state"] or root.lower_ in words().lists["state"]


def therapy_role(sign: int, position: Position, between: Sequence[Token]) -> TherapyRole:
    """A therapy raises, lowers, or, when no word on the way says which, targets."""
    if sign == 0:
        return TherapyRole.PROMOTES if position is Position.AGENT and not between else TherapyRole.TARGETS
    return TherapyRole.PROMOTES if sign > 0 else TherapyRole.INHIBITS
