"""What was added, changed and withdrawn between two runs, by the unit of each format."""

from __future__ import annotations

import csv
import json

import pytest
from bioc import biocjson
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Dataset
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.export.choice import Choice
from pipeline.export.since import Change, since
from pipeline.export.source import Source
from pipeline.store import kept_runs, open_outputs
from tests.claims.test_release import extracted, refresh
from tests.export.conftest import paper, triple, write

EVERYTHING = Choice(ungrounded=True, linked=True, retracted=True, rejected=True)


PAPERS = [paper(doc_id, text_sha256=doc_id) for doc_id in "12"]


def compared(folder, before, after, unit, choice=EVERYTHING, papers=(PAPERS, PAPERS), verdicts=None):
    with (
        open_outputs(write(folder / "before", papers[0], before)) as then,
        open_outputs(write(folder / "after", papers[1], after)) as now,
    ):
        found = since(Source(then, choice), Source(now, choice, verdicts), unit)
        rows = {row["triple_id"] for row in Source(now, choice, verdicts, found).rows()}
    return found, rows


BEFORE = [
    triple("same"),
    triple("same too", "2"),
    triple("gone", mechanism_id="GO:1"),
    triple("other", mechanism_id="GO:2"),
    triple("left", mechanism_id="GO:2", negated=True),
    triple("still", "2", mechanism_id="GO:3"),
]
AFTER = [
    triple("same", sentence_index=4, evidence_start=5, pipeline_version="1"),
    triple("same too", "2"),
    triple("other", mechanism_id="GO:2"),
    triple("still", "2", mechanism_id="GO:3", confidence=0.5),
    triple("new", mechanism_id="GO:4"),
]


def kinds(found):
    return sorted((change.kind, change.denied) for change in found.changes)


def test_rows(tmp_path):
    found, rows = compared(tmp_path, BEFORE, AFTER, "row")
    assert found.changes == [
        Change("withdrawn", "gone"),
        Change("withdrawn", "left"),
        Change("added", "new"),
        Change("changed", "still"),
    ]
    assert rows == {"new", "still"}


def test_claims_go_out_whole_and_denied_ones_are_things_of_their_own(tmp_path):
    found, rows = compared(tmp_path, BEFORE, AFTER, "claim")
    assert kinds(found) == [
        ("added", False),  # GO:4
        ("changed", False),  # GO:2, which is denied no more
        ("changed", False),  # GO:3
        ("withdrawn", False),  # GO:1
        ("withdrawn", True),  # GO:2, denied
    ]
    assert rows == {"other", "still", "new"}


def test_documents(tmp_path):
    left = [row for row in AFTER if row["doc_id"] == "2"]
    found, rows = compared(tmp_path, BEFORE, left, "document", papers=(PAPERS, PAPERS[1:]))
    assert found.changes == [Change("withdrawn", "1"), Change("changed", "2")]
    assert rows == {"same too", "still"}


def test_rows_are_listed_whatever_the_unit(tmp_path):
    by_row, _ = compared(tmp_path / "row", BEFORE, AFTER, "row")
    for unit in ("claim", "document"):
        found, _ = compared(tmp_path / unit, BEFORE, AFTER, unit)
        assert found.rows == by_row.changes == by_row.rows


ONE = PAPERS[0]


@pytest.mark.parametrize("unit", ["row", "claim"])
@pytest.mark.parametrize(
    ("row", "about", "verdict", "choice", "kind"),
    [
        ({"confidence": 0.5}, {}, None, Choice(), "changed"),
        ({}, {"license": "CC BY 4.0"}, None, Choice(), "changed"),
        ({}, {"license": "CC BY 4.0"}, None, Choice(open_only=True), "changed"),
        ({}, {"retracted": True}, None, Choice(), "withdrawn"),
        ({}, {"retracted": True}, None, Choice(retracted=True), "changed"),
        ({}, {}, "accepted", Choice(), "changed"),
        ({}, {}, "rejected", Choice(), "withdrawn"),
        ({}, {"year": 2020}, None, Choice(), "changed"),
        ({"speculated": True, "speculation_cue": "may"}, {}, None, Choice(), "changed"),
        ({"model_version": "new", "evidence_start": 3}, {}, None, Choice(), None),
    ],
)
def test_what_is_a_change_when_nothing_else_is(tmp_path, unit, row, about, verdict, choice, kind):
    others = [triple("other", "2", mechanism_id="GO:1")]
    found, sent = compared(
        tmp_path,
        [triple("a"), *others],
        [triple("a", **row), *others],
        unit,
        choice,
        ([ONE, PAPERS[1]], [{**ONE, **about}, PAPERS[1]]),
        {"a": verdict} if verdict else None,
    )
    assert [change.kind for change in found.changes] == ([kind] if kind else [])
    assert [(change.kind, change.id) for change in found.rows] == ([(kind, "a")] if kind else [])
    assert sent == ({"a"} if kind == "changed" else set())


def test_one_row_of_two_rejected_changes_their_claim(tmp_path):
    rows = [triple("a"), triple("b", "2")]
    found, sent = compared(tmp_path, rows, rows, "claim", Choice(), verdicts={"a": "rejected"})
    assert [change.kind for change in found.changes] == ["changed"]
    assert (found.rows, sent) == ([Change("withdrawn", "a")], {"b"})


def test_documents_that_are_one_paper_now_change_their_claims(tmp_path):
    rows = [triple("a"), triple("b", "2")]
    third = paper("3", text_sha256="3", pmid="1", doi="10.1000/2")
    known = [paper("1", text_sha256="1", pmid="1"), paper("2", text_sha256="2", doi="10.1000/2")]
    found, _ = compared(tmp_path, rows, rows, "claim", papers=(known, [*known, third]))
    assert [change.kind for change in found.changes] == ["changed"]


