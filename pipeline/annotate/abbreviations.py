"""Abbreviations a document defines, after Schwartz and Hearst (PSB 2003), by scispaCy's own functions.

scispaCy's component matches every opening bracket with every closing one of the whole document, which is quadratic
(800 brackets: 1.8 s), and keeps state between documents. This one asks its functions about each pair of brackets once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scispacy.abbreviation import filter_matches, find_abbreviation
from spacy.attrs import ORTH
from spacy.language import Language
from spacy.tokens import Doc

LONGEST = 8  # words in brackets; scispaCy's own limit

if not Doc.has_extension("abbreviations"):
    Doc.set_extension("abbreviations", default=None)


@Language.component("kupffer_abbreviations", assigns=["doc._.abbreviations"])
def mark_abbreviations(doc: Doc) -> Doc:
    """Set ``doc._.abbreviations``: plain rows in scispaCy's serialisable form, one for each definition."""
    seen: set[str] = set()
    rows: list[dict[str, Any]] = []
    for start, end in _brackets(doc):
        for long_form, short_form in filter_matches([(0, start, end)], doc):
            short, long = find_abbreviation(long_form, short_form)
            if long is None or len(long) == 0 or short.text in seen:
                continue
            seen.add(short.text)
            rows.append(
                {
                    "short_text": short.text,
                    "short_start": short.start,
                    "short_end": short.end,
                    "long_text": long.text,
                    "long_start": long.start,
                    "long_end": long.end,
                }
            )
    doc._.abbreviations = rows
    return doc


def _brackets(doc: Doc) -> Iterator[tuple[int, int]]:
    """Token offsets of what stands in each pair of round brackets that is short enough."""
    opened: list[int] = []
    words = doc.to_array([ORTH]).ravel()
    opening, closing = doc.vocab.strings["("], doc.vocab.strings[")"]
    for i in np.flatnonzero((words == np.uint64(opening)) | (words == np.uint64(closing))).tolist():
        if words[i] == opening:
            opened.append(i)
        elif opened:
            start = opened.pop() + 1
            if 0 < i - start <= LONGEST and start > 1:
                yield start, i
