"""Who "these cells" and "this approach" are: stand-ins for a cell or therapy named in the sentence before.

Only what a reader cannot take otherwise: a demonstrative with a general noun ("these cells", "this combination"), or a
pronoun as subject where the subject before it was a cell or a therapy. A triple then points at the named mention; its
evidence is both sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.records import MentionType
from pipeline.relate.columns import Columns
from pipeline.relate.nodes import Node
from pipeline.relate.words import words

_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_DEMONSTRATIVES = frozenset({"this", "these", "such", "both", "that", "those"})
_PRONOUNS = frozenset({"it", "they"})


def stand_ins(
    columns: Columns, bounds: tuple[int, int], here: Sequence[Node], before: Sequence[Node]
) -> list[Node]:
    """Nodes for the anaphors of a sentence, each numbered as the mention it stands for.

    Args:
        bounds: first word and end (exclusive) of the sentence.
        here: mentions of this sentence; ``before``: those of the sentence before, both in the order of the text.
    """
    out: list[Node] = []
    taken = {i for n in here for i in range(n.start, n.end)}
    for i in range(*bounds):
        if i in taken:
            continue
        type_, how = _kind(columns, i)
        if how == "noun" and type_ is not None:
            found = _salient(columns, [n for n in before if n.type is type_])
        elif how == "pronoun":
            found = _subject(columns, before)
        else:
            continue
        out += [replace(n, start=i, end=i + 1, root=i, via=how) for n in found]
    return out


def _kind(columns: Columns, i: int) -> tuple[MentionType | None, str]:
    lists, lower = words().lists, columns.lower
    if lower[i] in _PRONOUNS and columns.dep[i] in _SUBJECTS:
        return None, "pronoun"
    lemma = columns.word[i]
    type_ = (
        MentionType.CELL
        if lemma in lists["cell_anaphor"]
        else MentionType.THERAPY
        if lemma in lists["therapy_anaphor"]
        else None
    )
    if type_ is None:
        return None, ""
    for child in columns.children(i):
        named_before = lower[child] == "the" and type_ is MentionType.THERAPY and child == i - 1
        if lower[child] in _DEMONSTRATIVES or named_before:
            return type_, "noun"
    return None, ""


def _salient(columns: Columns, nodes: Sequence[Node]) -> list[Node]:
    """The subject of the sentence before, else what it named first, with what is coordinated with it."""
    if not nodes:
        return []
    chosen = next((n for n in nodes if columns.dep[n.root] in _SUBJECTS), nodes[0])
    kin = {t.i for t in columns.doc[chosen.root].conjuncts}
    return [n for n in nodes if n.number == chosen.number or n.root in kin]


def _subject(columns: Columns, nodes: Sequence[Node]) -> list[Node]:
    """The cells or therapies that are themselves the subject of the main clause before."""
    subjects = [
        n
        for n in nodes
        if n.type is not MentionType.MECHANISM
        and columns.dep[n.root] in _SUBJECTS
        and columns.dep[columns.head[n.root]] == "ROOT"
    ]
    return _salient(columns, subjects[:1]) if subjects else []
