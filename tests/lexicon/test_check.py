"""The lexicon that we ship is in order, and the check can tell."""

import time

import pytest

from pipeline.lexicon import Lexicon, load_lexicon
from pipeline.lexicon import check as check_module
from pipeline.lexicon.check import check


def test_nothing_is_wrong(lexicon: Lexicon) -> None:
    assert check(lexicon) == []


@pytest.mark.parametrize(
    ("curie", "said"),
    [
        ("cl:0000235", "prefix"),
        ("CL:235", "not the way"),
        ("GO:0006915x", "not the way"),
        ("CL:0000235", "is 'macrophage' in its source"),
        ("CL:9999999", "no source has"),
    ],
)
def test_wrong_identifiers_and_names_are_told(curie: str, said: str) -> None:
    (problem,) = check_module._misnamed("here", curie, "big eater")
    assert said in problem


def test_it_loads_in_under_a_second() -> None:
    start = time.process_time()
    lexicon = load_lexicon()
    assert time.process_time() - start < 1.5  # seconds of processor time; 0.3 where nothing else runs
    assert len(lexicon) > 150_000
