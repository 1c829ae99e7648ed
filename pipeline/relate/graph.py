"""The sentence as a graph of who does what to whom: the dependency tree with its detours folded away.

A path rule should not have to know that "macrophages and dendritic cells" share a verb, that "which" stands for
the noun before it, or that "ability to kill" makes the able one the killer. So, as in the enhanced
dependencies of Schuster and Manning (LREC 2016), before any rule looks:

* prepositions become edge labels (``prep_of``; with a verbal complement ``prepc_by``), ``agent`` is the
  by-phrase of a passive;
* coordination, apposition and lists ("such as", "including") hand their edges to every member;
* relative and participial clauses, control, raising and copulas give the verb its logical subject
  (``nsubj``, ``nsubjpass``) or object (``dobj``).

Labels are those of the bundled parser (CRAFT's Stanford dependencies).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

from pipeline.relate.columns import Columns
from pipeline.relate.words import words

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

# Function words carry no step of a path; their work is done in the folding.
_FUNCTION = frozenset(
    {
        "punct",
        "det",
        "cc",
        "aux",
        "auxpass",
        "neg",
        "mark",
        "preconj",
        "predet",
        "expl",
        "case",
        "prt",
        "meta",
        "",
    }
)
SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "agent"})
_PRONOUNS = frozenset({"which", "that", "who", "whom"})
_COPULAS = frozenset(["be", "become", "remain", "appear", "seem", "represent", "constitute"])
_LISTS = frozenset({"including", "include", "such_as", "like", "namely"})
# A complement after the last conjunct belongs to all ("activation and proliferation of T cells").
_SHARED_RIGHT = frozenset({"prep_of", "prep_in", "prep_by"})
# A modifier before the first conjunct belongs to all ("T-cell activation and proliferation").
_SHARED_LEFT = frozenset({"compound", "nmod", "amod", "poss", "npadvmod"})


_BY_CHILD = itemgetter(1, 0)


class Graph:
    """Labelled edges between the tokens of one sentence; indices are those of the Doc.

    ``down[i]`` lists (label, child) and ``up[i]`` lists (label, head), each in the order of the text; ``columns``
    are the words of the whole Doc.
    """

    __slots__ = ("columns", "down", "up")

    def __init__(self, sent: Span, columns: Columns | None = None) -> None:
        self.columns = columns or Columns(sent.doc)
        edges = _Edges(sent, self.columns)
        edges.fold()
        self.down: dict[int, list[tuple[str, int]]] = defaultdict(list)
        self.up: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for head in sorted(edges.out):
            for label, child in sorted(edges.out[head], key=_BY_CHILD):
                self.down[head].append((label, child))
                self.up[child].append((label, head))

    def edges(self) -> Iterator[tuple[int, str, int]]:
        """All (head, label, child), sorted: what ``kupffer explain`` shows and the tests compare."""
        for head in sorted(self.down):
            for label, child in self.down[head]:
                yield head, label, child


class _Edges:
    """The folding, one small step a method; every step only adds or replaces edges."""

    def __init__(self, sent: Span, columns: Columns) -> None:
        self.doc = sent.doc
        self.columns = columns
        self.tokens = [i for i in range(sent.start, sent.end) if not columns.lower[i].isspace()]
        self.out: dict[int, dict[tuple[str, int], None]] = defaultdict(dict)
        self.into: dict[int, dict[tuple[int, str], None]] = defaultdict(dict)
        self.kin: dict[int, list[int]] = {}  # token -> members of its coordination, apposition and list
        self.verbs: dict[int, list[int]] = {}  # verb -> verbs coordinated with it

    def add(self, head: int, label: str, child: int) -> None:
        self.out[head][label, child] = None
        self.into[child][head, label] = None

    def discard(self, head: int, label: str, child: int) -> None:
        self.out[head].pop((label, child), None)
        self.into[child].pop((head, label), None)

    def fold(self) -> None:
        self.base()
        self.copulas()
        self.share_modifiers()
        self.spread()
        self.clauses()
        self.hand_down_subjects()
        self.spread()
        self.hand_down_subjects()
        self.spread()

    # -- reading the tree --

    def base(self) -> None:
        deps, heads = self.columns.dep, self.columns.head
        for i in self.tokens:
            dep, head = deps[i], heads[i]
            if dep in _FUNCTION or head == i:
                continue
            if dep == "conj":
                self._join(head, i)
            elif dep == "appos":
                self._join(head, i)
                self.add(head, "appos", i)
            elif dep in ("pobj", "pcomp"):
                self._fold_preposition(i)
            elif dep in ("prep", "agent", "dative") and self._has_child(i, ("pobj", "pcomp")):
                continue
            else:
                self.add(head, dep, i)

    def _fold_preposition(self, i: int) -> None:
        deps, heads, lower = self.columns.dep, self.columns.head, self.columns.lower
        prep = heads[i]
        above = heads[prep]
        name = lower[prep]
        if name == "as" and prep > 0 and lower[prep - 1] == "such":
            name = "such_as"
        if above == prep:
            return
        if deps[above] in ("prep", "agent") and heads[above] != above:
            # "because of", "due to", "according to": two prepositions in a row are one
            name, above = f"{lower[above]}_{name}", heads[above]
        if name in _LISTS:
            if deps[i] == "pobj":
                self._join(_umbrella(self.doc[prep], self.doc[above]).i, i)
            return
        if deps[prep] == "agent" and name == "by":
            self.add(above, "agent" if deps[i] == "pobj" else "prepc_by", i)
        else:
            self.add(above, ("prep_" if deps[i] == "pobj" else "prepc_") + name, i)

    def _join(self, first: int, later: int) -> None:
        tags, coordinated = self.columns.tag, self.columns.dep[later] == "conj"
        if coordinated and _is_verb(tags[first]) and _is_verb(tags[later]):
            self.verbs.setdefault(first, []).append(later)
        elif not coordinated or _is_nominal(tags[first]) == _is_nominal(tags[later]):
            self.kin.setdefault(first, []).append(later)

    # -- logical subjects and objects --

    def copulas(self) -> None:
        """ "X is a driver of M": X is the subject of "driver"."""
        for verb in self.tokens:
            if self.columns.lemma[verb] in _COPULAS:
                for _, predicate in self._children(verb, ("attr", "acomp", "oprd")):
                    for subject_label, subject in self._children(verb, ("nsubj",)):
                        self.add(predicate, subject_label, subject)

    def clauses(self) -> None:
        """Relative and participial clauses: the noun before them is their subject or object."""
        for verb in self.tokens:
            dep, noun = self.columns.dep[verb], self.columns.head[verb]
            if dep == "relcl":
                pronouns = [
                    (head, label, token.i)
                    for token in self.doc[verb].subtree
                    if self.columns.lower[token.i] in _PRONOUNS and self._under(token.i, verb)
                    for head, label in list(self.into[token.i])
                ]
                for head, label, child in pronouns:
                    self.discard(head, label, child)
                    # CRAFT calls every relative pronoun "dep": what it is, the verb's other children tell.
                    self.add(head, self._missing_role(head) if label == "dep" else label, noun)
                if not pronouns and not self._has(verb, ("dobj", "nsubjpass")):
                    self.add(verb, "dobj" if self._has(verb, SUBJECTS) else "nsubj", noun)
            elif dep == "acl" and not self._has(verb, ("nsubj", "nsubjpass")):
                tag = self.columns.tag[verb]
                if tag == "VBN":
                    self.add(verb, "nsubjpass", noun)
                elif tag == "VBG":
                    self.add(verb, "nsubj", noun)
                else:  # "ability of T cells to kill", "its capacity to suppress", "cells to kill"
                    owners = [c for _, c in self._children(noun, ("prep_of", "poss", "compound"))] or [noun]
                    for owner in owners:
                        self.add(verb, "nsubj", owner)

    def _missing_role(self, verb: int) -> str:
        """Subject where the verb has none, else object."""
        if self._has(verb, ("nsubj", "nsubjpass", "csubj")):
            return "dobj"
        return "nsubjpass" if self._has_child(verb, ("auxpass",)) else "nsubj"

    def hand_down_subjects(self) -> None:
        """Verbs without a subject of their own take that of the verb above them."""
        for verb in self.tokens:
            tag = self.columns.tag[verb]
            if not (_is_verb(tag) or self.columns.dep[verb] in ("xcomp", "advcl")):
                continue
            above = self._governor(verb)
            if above is None or self._has(verb, ("nsubj", "nsubjpass", "csubj")):
                continue
            given = self._subjects_for(verb, above)
            passive = tag == "VBN" and self._has_child(verb, ("auxpass",))
            for subject in given:
                if subject != verb:
                    self.add(verb, "nsubjpass" if passive else "nsubj", subject)

    def _subjects_for(self, verb: int, above: int) -> list[int]:
        dep = self.columns.dep[verb]
        objects = [c for _, c in self._children(above, ("dobj",))]
        passive_subjects = [c for _, c in self._children(above, ("nsubjpass",))]
        agents = [c for _, c in self._children(above, ("agent",))]
        active = [c for _, c in self._children(above, ("nsubj", "csubj"))]
        if (
            dep in ("xcomp", "ccomp")
            and objects
            and self.columns.lemma[above] in words().lists["object_control"]
        ):
            return objects  # "cause X to proliferate"
        if dep == "xcomp":
            return active or passive_subjects
        if dep == "pcomp" and objects and self.columns.lower[self.columns.head[verb]] == "from":
            return objects  # "prevents T cells from killing"
        if dep == "pcomp" and (owners := self._owners_of_role([above, *objects])):
            return owners  # "the role of macrophages in promoting": they promote
        return active or agents or passive_subjects

    def _owners_of_role(self, nouns: list[int]) -> list[int]:
        lists = words().lists
        return [
            owner
            for noun in nouns
            if self.columns.word[noun] in lists["role"] or self.columns.word[noun] in lists["ability"]
            for _, owner in self._children(noun, ("prep_of", "poss", "compound"))
        ]

    def _governor(self, verb: int) -> int | None:
        dep, head = self.columns.dep[verb], self.columns.head[verb]
        if dep in ("xcomp", "advcl", "ccomp") and head != verb:
            if dep == "ccomp" and self._has_child(verb, ("nsubj", "nsubjpass")):
                return None
            return head
        if dep == "pcomp":
            above = self.columns.head[head]
            if above != head:
                return above
        return None

    # -- sharing --

    def share_modifiers(self) -> None:
        for first, members in self.kin.items():
            for member in members:
                if self.columns.dep[member] != "conj":
                    continue
                left_of_member = self._children(member, _SHARED_LEFT)
                if not left_of_member:
                    for label, child in self._children(first, ("compound", "nmod", "poss", "npadvmod")):
                        if child < first:
                            self.add(member, label, child)
                right_of_first = self._children(first, _SHARED_RIGHT)
                if not right_of_first:
                    for label, child in self._children(member, _SHARED_RIGHT):
                        if child > member:
                            self.add(first, label, child)

    def spread(self) -> None:
        """Every member of a coordination takes part in what the first takes part in."""
        for first, members in self._closure(self.kin).items():
            arcs = [(head, label) for head, label in self.into[first] if label != "appos"]
            for head, label in arcs:
                for member in members:
                    if member != head:
                        self.add(head, label, member)
        for first, others in self._closure(self.verbs).items():
            subjects = self._children(first, SUBJECTS)
            for other in others:
                if not self._has(other, ("nsubj", "nsubjpass", "csubj")):
                    passive = self._has_child(other, ("auxpass",)) or (
                        self.columns.tag[other] == "VBN" and self._has(first, ("nsubjpass",))
                    )
                    for label, subject in subjects:
                        if label == "agent":
                            continue
                        self.add(other, "nsubjpass" if passive else "nsubj", subject)
                # "recruit and activate T cells"; "is driven and maintained by MDSCs"
                for shared in ("dobj", "agent"):
                    if not self._has(first, ("dobj", "ccomp", "xcomp", "agent")) and not any(
                        label.startswith("prep") for label, _ in self._children(first)
                    ):
                        for label, child in self._children(other, (shared,)):
                            self.add(first, label, child)

    def _closure(self, links: dict[int, list[int]]) -> dict[int, list[int]]:
        out: dict[int, list[int]] = {}
        for first in links:
            seen: list[int] = []
            todo = list(links[first])
            while todo:
                item = todo.pop(0)
                if item not in seen and item != first:
                    seen.append(item)
                    todo.extend(links.get(item, ()))
            out[first] = seen
        return out

    # -- small questions --

    def _has_child(self, i: int, deps: Collection[str]) -> bool:
        """Whether the tree, not the folded graph, hangs one of these under the word."""
        dep = self.columns.dep
        return any(dep[child] in deps for child in self.columns.children(i))

    def _children(self, i: int, labels: Collection[str] | None = None) -> list[tuple[str, int]]:
        arcs = self.out.get(i)
        if not arcs:
            return []
        return sorted((e for e in arcs if labels is None or e[0] in labels), key=_BY_CHILD)

    def _has(self, i: int, labels: Collection[str]) -> bool:
        return any(label in labels for label, _ in self.out.get(i, ()))

    def _under(self, token: int, top: int) -> bool:
        """Does the pronoun belong to this relative clause, and to none inside it?"""
        heads = self.columns.head
        token = heads[token]
        for _ in range(6):
            if token == top:
                return True
            if heads[token] == token or self.columns.dep[token] == "relcl":
                return False
            token = heads[token]
        return False


def _umbrella(prep: Token, above: Token) -> Token:
    """What a list after "including" is a list of: the noun right before it, however far up the parser hung it."""
    start = prep.i - (2 if prep.lower_ == "as" else 1)
    before = prep.doc[start] if start >= 0 else above
    if before.is_punct and before.i > prep.sent.start:
        before = before.nbor(-1)
    return before if _is_nominal(before.tag_) and above.is_ancestor(before) else above


def _is_verb(tag: str) -> bool:
    return tag.startswith("VB")


def _is_nominal(tag: str) -> bool:
    return tag.startswith(("NN", "PRP", "CD", "FW"))
