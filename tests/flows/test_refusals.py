"""`kupffer refresh` where the folder or the disk does not let it, and in a folder of an older Kupffer."""

from __future__ import annotations

import os
import re
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from flows import refresh as module
from pipeline import cli
from pipeline.store import TABLES, open_outputs
from tests.flows.texts import SENTENCES

PLACES = ((".runs/*", ".parquet"), (".", "/*.parquet"))  # of a table's file, and of its fixed name


@pytest.fixture
def kupffer(plain, monkeypatch, tmp_path):
    """The command with the stand-in and without Prefect, on ten texts that were refreshed once."""
    monkeypatch.setattr(module, "extract_batch", module.extract_batch.fn)
    monkeypatch.setattr(module, "refresh", module.refresh.fn)
    monkeypatch.setattr(module, "prefect_server", lambda *_, **__: nullcontext())
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KUPFFER_RUNNER", "serial")
    (tmp_path / "corpus").mkdir()
    for number in range(10):
        (tmp_path / "corpus" / f"t{number}.txt").write_text(SENTENCES[number % 3].format(number))

    def refresh():
        places = ["--corpus", str(tmp_path / "corpus"), "--out", str(tmp_path / "out")]
        return CliRunner().invoke(cli.app, ["refresh", *places])

    assert refresh().exit_code == 0
    (tmp_path / "corpus" / "new.txt").write_text(SENTENCES[0].format("new"))
    return refresh


def tables(outputs: Path):
    with open_outputs(outputs) as opened:
        return {
            name: [
                {
                    column: value
                    for column, value in row.items()
                    if column != "at" and not column.endswith("_at")
                }
                for row in opened.table(name).to_pylist()
            ]
            for name in TABLES
        }


def test_a_folder_that_may_not_be_written_is_one_sentence(kupffer, tmp_path, monkeypatch):
    before, opened = tables(tmp_path / "out"), os.open

    def refused(path, flags, *more, **others):
        if flags & (os.O_WRONLY | os.O_RDWR) and Path(os.fsdecode(path)).is_relative_to(tmp_path / "out"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, *more, **others)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refused)
        result = kupffer()
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith(
        "Permission denied; write to a folder that is yours with --out."
    )
    assert str(tmp_path / "out") in result.stderr and "Traceback" not in result.output
    assert tables(tmp_path / "out") == before


@pytest.mark.parametrize("full", ["write_table", "write"])
def test_a_full_disk_is_one_sentence_and_the_old_tables_stay(kupffer, tmp_path, monkeypatch, full):
    before = tables(tmp_path / "out")

    def no_room(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if full == "write_table":
            patch.setattr("pyarrow.parquet.ParquetWriter.write_table", no_room)
        else:
            patch.setattr("pipeline.store.commit.write_manifest", no_room)
        result = kupffer()
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(
        "The disk is full; tables were left as they were: make room"
    )
    assert tables(tmp_path / "out") == before
    assert not list((tmp_path / "out").glob(".writing-*"))
    assert kupffer().exit_code == 0
    assert len(tables(tmp_path / "out")["documents"]) == 11


def test_a_disk_that_is_full_from_the_start_is_told_before_prefect_meets_it(kupffer, tmp_path, monkeypatch):
    before = tables(tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(module, "disk_usage", lambda path: SimpleNamespace(free=300_000))
        patch.setattr(module, "prefect_server", lambda *_, **__: pytest.fail("a server was started"))
        result = kupffer()
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("The disk is full; tables were left as they were")
    assert tables(tmp_path / "out") == before


def test_what_prefect_says_of_a_full_disk_does_not_hide_that_it_is_full(kupffer, tmp_path, monkeypatch):
    before = tables(tmp_path / "out")

    def no_room(*_, **__):
        try:
            raise OSError(28, "No space left on device")
        except OSError:
            raise RuntimeError("Server error '500 Internal Server Error'")  # noqa: B904 (as Prefect does it)

    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.ParquetWriter.write_table", no_room)
        result = kupffer()
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("The disk is full; tables were left as they were")
    assert tables(tmp_path / "out") == before


def test_tables_of_an_older_schema_are_brought_up_to_date(kupffer, tmp_path):
    before = tables(tmp_path / "out")
    (run,) = (tmp_path / "out").glob(".runs/*/manifest.json")
    manifest = run.read_text()
    for table in TABLES:
        file, shown = (next((tmp_path / "out").glob(f"{place}/{table}*{end}")) for place, end in PLACES)
        data, size = pq.read_table(file, partitioning=None), file.stat().st_size
        file.unlink()
        pq.write_table(data.replace_schema_metadata(data.schema.metadata | {b"schema_version": b"0"}), file)
        shown.unlink()
        shown.hardlink_to(file)
        manifest = re.sub(
            rf"({table}\.parquet[^}}]*?\"bytes\": ?){size}", rf"\g<1>{file.stat().st_size}", manifest
        )
    for file in (run, tmp_path / "out" / "manifest.json"):
        file.write_text(manifest)
    (tmp_path / "corpus" / "new.txt").unlink()
    result = kupffer()
    assert result.exit_code == 0, result.output
    assert "10 unchanged; 0 processed" in " ".join(result.stdout.split())
    assert tables(tmp_path / "out") == before
    for table, schema in TABLES.items():
        (file,) = (tmp_path / "out" / table).glob("*.parquet")
        assert pq.read_schema(file).equals(schema, check_metadata=True)
