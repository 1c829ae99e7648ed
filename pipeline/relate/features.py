"""What the scorer sees of a cell or therapy and a mechanism that stand in one sentence.

Features are strings, so that the weights file can be read; each says one thing about the pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.records import MentionType
from pipeline.relate.assertion import all_cues
from pipeline.relate.graph import Graph
from pipeline.relate.links import Link, undergone
from pipeline.relate.nodes import Node
from pipeline.relate.words import words

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

LONGEST = 6  # edges of a path that is still described label by label


Way = tuple[tuple[str, str, int], ...]  # (arrow, label, token) for each edge


def shortest(graph: Graph, start: int, end: int) -> Way | None:
    """The shortest way between two tokens as (arrow, label, token) steps; None beyond ``LONGEST`` edges."""
    seen = {start}
    border: list[tuple[int, Way]] = [(start, ())]
    for _ in range(LONGEST):
        following: list[tuple[int, Way]] = []
        for at, path in border:
            for arrow, edges in (("<", graph.up), (">", graph.down)):
                for label, to in edges.get(at, ()):
                    step = (*path, (arrow, label, to))
                    if to == end:
                        return step
                    if to not in seen:
                        seen.add(to)
                        following.append((to, step))
        border = following
    return None


def features(
    doc: Doc, graph: Graph, nodes: Sequence[Node], source: Node, mechanism: Node, link: Link | None
) -> list[str]:
    """The pair's features, each at most once, in a fixed order.

    Args:
        nodes: all mentions of the sentence, in the order of the text.
        link: what the rules made of the pair, or None.
    """
    out: dict[str, None] = {"bias": None}

    def add(name: str, *values: object) -> None:
        out["=".join([name, "|".join(str(v) for v in values)])] = None

    root, head = doc[mechanism.root], doc[source.root]
    table = words()
    add("via", source.via)
    add("rule", link.rules[0] if link else "none")
    add("role", link.role if link else "none")
    if link:
        add("rule+role", link.rules[0], link.role)
    add("mech", root.lemma_.lower())
    add("mech-tag", root.tag_[:2])
    add("mech-tail", root.lower_[-5:])
    add("state", undergone(root))
    add("rule+state", link.rules[0] if link else "none", undergone(root))
    add("head", head.lemma_.lower())
    add("head-dep", head.dep_)
    add("mech-dep", root.dep_)
    add("deps", head.dep_, root.dep_)

    for name, node in (("source", source), ("mech", mechanism)):
        for how in _found(doc, node):
            add(f"{name}-found", how)

    first, second = (source, mechanism) if source.start < mechanism.start else (mechanism, source)
    order = "before" if source.start < mechanism.start else "after"
    gap = max(0, second.start - first.end)
    add("order", order)
    bucket = min(gap, 3) if gap < 4 else 4 + min(gap // 6, 6)
    add("gap", order, bucket)
    nested = mechanism.covers(source)
    add("nested", nested)
    between = [n for n in nodes if first.end <= n.start and n.end <= second.start]
    rivals = sum(1 for n in between if n.type is source.type)
    others = sum(1 for n in between if n.type is MentionType.MECHANISM)
    add("rivals", order, min(rivals, 3))
    add("mechs-between", order, min(others, 3))
    same = [n for n in nodes if n.type is source.type]
    nearest = min(same, key=lambda n: (_distance(n, mechanism), n.start))
    add("nearest", nearest.number == source.number, order)
    add("only", len(same) == 1, order)
    add("count", min(len(same), 5))
    add("mech-count", min(sum(1 for n in nodes if n.type is MentionType.MECHANISM), 6))
    add("has-other-slot", len({n.type for n in nodes}) == 3)

    path = shortest(graph, source.root, mechanism.root) if source.root != mechanism.root else ()
    if not path:
        add("path", "none" if path is None else "same")
    else:
        labels = [arrow + label for arrow, label, _ in path]
        add("path", *labels)
        add("path-length", len(path))
        add("path-start", *labels[:2])
        add("path-end", *labels[-2:])
        for label in labels:
            add("step", label)
        sign, known = 1, False
        for _, _, i in path[:-1]:
            token = doc[i]
            value = _sign(token)
            if value is not None:
                known = True
                sign *= value
                add("word", token.lemma_.lower())
                add("word-sign", value)
        add("sign", sign if known else "none")
        add("labels+sign", labels[0], labels[-1], sign if known else "none")
        if path[1:]:
            add("trigger", doc[path[0][2]].lemma_.lower(), labels[0])
            add("last-word", doc[path[-2][2]].lemma_.lower(), labels[-1])
        peak = next(
            (i for (arrow, _, i), (after, _, _) in pairwise(path) if arrow == "<" and after == ">"),
            None,
        )
        if peak is not None:
            add("peak", doc[peak].lemma_.lower())
            add("peak-tag", doc[peak].tag_[:2])
            add("peak-sign", _sign(doc[peak]))
    for child in root.children:
        if child.dep_ in ("amod", "acl", "det") and not mechanism.start <= child.i < mechanism.end:
            value = table.sign(child.lower_, "JJ")
            if value is not None:
                add("mech-mod", value)
    governor = root.head
    add("mech-governor", governor.lemma_.lower(), root.dep_)
    add("mech-governor-sign", _sign(governor), root.dep_)
    add("head-governor", head.head.lemma_.lower(), head.dep_)
    for word in doc[first.end : min(second.start, first.end + 3)]:
        add("after-first", word.lower_)
    for word in doc[max(first.end, second.start - 3) : second.start]:
        add("before-second", word.lower_)
    signs = [
        s
        for token in doc[first.end : second.start]
        if token.tag_.startswith("VB") and (s := _sign(token)) is not None
    ]
    add("verb-signs", *signs[:3])
    if mechanism.start > 0:
        add("before-mech", doc[mechanism.start - 1].lower_)
        add("before-mech-sign", table.sign(doc[mechanism.start - 1].lower_, "JJ"))
    if source.start > 0:
        add("before-source", doc[source.start - 1].lower_)
    if source.end < len(doc):
        add("after-source", doc[source.end].lower_)
    own = [n for n in same if n.number != source.number and _direct(graph, n, mechanism)]
    add("rival-direct", bool(own), link is not None)
    return list(out)


def _found(doc: Doc, node: Node) -> list[str]:
    """Who found a mention and how surely; marks of people have neither."""
    rows = doc._.mentions
    if not rows:
        return []
    row = rows[node.number]
    by = row["source"].split("|")[0]
    return [by, f"{by} {int(row['score'] * 5)}", f"grounded {row['id'] is not None}"]


def _sign(token: Token) -> int | None:
    table = words()
    found = table.sign(token.lemma_, token.tag_)
    return found if found is not None else table.sign(token.lower_, token.tag_)


def _distance(one: Node, other: Node) -> int:
    return max(one.start - other.end, other.start - one.end, 0)


def _direct(graph: Graph, source: Node, mechanism: Node) -> bool:
    return any(to == mechanism.root for _, to in graph.up.get(source.root, ())) or any(
        to == mechanism.root for _, to in graph.down.get(source.root, ())
    )


def flag_features(
    doc: Doc, graph: Graph, source: Node, mechanism: Node, link: Link | None, cue: Token | None, kind: str
) -> list[str]:
    """What tells whether a link is denied (``kind`` "negation") or only proposed ("speculation").

    Args:
        cue: the cue that the tree puts in scope, or None.
    """
    out: dict[str, None] = {"bias": None}
    out[f"cue={cue.lemma_.lower() if cue is not None else 'none'}"] = None
    out[f"has-cue={cue is not None}"] = None
    root, head = doc[mechanism.root], doc[source.root]
    sent = root.sent
    left, right = min(head.i, root.i), max(head.i, root.i)
    known = all_cues(kind)
    for token in sent:
        word = token.lemma_.lower()
        if word in known or token.lower_ in known:
            place = "before" if token.i < left else "between" if token.i <= right else "after"
            near = min(abs(token.i - root.i), abs(token.i - head.i)) <= 3
            out[f"word={word}|{place}"] = None
            out[f"word-near={word}|{near}"] = None
            if token.head.i in (root.i, head.i):
                out[f"word-on={word}|{token.head.i == root.i}"] = None
    path = shortest(graph, source.root, mechanism.root) if source.root != mechanism.root else ()
    for _, _, i in path or ():
        token = doc[i]
        out[f"path-word={token.lemma_.lower()}"] = None
        for child in token.children:
            if child.dep_ in ("aux", "neg", "advmod", "mark"):
                out[f"path-mod={child.lower_}"] = None
    top = sent.root
    out[f"top={top.lemma_.lower()}"] = None
    out[f"top-tag={top.tag_}"] = None
    for child in top.children:
        if child.dep_ in ("aux", "neg", "advmod", "mark", "nsubj", "nsubjpass"):
            out[f"top-{child.dep_}={child.lower_}"] = None
    out[f"first={sent[0].lower_}"] = None
    out[f"last={sent[-1].lower_}"] = None
    out[f"rule={link.rules[0] if link else 'none'}"] = None
    return list(out)
