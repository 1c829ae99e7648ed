"""Tags and trees only for sentences that can hold a triple: lexicon, recogniser and patterns decide beforehand.

A triple needs a mechanism, and in its sentence a cell or a therapy, or a word that stands for one named in the
sentence before. All other sentences, most of MEDLINE's, are left as flat trees whose words have the label
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
from spacy.vocab import Vocab

from pipeline.annotate.mentions import FOUND, SLOTS, Candidates, MentionFinder, hangs_on_tags, make_mentions
from pipeline.annotate.patterns import ACTS
from pipeline.annotate.sentences import sentence_bounds
from pipeline.records import MentionType

PARTS = ("tok2vec", "tagger", "attribute_ruler", "lemmatizer", "parser")
"""The components that make tags and trees, in their order; they are in the pipeline, but switched off."""

UNPARSED = "unparsed"

Bounds = tuple[int, int]
"""First word and end (exclusive) of a sentence."""

_MOST_WORDS = 12_000  # that are parsed together, as many as the characters of `pieces.MOST` hold
_MOST_LEMMAS = 25_000

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
        parts: Gives the components to run, by name, when they are first wanted.
    """

    def __init__(self, finder: MentionFinder, parts: Callable[[], dict[str, Any]]) -> None:
        self.finder = finder
        self._parts = parts
        self._lemmas = Lemmas()

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Documents in their order; what is to be parsed of a batch goes through each part together."""
        for docs in minibatch(stream, size=batch_size):
            known = [self.finder.candidates(doc) for doc in docs]
            bounds = [sentence_bounds(doc) for doc in docs]
            chosen = [
                [where[number] for number in wanted_sentences(doc, where, found)]
                for doc, where, found in zip(docs, bounds, known, strict=True)
            ]
            for doc, where in zip(docs, bounds, strict=True):
                _flatten(doc, where)
            self.parse(docs, chosen)
            for doc, found in zip(docs, known, strict=True):
                if not hangs_on_tags(doc):
                    doc.user_data[FOUND] = found
            yield from docs

    def parse(self, docs: Sequence[Doc], chosen: Sequence[Sequence[Bounds]], *, whole: bool = False) -> None:
        """Tag and parse the ``chosen`` sentences of each document, of which all words have a tree already.

        ``whole``: the parser may not cut them further.
        """
        pieces = [
            (doc, piece) for doc, sentences in zip(docs, chosen, strict=True) for piece in _bounded(sentences)
        ]
        parts = self._parts()
        for batch in _batches(pieces):
            made = [_only(doc, piece, whole=whole) for doc, piece in batch]
            for name in ("tok2vec", "tagger"):
                made = list(parts[name].pipe(made))
            self._lemmas.write(made, [parts["attribute_ruler"], parts["lemmatizer"]])
            made = list(parts["parser"].pipe(made))
            for (doc, piece), part in zip(batch, made, strict=True):
                _write(doc, piece, part)


def wanted_sentences(doc: Doc, bounds: Sequence[Bounds], found: Candidates) -> list[int]:
    """The numbers of the sentences that are to be parsed, in order.

    Args:
        bounds: First word and end of each sentence.
        found: All candidates of the document.
    """
    starts = [start for start, _ in bounds]
    mechanisms: set[int] = set()
    fillers: set[int] = set()
    cells: set[int] = set()
    for one in (one for type_ in SLOTS for one in found[type_]):
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


def parse_rest(nlp: Language, doc: Doc) -> Doc:
    """Give a tree to the sentences of an annotated Doc that have none; borders, mentions and triples stay.

    For who wants to look at them: `kupffer explain`.
    """
    unparsed = doc.vocab.strings[UNPARSED]
    bounds = [(sent.start, sent.end) for sent in doc.sents if doc[sent.start].dep == unparsed]
    if bounds:
        syntax: Any = nlp.get_pipe("kupffer_syntax")
        syntax.parse([doc], [bounds], whole=True)
    return doc


def _bounded(sentences: Sequence[Bounds]) -> Iterator[list[Bounds]]:
    """Lists of sentences with some `_MOST_WORDS` words each; a longer sentence is cut."""
    piece: list[Bounds] = []
    words = 0
    cut = [
        (at, min(at + _MOST_WORDS, last))
        for first, last in sentences
        for at in range(first, last, _MOST_WORDS)
    ]
    for start, end in cut:
        if piece and words + end - start > _MOST_WORDS:
            yield piece
            piece, words = [], 0
        piece.append((start, end))
        words += end - start
    if piece:
        yield piece


def _batches(pieces: Sequence[tuple[Doc, list[Bounds]]]) -> Iterator[list[tuple[Doc, list[Bounds]]]]:
    """The pieces in lists that are read together."""
    batch: list[tuple[Doc, list[Bounds]]] = []
    words = 0
    for doc, piece in pieces:
        size = sum(end - start for start, end in piece)
        if batch and words + size > _MOST_WORDS:
            yield batch
            batch, words = [], 0
        batch.append((doc, piece))
        words += size
    if batch:
        yield batch


def _only(doc: Doc, pieces: Sequence[Bounds], *, whole: bool) -> Doc:
    """A document of some of the sentences of ``doc``."""
    table = doc.to_array([ORTH, SPACY, NORM])[_places(pieces)]
    strings = doc.vocab.strings
    words = [strings[key] for key in table[:, 0].tolist()]
    part = Doc(doc.vocab, words=words, spaces=(table[:, 1] != 0).tolist())
    starts = np.full(len(words), -1 if whole else 0, dtype=np.int64)
    starts[np.cumsum([0, *(end - start for start, end in pieces[:-1])])] = 1
    _set(part, [NORM, SENT_START], np.stack([table[:, 2], starts.astype(np.uint64)], axis=1))
    return part


def _places(pieces: Sequence[Bounds]) -> np.ndarray:
    return np.concatenate([np.arange(start, end) for start, end in pieces])


class Lemmas:
    """Parts of speech, morphology and lemmas, which hang on a word and its tag alone: each pair is looked at once.

    Kept as strings: a vocabulary forgets what only one batch used, and numbers say nothing after that.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[int, str, str]] = {}

    def write(self, docs: Sequence[Doc], components: Sequence[Any]) -> None:
        """Into tagged documents of one vocabulary; ``components`` make them, in order."""
        tables = [doc.to_array([ORTH, TAG]) for doc in docs]
        both = np.concatenate(tables)
        _, first, where = np.unique(
            both[:, 0] ^ (both[:, 1] * np.uint64(3)), return_index=True, return_inverse=True
        )
        pairs = [(word, tag) for word, tag in both[first].tolist()]
        vocab = docs[0].vocab
        if len(self._known) > _MOST_LEMMAS:
            self._known.clear()
        if new := [pair for pair in pairs if pair not in self._known]:
            self._learn(vocab, new, components)
        known = [self._known[pair] for pair in pairs]
        morphs = {morph: vocab.morphology.add(morph) for morph in {morph for _, morph, _ in known}}
        rows = [(pos, morphs[morph], vocab.strings.add(lemma)) for pos, morph, lemma in known]
        made = np.array(rows, dtype=np.uint64)[where]
        ends = np.cumsum([len(table) for table in tables])
        for doc, columns in zip(docs, np.split(made, ends[:-1]), strict=True):
            _set(doc, [POS, MORPH, LEMMA], columns)

    def _learn(self, vocab: Vocab, pairs: Sequence[tuple[int, int]], components: Sequence[Any]) -> None:
        words = Doc(vocab, words=[vocab.strings[word] for word, _ in pairs])
        _set(words, [TAG], np.array([[tag] for _, tag in pairs], dtype=np.uint64))
        for component in components:
            words = component(words)
        components[-1].cache.clear()
        self._known.update(
            (pair, (t.pos, str(t.morph), t.lemma_)) for pair, t in zip(pairs, words, strict=True)
        )


