"""What a second refresh does: as little as it can, with the tables of a first one."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from flows import artifacts
from flows import refresh as module
from flows.release import DropError, read_report
from flows.report import Report
from pipeline import extraction
from pipeline.claims.curators import CORRECTIONS, FILE, add_corrections
from pipeline.read import reading
from pipeline.store import TABLES, SchemaError, open_outputs
from pipeline.store import versions as versions_now
from tests.flows.texts import SENTENCES


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(30):
        write(folder, number, SENTENCES[number % 3].format(number))
    return folder


def write(folder, number, text):
    path = folder / f"t{number:02}.txt"
    path.write_text(text)
    os.utime(path, (1_600_000_000, 1_600_000_000 + number))


@pytest.fixture
def refresh(plain, monkeypatch, corpus, tmp_path):
    """The flow with its decorators taken away, on versions that a test can change."""
    now = versions_now()
    monkeypatch.setattr(module, "extract_batch", module.extract_batch.fn)

    def refresh(out="out", allow_drop=False, **changes) -> Report:
        monkeypatch.setattr(module, "versions", lambda *args, **more: replace(now, **changes))
        report = module.refresh.fn(corpus, tmp_path / out, runner="serial", allow_drop=allow_drop)
        report.states = Counter({str(state): count for state, count in report.states.items() if count})
        report.works = Counter({str(work): count for work, count in report.works.items() if count})
        return report

    return refresh


def dateless(outputs):
    with open_outputs(outputs) as opened:
        tables = {name: opened.table(name) for name in TABLES}
    return {
        name: t.drop_columns([c for c in t.column_names if c == "at" or c.endswith("_at")]).to_pylist()
        for name, t in tables.items()
    }


def test_with_nothing_changed_nothing_is_read_and_no_model_is_loaded(refresh, tmp_path, monkeypatch):
    first = refresh()
    assert (first.states, first.works) == ({"new": 30}, {"annotated": 30})
    before = dateless(tmp_path / "out")

    with monkeypatch.context() as patch:
        patch.setattr(extraction, "loaded", lambda *args: pytest.fail("a model was loaded"))
        patch.setattr(reading, "_read", lambda *args: pytest.fail("a text was read"))
        second = refresh()
    assert (second.states, second.works) == ({"unchanged": 30}, {"carried": 30})
    assert (second.documents, second.read) == (0, 30)
    assert second.written == first.written
    assert dateless(tmp_path / "out") == before


def test_the_page_of_a_run_in_which_nothing_changed_is_the_last_ones(refresh, corpus, tmp_path, monkeypatch):
    page, first = tmp_path / "out" / "report.html", refresh()
    before = page.read_text("utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "write_report", lambda *_: pytest.fail("the page was made again"))
        second = refresh()
    assert page.read_text("utf-8") == before.replace(first.release.run, second.release.run) != before
    page.unlink()
    assert refresh().page == page and page.is_file()
    write(corpus, 0, SENTENCES[0].format("other"))
    refresh()
    assert "number other" in page.read_text("utf-8")


def test_what_changed_is_done_and_what_is_gone_is_dropped(refresh, corpus, tmp_path):
    refresh()
    for number in range(20):
        write(corpus, number, SENTENCES[number % 3].format(f"{number} again"))
    for number in range(30, 35):
        write(corpus, number, SENTENCES[number % 3].format(number))
    for number in range(25, 28):
        (corpus / f"t{number}.txt").unlink()
    report = refresh()
    assert report.states == {"new": 5, "changed": 20, "unchanged": 7, "deleted": 3}
    assert report.works == {"annotated": 25, "carried": 7}
    assert report.documents == 25
    refresh("anew")
    assert dateless(tmp_path / "out") == dateless(tmp_path / "anew")
    assert "t26" not in [row["doc_id"] for row in dateless(tmp_path / "out")["mentions"]]


def test_edited_rules_need_neither_texts_nor_model(refresh, tmp_path, monkeypatch):
    refresh()
    before = dateless(tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(extraction, "loaded", lambda *args: pytest.fail("a model was loaded"))
        patch.setattr(reading, "_read", lambda *args: pytest.fail("a text was read"))
        report = refresh(relate="edited")
    assert (report.states, report.works) == ({"unchanged": 30}, {"related": 30})
    assert dateless(tmp_path / "out") == before
    assert refresh(relate="edited").works == {"carried": 30}


def test_another_model_works_on_the_texts_of_the_tables(refresh, tmp_path, monkeypatch):
    refresh()
    before = dateless(tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(reading, "_read", lambda *args: pytest.fail("a text was read"))
        assert refresh(annotate="other").works == {"annotated": 30}
    assert dateless(tmp_path / "out") == before


def test_another_reader_reads_again_and_finds_nothing_new(refresh):
    refresh()
    assert refresh(read="other").works == {"carried": 30}


def test_the_last_line_says_what_was_done(refresh, corpus):
    refresh()
    write(corpus, 0, SENTENCES[0].format("other"))
    report = refresh(relate="edited")
    assert report.outcome().startswith("1 changed, 29 unchanged; 30 processed, 29 by rules alone, in ")


def test_a_run_leaves_claims_and_its_report(refresh, tmp_path):
    run = refresh().release.run
    with open_outputs(tmp_path / "out") as outputs:
        claims = outputs.table("claims").to_pylist()
        triples = outputs.table("triples").to_pylist()
    assert (
        sum(claim["evidence_count"] for claim in claims) == sum(t["level"] == "asserted" for t in triples) > 0
    )
    report = read_report(tmp_path / "out" / "runs" / f"{run}.json")
    assert report.documents["new"] == 30
    assert report.tables["claims"] == len(claims)
    assert {"read", "extract", "claims"} <= report.seconds.keys()


def test_a_run_that_loses_too_much_is_refused_until_it_is_meant(refresh, corpus, tmp_path):
    refresh()
    before = dateless(tmp_path / "out")
    for number in range(20):
        (corpus / f"t{number:02}.txt").unlink()
    with pytest.raises(DropError, match="--allow-drop") as refused:
        refresh()
    assert dateless(tmp_path / "out") == before
    (name,) = re.findall(r"runs/(\S+\.json) says what would be gone", str(refused.value))
    report = read_report(tmp_path / "out" / "runs" / name)
    assert "--allow-drop" in report.refused
    assert report.documents["deleted"] == 20
    assert report.triples.dropped == report.triples.before - report.triples.after > 0
    assert refresh(allow_drop=True).states == {"deleted": 20, "unchanged": 10}


def evidence_of(outputs):
    with open_outputs(outputs) as opened:
        return sum(opened.table("claims")["evidence_count"].to_pylist())


def test_what_curators_rejected_stays_out_of_the_claims_whatever_runs_follow(refresh, corpus, tmp_path):
    refresh()
    before = dateless(tmp_path / "out")
    wrong = before["triples"][0]["triple_id"]
    row = {"triple_id": wrong, "verdict": "rejected", "comment": None}
    add_corrections(tmp_path / "out", [row])
    evidence = evidence_of(tmp_path / "out")
    kept = (tmp_path / "out" / FILE).read_bytes()
    for change in ({}, {"relate": "edited"}, {"annotate": "other"}):
        refresh(**change)
        after = dateless(tmp_path / "out")
        assert evidence_of(tmp_path / "out") == evidence - 1
        assert len(after["triples"]) == len(before["triples"])
    assert (tmp_path / "out" / FILE).read_bytes() == kept


def test_verdicts_that_cannot_be_read_stop_a_run_before_its_work(refresh, tmp_path, monkeypatch):
    refresh()
    before = dateless(tmp_path / "out")
    pq.write_table(CORRECTIONS.empty_table().drop_columns(["verdict"]), tmp_path / "out" / FILE)
    monkeypatch.setattr(module, "read", lambda *_, **__: pytest.fail("texts were read"))
    with pytest.raises(SchemaError, match=r"corrections\.parquet"):
        refresh(relate="edited")
    assert dateless(tmp_path / "out") == before
