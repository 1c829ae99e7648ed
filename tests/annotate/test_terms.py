"""The lexicon's terms: found once, by one lexicon, and read by the recogniser as features."""

from __future__ import annotations

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.annotate.terms import FEATURES, PLACES, TYPES, term_features
from pipeline.extraction import loaded


@pytest.fixture(scope="module")
def nlp() -> Language:
    return loaded()


def test_finder_and_recogniser_share_one_lexicon(nlp: Language):
    assert nlp.get_pipe("kupffer_mentions").lexicon is nlp.get_pipe("kupffer_terms").lexicon


def test_a_term_marks_its_first_later_and_last_word(nlp: Language):
    doc = Doc(nlp.vocab, words=["Old", "Kupffer", "cells", "rest"])
    features = term_features(doc)
    cell = PLACES * TYPES["CELL"]
    assert features.shape == (4, FEATURES)
    assert features[:, cell : cell + PLACES].tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 1], [0, 0, 0]]
