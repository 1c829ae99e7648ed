"""Tags and trees only for sentences that can hold a triple: lexicon, recogniser and patterns decide beforehand.

A triple needs a mechanism, and in its sentence a cell or a therapy, or a word that stands for one named in the
sentence before. All other sentences, three in four of MEDLINE's, are left as flat trees whose words have the label
``unparsed``; their mentions are found and grounded all the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from spacy.attrs import DEP, HEAD, LEMMA, LOWER, MORPH, NORM, ORTH, POS, SENT_START, SPACY, TAG
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from pipeline.annotate.candidates import Found
from pipeline.annotate.mentions import FOUND, MentionFinder, make_mentions
from pipeline.annotate.patterns import ACTS
from pipeline.annotate.sentences import sentence_bounds
from pipeline.records import MentionType

PARTS = ("tok2vec", "tagger", "attribute_ruler", "lemmatizer", "parser")
"""The components that make tags and trees, in their order; they are in the pipeline, but switched off."""

UNPARSED = "unparsed"

_WRITTEN = (TAG, POS, MORPH, LEMMA, DEP, HEAD)
_FILLERS = frozenset({MentionType.CELL, MentionType.THERAPY})
_PRONOUNS = frozenset({"it", "they"})
_DEMONSTRATIVES = frozenset({"this", "these", "such", "both", "that", "those"})
_NOUNS = [
    "agent",
    "antibody",
    "approach",
    "cell",
    "combination",
    "compound",
    "conjugate",
    "drug",
    "formulation",
    "inhibitor",
    "intervention",
    "leukocyte",
    "lymphocyte",
    "medication",
    "modality",
    "molecule",
    "nanoparticle",
    "phagocyte",
    "population",
    "regimen",
    "strategy",
    "subset",
    "therapeutic",
    "therapy",
    "treatment",
    "vaccine",
]
STAND_INS = frozenset(
    form for noun in _NOUNS for form in (noun, noun + "s", noun[:-1] + "ies" if noun.endswith("y") else noun)
)
"""What a cell or a therapy is called again by: the anaphors of ``pipeline/relate/rules/words.tsv`` in both numbers."""
# How the verbs of ACTS may be written, by their beginnings: "phagocytosing", "reprogrammed".
_ACT_STEMS = tuple(sorted({act.removesuffix("e") for act in ACTS}))


class Syntax:
    """The component ``kupffer_syntax``.

    Args:
        parts: Gives the components to run, in order, when they are first wanted.
    """

    def __init__(self, finder: MentionFinder, parts: Callable[[], Sequence[Any]]) -> None:
        self.finder = finder
        self._parts = parts

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Documents in their order; what is to be parsed of a batch goes through each part together."""
        for docs in minibatch(stream, size=batch_size):
            chosen = []
            for doc in docs:
                bounds = sentence_bounds(doc)
                found = self.finder.find(doc)
                wanted = wanted_sentences(doc, bounds, found)
                if not wanted:  # then nothing that is found hangs on a tree
                    doc.user_data[FOUND] = found
                chosen.append((bounds, [bounds[number] for number in wanted]))
            parsed = self._parsed(docs, [pieces for _, pieces in chosen])
            for doc, (bounds, pieces), part in zip(docs, chosen, parsed, strict=True):
                _write(doc, bounds, pieces, part)
            yield from docs

    def _parsed(self, docs: Sequence[Doc], chosen: Sequence[Sequence[tuple[int, int]]]) -> list[Doc | None]:
        """Documents of nothing but the chosen sentences, tagged and parsed; None where there are none."""
        parts = [_only(doc, pieces) if pieces else None for doc, pieces in zip(docs, chosen, strict=True)]
        done: Iterable[Doc] = [part for part in parts if part is not None]
        for component in self._parts():
            done = list(component.pipe(done)) if hasattr(component, "pipe") else [component(d) for d in done]
        following = iter(done)
        return [None if part is None else next(following) for part in parts]


