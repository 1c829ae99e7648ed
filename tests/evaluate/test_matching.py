from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.matching import Wording, abbreviations, folded, match
from tests.evaluate.conftest import AGAIN, FIRST, LONG, SECOND, SHORT, TEXT, at


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("T-Cells", "t cell"),
        ("T  cell", "t cell"),
        ("NETs", "net"),
        ("loss of", "los of"),
        ("IL‑10", "il 10"),
    ],
)
def test_names_are_folded(words, name):
    assert folded(words) == name


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Kupffer cells (KCs) eat.", {"kc": "kupffer cell"}),
        ("the natural killer (NK) cells", {"nk": "natural killer"}),
        ("hepatic stellate cells [HSCs]", {}),
        ("Kupffer cells (in mice) eat.", {}),
        ("a shift (+/-) in killing", {}),
        ("(KCs) eat", {}),
    ],
)
def test_abbreviations_are_those_the_text_defines(text, known):
    assert abbreviations(text) == known


@pytest.mark.parametrize(
    ("found", "gold", "same"),
    [
        (LONG, LONG, True),
        ((LONG[0], LONG[0] + 3), LONG, True),  # a shared character is enough
        (FIRST, SECOND, True),  # the same words elsewhere
        (SHORT, LONG, True),  # defined abbreviation
        (AGAIN, LONG, True),
        (FIRST, LONG, False),
        (None, None, True),
        (None, LONG, False),
        (LONG, None, False),
        ((0, len(TEXT)), FIRST, False),  # out of proportion
        ((FIRST[0], FIRST[1] + len(". Blockade of CCR2")), FIRST, True),
    ],
)
def test_spans_are_alike(found, gold, same):
    assert Wording(TEXT).same(found, gold) is same


def test_a_long_gold_span_may_be_met_by_one_twice_as_long():
    text = "one two three four five six seven eight nine ten eleven twelve"
    wording = Wording(text)
    assert wording.same((0, at("nine", text=text)[1]), (0, at("five", text=text)[1]))
    assert not wording.same((0, len(text)), (0, at("five", text=text)[1]))


@given(st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=5))
def test_the_matching_is_the_largest(possible):
    """Against trying every order of gold."""
    found = list(range(len(possible)))
    got = match(found, range(5), lambda p, g: g in possible[p])
    most = max(
        sum(g in possible[p] for p, g in zip(found, order, strict=False)) for order in permutations(range(5))
    )
    assert len(got.pairs) == most
    assert all(g in possible[p] for p, g in got.pairs)
    assert len({g for _, g in got.pairs}) == len(got.pairs)
    assert sorted([*(p for p, _ in got.pairs), *got.wrong]) == found


def test_a_long_chain_is_matched_without_recursion():
    number = 1100
    got = match(range(number), range(number), lambda p, g: g in (p, p + 1) if p < number - 1 else g == 0)
    assert len(got.pairs) == number


def test_an_optional_mark_excuses_one_prediction():
    got = match([1, 1, 2], [2], int.__eq__, [1])
    assert (got.pairs, got.excused, got.wrong) == (((2, 0),), (0,), (1,))