def _flatten(doc: Doc, bounds: Sequence[Bounds]) -> None:
    """Make every sentence a flat tree: all words hang on the first."""
    if not len(doc):
        return
    heads = np.zeros(len(doc), dtype=np.int64)
    for start, end in bounds:
        heads[start:end] = -np.arange(end - start)
    labels = np.full(len(doc), doc.vocab.strings.add(UNPARSED), dtype=np.uint64)
    _set(doc, [DEP, HEAD], np.stack([labels, heads.astype(np.uint64)], axis=1))


def _write(doc: Doc, pieces: Sequence[Bounds], part: Doc) -> None:
    """Tags and trees of ``part`` into the ``pieces`` of ``doc``. Heads are offsets, and none lies in another piece."""
    table = doc.to_array(list(_WRITTEN))
    table[_places(pieces)] = part.to_array(list(_WRITTEN))
    _set(doc, _WRITTEN, table)


def _set(doc: Doc, attributes: Sequence[int], table: Any) -> None:
    columns: Any = np.ascontiguousarray(table)  # the stubs know no NumPy
    doc.from_array(list(attributes), columns)


@Language.factory(
    "kupffer_syntax", default_config={"lexicon": None}, assigns=["token.tag", "token.lemma", "token.dep"]
)
def make_syntax(nlp: Language, name: str, lexicon: str | None) -> Syntax:
    """``lexicon``: path of a TSV of the user's own terms, or None. ``PARTS`` must be components of ``nlp``."""
    return Syntax(make_mentions(nlp, name, lexicon), lambda: {part: nlp.get_pipe(part) for part in PARTS})
