"""What the lexicon knows of each word, as a component of its own and as input of the recogniser.

The terms of a document are found once: ``kupffer_terms`` writes them into ``doc._.terms``, where the recogniser
reads them as features and ``kupffer_mentions`` as candidates. A user's own terms are found too, and so help
the recogniser with names that no training text held.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.annotate.words import written
from pipeline.lexicon import Lexicon, load_lexicon
from pipeline.records import MentionType

PLACES = 3  # first word of a term, a later word of it, its last word
TYPES = {str(type_): number for number, type_ in enumerate(MentionType)}
FEATURES = PLACES * len(TYPES)

Term = tuple[int, int, str, float]
"""First word, end (exclusive), type and score of a term."""


class TermFinder:
    """The component ``kupffer_terms``: finds the lexicon's terms in a document."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def __call__(self, doc: Doc) -> Doc:
        matches = self.lexicon.find(written(doc))
        # Plain data: a Doc goes to other processes with all that is kept on it.
        doc._.terms = [(m.start, m.end, str(m.candidates[0].type), m.candidates[0].score) for m in matches]
        return doc


@lru_cache(maxsize=1)
def bundled_lexicon() -> Lexicon:
    """The lexicon without any user's terms, loaded once a process."""
    return load_lexicon()


def terms_of(doc: Doc, lexicon: Lexicon | None = None) -> list[Term]:
    """The terms of a document: as ``kupffer_terms`` left them, else found now by ``lexicon`` (the bundled one)."""
    if doc._.terms is None:
        TermFinder(lexicon or bundled_lexicon())(doc)
    return list(doc._.terms)


def term_features(doc: Doc) -> np.ndarray:
    """A row of zeros and ones for each word: for each type whether a term begins, goes on and ends there."""
    features = np.zeros((len(doc), FEATURES), dtype="float32")
    for start, end, type_, _ in terms_of(doc):
        column = PLACES * TYPES[type_]
        features[start, column] = 1.0
        features[start + 1 : end, column + 1] = 1.0
        features[end - 1, column + 2] = 1.0
    return features


if not Doc.has_extension("terms"):
    Doc.set_extension("terms", default=None)


@Language.factory("kupffer_terms", default_config={"lexicon": None}, assigns=["doc._.terms"])
def make_terms(nlp: Language, name: str, lexicon: str | None) -> TermFinder:
    """``lexicon``: path of a TSV of the user's own terms, or None."""
    return TermFinder(load_lexicon(Path(lexicon)) if lexicon else bundled_lexicon())
