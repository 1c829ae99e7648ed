"""Other people's models: theirs find entities, our own model reads the tree.

``kupffer_guest`` runs an installed model over the text inside our pipeline; ``kupffer`` (pipeline/relate/inside.py)
runs our pipeline inside theirs. Either way the rules read the bundled parser's tree: scispaCy's labels are others,
and rules written for one scheme fail silently on the other.
"""

from __future__ import annotations

from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.annotate.labels import type_of

GROUP = "model:guest"


class NotInstalled(OSError):
    """The named model is not there."""


class Guest:
    """Entities of another model as candidates, carried over by character offsets."""

    def __init__(self, model: str) -> None:
        try:
            self.nlp = spacy.load(model)
        except OSError:
            raise NotInstalled(
                f"the model {model!r} is not installed: install it with pip, "
                "or leave --model out to use the bundled one"
            ) from None

    def __call__(self, doc: Doc) -> Doc:
        write_entities(doc, ((e.start_char, e.end_char, e.label_) for e in self.nlp(doc.text).ents))
        return doc


def write_entities(doc: Doc, entities: Any) -> None:
    """Put (start, end, label) in characters into ``doc.spans["model:guest"]``, under our types."""
    spans = []
    for start, end, label in entities:
        type_ = type_of(label)
        found = doc.char_span(start, end, alignment_mode="expand") if type_ is not None else None
        if found is not None and type_ is not None:
            spans.append(Span(doc, found.start, found.end, label=str(type_)))
    doc.spans[GROUP] = spans


@Language.factory("kupffer_guest", assigns=["doc.spans"])
def make_guest(nlp: Language, name: str, model: str) -> Guest:
    """``model``: the name of an installed spaCy or scispaCy model with entities."""
    return Guest(model)
