"""A query's life: first run, nothing new, changed, deleted, cut and gone on with, renewed."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.fetch import FolderBusy, ManifestError, QueriesError
from pipeline.fetch.harvest import only_fetcher
from pipeline.read import read
from pipeline.records import Document
from tests.fetch.conftest import ABSTRACTS, FULL_TEXTS
from tests.fetch.services import Fault, Paper

LATER = date(2026, 2, 10)


@pytest.fixture(params=["pubmed", "europepmc"])
def three(request, fetcher):
    """Three papers at either source."""
    fetcher.ask(ABSTRACTS if request.param == "pubmed" else FULL_TEXTS)
    fetcher.services.papers = [Paper(str(100 + n), f"PMC{200 + n}") for n in range(3)]
    return fetcher


def test_a_first_run_brings_all_and_says_where_from(three, counts):
    report = three.run()
    assert counts(report) == (3, 0, 0, 0)
    assert (report.found, report.held, report.complete, report.failures) == (3, 3, True, [])
    documents = list(read([three.corpus]))
    assert (
        [d.doc_id for d in documents if isinstance(d, Document)]
        == ["100", "101", "102"]
        == [d.doc_id for d in documents]
    )
    manifest = three.manifest()
    assert manifest["last_good"] and manifest["unfinished"] is None
    for entry in manifest["records"].values():
        data = (three.folder / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        assert entry["fetched_at"].startswith("2026-02-01T03:") and entry["version"] and entry["id"]
        assert entry["source"] in ("pubmed", "europepmc")
    assert not list(three.folder.glob(".incoming*")) and not list(three.folder.glob(".*new"))


def test_the_next_run_asks_only_for_what_changed_since(three, counts):
    three.run()
    three.time += timedelta(days=20)
    three.services.asked.clear()
    assert counts(three.run()) == (0, 0, 0, 0)
    (first, *_) = [p for _, p, _ in three.services.asked]
    assert "2026/01/30:3000/12/31[crdt]" in first.get(
        "term", ""
    ) or "UPDATE_DATE:[2026-01-30 TO" in first.get("query", "")
    assert not three.services.paths("fullText") and not three.services.paths("efetch")


def test_changed_new_and_deleted_records(three, counts):
    three.run()
    before = three.manifest()["records"]
    papers = three.services.papers
    papers[0].text, papers[0].updated, papers[0].version = (
        "Kupffer cells have now been seen to heal the liver.",
        LATER,
        2,
    )
    papers.append(Paper("110", "PMC210", updated=LATER))
    del papers[1]
    three.time += timedelta(days=20)
    report = three.run()
    assert counts(report) == (1, 1, 0, 1)
    records = three.manifest()["records"]
    assert (
        records["100"]["sha256"] != before["100"]["sha256"]
        and records["100"]["version"] != before["100"]["version"]
    )
    assert records["101"]["deleted_at"].startswith("2026-02-21") and records["101"]["reason"] == "deleted"
    assert not (three.folder / before["101"]["file"]).exists()
    assert records["102"] == before["102"]
    texts = {d.doc_id: d.text for d in read([three.corpus]) if isinstance(d, Document)}
    assert sorted(texts) == ["100", "102", "110"] and "heal the liver" in texts["100"]


def test_a_record_that_comes_back_is_new(three, counts):
    three.run()
    gone = three.services.papers.pop()
    three.time += timedelta(days=20)
    assert counts(three.run()) == (0, 0, 0, 1)
    three.services.papers.append(gone)  # as it was: no date says that it changed
    assert counts(three.run()) == (1, 0, 0, 0)
    assert three.manifest()["records"]["102"]["deleted_at"] is None


def test_what_came_up_again_unchanged_is_not_written(three, counts):
    three.run()
    file = three.folder / three.manifest()["records"]["100"]["file"]
    before = file.stat().st_mtime_ns
    assert counts(three.run(full=True)) == (0, 0, 3, 0)
    assert file.stat().st_mtime_ns == before


def test_a_lost_file_is_fetched_again(three, counts):
    three.run()
    file = three.folder / three.manifest()["records"]["101"]["file"]
    file.unlink()
    three.time += timedelta(days=20)
    three.run()
    assert file.is_file()


def test_many_gone_at_once_are_not_believed(fetcher, counts):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper(str(100 + n)) for n in range(30)]
    fetcher.run()
    fetcher.services.papers = fetcher.services.papers[:5]
    report = fetcher.run()
    assert report.deleted == 0 and report.held == 30
    assert "no longer knows 25 of" in report.failures[0].message


def test_a_run_that_was_cut_goes_on_where_it_stopped(fetcher, counts):
    fetcher.ask(FULL_TEXTS)
    fetcher.services.papers = [Paper(str(100 + n), f"PMC{200 + n}") for n in range(40)]
    for number in (230, 231, 232):  # three papers in a row that fail in all attempts end the run
        fetcher.services.fail(f"PMC{number}/fullTextXML", *[Fault(500)] * 3)
    cut = fetcher.run()
    assert not cut.complete and cut.held == 30
    assert "later; what was fetched is kept" in cut.failures[-1].message
    assert fetcher.manifest()["unfinished"]["since"] is None
    fetcher.services.faults.clear()
    fetcher.services.asked.clear()
    fetcher.time += timedelta(days=1)
    report = fetcher.run()
    assert report.complete and report.held == 40 and report.new == 10
    assert len(fetcher.services.paths("fullTextXML")) == 10
    assert fetcher.manifest()["last_good"].startswith("2026-02-01T03:00")  # when the first of the two began


def test_a_run_cut_long_ago_is_begun_again(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper("100"), Paper("101", medline="<PubmedArticle/>")]
    fetcher.services.fail("efetch.fcgi", *[Fault(503)] * 3)
    assert not fetcher.run().complete
    fetcher.time += timedelta(days=9)
    fetcher.run()
    assert fetcher.manifest()["last_good"].startswith("2026-02-10")


def test_a_process_that_died_left_nothing_that_is_read(three, counts):
    three.run()
    (three.folder / ".incoming").mkdir()
    (three.folder / ".incoming" / "999.xml").write_text("half of")
    (three.folder / ".manifest.json.new").write_text("{")
    three.services.papers.append(Paper("110", "PMC210", updated=LATER))
    assert counts(three.run())[0] == 1
    assert not (three.folder / ".incoming").exists()
    assert len(list(read([three.corpus]))) == 4


def test_a_query_that_was_changed_keeps_only_what_it_finds(three, counts):
    three.run()
    three.services.papers[0].types = ("Letter",)
    queries = (three.corpus / "queries.yaml").read_text()
    three.ask(f"{queries}  publication_types: [Letter]\n")
    report = three.run()
    assert (report.held, report.deleted, report.complete) == (1, 2, True)
    assert three.manifest()["records"]["101"]["reason"] == "not-found"


def test_the_limit_takes_the_newest_and_says_so(three):
    for n, paper in enumerate(three.services.papers):
        paper.updated = date(2026, 1, 3 - n)
    three.ask((three.corpus / "queries.yaml").read_text() + "  limit: 2\n")
    report = three.run()
    assert report.limited and report.held == 2 and "only the newest of 3" in report.summary
    assert set(three.manifest()["records"]) == {"100", "101"}


def test_two_fetches_into_one_folder(three):
    with only_fetcher(three.folder), pytest.raises(FolderBusy, match="another fetch"):
        three.run()


@pytest.mark.parametrize("content", ["{", '{"format": 2}', '{"format": 1, "query": null}'])
def test_a_manifest_that_is_none_is_left_alone(three, content):
    three.folder.mkdir()
    (three.folder / "manifest.json").write_text(content)
    with pytest.raises(ManifestError, match=r"manifest\.json: .*fetch it again"):
        three.run()
    assert (three.folder / "manifest.json").read_text() == content


def test_a_manifest_cannot_name_files_elsewhere(three):
    three.run()
    text = (three.folder / "manifest.json").read_text()
    file = three.manifest()["records"]["100"]["file"]
    (three.folder / "manifest.json").write_text(text.replace(f'"{file}"', '"../queries.yaml"'))
    with pytest.raises(ManifestError):
        three.run()
    assert (three.corpus / "queries.yaml").exists()


def test_names_choose_and_unknown_ones_are_told(fetcher):
    fetcher.ask(ABSTRACTS + ABSTRACTS.replace("livers", "spleens"))
    assert [q.name for q in fetcher.all(names=["spleens"]).queries] == ["spleens"]
    with pytest.raises(QueriesError, match="no query 'lungs'; it has livers, spleens"):
        fetcher.all(names=["lungs"])


def test_without_queries_there_is_nothing_to_do(fetcher):
    report = fetcher.all()
    assert report.queries == [] and report.complete and not fetcher.services.asked


def test_a_silent_source_is_not_asked_for_each_query(fetcher):
    fetcher.ask(ABSTRACTS + ABSTRACTS.replace("livers", "spleens") + FULL_TEXTS.replace("livers", "lungs"))
    fetcher.services.fail("esearch.fcgi", *[Fault(503)] * 9)
    first, second, third = fetcher.all().queries
    assert not first.complete and not second.complete and third.complete
    assert len(fetcher.services.paths("esearch")) == 3
    assert "gave no answer before" in second.failures[0].message


INPUTS = Path(__file__).parents[3] / "shared" / "inputs"


@pytest.mark.skipif(not INPUTS.is_dir(), reason="the real records are not part of the repository")
def test_real_records_go_through(fetcher):
    import gzip

    from lxml import etree

    from pipeline.read.draft import pmcid_of

    records = etree.fromstring(gzip.decompress((INPUTS / "medline" / "medline-400.xml.gz").read_bytes()))
    for element in records[:250]:
        pmid = element.findtext("MedlineCitation/PMID")
        fetcher.services.papers.append(
            Paper(pmid, medline=etree.tostring(element, encoding="unicode", with_tail=False))
        )
    fetcher.ask(ABSTRACTS)
    report = fetcher.run()
    assert report.held + sum(report.skipped.values()) == 250 and report.held > 240 and not report.failures
    fetcher.services.papers.clear()
    for file in sorted((INPUTS / "jats").glob("*.nxml")):
        data = file.read_bytes()
        root = etree.fromstring(
            data, etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
        )
        ids = {i.get("pub-id-type"): i.text for i in root.iterfind("front/article-meta/article-id")}
        fetcher.services.papers.append(Paper(ids.get("pmid"), pmcid_of(ids["pmc"]), jats=data))
    fetcher.ask(FULL_TEXTS.replace("livers", "papers"))
    report = fetcher.run()
    assert report.new == 4, report.failures
