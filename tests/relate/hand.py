"""Docs built by hand, so that no model stands between a test and what it tests."""

from __future__ import annotations

import spacy
from spacy.tokens import Doc, Span

VOCAB = spacy.blank("en").vocab


def tree(written: str, mentions: dict[str, str] | None = None) -> Doc:
    """A Doc from one line a token: word, tag, dependency, head (a word of the sentence, or its number), lemma.

    ``mentions`` maps words that stand next to each other to a type.
    """
    rows = [line.split() for line in written.strip().splitlines()]
    words = [row[0] for row in rows]
    heads = [int(row[3]) if row[3].isdigit() else words.index(row[3]) for row in rows]
    doc = Doc(
        VOCAB,
        words=words,
        tags=[row[1] for row in rows],
        deps=[row[2] for row in rows],
        heads=heads,
        lemmas=[row[4] if len(row) > 4 else row[0].lower() for row in rows],
    )
    spans = []
    for text, type_ in (mentions or {}).items():
        parts = text.split()
        start = next(i for i in range(len(words)) if words[i : i + len(parts)] == parts)
        spans.append(Span(doc, start, start + len(parts), label=type_))
    doc.spans["mentions"] = sorted(spans, key=lambda s: s.start)
    return doc
