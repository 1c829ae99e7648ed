"""What each source has of its own: cursors and licences, preprints, the history server."""

from __future__ import annotations

import json

import pytest

from pipeline.read import read
from pipeline.records import Document
from tests.fetch.conftest import ABSTRACTS, FULL_TEXTS
from tests.fetch.services import Fault, Paper


def documents(folder) -> dict[str, Document]:
    return {d.doc_id: d for d in read([folder]) if isinstance(d, Document)}


def test_pages_follow_the_cursor_to_the_end(fetcher):
    fetcher.ask(FULL_TEXTS)
    fetcher.services.papers = [Paper(str(1000 + n), f"PMC{2000 + n}") for n in range(230)]
    assert fetcher.run().new == 230
    asked = [p for p in fetcher.services.asked_for("/search") if "EXT_ID" not in p["query"]]
    assert [p["cursorMark"] for p in asked] == ["*", "AoE100", "AoE200"]
    assert {p["resultType"] for p in asked} == {"core"} and {p["format"] for p in asked} == {"json"}


def test_a_repeated_cursor_ends_and_is_told(fetcher):
    fetcher.ask(FULL_TEXTS)
    fetcher.services.papers = [Paper(str(1000 + n), f"PMC{2000 + n}") for n in range(130)]
    fetcher.services.repeat_cursor = True
    report = fetcher.run()
    assert len(fetcher.services.paths("/search")) == 1
    assert not report.complete and report.held == 100
    assert "list ended after 100 of 130 papers: run it again" in report.failures[0].message


def test_a_cursor_repeated_on_the_last_page_is_the_end(fetcher):
    fetcher.ask(FULL_TEXTS)
    fetcher.services.papers = [Paper("100", "PMC200")]
    fetcher.services.repeat_cursor = True  # as before version 6.6
    assert fetcher.run().complete


def test_the_filters_are_asked_for(fetcher):
    fetcher.ask(
        FULL_TEXTS + "  published_from: 2020-01-01\n  language: fre\n  licenses: [cc by, cc0]\n"
        "  publication_types: [Review, Systematic Review]\n"
        + ABSTRACTS.replace("livers", "more")
        + "  published_until: 2024-12-31\n"
    )
    fetcher.all()
    assert fetcher.services.asked_for("/search")[0]["query"] == (
        '(liver) AND (PUB_TYPE:"Review" OR PUB_TYPE:"Systematic Review") AND LANG:fre AND (LICENSE:"cc by" OR '
        'LICENSE:"cc0") AND FIRST_PDATE:[2020-01-01 TO 3000-12-31] AND OPEN_ACCESS:y AND IN_EPMC:y'
    )
    asked = fetcher.services.asked_for("esearch")[0]
    assert asked["term"] == (
        '(liver) AND ("Review"[pt]) AND eng[la] AND hasabstract AND 1800/01/01:2024/12/31[dp]'
    )
    assert (asked["db"], asked["usehistory"], asked["retmax"]) == ("pubmed", "y", "1000")


def test_only_the_licences_wanted_are_kept(fetcher):
    fetcher.ask(FULL_TEXTS + "  licenses: [CC-BY]\n")
    fetcher.services.papers = [
        Paper("100", "PMC200", license="cc by"),
        Paper("101", "PMC201", license="cc by-nc"),
        Paper("102", "PMC202", license=None),
    ]
    report = fetcher.run()
    assert report.new == 1 and report.skipped == {"license": 2}
    assert fetcher.manifest()["records"]["100"]["license"] == "cc by"
    assert fetcher.services.paths("fullTextXML") == ["/epmc/PMC200/fullTextXML"]


def test_abstracts_too_come_from_pubmed_and_preprints_as_they_are(fetcher):
    fetcher.ask(FULL_TEXTS + "  open_access_only: false\n")
    fetcher.services.papers = [
        Paper("100", "PMC200"),
        Paper("101"),
        Paper(None, preprint="PPR55", doi="10.1101/2024.01.01.1"),
        Paper(None, preprint="PPR56", abstract=False),
    ]
    report = fetcher.run()
    assert report.new == 3 and report.skipped == {"no-abstract": 1} and report.complete
    assert fetcher.files() == [".lock", "101.xml", "PMC200.nxml", "PPR55.json"]
    found = documents(fetcher.folder)
    assert set(found) == {"100", "101", "PPR55"}
    preprint = found["PPR55"]
    assert preprint.title == "On livers, PPR55" and preprint.doi == "10.1101/2024.01.01.1"
    assert [s.name for s in preprint.sections] == ["title", "Background", "Results"]
    assert preprint.text.endswith("It was so (p < 0.05).")
    assert (preprint.year, preprint.authors, preprint.license) == (2024, ("Jane Doe",), "cc by")


def test_a_full_text_takes_the_place_of_its_abstract(fetcher):
    fetcher.ask(FULL_TEXTS + "  open_access_only: false\n")
    fetcher.services.papers = [Paper("100")]
    fetcher.run()
    assert fetcher.manifest()["records"]["100"]["file"] == "100.xml"
    fetcher.services.papers[0].pmcid = "PMC200"
    assert fetcher.run(full=True).changed == 1
    assert fetcher.manifest()["records"]["100"]["file"] == "PMC200.nxml"
    assert not (fetcher.folder / "100.xml").exists()


