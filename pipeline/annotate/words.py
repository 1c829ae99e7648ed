"""A Doc's words as a list: asking each spaCy Token costs several times as much."""

from __future__ import annotations

from spacy.attrs import LOWER, ORTH
from spacy.tokens import Doc


def written(doc: Doc) -> list[str]:
    """The words as they are written."""
    return _column(doc, ORTH)


def lower_case(doc: Doc) -> list[str]:
    """The words in lower case."""
    return _column(doc, LOWER)


def _column(doc: Doc, attribute: int) -> list[str]:
    keys = doc.to_array([attribute]).ravel().tolist()
    strings = doc.vocab.strings
    names = {key: strings[key] for key in set(keys)}
    return [names[key] for key in keys]
