"""Two texts with one id: who wins, and what is said."""

from __future__ import annotations

import pytest
from test_jats import article
from test_medline import article_set, record

from pipeline.records import Failure

PAPER = article(
    "<article-meta><article-id pub-id-type='pmid'>7</article-id></article-meta>", "<p>All of it.</p>", ""
)
BY_PMCID = article(
    "<article-meta><article-id pub-id-type='pmc'>5</article-id></article-meta>", "<p>All.</p>", ""
)
GERMAN = PAPER.replace('"en"', '"de"')


def ids(found: list) -> list[str]:
    return [getattr(item, "error", item.doc_id) for item in found]


def test_one_text_twice_is_read_once(files) -> None:
    assert ids(files({"a/x.txt": "KCs eat.", "b/x.md": "KCs\neat."})) == ["x"]


def test_one_id_with_two_texts(files, tmp_path) -> None:
    first, second = files({"a/x.txt": "KCs eat.", "b/x.txt": "KCs sleep."})
    assert first.text == "KCs eat."
    assert isinstance(second, Failure) and (second.error, second.doc_id) == ("clash", "x")
    assert str(tmp_path / "a/x.txt") in second.message and str(tmp_path / "b/x.txt") in second.message


@pytest.mark.parametrize("order", [["m.xml", "p.nxml"], ["p.nxml", "m.xml"]])
def test_full_text_over_abstract_in_any_order(files, order: list[str]) -> None:
    (document,) = files({"m.xml": article_set(record("7")), "p.nxml": PAPER}, order)
    assert (document.doc_id, document.text) == ("7", "All of it.")


def test_full_text_is_known_by_its_pmcid_too(files) -> None:
    (document,) = files({"m.xml": article_set(record("7", pmc="PMC5")), "p.nxml": BY_PMCID})
    assert document.doc_id == "PMC5"


def test_a_full_text_that_cannot_be_read_does_not_take_the_place_of_its_abstract(files) -> None:
    assert ids(files({"m.xml": article_set(record("7")), "p.nxml": GERMAN})) == ["7", "language"]


def test_pubmed_record_and_pubtator_copy_of_it(files) -> None:
    text = "7|t|On Kupffer cells.\n7|a|Another abstract.\n"
    assert ids(files({"m.xml": article_set(record("7")), "p.txt": text})) == ["7", "clash"]


def test_a_record_twice_in_one_file(files) -> None:
    (first, second) = files({"x.jsonl": '{"id": "a", "text": "One."}\n{"id": "a", "text": "Two."}\n'})
    assert (first.text, second.error) == ("One.", "clash")