def test_a_pmcid_that_gets_a_pmid_is_one_paper(fetcher):
    fetcher.ask(FULL_TEXTS)
    fetcher.services.papers = [Paper(None, "PMC200")]
    fetcher.run()
    fetcher.services.papers[0].pmid = "100"
    report = fetcher.run(full=True)
    assert (report.new, report.changed, report.held) == (0, 1, 1)
    assert list(fetcher.manifest()["records"]) == ["100"]


def test_a_full_text_that_was_taken_back_goes(fetcher):
    fetcher.ask(FULL_TEXTS)
    fetcher.services.papers = [Paper("100", "PMC200"), Paper("101", "PMC201")]
    fetcher.run()
    fetcher.services.fail("PMC200/fullTextXML", Fault(404))
    report = fetcher.run(full=True)
    assert report.deleted == 1 and fetcher.manifest()["records"]["100"]["reason"] == "no-full-text"
    assert not (fetcher.folder / "PMC200.nxml").exists()


@pytest.mark.parametrize(
    ("jats", "said"),
    [
        (b"<article><front/></article>", None),
        (b"<article xml:lang='en'><front><article-meta><article-id pub-id-type='pmid'>7</article-id></article-meta>"
         b"</front><body><p>Another paper than the one that was asked for.</p></body></article>", "another paper"),
        (b"<article xml:lang='de'><front/><body><p>Die Leber und ihre Zellen.</p></body></article>", None),
        (b'<!DOCTYPE article [<!ENTITY x "y">]><article><body><p>&x;</p></body></article>', "PMC200.nxml"),
    ],
)  # fmt: skip
def test_what_our_reader_does_not_take_is_not_kept(fetcher, jats, said):
    fetcher.ask(FULL_TEXTS)
    fetcher.services.papers = [Paper("100", "PMC200")]
    fetcher.run()
    before = (fetcher.folder / "PMC200.nxml").read_bytes()
    fetcher.services.papers[0].jats = jats
    report = fetcher.run(full=True)
    assert report.changed == 0 and sum(report.skipped.values()) + len(report.failures) == 1
    assert not said or (said in report.failures[0].message and ".incoming" not in report.failures[0].message)
    assert (fetcher.folder / "PMC200.nxml").read_bytes() == before
    assert sorted(p.name for p in fetcher.folder.iterdir()) == [".lock", "PMC200.nxml", "manifest.json"]


def test_a_record_without_abstract_is_not_kept(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper("100"), Paper("101", abstract=False)]
    report = fetcher.run()
    assert report.new == 1 and report.skipped == {"no-abstract": 1} and report.complete
    assert "not taken: no-abstract 1" in report.summary


def test_records_come_from_the_history_in_batches(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper(str(1000 + n)) for n in range(450)]
    assert fetcher.run().new == 450
    asked = fetcher.services.asked_for("efetch")
    assert [(p["retstart"], p["retmax"], p["query_key"]) for p in asked] == [
        ("0", "200", "1"), ("200", "200", "1"), ("400", "50", "1"),
    ]  # fmt: skip
    assert len({p["WebEnv"] for p in asked}) == 1 and {p["retmode"] for p in asked} == {"xml"}


def test_a_lost_history_is_searched_again(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper(str(1000 + n)) for n in range(300)]
    lost = b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"
    fetcher.services.fail("efetch.fcgi", Fault(400, lost))
    report = fetcher.run()
    assert report.new == 300 and len(fetcher.services.paths("esearch")) == 2
    fetcher.services.fail("efetch.fcgi", *[Fault(400, lost)] * 9)
    assert "lost the search" in fetcher.run(full=True).failures[0].message


def test_an_empty_set_for_records_that_were_found_is_tried_again(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper("100")]
    fetcher.services.fail("efetch.fcgi", Fault(200, b"<PubmedArticleSet></PubmedArticleSet>"))
    assert fetcher.run().new == 1


def test_a_record_that_the_history_leaves_out_is_asked_for_by_name(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper("100"), Paper("101", medline="<PubmedArticle/>")]
    report = fetcher.run()
    assert report.new == 1 and report.skipped == {"deleted": 1}
    assert fetcher.services.asked_for("efetch")[-1]["id"] == "101"


def test_delete_citation_is_a_deletion(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper("100"), Paper("101")]
    fetcher.run()
    fetcher.services.papers[1].medline = '<DeleteCitation><PMID Version="1">101</PMID></DeleteCitation>'
    assert fetcher.run(full=True).deleted == 1
    assert fetcher.files() == [".lock", "100.xml"]


def test_a_field_that_pubmed_does_not_know_is_told(fetcher):
    fetcher.ask(ABSTRACTS.replace("query: liver", "query: liver[nosuch]"))
    fetcher.services.papers = [Paper("100")]
    report = fetcher.run()
    assert not report.complete and "does not know the field 'nosuch'" in report.failures[0].message


def test_the_manifest_is_json_that_others_can_read(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper("100")]
    fetcher.run()
    content = json.loads((fetcher.folder / "manifest.json").read_text())
    assert content["format"] == 1 and content["query"]["source"] == "pubmed"
    assert set(content["records"]["100"]) == {
        "source", "id", "file", "version", "sha256", "license", "fetched_at", "deleted_at", "reason",
    }  # fmt: skip
