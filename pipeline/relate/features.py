"""What the scorer sees of a cell or therapy and a mechanism that stand in one sentence.

Features are strings, so that the weights file can be read; each says one thing about the pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.records import MentionType
from pipeline.relate.assertion import all_cues
from pipeline.relate.columns import Columns
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
    columns = graph.columns
    lower, word, tag, dep = columns.lower, columns.word, columns.tag, columns.dep
    table = words()
    root, head = mechanism.root, source.root
    rule, role = (link.rules[0], link.role) if link else ("none", "none")
    state = undergone(columns, root)
    out = [
        "bias",
        f"via={source.via}",
        f"rule={rule}",
        f"role={role}",
    ]
    add = out.append
    if link:
        add(f"rule+role={rule}|{role}")
    out += [
        f"mech={word[root]}",
        f"mech-tag={tag[root][:2]}",
        f"mech-tail={lower[root][-5:]}",
        f"state={state}",
        f"rule+state={rule}|{state}",
        f"head={word[head]}",
        f"head-dep={dep[head]}",
        f"mech-dep={dep[root]}",
        f"deps={dep[head]}|{dep[root]}",
    ]
    out += [f"source-found={how}" for how in _found(columns, source)]
    out += [f"mech-found={how}" for how in _found(columns, mechanism)]

    first, second = (source, mechanism) if source.start < mechanism.start else (mechanism, source)
    order = "before" if source.start < mechanism.start else "after"
    gap = max(0, second.start - first.end)
    bucket = min(gap, 3) if gap < 4 else 4 + min(gap // 6, 6)
    between = [n for n in nodes if first.end <= n.start and n.end <= second.start]
    rivals = sum(1 for n in between if n.type is source.type)
    others = sum(1 for n in between if n.type is MentionType.MECHANISM)
    same = [n for n in nodes if n.type is source.type]
    nearest = min(same, key=lambda n: (_distance(n, mechanism), n.start))
    mechanisms = sum(1 for n in nodes if n.type is MentionType.MECHANISM)
    out += [
        f"order={order}",
        f"gap={order}|{bucket}",
        f"nested={mechanism.covers(source)}",
        f"rivals={order}|{min(rivals, 3)}",
        f"mechs-between={order}|{min(others, 3)}",
        f"nearest={nearest.number == source.number}|{order}",
        f"only={len(same) == 1}|{order}",
        f"count={min(len(same), 5)}",
        f"mech-count={min(mechanisms, 6)}",
        f"has-other-slot={len({n.type for n in nodes}) == 3}",
    ]
    out += _path_features(graph, head, root)
    for child in columns.children(root):
        if dep[child] in ("amod", "acl", "det") and not mechanism.start <= child < mechanism.end:
            value = table.sign(lower[child], "JJ")
            if value is not None:
                add(f"mech-mod={value}")
    governor = columns.head[root]
    out += [
        f"mech-governor={word[governor]}|{dep[root]}",
        f"mech-governor-sign={_sign(columns, governor)}|{dep[root]}",
        f"head-governor={word[columns.head[head]]}|{dep[head]}",
    ]
    out += [f"after-first={lower[i]}" for i in range(first.end, min(second.start, first.end + 3))]
    out += [f"before-second={lower[i]}" for i in range(max(first.end, second.start - 3), second.start)]
    signs = [
        str(s)
        for i in range(first.end, second.start)
        if tag[i].startswith("VB") and (s := _sign(columns, i)) is not None
    ]
    add(f"verb-signs={'|'.join(signs[:3])}")
    if mechanism.start > 0:
        before = lower[mechanism.start - 1]
        add(f"before-mech={before}")
        add(f"before-mech-sign={table.sign(before, 'JJ')}")
    if source.start > 0:
        add(f"before-source={lower[source.start - 1]}")
    if source.end < len(lower):
        add(f"after-source={lower[source.end]}")
    own = any(n.number != source.number and _direct(graph, n, mechanism) for n in same)
    add(f"rival-direct={own}|{link is not None}")
    return list(dict.fromkeys(out))


def _path_features(graph: Graph, head: int, root: int) -> list[str]:
    """What the shortest way from the cell or therapy to the mechanism says."""
    columns = graph.columns
    path = shortest(graph, head, root) if head != root else ()
    if not path:
        return [f"path={'none' if path is None else 'same'}"]
    labels = [arrow + label for arrow, label, _ in path]
    out = [
        f"path={'|'.join(labels)}",
        f"path-length={len(path)}",
        f"path-start={'|'.join(labels[:2])}",
        f"path-end={'|'.join(labels[-2:])}",
    ]
    out += [f"step={label}" for label in labels]
    sign, known = 1, False
    for _, _, i in path[:-1]:
        value = _sign(columns, i)
        if value is not None:
            known = True
            sign *= value
            out += [f"word={columns.word[i]}", f"word-sign={value}"]
    shown = sign if known else "none"
    out += [f"sign={shown}", f"labels+sign={labels[0]}|{labels[-1]}|{shown}"]
    if path[1:]:
        out += [
            f"trigger={columns.word[path[0][2]]}|{labels[0]}",
            f"last-word={columns.word[path[-2][2]]}|{labels[-1]}",
        ]
    peak = next(
        (i for (arrow, _, i), (after, _, _) in pairwise(path) if arrow == "<" and after == ">"),
        None,
    )
    if peak is not None:
        out += [
            f"peak={columns.word[peak]}",
            f"peak-tag={columns.tag[peak][:2]}",
            f"peak-sign={_sign(columns, peak)}",
        ]
    return out


def _found(columns: Columns, node: Node) -> list[str]:
    """Who found a mention and how surely; marks of people have neither."""
    known = columns.found.get(node.number)
    if known is None:
        rows = columns.doc._.mentions
        known = columns.found[node.number] = _finding(rows[node.number]) if rows else []
    return known


def _finding(row: dict[str, Any]) -> list[str]:
    by = row["source"].split("|")[0]
    return [by, f"{by} {int(row['score'] * 5)}", f"grounded {row['id'] is not None}"]


def _sign(columns: Columns, i: int) -> int | None:
    table, tag = words(), columns.tag[i]
    found = table.sign(columns.word[i], tag)
    return found if found is not None else table.sign(columns.lower[i], tag)


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
    columns = graph.columns
    lower, word, heads = columns.lower, columns.word, columns.head
    out: dict[str, None] = {"bias": None}
    out[f"cue={cue.lemma_.lower() if cue is not None else 'none'}"] = None
    out[f"has-cue={cue is not None}"] = None
    root, head = mechanism.root, source.root
    start, end = columns.sentence(root)
    left, right = min(head, root), max(head, root)
    for i in columns.among(all_cues(kind), root):
        place = "before" if i < left else "between" if i <= right else "after"
        near = min(abs(i - root), abs(i - head)) <= 3
        out[f"word={word[i]}|{place}"] = None
        out[f"word-near={word[i]}|{near}"] = None
        if heads[i] in (root, head):
            out[f"word-on={word[i]}|{heads[i] == root}"] = None
    path = shortest(graph, head, root) if head != root else ()
    for _, _, i in path or ():
        out[f"path-word={word[i]}"] = None
        for child in columns.children(i):
            if columns.dep[child] in ("aux", "neg", "advmod", "mark"):
                out[f"path-mod={lower[child]}"] = None
    top = doc[start:end].root.i
    out[f"top={word[top]}"] = None
    out[f"top-tag={columns.tag[top]}"] = None
    for child in columns.children(top):
        if columns.dep[child] in ("aux", "neg", "advmod", "mark", "nsubj", "nsubjpass"):
            out[f"top-{columns.dep[child]}={lower[child]}"] = None
    out[f"first={lower[start]}"] = None
    out[f"last={lower[end - 1]}"] = None
    out[f"rule={link.rules[0] if link else 'none'}"] = None
    return list(out)
