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

from pipeline.relate.columns import Columns

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


NO_FLAGS = Flags()


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


def flags(columns: Columns, scope: Collection[int]) -> Flags:
    """The cues that hold for a relation said by the words of ``scope`` (its path and its ends)."""
    top = _top(columns, scope)
    return Flags(
        negation=_cue(columns, "negation", scope, top),
        speculation=_cue(columns, "speculation", scope, top),
    )


def _cue(columns: Columns, kind: str, scope: Collection[int], top: int) -> int | None:
    deps, heads, lower = columns.dep, columns.head, columns.lower
    below = cues().get((kind, "below"), frozenset())
    before = cues().get((kind, "before"), frozenset())
    above = cues().get((kind, "above"), frozenset())
    predicate = cues().get((kind, "predicate"), frozenset())
    for i in sorted(scope):
        for child in columns.children(i):
            if deps[child] in _MODIFIERS and columns.one_of(child, below) and not _undone(columns, child):
                return child
        if deps[i] in ("pobj", "pcomp") and lower[heads[i]] in before:
            return heads[i]
        if deps[i] == "conj" and i > 0 and lower[i - 1] in below and heads[i - 1] == heads[i]:
            return i - 1  # "but not CCR5 antagonists"
    for ancestor, came_by, shares in _climb(columns, top):
        if columns.one_of(ancestor, above) and (
            kind == "speculation" or came_by not in ("nsubj", "nsubjpass", "amod", "compound")
        ):
            return ancestor
        if came_by in ("nsubj", "nsubjpass"):
            for child in columns.children(ancestor):
                if deps[child] in ("acomp", "attr", "oprd", "xcomp") and columns.one_of(child, predicate):
                    return child
            if columns.one_of(ancestor, predicate):
                return ancestor
        if deps[ancestor] in ("pobj", "pcomp") and lower[heads[ancestor]] in before and shares:
            return heads[ancestor]
        if shares:
            for child in columns.children(ancestor):
                if (
                    deps[child] in ("neg", "aux", "advmod", "mark")
                    and columns.one_of(child, below)
                    and not _undone(columns, child)
                ):
                    return child
    return None


def _climb(columns: Columns, top: int) -> Iterator[tuple[int, str, bool]]:
    """The words above, with the label climbed, and whether their own "not" and "may" reach down."""
    i, shares = top, True
    for _ in range(12):
        dep = columns.dep[i]
        if columns.head[i] == i or dep in _ISLANDS:
            return
        if dep in _CLOSED or (dep in ("conj", "advcl", "ccomp") and columns.tag[i] not in ("VB", "VBG")):
            shares = False
        if dep == "ccomp":
            shares = True
        i = columns.head[i]
        yield i, dep, shares


def _undone(columns: Columns, i: int) -> bool:
    """ "not only", "no doubt", "no longer": no denial of what follows."""
    if i + 1 >= len(columns.lower):
        return False
    word, following = columns.lower[i], columns.lower[i + 1]
    return (word == "not" and following in ("only", "just", "merely", "surprisingly", "least")) or (
        word == "no" and following in ("doubt", "longer")
    )


def _top(columns: Columns, scope: Collection[int]) -> int:
    """The word of the scope that stands highest in the tree; of two, what is said rather than of whom."""
    heads = columns.head

    def depth(i: int) -> int:
        steps = 0
        while heads[i] != i and steps < 60:
            i, steps = heads[i], steps + 1
        return steps

    return min(scope, key=lambda i: (depth(i), columns.dep[i] in ("nsubj", "nsubjpass"), i))
