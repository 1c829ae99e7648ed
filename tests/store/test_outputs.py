from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipeline
from pipeline.store import (
    DamagedError,
    SchemaError,
    Writer,
    kept_runs,
    open_outputs,
    read_manifest,
    rollback,
    table_schema,
)

CLAIMS = table_schema("claims", ("claim_id", pa.string(), False, "name of the claim"))


def write(outputs, document, *ids, **more):
    with Writer(outputs, **more) as writer:
        for doc_id in ids:
            writer.add(replace(document, doc_id=doc_id), [], [])
    return writer.run


def ids(outputs):
    with open_outputs(outputs) as opened:
        return opened.table("documents", ["doc_id"])["doc_id"].to_pylist()


def plain(outputs):
    return pd.read_parquet(outputs / "documents")["doc_id"].tolist()


def test_an_open_folder_stays_at_its_run(tmp_path, document):
    first = write(tmp_path, document, "1", keep=1)
    with pipeline.open_outputs(tmp_path) as opened:
        second = write(tmp_path, document, "2", "3", keep=1)
        assert opened.run == first
        assert opened.table("documents")["doc_id"].to_pylist() == ["1"]
        assert opened.rows("documents") == 1
    assert ids(tmp_path) == plain(tmp_path) == ["2", "3"]
    assert [folder.name for folder in (tmp_path / ".runs").iterdir()] == [second]


def test_batches_are_the_table(tmp_path, document):
    write(tmp_path, document, *map(str, range(9)))
    with open_outputs(tmp_path) as opened:
        batches = list(opened.batches("documents", ["doc_id", "year"], rows=4))
        assert [batch.num_rows for batch in batches] == [4, 4, 1]
        assert pa.Table.from_batches(batches).equals(opened.table("documents", ["doc_id", "year"]))
        assert opened.names == ("documents", "mentions", "triples", "failures")
        assert opened.has("triples")
        assert not opened.has("claims")
        with pytest.raises(FileNotFoundError, match="kupffer refresh"):
            opened.table("claims")


def test_a_folder_without_manifest_is_read_and_taken_over(tmp_path, document):
    write(tmp_path, document, "1")
    (tmp_path / "manifest.json").unlink()
    shutil.rmtree(tmp_path / ".runs")
    with open_outputs(tmp_path) as opened:
        assert opened.run is None
        assert opened.table("documents")["doc_id"].to_pylist() == ["1"]
    write(tmp_path, document, "2")
    assert ids(tmp_path) == plain(tmp_path) == ["2"]


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"format": 2}', '{"format": 1, "run": "../../etc"}'],
    ids=["empty", "cut", "newer", "out"],
)
def test_a_manifest_that_is_none_is_named_with_the_cure(tmp_path, document, text):
    write(tmp_path, document, "1")
    (tmp_path / "manifest.json").write_text(text)
    for act in (open_outputs, lambda folder: write(folder, document, "2")):
        with pytest.raises(SchemaError, match=r"manifest\.json: not a manifest .* move the file away"):
            act(tmp_path)
    assert plain(tmp_path) == ["1"]


def test_a_manifest_names_files_of_its_own_folder_only(tmp_path, document):
    write(tmp_path, document, "1")
    content = json.loads((tmp_path / "manifest.json").read_text())
    content["tables"]["documents"]["file"] = "../elsewhere/documents.parquet"
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(SchemaError, match="manifest"):
        open_outputs(tmp_path)


def test_a_run_whose_file_is_gone_says_so_and_is_made_anew(tmp_path, document):
    run = write(tmp_path, document, "1")
    (tmp_path / ".runs" / run / "triples.parquet").unlink()
    with pytest.raises(DamagedError, match=r"triples\.parquet.*rollback"):
        open_outputs(tmp_path)
    write(tmp_path, document, "2")
    assert ids(tmp_path) == ["2"]


def test_kept_runs_can_be_brought_back_and_forth(tmp_path, document):
    runs = [write(tmp_path, document, str(number), keep=3) for number in range(5)]
    assert [kept.run for kept in kept_runs(tmp_path)] == runs[:1:-1]
    rollback(tmp_path, runs[2])
    assert ids(tmp_path) == plain(tmp_path) == ["2"]
    assert [kept.run for kept in kept_runs(tmp_path)] == runs[:1:-1]
    rollback(tmp_path, runs[4])
    assert ids(tmp_path) == plain(tmp_path) == ["4"]
    with pytest.raises(KeyError):
        rollback(tmp_path, runs[0])


def test_the_run_that_was_brought_back_is_kept_by_the_next(tmp_path, document):
    runs = [write(tmp_path, document, str(number), keep=3) for number in range(3)]
    rollback(tmp_path, runs[0])
    newest = write(tmp_path, document, "9", keep=3)
    assert [kept.run for kept in kept_runs(tmp_path)] == [newest, runs[2], runs[0]]


def test_what_a_stage_adds_comes_and_goes_with_the_run(tmp_path, document):
    def stage(staged):
        with staged.tables as tables:
            names = tables.table("documents")["doc_id"].to_pylist()
        assert (staged.last.table("documents")["doc_id"].to_pylist() if staged.last else []) == before
        assert staged.write("claims", CLAIMS, ({"claim_id": f"claim:{name}"} for name in names)) == len(names)
        staged.report({"documents": len(names)})

    before = []
    first = write(tmp_path, document, "1", stage=stage)
    before = ["1"]
    second = write(tmp_path, document, "2", "3", stage=stage)
    with open_outputs(tmp_path) as opened:
        assert opened.table("claims")["claim_id"].to_pylist() == ["claim:2", "claim:3"]
    assert pd.read_parquet(tmp_path / "claims")["claim_id"].tolist() == ["claim:2", "claim:3"]
    reports = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "runs").iterdir()}
    assert reports == {first: {"documents": 1}, second: {"documents": 2}}

    corrections = tmp_path / "corrections" / "corrections.parquet"
    corrections.parent.mkdir()
    pq.write_table(pa.table({"triple_id": ["x"]}), corrections)
    write(tmp_path, document, "4")  # by a writer that makes no claims
    assert not list((tmp_path / "claims").iterdir())
    assert corrections.is_file()


def test_what_a_stage_refuses_leaves_the_last_run(tmp_path, document):
    def refuse(staged):
        staged.write("claims", CLAIMS, [])
        raise ValueError("too many fell away")

    run = write(tmp_path, document, "1")
    with pytest.raises(ValueError, match="too many"):
        write(tmp_path, document, "2", stage=refuse)
    assert ids(tmp_path) == plain(tmp_path) == ["1"]
    assert read_manifest(tmp_path).run == run
    assert [folder.name for folder in (tmp_path / ".runs").iterdir()] == [run]
    assert not list(tmp_path.glob(".writing-*"))


def test_without_hard_links_files_are_copied(tmp_path, document, monkeypatch):
    def no_links(source, target):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    write(tmp_path, document, "1")
    before = (tmp_path / "documents" / "part-00000.parquet").stat()
    with Writer(tmp_path) as writer:
        writer.discard()
    after = (
        tmp_path / "documents" / "part-00000.parquet"
    ).stat()  # known again by its times, but for that of reading
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )
    write(tmp_path, document, "2")
    assert ids(tmp_path) == plain(tmp_path) == ["2"]
