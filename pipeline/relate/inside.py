"""``nlp.add_pipe("kupffer")``: our whole pipeline as one component of any spaCy or scispaCy model."""

from __future__ import annotations

from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.annotate import load
from pipeline.annotate.guest import GROUP, write_entities
from pipeline.relate.triples import relate

_READERS = frozenset({"kupffer_syntax", "kupffer_mentions"})
"""Components that read the entities; which comes first is a matter of the settings."""


class Kupffer:
    """Our whole pipeline as one component of another: reads ``doc.ents``, writes mentions and triples."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name
        self.nlp = load()

    def __call__(self, doc: Doc) -> Doc:
        inner = self.nlp.make_doc(doc.text)
        for component, process in self.nlp.pipeline:
            if component in _READERS and GROUP not in inner.spans:
                write_entities(inner, ((e.start_char, e.end_char, e.label_) for e in doc.ents))
            inner = process(inner)
        doc._.mentions = inner._.mentions
        doc._.triples = relate(inner)
        spans = []
        for span in inner.spans["mentions"]:
            theirs = doc.char_span(span.start_char, span.end_char, alignment_mode="expand")
            if theirs is not None:
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


@Language.factory("kupffer", assigns=["doc._.mentions", "doc._.triples"])
def make_kupffer(nlp: Language, name: str) -> Kupffer:
    """The component that makes any installed scispaCy model a Kupffer."""
    return Kupffer(nlp, name)
