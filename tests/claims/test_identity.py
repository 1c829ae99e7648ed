from __future__ import annotations

import pytest

from pipeline.claims.identity import claim_id, paper_keys, papers, slot_text
from tests.claims.rows import document

TITLE = "Kupffer cells in early and late liver metastasis"


@pytest.mark.parametrize(
    "one, other, same",
    [
        ({"pmid": "12"}, {"pmid": "0012"}, True),
        ({"pmid": "12"}, {"pmid": "13"}, False),
        ({"pmcid": "PMC7"}, {"pmcid": "7.2"}, True),
        ({"pmid": "7"}, {"pmcid": "PMC7"}, False),
        ({"doi": "10.1000/Ab.1"}, {"doi": "https://doi.org/10.1000/aB.1"}, True),
        ({"doi": "10.1000/ab.1"}, {"doi": "10.1000/ab.2"}, False),
        ({"title": TITLE}, {"title": f"[{TITLE}].", "pmid": "1"}, True),
        ({"title": TITLE}, {"title": TITLE.upper()}, True),
        ({"title": TITLE}, {"title": TITLE, "year": 2021}, False),
        ({"title": TITLE, "year": None}, {"title": TITLE, "year": None}, False),
        ({"title": TITLE, "publication_types": ["Preprint"]}, {"title": TITLE, "year": 2022}, True),
        ({"title": TITLE, "publication_types": ["Preprint"]}, {"title": TITLE, "year": 2019}, False),
        ({"title": "Tumor immunology"}, {"title": "Tumor immunology"}, False),
        ({"text_sha256": "ab"}, {"text_sha256": "ab", "year": 1999}, True),
        ({"pmid": ""}, {"pmid": ""}, False),
        ({}, {}, False),
    ],
)
def test_what_is_one_paper(one, other, same):
    found = papers([document("a", **one), document("b", **other)])
    assert (found["a"] == found["b"]) is same


def test_identifiers_chain():
    found = papers(
        [
            document("a", pmid="1"),
            document("b", pmid="1", pmcid="PMC2"),
            document("c", pmcid="PMC2", doi="10.1000/x"),
            document("d", doi="10.1000/X"),
            document("e", pmid="9"),
        ]
    )
    assert len({found[name] for name in "abcd"}) == 1
    assert found["e"] != found["a"]


def test_no_documents_are_no_papers():
    assert papers([]) == {}
    assert len(set(papers([document("a"), document("b")]).values())) == 2


def test_parts_of_an_id_never_run_together():
    assert claim_id("a", "b", "c", None, None) != claim_id("a", None, "c", "b", None)
    assert claim_id("ab", "c", "d", None, None) != claim_id("a", "bc", "d", None, None)


def test_words_never_look_like_an_identifier():
    assert slot_text("CL:0000091") != "CL:0000091"


def test_keys_of_nothing():
    assert list(paper_keys({})) == []
