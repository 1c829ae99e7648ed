"""Denials, proposals and roles on the way from a cell or a therapy to its mechanism that the tree leaves no doubt of.

"unable to kill", "failed to suppress", "no longer promote", "neither A nor B", "had no effect on": the word that ties
the two is itself denied. "may promote", "are thought to promote": it is only proposed. Where a cue only stands nearby,
``assertion`` finds it and the scorer decides. Of the 10,000 marked triples that the scorer learns from 300 are denied
and 1,200 proposed, and of the 6,000 with a cell a hundred say that it suppresses: too few for it to know the rarer
ways to say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.records import CellRole
from pipeline.relate.columns import Columns
from pipeline.relate.words import words

_ADVERBS = frozenset({"not", "n't", "never", "cannot", "hardly", "scarcely", "barely", "rarely", "seldom"})
_DETERMINERS = frozenset({"no", "neither"})
_JOINING = frozenset({"nor", "neither"})
_ON_ADVERB = frozenset({"neg", "advmod", "aux"})
_ON_WHOLE = frozenset({"aux", "advmod", "mark"})
_ON_NOUN = frozenset({"det", "neg", "preconj", "cc"})
# "failed to", "unable to", "incapable of": what follows does not happen.
_OVER = frozenset(
    {"fail", "failure", "unable", "inability", "incapable", "incapability", "insufficient", "ineffective"}
)
_NEEDLESS = frozenset({"dispensable", "unnecessary", "redundant"})
_WITHHOLDS = frozenset({"lack", "lose", "loss"})
_ABILITIES = frozenset({"ability", "capacity", "capability", "competence", "potential", "power"})
_GROUNDS = frozenset({"evidence", "indication", "proof", "sign"})
_TIGHT = frozenset({"xcomp", "pcomp", "prep", "acomp"})
_COMPLEMENTS = _TIGHT | {"acl", "ccomp", "relcl"}
_SAID_OF = frozenset({"acomp", "attr", "oprd", "xcomp"})
_RIGHT_BEFORE = (("rather", "than"), ("instead", "of"), ("without",))
_NOT_ONLY = frozenset({"only", "just", "merely", "surprisingly", "least", "necessarily"})
# "no more susceptible" denies a comparison, not what is compared.
_NO_MORE = frozenset(
    {"doubt", "longer", "more", "less", "greater", "further", "additional", "better", "difference"}
)
# Of marked triples with such a word on the way nine in ten and more are proposed. With "could", "can", "should",
# "suggest" and "appear" fewer are, and the scorer decides.
_MODALS = frozenset(
    {"may", "might", "whether", "potentially", "possibly", "probably", "presumably", "perhaps", "putatively"}
)
_SUPPOSING = frozenset(
    {"assume", "believe", "hypothesis", "hypothesise", "hypothesize", "likely", "possibility", "possible"}
    | {"postulate", "speculate", "suppose", "think"}
)
_AGENTS = frozenset(
    {"active.object", "passive.by", "noun.by_nested"}
)  # rules whose cell does what the word says
_UNTIED = frozenset({"sentence.pair", "phrase.below"})
_HIGHEST = 6  # edges
_NEAR = 6  # words
_BORDERS = frozenset(
    {",", ";", ":", "(", ")", "and", "but", "or", "that", "which", "who", "while", "whereas", "although"}
)


def denial(columns: Columns, source: int, between: Sequence[int], mechanism: int) -> int | None:
    """The token that denies the tie, or None.

    Args:
        source: Head word of the cell or the therapy.
        between: The words of the way from it to the mechanism.
        mechanism: Head word of the mechanism; one that is a verb ties by itself.
    """
    return next(_denials(columns, source, between, mechanism), None)


def proposal(columns: Columns, between: Sequence[int], mechanism: int) -> int | None:
    """The token that makes the tie a proposal, or None; see `denial`."""
    return next((found for i in _said(columns, between, mechanism) for found in _proposals(columns, i)), None)


def cell_role(
    columns: Columns, source: int, rule: str, role: CellRole, between: Sequence[int], mechanism: int
) -> CellRole | None:
    """The role that the words say outright, or None where the scorer is to name it.

    Args:
        rule: The rule that ties the two, and
        role: the role that it gives.

    "MDSCs suppress proliferation": they suppress it. "NK cells kill": they drive it, for what undergoes it is killed.
    """
    lists = words().lists
    if rule in _AGENTS and len(between) == 1 and role is CellRole.SUPPRESSES:
        return role if columns.word[between[0]] in lists["hinders"] else None
    if rule in _UNTIED and _hinders_outright(columns, source, mechanism):
        return CellRole.SUPPRESSES
    acts = rule == "own.subject" and columns.tag[mechanism].startswith("VB")
    return CellRole.DRIVES if acts and columns.word[mechanism] in lists["kills"] else None


def _hinders_outright(columns: Columns, source: int, mechanism: int) -> bool:
    """Whether "dampen" and the like follow right behind: of short sentences the parser makes one noun phrase."""
    between = columns.lower[source + 1 : mechanism]
    if not 0 < len(between) <= _NEAR or not _BORDERS.isdisjoint(between):
        return False
    i = source + 1
    while i < mechanism - 1 and (columns.lower[i].endswith("ly") or columns.tag[i] == "MD"):
        i += 1
    stands_free = columns.dep[source] not in (
        "pobj",
        "dobj",
    )  # "the drug in macrophages inhibited" is the drug's doing
    hinders = columns.one_of(i, words().lists["hinders"]) and not columns.lower[i].endswith("ing")
    return stands_free and hinders


def _said(columns: Columns, between: Sequence[int], mechanism: int) -> list[int]:
    """The words that tie the two: those of the way, and a mechanism that is a verb."""
    happens = columns.tag[mechanism].startswith("VB") or columns.dep[mechanism] in ("pcomp", "xcomp")
    return [*between, *([mechanism] if happens else [])]


def _proposals(columns: Columns, i: int) -> Iterator[int]:
    yield from _modals(columns, i)
    tight = True
    for _ in range(_HIGHEST):
        dep = columns.dep[i]
        if dep not in _COMPLEMENTS or columns.head[i] == i:
            return
        tight = tight and dep in _TIGHT
        i = columns.head[i]
        if dep != "prep" and columns.one_of(i, _SUPPOSING):
            yield i
        if dep == "ccomp" and "acomp" in (columns.dep[child] for child in columns.children(i)):
            yield from (child for child in columns.children(i) if columns.one_of(child, _SUPPOSING))
        if tight:
            yield from _modals(columns, i)


def _modals(columns: Columns, i: int) -> Iterator[int]:
    for child in columns.children(i):
        if columns.dep[child] in _ON_WHOLE and columns.lower[child] in _MODALS and child <= i + 2:
            yield child


def _denials(columns: Columns, source: int, between: Sequence[int], mechanism: int) -> Iterator[int]:
    said = _said(columns, between, mechanism)
    for i in said:
        yield from _own(columns, i)
        yield from _above(columns, i)
        yield from _said_of(columns, i, said, mechanism)
    if between:
        for i in (source, mechanism, *between):
            yield from _joined(columns, i)
    else:
        yield from _nearby(columns, source, mechanism)


def _own(columns: Columns, i: int) -> Iterator[int]:
    """The word's own "not", "no", "no longer" or "rather than"."""
    lower = columns.lower
    for child in columns.children(i):
        word, following = lower[child], lower[child + 1] if child + 1 < len(lower) else ""
        if child > i + 2:  # "T cells interact with cells not under Ir gene control"
            continue
        if word == "longer" and child and lower[child - 1] == "no":
            yield child - 1
        elif columns.dep[child] in _ON_ADVERB and word in _ADVERBS:
            if following not in _NOT_ONLY:
                yield child
        elif (
            columns.dep[child] in _ON_NOUN
            and (word == "not" or _determines(columns, child))
            and following not in _NOT_ONLY | _NO_MORE
        ):
            yield child
    for before in _RIGHT_BEFORE:
        if i >= len(before) and tuple(lower[i - len(before) : i]) == before:
            yield i - len(before)


