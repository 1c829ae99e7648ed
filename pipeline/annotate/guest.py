"""Other people's models: theirs find entities, our own model reads the tree.

``kupffer_guest`` runs an installed model over the text inside our pipeline; ``kupffer`` runs our pipeline
inside theirs. Either way the rules read the bundled parser's tree: scispaCy's labels are others, and rules
written for one scheme fail silently on the other.
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
                f"the model {model!r} is not installed: install it with pip, or leave --model out to use the bundled one"
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


class Kupffer:
    """Our whole pipeline as one component of another: reads ``doc.ents``, writes mentions and triples."""

    def __init__(self, nlp: Language, name: str) -> None:
        from pipeline.annotate import load

        self.name = name
        self.nlp = load()

    def __call__(self, doc: Doc) -> Doc:
        import pipeline.relate

        inner = self.nlp.make_doc(doc.text)
        for component, process in self.nlp.pipeline:
            if component == "kupffer_mentions":
                write_entities(inner, ((e.start_char, e.end_char, e.label_) for e in doc.ents))
            inner = process(inner)
        doc._.mentions = inner._.mentions
        doc._.triples = pipeline.relate.relate(inner)
        spans = []
        for span in inner.spans["mentions"]:
            theirs = doc.char_span(span.start_char, span.end_char, alignment_mode="expand")
            spans.append(Span(doc, theirs.start, theirs.end, label=span.label_, kb_id=span.kb_id_))
        doc.spans["mentions"] = spans
        return doc

    def to_disk(self, path: Any, *, exclude: Any = ()) -> None:
        """Nothing to write: the bundled model comes with the package."""

    def from_disk(self, path: Any, *, exclude: Any = ()) -> Kupffer:
        return self

    def to_bytes(self, *, exclude: Any = ()) -> bytes:
        return b""

    def from_bytes(self, data: bytes, *, exclude: Any = ()) -> Kupffer:
        return self


@Language.factory("kupffer_guest", assigns=["doc.spans"])
def make_guest(nlp: Language, name: str, model: str) -> Guest:
    """``model``: the name of an installed spaCy or scispaCy model with entities."""
    return Guest(model)
