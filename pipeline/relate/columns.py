"""A Doc's words as plain columns, for the relations: asking a spaCy Token costs ten times as much as asking a list.

Every pair of mentions is looked at from some sixty sides, each of which reads words, lemmas, tags and the tree; so
these are taken out of the Doc once, all together.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np
from spacy.attrs import DEP, HEAD, LEMMA, LOWER, SENT_START, TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacy.tokens import Doc


class Columns:
    """What the rules and the scorer read of a Doc's words; all lists have one place a word.

    Attributes:
        lower, lemma, tag, dep: As ``token.lower_`` and the like.
        word: The lemma in lower case.
        head: Index of each word's head; its own where it is the root.
    """

    __slots__ = (
        "_children",
        "_cues",
        "_starts",
        "dep",
        "doc",
        "found",
        "head",
        "lemma",
        "lower",
        "tag",
        "word",
    )

    def __init__(self, doc: Doc) -> None:
        table = doc.to_array([LOWER, LEMMA, TAG, DEP])
        strings = doc.vocab.strings
        names = {key: strings[key] for key in set(table.ravel().tolist())}
        self.lower, self.lemma, self.tag, self.dep = (
            [names[key] for key in column] for column in table.T.tolist()
        )
        folded = {lemma: lemma.lower() for lemma in set(self.lemma)}
        self.word = [folded[lemma] for lemma in self.lemma]
        offsets = doc.to_array([HEAD]).ravel().astype(np.int64)  # the attribute is unsigned, offsets are not
        self.head: list[int] = (np.arange(len(doc)) + offsets).tolist()
        begins = np.flatnonzero(doc.to_array([SENT_START]).ravel().astype(np.int64) == 1).tolist()
        self._starts = [0, *(start for start in begins if start), len(doc)]
        self._children: dict[int, list[int]] | None = None
        self._cues: dict[tuple[frozenset[str], int], list[int]] = {}
        self.doc = doc
        self.found: dict[int, list[str]] = {}  # mention number -> what the scorer sees of who found it

    def children(self, i: int) -> Sequence[int]:
        """The words whose head is the one at ``i``, in the order of the text."""
        if self._children is None:
            below: dict[int, list[int]] = {}
            for child, head in enumerate(self.head):
                if head != child:
                    below.setdefault(head, []).append(child)
            self._children = below
        return self._children.get(i, ())

    def one_of(self, i: int, words: frozenset[str]) -> bool:
        """Whether the word at ``i`` is one of ``words``, as written or as lemma."""
        return self.word[i] in words or self.lower[i] in words

    def sentence(self, i: int) -> tuple[int, int]:
        """First word and end (exclusive) of the sentence that the word at ``i`` stands in."""
        number = bisect_right(self._starts, i, hi=len(self._starts) - 1)
        return self._starts[number - 1], self._starts[number]

    def among(self, words: frozenset[str], i: int) -> list[int]:
        """Where in the sentence of the word at ``i`` one of ``words`` stands, as written or as lemma."""
        start, end = self.sentence(i)
        found = self._cues.get((words, start))
        if found is None:
            lower, lemma = self.lower, self.word
            found = [k for k in range(start, end) if lemma[k] in words or lower[k] in words]
            self._cues[words, start] = found
        return found
