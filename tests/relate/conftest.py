from __future__ import annotations

import pytest
import spacy
from spacy.language import Language

from pipeline.annotate import MODEL


@pytest.fixture(scope="session")
def trees() -> Language:
    """The bundled model without its recogniser: tags, lemmas and trees."""
    return spacy.load(MODEL, exclude=["kupffer_recognizer"])
