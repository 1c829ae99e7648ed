"""Who "these cells" and "this approach" are: stand-ins for a cell or therapy named in the sentence before.

Only what a reader cannot take otherwise: a demonstrative with a general noun ("these cells", "this combination"), or a
pronoun as subject where the subject before it was a cell or a therapy. A triple then points at the named mention; its
evidence is both sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.records import MentionType
from pipeline.relate.nodes import Node
from pipeline.relate.words import words

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_DEMONSTRATIVES = frozenset({"this", "these", "such", "both", "that", "those"})
_PRONOUNS = frozenset({"it", "they"})


def stand_ins(doc: Doc, sent: Span, here: Sequence[Node], before: Sequence[Node]) -> list[Node]:
    """Nodes for the anaphors of ``sent``, each numbered as the mention it stands for.

    Args:
        here: mentions of this sentence; ``before``: those of the sentence before, both in the order of the text.
    """
    out: list[Node] = []
    taken = {i for n in here for i in range(n.start, n.end)}
    for token in sent:
        if token.i in taken:
            continue
        type_, how = _kind(token)
        if how == "noun" and type_ is not None:
            found = _salient(doc, [n for n in before if n.type is type_])
        elif how == "pronoun":
            found = _subject(doc, before)
        else:
            continue
        out += [replace(n, start=token.i, end=token.i + 1, root=token.i, via=how) for n in found]
    return out


def _kind(token: Token) -> tuple[MentionType | None, str]:
    lists = words().lists
    if token.lower_ in _PRONOUNS and token.dep_ in _SUBJECTS:
        return None, "pronoun"
    lemma = token.lemma_.lower()
    type_ = (
        MentionType.CELL
        if lemma in lists["cell_anaphor"]
        else MentionType.THERAPY
        if lemma in lists["therapy_anaphor"]
        else None
    )
    if type_ is None:
        return None, ""
    for child in token.children:
        named_before = child.lower_ == "the" and type_ is MentionType.THERAPY and child.i == token.i - 1
        if child.lower_ in _DEMONSTRATIVES or named_before:
            return type_, "noun"
    return None, ""


def _salient(doc: Doc, nodes: Sequence[Node]) -> list[Node]:
    """The subject of the sentence before, else what it named first, with what is coordinated with it."""
    if not nodes:
        return []
    chosen = next((n for n in nodes if doc[n.root].dep_ in _SUBJECTS), nodes[0])
    kin = {t.i for t in doc[chosen.root].conjuncts}
    return [n for n in nodes if n.number == chosen.number or n.root in kin]


def _subject(doc: Doc, nodes: Sequence[Node]) -> list[Node]:
    """The cells or therapies that are themselves the subject of the main clause before."""
    subjects = [
        n
        for n in nodes
        if n.type is not MentionType.MECHANISM
        and doc[n.root].dep_ in _SUBJECTS
        and doc[n.root].head.dep_ == "ROOT"
    ]
    return _salient(doc, subjects[:1]) if subjects else []
