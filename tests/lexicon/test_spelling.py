"""Slips of the pen: mended where only one word can be meant, left alone elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lexicon import Lexicon
from pipeline.lexicon.spelling import LEAST, corrected

WORDS = frozenset(
    {"lymphocyte", "osteoclast", "preosteoblast", "stimulated", "gentamicin", "cell", "pemetrexed"}
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("lymphocte", "lymphocyte"),
        ("lymphocytte", "lymphocyte"),
        ("lymphoycte cell", "lymphocyte cell"),
        ("gentamycin", "gentamicin"),
        ("lymphocyte", None),
        ("preosteoclast", None),  # a known word behind a prefix is a word of its own
        ("stimulate", None),  # another ending is grammar
        ("kells", None),  # too short to tell
        ("unheard lymphocte", None),  # what may be a slip and is no known word could be anything
    ],
)
def test_one_letter(written: str, meant: str | None) -> None:
    assert corrected(written, WORDS) == meant


def test_two_words_that_could_be_meant_are_none() -> None:
    assert corrected("lymphocite", {"lymphocyte", "lymphocate"}) is None


@given(st.text(max_size=40), st.sets(st.text("abcdefg", min_size=LEAST, max_size=9), max_size=5))
def test_only_words_that_are_known_are_put_in(key: str, words: set[str]) -> None:
    found = corrected(key, words)
    if found is not None:
        pairs = list(zip(key.split(), found.split(), strict=True))
        assert all(one == other or other in words for one, other in pairs)
        assert any(one != other for one, other in pairs)


def test_the_step_is_told(lexicon: Lexicon) -> None:
    found = lexicon.ground("lymphoctes", "CELL")
    assert found is not None
    assert (found.curie, found.source) == ("CL:0000542", "lexicon:spelled")
