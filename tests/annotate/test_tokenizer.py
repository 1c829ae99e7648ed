"""The table of what is cut and what stays whole."""

import pytest
import spacy
from spacy.util import registry  # noqa: F401 - loads the entry points once, outside the tests' time

from pipeline.annotate.tokenizer import kupffer_tokenizer


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.tokenizer = kupffer_tokenizer(nlp)
    return nlp


CUT = {
    "KC-mediated": "KC - mediated",
    "MDSC-driven": "MDSC - driven",
    "cell-based": "cell - based",
    "cell‑mediated": "cell ‑ mediated",
    "chemotherapy-induced": "chemotherapy - induced",
    "tumor-infiltrating": "tumor - infiltrating",
    "T-cell-dependent": "T-cell - dependent",
    "PD-1-expressing": "PD-1 - expressing",
    "CD8+-mediated": "CD8 + - mediated",
    "fibroblast-to-myofibroblast": "fibroblast - to - myofibroblast",
    "monocytes/macrophages": "monocytes / macrophages",
    "MSC-EVs": "MSC - EVs",
    "B-induced": "B - induced",
    "KC–mediated": "KC – mediated",
}
WHOLE = """
    PD-L1 T-cell T-cells anti-inflammatory pro-inflammatory Pro-inflammatory non-small IFN-gamma TGF-beta β-catenin
    N-terminal T-helper CAR-T M2-like wild-type long-term well-known down-regulated up-regulation self-renewal
    multi-drug inter-cellular pre-treated immuno-oncology follow-up CCR2/CCR5 and/or anti-PD-1 IL-10 α-SMA
    knock-out co-stimulation
""".split()  # noqa: SIM905


@pytest.mark.parametrize(("text", "words"), CUT.items())
def test_cuts_where_two_things_are_named(nlp, text, words):
    assert [token.text for token in nlp(text)] == words.split()


@pytest.mark.parametrize("text", WHOLE)
def test_keeps_whole(nlp, text):
    assert [token.text for token in nlp(text)] == [text]


def test_text_comes_back_unchanged(nlp):
    text = "MSC-derived EVs (MDSC)-mediated\nHLA-DR+ cells, NK cell‑mediated lysis/killing of T-cells."
    assert nlp(text).text == text


def test_survives_the_disk_without_our_module(nlp, tmp_path):
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    text = "KC-mediated β-catenin in monocytes/macrophages and MSC-EVs"
    assert [t.text for t in again(text)] == [t.text for t in nlp(text)]
