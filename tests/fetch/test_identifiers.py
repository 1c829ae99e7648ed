from __future__ import annotations

import pytest

from pipeline.fetch import IdentifierError, identifier_of
from tests.fetch.services import Fault, Paper


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("29768149", "PMID", "29768149"),
        ("PMID: 029768149", "PMID", "29768149"),
        ("PMC3102344", "PMCID", "PMC3102344"),
        ("pmc3102344.1", "PMCID", "PMC3102344"),
        ("10.1016/0046-8177(93)90047-K", "DOI", "10.1016/0046-8177(93)90047-k"),
        ("doi:10.1000/xyz", "DOI", "10.1000/xyz"),
        ("https://doi.org/10.1000/xyz", "DOI", "10.1000/xyz"),
    ],
)
def test_identifiers_are_told_by_their_form(text, kind, value):
    found = identifier_of(text)
    assert found is not None and (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(
    "text", ["", "paper.pdf", "texts/2024", "PMC", "0", "1234567890", "10.1/x", "-", "10.1000/a b"]
)
def test_other_things_are_none(text):
    assert identifier_of(text) is None


def test_each_kind_gives_the_full_text_where_it_is_open_and_else_the_abstract(fetcher):
    fetcher.services.papers = [
        Paper("100", "PMC200"),
        Paper("101", "PMC201", open_access=False),
        Paper("102", "PMC202", doi="10.1000/ABC"),
        Paper("103"),
        Paper(None, preprint="PPR55", doi="10.1101/5"),
    ]
    report = fetcher.ids("PMC200", "PMC201", "10.1000/abc", "103", "doi:10.1101/5")
    assert not report.failures and report.complete and report.new == 5
    assert {given: file.name for given, file in report.files.items()} == {
        "PMC200": "PMC200.nxml",
        "PMC201": "101.xml",
        "10.1000/abc": "PMC202.nxml",
        "103": "103.xml",
        "doi:10.1101/5": "PPR55.json",
    }
    assert all(file.is_file() for file in report.files.values())
    assert len(fetcher.services.paths("/search")) == 1
    assert set(fetcher.manifest("by-id")["records"]) == {"100", "101", "102", "103", "PPR55"}


def test_what_was_fetched_within_a_day_is_not_asked_for_again(fetcher):
    fetcher.services.papers = [Paper("100", "PMC200")]
    fetcher.ids("PMC200")
    fetcher.services.asked.clear()
    assert fetcher.ids("PMC200", "100").files.keys() == {"PMC200", "100"}
    assert not fetcher.services.asked
    fetcher.time = fetcher.time.replace(day=5)
    assert fetcher.ids("PMC200").unchanged == 1


def test_what_nobody_knows_is_told_and_the_rest_comes(fetcher):
    fetcher.services.papers = [Paper("100")]
    report = fetcher.ids("100", "999", "PMC999", "10.1000/none")
    assert report.new == 1 and list(report.files) == ["100"] and not report.complete
    assert sorted(f.message for f in report.failures) == [
        "10.1000/none: neither Europe PMC nor PubMed knows it; check the identifier.",
        "PMC999: neither Europe PMC nor PubMed knows it; check the identifier.",
        "PubMed has no record 999: check the number.",
    ]


def test_without_europe_pmc_pubmed_gives_the_abstract(fetcher):
    fetcher.services.papers = [Paper("100", "PMC200", doi="10.1000/abc")]
    fetcher.services.fail("search", *[Fault(503)] * 3)
    report = fetcher.ids("10.1000/abc")
    assert report.files["10.1000/abc"].name == "100.xml"
    assert "Europe PMC failed with status 503" in report.failures[0].message


def test_a_paper_without_abstract_has_no_file_and_says_why(fetcher):
    fetcher.services.papers = [Paper("100", abstract=False)]
    report = fetcher.ids("100")
    assert not report.files and "without abstract" in report.failures[0].message


def test_what_is_no_identifier_is_named_before_anything_is_asked(fetcher):
    with pytest.raises(IdentifierError, match="paper: is no PMID"):
        fetcher.ids("100", "paper")
    assert not fetcher.services.asked