def test_documents_without_rows_are_followed_too(tmp_path):
    more = [*PAPERS, paper("3", text_sha256="3")]
    other = [PAPERS[0], paper("2", text_sha256="new")]
    found, _ = compared(tmp_path, [], [], "document", papers=(more, other))
    assert found.changes == [Change("changed", "2"), Change("withdrawn", "3")]
    assert found.takes_document("2") and not found.takes_document("1")


def test_a_row_that_is_left_out_now_is_withdrawn(tmp_path):
    found, rows = compared(tmp_path, [triple("a")], [triple("a", mechanism_id=None)], "row", Choice())
    assert (found.changes, rows) == ([Change("withdrawn", "a")], set())


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from(["row", "claim", "document"]),
    *[
        st.dictionaries(
            st.sampled_from("abcdef"), st.tuples(st.sampled_from("12"), st.sampled_from("xy"), st.booleans())
        )
    ]
    * 2,
)
def test_who_follows_has_what_the_whole_export_has(tmp_path_factory, unit, before, after):
    def rows(said):
        return [
            triple(name, doc, mechanism_id=f"GO:{what}", negated=denied)
            for name, (doc, what, denied) in said.items()
        ]

    def gathered(those):
        """thing -> its rows, as a reader holds them."""
        held = {doc: set() for doc in "12"} if unit == "document" else {}
        for row in those:
            key = {"row": row["triple_id"], "document": row["doc_id"]}.get(
                unit, (row["mechanism_id"], row["negated"])
            )
            held.setdefault(key, set()).add((row["triple_id"], row["mechanism_id"], row["negated"]))
        return held

    found, sent = compared(tmp_path_factory.mktemp("any"), rows(before), rows(after), unit)
    news = gathered(row for row in rows(after) if row["triple_id"] in sent)
    if unit == "document":
        news = {doc: those for doc, those in news.items() if found.takes_document(doc)}
    held = gathered(rows(before)) | news
    assert len(held) - found.counts["withdrawn"] == len(gathered(rows(after)))
    assert all(held[key] == those for key, those in gathered(rows(after)).items())


def kupffer(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def runs(tmp_path):
    """Two runs: a document went, one came, one stayed."""
    folder = tmp_path / "outputs"
    texts = [extracted(f"d{n}", f"Kupffer cells drive fibrosis in group {n}.") for n in range(2)]
    other = extracted("o1", "neutrophils drive metastasis under imatinib.")
    refresh(folder, texts)
    refresh(folder, [texts[0], other])
    return folder


ROWS = "by row: 1 added, 0 changed, 1 withdrawn"


@pytest.mark.parametrize(
    ("format", "counts"),
    [
        ("csv", "by row: 1 added, 0 changed, 1 withdrawn"),
        ("bioc", f"by document: 1 added, 0 changed, 1 withdrawn; {ROWS}"),
        ("rdf", f"by claim: 1 added, 1 changed, 0 withdrawn; {ROWS}"),
        ("kgx", f"by claim: 1 added, 1 changed, 0 withdrawn; {ROWS}"),
        ("indra", f"by claim: 1 added, 1 changed, 0 withdrawn; {ROWS}"),
    ],
)
def test_the_command(runs, tmp_path, format, counts):
    _, first = kept_runs(runs)
    out = tmp_path / "out"
    done = kupffer("export", "--format", format, runs, "-o", out, "--ungrounded", "--since", first.run)
    assert done.exit_code == 0, done.output
    beside = out / "changes.jsonl" if format in ("kgx", "indra") else tmp_path / "out.changes.jsonl"
    assert f"Since {first.run}, {counts}; they are listed in {beside}.\n" in done.stderr
    lines = [json.loads(line) for line in beside.read_text("utf-8").splitlines()]
    assert {(line["since"], line["run"]) for line in lines} == {(first.run, kept_runs(runs)[0].run)}
    rows = [line for line in lines if line["what"] == "row"]
    assert sorted(line["change"] for line in rows) == ["added", "withdrawn"]
    if format == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            assert [row["doc_id"] for row in csv.DictReader(file)] == ["o1"]
    elif format == "bioc":
        with out.open(encoding="utf-8") as file:
            assert [document.id for document in biocjson.load(file).documents] == ["o1"]
        assert {(line["change"], line["id"]) for line in lines if line["what"] == "document"} == {
            ("added", "o1"),
            ("withdrawn", "d1"),
        }
    elif format == "rdf":
        data = Dataset()
        data.parse(out, format="trig")
        assert len([graph for graph in data.graphs() if len(graph)]) == 8


def test_a_verdict_since_then_withdraws(runs, tmp_path):
    now, _ = kept_runs(runs)
    with open_outputs(runs) as tables:
        (gone, *_) = tables.table("triples")["triple_id"].to_pylist()
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"triple_id,correct\n{gone},no\n")
    assert kupffer("corrections", sheet, "--out", runs).exit_code == 0
    out = tmp_path / "out"
    done = kupffer("export", "--format", "rdf", runs, "-o", out, "--ungrounded", "--since", now.run)
    assert "0 added, 0 changed, 1 withdrawn" in done.stderr


def test_a_run_that_is_not_kept(runs, tmp_path):
    done = kupffer(
        "export", "--format", "csv", runs, "-o", tmp_path / "out", "--since", "20200101T000000Z-0000"
    )
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{runs}: the run 20200101T000000Z-0000 is not kept; these are: 2")
    assert not (tmp_path / "out").exists()
