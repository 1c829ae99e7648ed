from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.store import TABLES, Busy, SchemaError, Writer, describe, read_table
from pipeline.store import staged as staged_module


@pytest.fixture
def outputs(tmp_path, document, mentions, triples, failure):
    with Writer(tmp_path / "out", model_version="en_x-1.0") as writer:
        writer.add(document, mentions, triples)
        writer.fail(failure)
    assert writer.counts == {"documents": 1, "mentions": 5, "triples": 2, "failures": 1}
    return tmp_path / "out"


def everything(folder):
    """Names of the files that are no run's own."""
    return {p.name for p in folder.rglob("*") if p.is_file() and ".runs" not in p.parts} - {".lock"}


WHOLE = {"part-00000.parquet", "manifest.json"}


def test_pandas_reads_the_folder(outputs, document):
    triples = pd.read_parquet(outputs / "triples")
    assert list(triples["cell_id"]) == ["CL:0000091", None]
    assert list(triples["therapy_role"]) == [None, "inhibits"]
    assert list(triples["rules"][1]) == ["active", "verb-object"]
    assert set(triples["model_version"]) == {"en_x-1.0"}
    assert triples["extracted_at"].dt.tz is UTC or str(triples["extracted_at"].dt.tz) == "UTC"
    documents = pd.read_parquet(outputs / "documents")
    assert list(documents["authors"][0]) == ["Óskar Ax", "B. Bo"]
    assert documents["sections"][0][1] == {"name": "abstract", "start": 12, "end": len(document.text)}
    text = documents.set_index("doc_id")["text"]
    for row in pd.read_parquet(outputs / "mentions").itertuples():
        assert text[row.doc_id][row.start : row.end] == row.text


def test_duckdb_reads_and_joins_the_files(outputs):
    rows = duckdb.sql(
        f"select t.mechanism_text, m.type from read_parquet('{outputs}/triples/*.parquet') t "
        f"join read_parquet('{outputs}/mentions/*.parquet') m on m.doc_id = t.doc_id "
        "and m.start = t.mechanism_start and m.end = t.mechanism_end order by t.evidence_start"
    ).fetchall()
    assert rows == [("fibrosis", "MECHANISM"), ("fibrosis", "MECHANISM")]
    assert duckdb.sql(f"select path from read_parquet('{outputs}/failures/*.parquet')").fetchall() == [
        ("corpus/x.pdf",)
    ]


def test_polars_reads_the_folder(outputs):
    triples = pl.read_parquet(outputs / "triples")
    assert triples["confidence"].to_list() == [0.9, 0.712]
    assert pl.read_parquet(outputs / "documents")["sections"].dtype == pl.List(
        pl.Struct({"name": pl.String, "start": pl.Int32, "end": pl.Int32})
    )


def test_empty_tables_keep_their_schema(tmp_path):
    with Writer(tmp_path / "out"):
        pass
    for table, schema in TABLES.items():
        written = pq.read_schema(tmp_path / "out" / table / "part-00000.parquet")
        assert written.equals(schema, check_metadata=False)
        assert written.metadata[b"schema_version"] == b"1"
        assert written.metadata[b"kupffer_table"] == table.encode()
        assert list(pd.read_parquet(tmp_path / "out" / table).columns) == schema.names


def test_every_column_is_described_in_the_file_itself(outputs):
    for table, schema in TABLES.items():
        assert len(describe(table)) == len(schema)
        for field in pq.read_schema(outputs / table / "part-00000.parquet"):
            assert len(field.metadata[b"description"]) > 10


def test_two_runs_give_equal_tables(outputs, tmp_path, document, mentions, triples, failure):
    with Writer(tmp_path / "again", model_version="en_x-1.0") as writer:
        writer.fail(failure)
        writer.add(document, mentions[::-1], triples[::-1])
    for table in TABLES:
        first, second = read_table(outputs, table), read_table(tmp_path / "again", table)
        dated = [name for name in first.column_names if name == "at" or name.endswith("_at")]
        assert first.drop_columns(dated).equals(second.drop_columns(dated))


def test_only_whole_files_are_left(outputs):
    assert everything(outputs) == WHOLE


