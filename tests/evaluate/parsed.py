"""A sentence with its tree and its mentions, written by hand: no model is loaded."""

from __future__ import annotations

import spacy
from spacy.tokens import Doc, Span

import pipeline.relate  # noqa: F401  registers doc._.triples
from pipeline.records import Document

VOCAB = spacy.blank("en").vocab


def parsed(doc_id: str = "a") -> tuple[Document, Doc]:
    """MDSCs drive exhaustion beside CCR2 blockade."""
    rows = [
        ("MDSCs", "mdsc", "NNS", "nsubj", 1, "CELL"),
        ("drive", "drive", "VBP", "ROOT", 1, None),
        ("exhaustion", "exhaustion", "NN", "dobj", 1, "MECHANISM"),
        ("beside", "beside", "IN", "prep", 1, None),
        ("CCR2", "CCR2", "NN", "compound", 5, "GENE"),
        ("blockade", "blockade", "NN", "pobj", 3, None),
        (".", ".", ".", "punct", 1, None),
    ]
    words, lemmas, tags, deps, heads, types = zip(*rows, strict=True)
    doc = Doc(
        VOCAB,
        words=list(words),
        spaces=[True] * 5 + [False, False],
        lemmas=list(lemmas),
        tags=list(tags),
        deps=list(deps),
        heads=list(heads),
    )
    spans = [Span(doc, i, i + 1, label=type_) for i, type_ in enumerate(types) if type_]
    spans.insert(-1, Span(doc, 4, 6, label="THERAPY"))
    doc.spans["mentions"] = spans
    doc._.mentions = [
        {
            "start": span.start_char,
            "end": span.end_char,
            "text": span.text,
            "type": span.label_,
            "id": None,
            "name": None,
            "source": "test",
            "score": 1.0,
        }
        for span in spans
    ]
    return Document(doc_id, doc.text), doc
