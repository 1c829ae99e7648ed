from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.store import Writer, open_outputs
from pipeline.store.annotations import AnnotationFolder
from pipeline.store.lock import only_writer
from tests.store.small_runs import followed, plain, refresh


def outputs_command(*args):
    done = CliRunner().invoke(app, ["outputs", *map(str, args)])
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def outputs(tmp_path):
    refresh(tmp_path, "one")
    refresh(tmp_path, "two")
    return tmp_path


def runs(outputs):
    status, _ = outputs_command("history", "--out", outputs)
    assert status == 0
    lines = (
        CliRunner().invoke(app, ["outputs", "history", "--json", "--out", str(outputs)]).stdout.splitlines()
    )
    return [json.loads(line) for line in lines]


def test_history_lists_the_runs_and_marks_the_current_one(outputs):
    newest, older = runs(outputs)
    assert (newest["current"], older["current"]) == (True, False)
    assert newest["rows"]["documents"] == 5
    assert newest["counts"]["deleted"] == 2
    _, page = outputs_command("history", "--out", outputs)
    assert f"* {newest['run']} refresh 5 5 5 2 new, 1 changed, 2 unchanged, 1 retracted, 2 deleted" in page


def test_rollback_goes_back_and_forth(outputs):
    two = followed(outputs)
    newest, older = (line["run"] for line in runs(outputs))
    status, said = outputs_command("rollback", older, "--out", outputs)
    assert (status, f"at run {older} again (documents 6" in said) == (0, True)
    assert followed(outputs) == plain(outputs) != two
    assert outputs_command("rollback", newest, "--out", outputs)[0] == 0
    assert followed(outputs) == plain(outputs) == two


def test_a_refresh_after_a_rollback_goes_on_from_there(outputs):
    two = followed(outputs)
    outputs_command("rollback", runs(outputs)[1]["run"], "--out", outputs)
    refresh(outputs, "two")
    assert followed(outputs) == plain(outputs) == two


@pytest.mark.parametrize("run", ["20200101T000000Z-0000", "../..", "x"])
def test_a_run_that_is_not_kept_is_wrong_usage(outputs, run):
    status, said = outputs_command("rollback", run, "--out", outputs)
    assert status == 2
    assert f"the run {run} is not kept; these are: {runs(outputs)[0]['run']}" in said


def test_compact_keeps_the_tables_and_lets_go_of_all_else(outputs):
    two = followed(outputs)
    report = (outputs / "runs" / f"{runs(outputs)[0]['run']}.json").read_text()
    status, said = outputs_command("compact", "--out", outputs)
    assert (status, "one run is kept" in said) == (0, True)
    assert followed(outputs) == plain(outputs) == two
    (line,) = runs(outputs)
    assert line["kind"] == "compact"
    assert (outputs / "runs" / f"{line['run']}.json").read_text() == report
    assert len(AnnotationFolder(outputs)._names) == 1
    refresh(outputs, "two")
    counts = runs(outputs)[0]["counts"]
    assert (counts["unchanged"], counts["carried"]) == (6, 6)
    refresh(outputs, "one")
    assert runs(outputs)[0]["counts"]["related"] == 3  # from the one shard that is left


def test_what_runs_meanwhile_is_told(outputs):
    with only_writer(outputs):
        for act in (["compact"], ["rollback", runs(outputs)[1]["run"]]):
            status, said = outputs_command(*act, "--out", outputs)
            assert (status, "another run" in said) == (1, True)


def test_where_there_is_nothing_the_cure_is_said(tmp_path):
    status, said = outputs_command("history", "--out", tmp_path)
    assert (status, "kupffer refresh" in said) == (1, True)
    status, said = outputs_command("compact", "--out", tmp_path)
    assert (status, "kupffer refresh" in said) == (1, True)
    status, said = outputs_command("history", "--out", tmp_path / "none")
    assert (status, "no such folder" in said) == (2, True)


def test_compact_takes_a_folder_of_an_older_version_over(tmp_path, document):
    with Writer(tmp_path) as writer:
        writer.add(document, [], [])
    (tmp_path / "manifest.json").unlink()
    assert outputs_command("compact", "--out", tmp_path)[0] == 0
    with open_outputs(tmp_path) as opened:
        assert opened.run is not None
        assert opened.rows("documents") == len(pd.read_parquet(tmp_path / "documents")) == 1
