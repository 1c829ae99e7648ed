"""A corpus that lives: new versions, withdrawn and retracted papers; runs that are refused, locked out or stopped."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from typer.testing import CliRunner

from flows import refresh as module
from flows.release import read_report
from pipeline import cli
from pipeline.store import open_outputs
from pipeline.store.files import write_whole
from pipeline.store.lock import only_writer
from tests.flows.texts import SENTENCES
from tests.store.small_runs import counted


def medline(*records: str, deleted: str = "") -> str:
    gone = f"<DeleteCitation><PMID Version='1'>{deleted}</PMID></DeleteCitation>" if deleted else ""
    return f"<?xml version='1.0'?><PubmedArticleSet>{''.join(records)}{gone}</PubmedArticleSet>"


def record(pmid: int, said: str, *, version: int = 1, kind: str = "Review") -> str:
    return f"""<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID><Article>
<ArticleTitle>On paper {pmid} of many.</ArticleTitle><Abstract><AbstractText>{said}</AbstractText></Abstract>
<Language>eng</Language><PublicationTypeList><PublicationType>{kind}</PublicationType></PublicationTypeList>
</Article></MedlineCitation></PubmedArticle>"""


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    records = [record(n, SENTENCES[0].format(n)) for n in range(1, 7)]
    (folder / "a.xml").write_text(medline(*records))
    return folder


@pytest.fixture
def kupffer(plain, monkeypatch, corpus, tmp_path):
    """`kupffer refresh` with the stand-in and without Prefect; gives its result, its lines and its report."""
    monkeypatch.setattr(module, "extract_batch", module.extract_batch.fn)
    monkeypatch.setattr(module, "refresh", module.refresh.fn)
    monkeypatch.setattr(module, "prefect_server", lambda *_, **__: nullcontext())
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))

    def refresh(*options):
        before = set((tmp_path / "out" / "runs").glob("*"))
        command = ["refresh", "--corpus", str(corpus), "--out", str(tmp_path / "out"), *options]
        result = CliRunner().invoke(cli.app, command)
        new = set((tmp_path / "out" / "runs").glob("*")) - before
        return result, result.stderr.splitlines(), read_report(new.pop()) if new else None

    return refresh


def rows(tmp_path, table):
    with open_outputs(tmp_path / "out") as outputs:
        return outputs.table(table).to_pylist()


def test_versions_and_withdrawals_of_medline_supersede(kupffer, corpus, tmp_path):
    kupffer()
    changed = record(1, SENTENCES[1].format(1), version=2)
    (corpus / "b.xml").write_text(medline(changed, deleted="2"))
    _, _, report = kupffer()
    assert report.documents == {
        "new": 0, "changed": 1, "unchanged": 4, "retracted": 0, "deleted": 1, "failed": 0,
    }  # fmt: skip
    assert {row["doc_id"] for row in rows(tmp_path, "documents")} == {"1", "3", "4", "5", "6"}
    said = {row["doc_id"]: row["mechanism_text"] for row in rows(tmp_path, "triples")}
    assert said == {"1": "metastasis", **dict.fromkeys("3456", "fibrosis")}
    assert [note.doc_id for note in report.per_document if note.state == "deleted"] == ["2"]


def test_a_retracted_paper_keeps_its_rows_and_leaves_the_claims(kupffer, corpus, tmp_path):
    kupffer()
    (claim,) = rows(tmp_path, "claims")
    triples = {row["triple_id"] for row in rows(tmp_path, "triples")}
    told = record(6, SENTENCES[0].format(6), version=2, kind="Retracted Publication")
    (corpus / "b.xml").write_text(medline(told))
    _, _, report = kupffer()
    assert (report.documents["retracted"], report.documents["unchanged"]) == (1, 5)
    assert {row["doc_id"]: row["retracted"] for row in rows(tmp_path, "documents")} == {
        **dict.fromkeys("12345", False),
        "6": True,
    }
    assert {row["triple_id"] for row in rows(tmp_path, "triples")} == triples
    (after,) = rows(tmp_path, "claims")
    assert (claim["paper_count"], after["paper_count"]) == (6, 5)
    assert report.claims.columns["paper_count"] == 1


def test_the_report_says_of_each_document_why_nothing_was_found(kupffer, corpus):
    (corpus / "cells.txt").write_text("Kupffer cells, macrophages and neutrophils were counted, no more.")
    (corpus / "mice.txt").write_text(SENTENCES[2].format(1))
    (corpus / "empty.txt").write_text("")
    _, _, report = kupffer()
    notes = {note.doc_id: note.note for note in report.per_document if note.note}
    assert notes["cells"] == "0 triples: no mechanism or therapy mention, 3 cells"
    assert notes["mice"] == "0 triples: no cell, mechanism or therapy mention"
    assert len(notes) == 3 and any("empty.txt" in name for name in notes)


def test_a_run_that_loses_a_fifth_fails_loudly_and_may_be_allowed(kupffer, corpus, tmp_path):
    kupffer()
    before = rows(tmp_path, "triples")
    (corpus / "a.xml").write_text(medline(*(record(n, SENTENCES[0].format(n)) for n in range(1, 5))))
    result, said, _ = kupffer()
    assert result.exit_code == 1
    assert "triples would fall from 6 to 4 (by 33.3%, and 20% is the limit)" in said[-1]
    assert "or accept the loss with --allow-drop." in said[-1] and "Traceback" not in result.output
    assert said[-1].endswith(".json says what would be gone.")
    assert rows(tmp_path, "triples") == before
    result, _, report = kupffer("--allow-drop")
    assert (result.exit_code, report.triples.after, report.triples.dropped) == (0, 4, 2)


def test_a_second_run_at_once_is_refused_with_a_clear_sentence(kupffer, tmp_path):
    kupffer()
    with only_writer(tmp_path / "out"):
        result, said, _ = kupffer()
    assert result.exit_code == 1
    assert "another run (process" in said[-1] and said[-1].endswith("or write to another with --out.")
    assert kupffer()[0].exit_code == 0


class Stopped(BaseException):
    """A kill."""


def test_a_run_that_is_stopped_while_it_writes_the_page_leaves_it_whole(kupffer, corpus, tmp_path):
    page, kept = tmp_path / "out" / "report.html", []
    kupffer()
    for number in range(1, 5):  # write, fsync, rename, fsync
        before = page.read_bytes()
        (corpus / "more.txt").write_text(SENTENCES[0].format(f"{number} of the page"))

        def at(count, number=number):
            if count == number:
                raise Stopped

        def write(path, data, at=at):
            with counted(at):
                write_whole(path, data)

        with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped):
            patch.setattr("pipeline.report.write.write_whole", write)
            kupffer()
        kept.append(page.read_bytes() == before)
        assert page.read_bytes().rstrip().endswith(b"</html>")
        assert "more" in {
            row["doc_id"] for row in rows(tmp_path, "documents")
        }  # the tables are the new run's
        assert kupffer()[0].exit_code == 0
        assert f"number {number} of the page".encode() in page.read_bytes()
        assert not list((tmp_path / "out").glob(".report*"))
    assert kept == [True, True, True, False]
