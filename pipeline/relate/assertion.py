"""Is it asserted, denied or only proposed? Cues of negation and speculation, in scope by the tree.

After ConText (Harkema et al., J Biomed Inform 2009), with one change: where ConText counts words, we climb
the tree. A cue counts when it stands *below* the words of the relation (their own "not", "may", "no"), *above*
them (the verb or noun they are the complement of: "failed to", "we investigated whether"), *before* them (a
preposition that takes them in: "without affecting"), or is said of them (*predicate*: "remains unclear"). Cues are
rows of rules/cues.tsv.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Token

_MODIFIERS = frozenset(
    {"neg", "aux", "advmod", "amod", "det", "mark", "preconj", "cc", "predet", "nmod", "compound"}
)
# A denial or a modal of the sentence does not reach into these; what is asked or unknown does.
_CLOSED = frozenset(
    {"nsubj", "nsubjpass", "csubj", "agent", "pobj", "dobj", "poss", "compound", "amod", "nmod", "npadvmod"}
)
_ISLANDS = frozenset({"relcl", "parataxis"})


@dataclass(frozen=True, slots=True)
class Flags:
    """Cue tokens' indices in the Doc, or None."""

    negation: int | None = None
    speculation: int | None = None


@lru_cache(maxsize=1)
def cues() -> dict[tuple[str, str], frozenset[str]]:
    """(kind, place) -> cue lemmas, as rules/cues.tsv has them."""
    out: dict[tuple[str, str], set[str]] = {}
    with files("pipeline.relate").joinpath("rules/cues.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            out.setdefault((row["kind"], row["place"]), set()).add(row["cue"])
    return {key: frozenset(words) for key, words in out.items()}


@lru_cache(maxsize=2)
def all_cues(kind: str) -> frozenset[str]:
    """Every cue of a kind ("negation" or "speculation"), wherever it must stand."""
    return frozenset().union(*(words for (k, _), words in cues().items() if k == kind))


def flags(scope: Collection[Token]) -> Flags:
    """The cues that hold for a relation said by the tokens of ``scope`` (its path and its ends)."""
    top = _top(scope)
    return Flags(
        negation=_cue("negation", scope, top),
        speculation=_cue("speculation", scope, top),
    )


def _cue(kind: str, scope: Collection[Token], top: Token) -> int | None:
    below = cues().get((kind, "below"), frozenset())
    before = cues().get((kind, "before"), frozenset())
    above = cues().get((kind, "above"), frozenset())
    predicate = cues().get((kind, "predicate"), frozenset())
    for token in sorted(scope, key=lambda t: t.i):
        for child in token.children:
            if child.dep_ in _MODIFIERS and _word(child, below) and not _undone(child):
                return child.i
        if token.dep_ in ("pobj", "pcomp") and token.head.lower_ in before:
            return token.head.i
        if token.dep_ == "conj" and token.nbor(-1).lower_ in below and token.nbor(-1).head.i == token.head.i:
            return token.nbor(-1).i  # "but not CCR5 antagonists"
    for ancestor, came_by, shares in _climb(top):
        if _word(ancestor, above) and (
            kind == "speculation" or came_by not in ("nsubj", "nsubjpass", "amod", "compound")
        ):
            return ancestor.i
        if came_by in ("nsubj", "nsubjpass"):
            for child in ancestor.children:
                if child.dep_ in ("acomp", "attr", "oprd", "xcomp") and _word(child, predicate):
                    return child.i
            if _word(ancestor, predicate):
                return ancestor.i
        if ancestor.dep_ in ("pobj", "pcomp") and ancestor.head.lower_ in before and shares:
            return ancestor.head.i
        if shares:
            for child in ancestor.children:
                if (
                    child.dep_ in ("neg", "aux", "advmod", "mark")
                    and _word(child, below)
                    and not _undone(child)
                ):
                    return child.i
    return None


def _climb(top: Token) -> Iterator[tuple[Token, str, bool]]:
    """The tokens above, with the label climbed, and whether their own "not" and "may" reach down."""
    token, shares = top, True
    for _ in range(12):
        if token.head.i == token.i or token.dep_ in _ISLANDS:
            return
        dep = token.dep_
        if dep in _CLOSED or (dep in ("conj", "advcl", "ccomp") and token.tag_ not in ("VB", "VBG")):
            shares = False
        if dep == "ccomp":
            shares = True
        token = token.head
        yield token, dep, shares


def _word(token: Token, words: frozenset[str]) -> bool:
    return token.lemma_.lower() in words or token.lower_ in words


def _undone(token: Token) -> bool:
    """ "not only", "no doubt", "no longer": no denial of what follows."""
    if token.i + 1 >= len(token.doc):
        return False
    following = token.nbor(1).lower_
    return (token.lower_ == "not" and following in ("only", "just", "merely", "surprisingly", "least")) or (
        token.lower_ == "no" and following in ("doubt", "longer")
    )


def _top(scope: Collection[Token]) -> Token:
    """The token of the scope that stands highest in the tree; of two, what is said rather than of whom."""

    def depth(token: Token) -> int:
        steps = 0
        while token.head.i != token.i and steps < 60:
            token, steps = token.head, steps + 1
        return steps

    return min(scope, key=lambda t: (depth(t), t.dep_ in ("nsubj", "nsubjpass"), t.i))
