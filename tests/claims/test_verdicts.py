"""Curators' verdicts count wherever claims are shown, whether a refresh or `kupffer extract` made the tables."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from pipeline.claims import claims_hold, claims_of
from pipeline.claims.curators import add_corrections
from pipeline.cli import app
from pipeline.report.payload import payload
from pipeline.store import Writer, open_outputs
from tests.claims.test_release import SAYS, extracted, refresh

ONLY = extracted("o1", "neutrophils drive metastasis under imatinib.")
TIMES = {"first_seen", "last_seen"}


def by_refresh(folder):
    refresh(folder, [*SAYS, ONLY])


def by_extract(folder):
    with Writer(folder) as writer:
        for result in (*SAYS, ONLY):
            writer.add(*result)


@pytest.fixture(params=[by_refresh, by_extract])
def outputs(request, tmp_path):
    request.param(tmp_path / "out")
    return tmp_path / "out"


def rows_of(folder):
    with open_outputs(folder) as tables:
        return {row["doc_id"]: row["triple_id"] for row in tables.table("triples").to_pylist()}


def judge(folder, **verdicts):
    """Verdicts by document, each of which has one row."""
    rows = rows_of(folder)
    add_corrections(
        folder,
        [
            {"triple_id": rows[doc_id], "verdict": verdict, "comment": None}
            for doc_id, verdict in verdicts.items()
        ],
    )


def kupffer(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def lines(*arguments):
    return [json.loads(line) for line in kupffer(*arguments).splitlines()]


def test_a_rejected_row_is_in_no_view_and_takes_nothing_but_itself_away(outputs, tmp_path):
    judge(outputs, d0="rejected", d1="accepted")
    (common, other) = lines("claims", outputs, "--format", "json")
    assert (common["evidence_count"], common["paper_count"], common["curated"]) == (3, 3, True)
    assert (other["evidence_count"], other["curated"]) == (1, False)
    counted = "SELECT evidence_count AS n, curated FROM claims ORDER BY n DESC"
    assert lines("query", counted, outputs, "--format", "json") == [
        {"n": 3, "curated": True},
        {"n": 1, "curated": False},
    ]
    assert [
        row["evidence_count"] for row in lines("search", "Kupffer cell", outputs, "--format", "json")
    ] == [3]
    found = lines("search", "Kupffer cell", outputs, "--evidence", "--format", "json")
    assert {row["doc_id"] for row in found} == {"d1", "d2", "d3"}
    with open_outputs(outputs) as tables:
        main = payload(tables).main
    assert sorted(main["claims"]["evidence"]) == [1, 3] and sum(main["claims"]["curated"]) == 1
    assert (main["counts"]["rejected"], main["counts"]["triples"]) == (1, 5)
    for format in ("kgx", "indra", "rdf"):
        path = tmp_path / format
        kupffer("export", "--format", format, outputs, "-o", path, "--ungrounded")
        text = "".join(p.read_text() for p in path.iterdir()) if path.is_dir() else path.read_text()
        assert "group 0" not in text and all(f"group {n}" in text for n in (1, 2, 3))


def test_a_claim_whose_rows_are_all_rejected_is_gone(outputs):
    judge(outputs, o1="rejected")
    assert [row["evidence_count"] for row in lines("claims", outputs, "--format", "json")] == [4]


def test_verdicts_are_a_view(outputs):
    judge(outputs, o1="rejected")
    sql = "SELECT doc_id, verdict FROM triples JOIN corrections USING (triple_id)"
    assert lines("query", sql, outputs, "--format", "json") == [{"doc_id": "o1", "verdict": "rejected"}]


def test_what_is_shown_now_is_what_the_next_run_stores(tmp_path):
    folder = tmp_path / "out"
    by_refresh(folder)
    with open_outputs(folder) as tables:
        assert claims_hold(tables)
        first = claims_of(tables).to_pylist()
    judge(folder, d0="rejected", d1="accepted")
    with open_outputs(folder) as tables:
        assert not claims_hold(tables)
        now = claims_of(tables).to_pylist()
    assert [row["first_seen"] for row in now] == [row["first_seen"] for row in first]
    judged = [
        {"triple_id": rows_of(folder)[doc_id], "verdict": verdict, "at": first[0]["last_seen"]}
        for doc_id, verdict in (("d0", "rejected"), ("d1", "accepted"))
    ]
    refresh(folder, [*SAYS, ONLY], corrections=judged)
    with open_outputs(folder) as tables:
        assert claims_hold(tables)
        stored = claims_of(tables).to_pylist()
    plain = [[{k: v for k, v in row.items() if k not in TIMES} for row in rows] for rows in (now, stored)]
    assert plain[0] == plain[1]