def wanted_sentences(doc: Doc, bounds: Sequence[tuple[int, int]], found: Sequence[Found]) -> list[int]:
    """The numbers of the sentences that are to be parsed, in order.

    Args:
        bounds: First word and end of each sentence.
        found: All candidates of the document.
    """
    starts = [start for start, _ in bounds]
    mechanisms: set[int] = set()
    fillers: set[int] = set()
    cells: set[int] = set()
    for one in found:
        # A mention may run over a border that only the parser would have drawn otherwise.
        numbers = range(bisect_right(starts, one.start) - 1, bisect_right(starts, one.end - 1))
        if one.type is MentionType.MECHANISM:
            mechanisms.update(numbers)
        elif one.type in _FILLERS:
            fillers.update(numbers)
            if one.type is MentionType.CELL:
                cells.update(numbers)
    if not fillers:
        return []
    strings = doc.vocab.strings
    lower = [strings[key] for key in doc.to_array([LOWER]).ravel().tolist()]
    mechanisms |= {
        n for n in cells - mechanisms if any(word.startswith(_ACT_STEMS) for word in lower[slice(*bounds[n])])
    }
    wanted: set[int] = set()
    for number in mechanisms:
        meant = number - 1 in fillers and _may_refer_back(lower[slice(*bounds[number])])
        if number in fillers or meant:
            wanted.add(number)
            if meant:
                wanted.add(number - 1)
    return sorted(wanted)


def _may_refer_back(words: Sequence[str]) -> bool:
    """Whether some word may be a stand-in as ``pipeline.relate.anaphora`` reads them; no fewer than it finds."""
    if not _PRONOUNS.isdisjoint(words):
        return True
    if STAND_INS.isdisjoint(words):
        return False
    return not _DEMONSTRATIVES.isdisjoint(words) or any(
        words[at - 1] == "the" and word in STAND_INS for at, word in enumerate(words) if at
    )


def _only(doc: Doc, pieces: Sequence[tuple[int, int]]) -> Doc:
    """A document of some of the sentences of ``doc``."""
    places = np.concatenate([np.arange(start, end) for start, end in pieces])
    table = doc.to_array([ORTH, SPACY, NORM, SENT_START])[places]
    strings = doc.vocab.strings
    part = Doc(
        doc.vocab, words=[strings[key] for key in table[:, 0].tolist()], spaces=(table[:, 1] != 0).tolist()
    )
    firsts = np.cumsum([0, *(end - start for start, end in pieces[:-1])])
    table[firsts, 3] = 1
    part.from_array([NORM, SENT_START], np.ascontiguousarray(table[:, 2:]))
    return part


def _write(
    doc: Doc, bounds: Sequence[tuple[int, int]], pieces: Sequence[tuple[int, int]], part: Doc | None
) -> None:
    """Tags and trees of ``part`` into the ``pieces`` of ``doc``; all else becomes flat."""
    if not len(doc):
        return
    table = np.zeros((len(doc), len(_WRITTEN)), dtype=np.uint64)
    label = doc.vocab.strings.add(UNPARSED)
    table[:, 4] = label
    heads = np.zeros(len(doc), dtype=np.int64)
    for start, end in bounds:
        heads[start:end] = -np.arange(end - start)
    if part is not None:
        places = np.concatenate([np.arange(start, end) for start, end in pieces])
        made = part.to_array(list(_WRITTEN))
        table[places] = made
        heads[places] = made[:, 5].astype(np.int64)  # offsets, and no head lies in another piece
    table[:, 5] = heads.astype(np.uint64)
    doc.from_array(list(_WRITTEN), table)


@Language.factory(
    "kupffer_syntax", default_config={"lexicon": None}, assigns=["token.tag", "token.lemma", "token.dep"]
)
def make_syntax(nlp: Language, name: str, lexicon: str | None) -> Syntax:
    """``lexicon``: path of a TSV of the user's own terms, or None. ``PARTS`` must be components of ``nlp``."""
    return Syntax(make_mentions(nlp, name, lexicon), lambda: [nlp.get_pipe(part) for part in PARTS])
