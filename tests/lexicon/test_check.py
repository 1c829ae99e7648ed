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


def test_it_finds_terms_fast(lexicon: Lexicon) -> None:
    text = (
        "In the liver , Kupffer cells and MDSCs suppress CD8+ T cells , which kill tumor cells less well , and CSF1R"
        " inhibition restores the antitumor immunity that hepatocellular carcinoma has lost ; further work is needed ."
    )
    words = text.split() * 200
    lexicon.find(words)  # the first call measures the lexicon
    start = time.process_time()
    lexicon.find(words)
    rate = len(words) / (time.process_time() - start)
    assert rate > 40_000  # tokens a second of processor time; 100,000 to 190,000 where nothing else runs