def _determines(columns: Columns, i: int) -> bool:
    """Whether this is "no" or "neither"; "NO production" is no denial."""
    return columns.lower[i] in _DETERMINERS and columns.doc[i].text != "NO"


def _is_denied(columns: Columns, i: int) -> bool:
    return next(_own(columns, i), None) is not None


def _above(columns: Columns, i: int) -> Iterator[int]:
    """What denies a word that has this one as its complement.

    "unable to kill", "not able to kill", "no evidence that they kill"; but not "did not fail to kill".
    """
    tight = True  # nothing but infinitives, gerunds and what is said of somebody leads up
    for _ in range(_HIGHEST):
        dep = columns.dep[i]
        if dep not in _COMPLEMENTS or columns.head[i] == i:
            return
        tight = tight and dep in _TIGHT
        i = columns.head[i]
        if columns.one_of(i, _OVER):
            if not _is_denied(columns, i):
                yield i
            return
        if tight or columns.one_of(i, _GROUNDS):
            yield from _own(columns, i)


def _said_of(columns: Columns, i: int, said: Sequence[int], mechanism: int) -> Iterator[int]:
    """What says of a word of the way that it is not able, or not needed: "lost the ability to", "dispensable for"."""
    withheld = columns.one_of(i, _WITHHOLDS) and any(columns.one_of(k, _ABILITIES) for k in said if k > i)
    if (withheld or columns.one_of(i, _OVER | _NEEDLESS)) and not _is_denied(columns, i):
        yield i
    for child in columns.children(i):
        if (
            columns.dep[child] in _SAID_OF
            and columns.one_of(child, _OVER | _NEEDLESS)
            and _stands_below(columns, mechanism, child)
            and not _is_denied(columns, i)
        ):
            yield child


def _stands_below(columns: Columns, i: int, top: int) -> bool:
    for _ in range(_HIGHEST):
        if i == top:
            return True
        i = columns.head[i]
    return i == top


def _joined(columns: Columns, i: int) -> Iterator[int]:
    """ "neither", "nor" or "but not" that takes the word in."""
    lower = columns.lower
    for child in columns.children(i):
        if columns.dep[child] in _ON_NOUN and _determines(columns, child):
            yield child
    if columns.dep[i] == "conj":
        head = columns.head[i]
        for child in columns.children(head):
            if head < child < i and (
                lower[child] in _JOINING or (lower[child] == "not" and lower[child - 1] == "but")
            ):
                yield child


def _nearby(columns: Columns, source: int, mechanism: int) -> Iterator[int]:
    """Where no way is known: the adverb between the two, in one clause ("Radiotherapy never enhanced infiltration")."""
    between = columns.lower[source + 1 : mechanism]
    if not 0 < len(between) <= _NEAR or not _BORDERS.isdisjoint(between):
        return
    if any(columns.one_of(i, _OVER) for i in range(source + 1, mechanism)):  # which the tree has told of
        return
    for at, word in enumerate(between, source + 1):
        if word in _ADVERBS and columns.lower[at + 1] not in _NOT_ONLY:
            yield at
        elif word == "longer" and columns.lower[at - 1] == "no":
            yield at - 1
