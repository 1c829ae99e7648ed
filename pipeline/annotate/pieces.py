"""Texts too long to be worked on at once, and words too long for a tokenizer.

The parser and the recogniser take about a gigabyte for each 300,000 characters that are read together, and spaCy's
tokenizer takes time with the square of a stretch without a space. So a long text is cut where no sentence goes on,
the pieces are read one by one, and put together again before anything looks at the document as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.records import Document

MOST = 60_000
"""Characters that are read together: a full paper, or some forty abstracts."""

LONGEST_WORD = 1_000
"""Characters; no word is longer, and what is (a sequence, an encoded figure) need not stay whole."""

# Components that look at the whole document: abbreviations hold, and names are repeated, from piece to piece.
_WHOLE = frozenset(
    {"kupffer_abbreviations", "kupffer_guest", "kupffer_syntax", "kupffer_mentions", "kupffer_relations"}
)
_RUN = re.compile(rf"\S{{{LONGEST_WORD}}}(?=\S)")
_BORDERS = ("\n", ". ", " ")


def together(documents: Iterable[Document], most_documents: int) -> Iterator[list[Document]]:
    """The documents in lists that can be read at once; one that is too long for that comes alone."""
    batch: list[Document] = []
    characters = 0
    for document in documents:
        if batch and (len(batch) == most_documents or characters + len(document.text) > MOST):
            yield batch
            batch, characters = [], 0
        batch.append(document)
        characters += len(document.text)
    if batch:
        yield batch


def words_of(nlp: Language, text: str) -> Doc:
    """``nlp.make_doc``, but in linear time where the text has stretches without a space, and of any length.

    >>> words_of(nlp, "(" * 100_000)[0].text  # doctest: +SKIP
    '('
    """
    parts = cut(text, MOST)
    parts = [piece for part in parts for piece in _without_long_words(part)]
    if len(parts) < 2:
        return nlp.make_doc(text)
    return Doc.from_docs([nlp.make_doc(part) for part in parts], ensure_whitespace=False)


def _without_long_words(text: str) -> list[str]:
    ends = [found.end() for found in _RUN.finditer(text)]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def cut(text: str, most: int) -> list[str]:
    """Pieces of at most ``most`` characters that make up ``text``; they end with a paragraph or sentence if they can.

    >>> cut("A b. C d.", 6)
    ['A b. ', 'C d.']
    """
    pieces = []
    start = 0
    while len(text) - start > most:
        latest, earliest = start + most, start + most // 2
        ends = (text.rfind(border, earliest, latest) + len(border) for border in _BORDERS)
        end = next((end for end in ends if end > earliest), latest)
        pieces.append(text[start:end])
        start = end
    return [*pieces, text[start:]]


def in_pieces(nlp: Language, text: str) -> Doc:
    """What ``nlp`` makes of a text of any length, with the memory that `MOST` characters take."""
    local = [component for name, component in nlp.pipeline if name not in _WHOLE]
    docs = []
    for piece in cut(text, MOST):
        doc = words_of(nlp, piece)
        for component in local:
            doc = component(doc)
        docs.append(doc)
    whole = _joined(docs)
    for name, component in nlp.pipeline:
        if name in _WHOLE:
            whole = component(whole)
    return whole


def _joined(docs: Sequence[Doc]) -> Doc:
    left_out: Any = {"exclude": ["tensor", "user_data"]}  # the stubs do not know it
    whole: Any = Doc.from_docs(list(docs), ensure_whitespace=False, **left_out)
    for name, group in whole.spans.items():
        parts = [doc.spans[name] for doc in docs if name in doc.spans]
        if any("scores" in part.attrs for part in parts):
            group.attrs["scores"] = [score for part in parts for score in part.attrs.get("scores", ())]
    firsts = accumulate((len(doc) for doc in docs), initial=0)
    if Doc.has_extension("terms") and all(doc._.terms is not None for doc in docs):
        whole._.terms = [
            (first + start, first + end, *rest)
            for first, doc in zip(firsts, docs, strict=False)
            for start, end, *rest in doc._.terms
        ]
    return whole
