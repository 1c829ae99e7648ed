"""Normal forms: tables of strings that mean the same, and of strings that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lexicon.forms import (
    american,
    cased,
    greek_to_names,
    normal,
    pieces,
    singular,
    without_parentheses,
    without_possessive,
)

SAME = [
    ("Kupffer cells", "kupffer-cell"),
    ("TNF-α", "TNFalpha"),
    ("TNFα", "tnf alpha"),
    ("IL-10", "IL10"),
    ("interleukin-10", "Interleukin 10"),
    ("NF-κB", "NFκB"),
    ("tumour-associated macrophages", "tumor associated macrophage"),
    ("haematopoietic stem cells", "hematopoietic stem cell"),
    ("leukaemia", "leukemia"),
    ("polarisation", "polarization"),
    ("signalling", "signaling"),
    ("oedema", "edema"),
    ("metastases", "metastasis"),
    ("immunotherapies", "immunotherapy"),
    ("Crohn's disease", "Crohn disease"),
    ("CD8⁺ T cells", "CD8+ T cell"),
    ("MDSCs", "MDSC"),
    ("cDC1s", "cDC1"),
    ("T‑cell", "T cell"),
    ("phagocytosed", "phagocytosed"),
    ("γδ T cells", "gamma delta T cell"),
]
DIFFERENT = [
    ("CD8+ T cell", "CD8 T cell"),
    ("IL-1", "IL-10"),
    ("M1", "M2"),
    ("Th1", "Th2"),
    ("PD-1", "PD-L1"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_form(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_form(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("macrophages", "macrophage"),
        ("responses", "response"),
        ("analyses", "analysis"),
        ("therapies", "therapy"),
        ("virus", "virus"),
        ("sepsis", "sepsis"),
        ("diseases", "disease"),
        ("classes", "class"),
        ("gas", "gas"),
    ],
)
def test_singular(word: str, expected: str) -> None:
    assert singular(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("anaemia", "anemia"),
        ("oestrogen", "estrogen"),
        ("fibre", "fiber"),
        ("raised", "raised"),
        ("praise", "praise"),
    ],
)
def test_american(word: str, expected: str) -> None:
    assert american(word) == expected


def test_case_counts_in_exact_forms_and_hyphens_do_not() -> None:
    assert cased("PD-L1") == cased("PDL1")
    assert cased("NETs") == cased("NET")
    assert cased("KIT") != cased("kit")
    assert cased("IN 1") != cased("IN1")


def test_small_steps() -> None:
    assert greek_to_names("IFNgamma") == "IFN gamma "
    assert greek_to_names("alphabet") == "alphabet"
    assert without_possessive("Alzheimer's disease") == "Alzheimer disease"
    assert without_parentheses("natural killer (NK) cells") == "natural killer cells"


@given(st.text(max_size=60))
def test_normal_is_idempotent(text: str) -> None:
    once = normal(text)
    assert normal(once) == once


@given(st.text(alphabet="aeioulmnsrtyzA1β-' +()", max_size=30))
def test_normal_is_idempotent_on_words(text: str) -> None:
    once = normal(text)
    assert normal(once) == once


@given(st.lists(st.text(alphabet="abcdefgs-1β", min_size=1, max_size=8), max_size=6))
def test_tokens_add_up_to_the_text(words: list[str]) -> None:
    assert tuple(piece for word in words for piece in pieces(word)) == pieces(" ".join(words))
