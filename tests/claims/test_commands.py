from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from pipeline.claims import CLAIMS
from pipeline.cli import app
from pipeline.store import Writer
from tests.claims.test_release import SAYS, extracted, refresh

OTHER = extracted("o1", "neutrophils drive metastasis under imatinib.")


@pytest.fixture
def outputs(tmp_path):
    refresh(tmp_path / "out", [*SAYS, OTHER])
    return tmp_path / "out"


def kupffer(*arguments):
    return CliRunner().invoke(app, ["claims", *map(str, arguments)])


def test_a_table_with_the_surest_first(outputs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    lines = kupffer(outputs).stdout.splitlines()
    assert lines[1].split() == ["kupffer", "cell", "drives→", "fibrosis", "4", "0/4", "0.95"]
    assert lines[2].split()[-3:] == ["1", "0/1", "0.85"]


def test_json_and_csv_have_all_columns(outputs):
    first, second = map(json.loads, kupffer(outputs, "--format", "json").stdout.splitlines())
    assert list(first) == CLAIMS.names
    assert (first["paper_count"], second["therapy_text"]) == (4, "imatinib")
    rows = list(csv.DictReader(io.StringIO(kupffer(outputs, "--format", "csv", "--top", "1").stdout)))
    assert [row["claim_id"] for row in rows] == [first["claim_id"]]
    assert rows[0]["evidence"].count("; ") == 3


def test_tables_of_extract_have_claims_too(tmp_path, outputs):
    with Writer(tmp_path / "plain") as writer:
        for result in (*SAYS, OTHER):
            writer.add(*result)
    both = [
        [json.loads(line)["claim_id"] for line in kupffer(folder, "--format", "json").stdout.splitlines()]
        for folder in (outputs, tmp_path / "plain")
    ]
    assert both[0] == both[1]


def test_where_nothing_is_there_it_says_so(tmp_path, outputs):
    done = kupffer(outputs, "--contradicted")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{outputs}: no contradicted claim in these tables.\n"
    done = kupffer(tmp_path / "nowhere")
    assert done.exit_code == 1
    assert "kupffer refresh" in done.stderr