def test_a_run_that_breaks_leaves_the_old_tables(outputs, document):
    before = {path: path.read_bytes() for path in outputs.rglob("*.parquet")}
    with pytest.raises(RuntimeError, match="cut"), Writer(outputs) as writer:
        writer.add(replace(document, doc_id="202"), [], [])
        raise RuntimeError("cut")
    assert {path: path.read_bytes() for path in outputs.rglob("*.parquet")} == before
    assert everything(outputs) == WHOLE


def test_what_is_gone_from_the_corpus_is_gone_from_the_tables(outputs, document):
    stale = outputs / "documents" / "part-00007.parquet"
    stale.write_bytes((outputs / "documents" / "part-00000.parquet").read_bytes())
    with Writer(outputs) as writer:
        writer.add(replace(document, doc_id="202"), [], [])
    assert read_table(outputs, "documents")["doc_id"].to_pylist() == ["202"]
    assert read_table(outputs, "triples").num_rows == 0


def test_a_run_that_took_no_document_leaves_the_old_tables(outputs, failure):
    before = {path: path.read_bytes() for path in outputs.rglob("*.parquet")}
    with Writer(outputs) as writer:
        writer.fail(failure)
    assert not writer.replaced
    assert {path: path.read_bytes() for path in outputs.rglob("*.parquet")} == before


def test_the_first_run_is_written_even_when_it_only_failed(tmp_path, failure):
    for _ in range(2):
        with Writer(tmp_path) as writer:
            writer.fail(failure)
        assert writer.replaced
    assert read_table(tmp_path, "failures").num_rows == 1


def test_batches_are_written_out_while_the_run_goes_on(tmp_path, document, mentions, triples, monkeypatch):
    monkeypatch.setattr(staged_module, "_ROWS_IN_MEMORY", 10)
    with Writer(tmp_path) as writer:
        for number in range(50):
            writer.add(replace(document, doc_id=f"d{number:02}"), mentions, triples)
            assert all(len(table._rows) < 10 for table in writer._tables.values())
    ids = read_table(tmp_path, "mentions")["doc_id"].to_pylist()
    assert len(ids) == 250
    assert ids == sorted(ids)


def test_a_doc_id_comes_once(tmp_path, document):
    with pytest.raises(ValueError, match="101 was added twice"), Writer(tmp_path) as writer:
        writer.add(document, [], [])
        writer.add(document, [], [])


def test_a_null_where_the_contract_has_none_is_an_error(tmp_path, document):
    with pytest.raises(pa.ArrowInvalid, match="non-nullable"), Writer(tmp_path) as writer:
        writer.add(replace(document, doc_id=None), [], [])


def test_a_second_run_at_once_is_refused_and_the_first_goes_on(tmp_path, document):
    with Writer(tmp_path) as first:
        with pytest.raises(Busy, match=rf"process {os.getpid()}.*--out"), Writer(tmp_path):
            pass
        first.add(document, [], [])
    assert read_table(tmp_path, "documents").num_rows == 1


def test_a_killed_run_leaves_neither_a_lock_nor_a_broken_table(outputs, document):
    code = (
        "import os, signal, sys; from pipeline.store import Writer\n"
        f"with Writer({str(outputs)!r}): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert list(outputs.glob(".writing-*"))
    assert pd.read_parquet(outputs / "documents")["doc_id"].tolist() == ["101"]
    with Writer(outputs) as writer:
        writer.add(replace(document, doc_id="202"), [], [])
    assert everything(outputs) == WHOLE


def test_foreign_parquet_is_never_written_over(tmp_path):
    (tmp_path / "triples").mkdir()
    theirs = tmp_path / "triples" / "mine.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(theirs)
    with pytest.raises(SchemaError, match=r"mine\.parquet: not a table that Kupffer wrote"), Writer(tmp_path):
        pass
    assert pd.read_parquet(theirs)["x"].tolist() == [1]
    assert not list(tmp_path.glob(".writing-*"))


def test_a_file_where_the_folder_should_be_is_an_os_error(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OSError, match="out"), Writer(tmp_path / "out"):
        pass


@pytest.mark.parametrize("name", ["triples", ".writing-99"])
def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    victim, outputs = tmp_path / "victim", tmp_path / "outputs"
    victim.mkdir()
    outputs.mkdir()
    (outputs / name).symlink_to(victim, target_is_directory=True)
    with pytest.raises(SchemaError, match="is a link"), Writer(outputs):
        pass
    assert not list(victim.iterdir())
