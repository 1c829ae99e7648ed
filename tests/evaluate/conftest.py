"""Marked texts: small ones written here, and any that hypothesis thinks of."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from pipeline.evaluate import Marked, MarkedMention, MarkedTriple

TEXT = "Myeloid-derived suppressor cells (MDSCs) drive exhaustion. Blockade of CCR2 may not reduce exhaustion by MDSCs."


def at(words: str, nth: int = 0, text: str = TEXT) -> tuple[int, int]:
    """Where words stand for the nth time."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return start, start + len(words)


LONG, SHORT, AGAIN = at("Myeloid-derived suppressor cells"), at("MDSCs"), at("MDSCs", 1)
FIRST, SECOND, THERAPY = at("exhaustion"), at("exhaustion", 1), at("Blockade of CCR2")


def mention(type_: str, span: tuple[int, int]) -> MarkedMention:
    return MarkedMention(type_, *span)


@pytest.fixture
def gold() -> Marked:
    return Marked(
        "a",
        TEXT,
        tuple(mention("CELL", span) for span in (LONG, SHORT, AGAIN))
        + tuple(mention("MECHANISM", span) for span in (FIRST, SECOND))
        + (mention("THERAPY", THERAPY),),
        (
            MarkedTriple(LONG, FIRST, None, "drives"),
            MarkedTriple(AGAIN, SECOND, THERAPY, "drives", "inhibits", True, True),
        ),
    )


WORDS = [
    "MDSCs",
    "MDSC",
    "T-cell",
    "T cells",
    "cells",
    "killing",
    "myeloid-derived suppressor cells (MDSCs)",
    "α",
    ".",
]


@st.composite
def texts(draw: st.DrawFn) -> str:
    return " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=10)))


@st.composite
def spans(draw: st.DrawFn, text: str) -> tuple[int, int]:
    start = draw(st.integers(0, len(text) - 1))
    return start, min(len(text), start + draw(st.integers(1, 30)))


@st.composite
def triples(draw: st.DrawFn, text: str) -> MarkedTriple:
    cell, therapy = draw(st.none() | spans(text)), draw(st.none() | spans(text))
    return MarkedTriple(
        cell,
        draw(spans(text)),
        therapy,
        draw(st.sampled_from(["drives", "suppresses"])) if cell else None,
        draw(st.sampled_from(["promotes", "targets"])) if therapy else None,
        draw(st.booleans()),
        draw(st.booleans()),
    )


@st.composite
def marked(draw: st.DrawFn, text: str, optional: bool = True, id_: str = "x") -> Marked:
    def mentions() -> tuple[MarkedMention, ...]:
        types = draw(st.lists(st.sampled_from(["CELL", "MECHANISM", "THERAPY", "GENE"]), max_size=4))
        return tuple(mention(type_, draw(spans(text))) for type_ in types)

    def several() -> tuple[MarkedTriple, ...]:
        return tuple(draw(st.lists(triples(text), max_size=4)))

    if not optional:
        return Marked(id_, text, mentions(), several())
    return Marked(id_, text, mentions(), several(), mentions(), several())


@st.composite
def pairs(draw: st.DrawFn, optional: bool = True) -> tuple[list[Marked], list[Marked]]:
    """Gold and predictions over the same texts."""
    gold, found = [], []
    for number in range(draw(st.integers(1, 2))):
        text = draw(texts())
        gold.append(draw(marked(text, optional, str(number))))
        found.append(draw(marked(text, False, str(number))))
    return gold, found
