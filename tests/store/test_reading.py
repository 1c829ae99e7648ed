from __future__ import annotations

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.store import TABLES, SchemaError, Writer, read_table
from pipeline.store.reading import migrated


def rewrite(file, metadata):
    """Change a table as a version without a manifest would have written it."""
    outputs = file.parents[1]
    (outputs / "manifest.json").unlink(missing_ok=True)
    shutil.rmtree(outputs / ".runs", ignore_errors=True)
    table = pq.read_table(file)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, **metadata}), file)


@pytest.fixture
def outputs(tmp_path, document, mentions, triples):
    with Writer(tmp_path) as writer:
        writer.add(document, mentions, triples)
    return tmp_path


def test_what_was_written_is_read(outputs, document):
    assert read_table(outputs, "documents")["text"].to_pylist() == [document.text]
    assert read_table(str(outputs), "triples").schema.equals(TABLES["triples"], check_metadata=True)


def test_a_missing_table_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="kupffer refresh"):
        read_table(tmp_path, "triples")


@pytest.mark.parametrize("act", ["read", "write"])
def test_a_newer_schema_is_refused_by_name(outputs, act):
    rewrite(outputs / "triples" / "part-00000.parquet", {b"schema_version": b"2"})
    with pytest.raises(SchemaError, match=r"part-00000\.parquet: written by a newer Kupffer \(schema 2"):
        if act == "read":
            read_table(outputs, "triples")
        else:
            with Writer(outputs):
                pass


def test_a_damaged_file_is_named(outputs):
    (outputs / "mentions" / "part-00000.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(SchemaError, match=r"mentions\.parquet: damaged .* rollback"):
        read_table(outputs, "mentions")
    (outputs / "manifest.json").unlink()
    with pytest.raises(SchemaError, match=r"mentions.part-00000\.parquet"):
        read_table(outputs, "mentions")


def test_an_older_table_is_brought_up_to_date_step_by_step():
    today = pa.schema([("a", pa.int32()), ("c", pa.string())], metadata={"schema_version": "3"})
    steps = {
        ("t", 1): lambda data: data.append_column("b", pa.array(["x"] * data.num_rows)),
        ("t", 2): lambda data: data.rename_columns(["a", "c"]),
    }
    old = pa.table({"a": [7]})
    assert migrated(old, "t", 1, today, steps).to_pylist() == [{"a": 7, "c": "x"}]
    assert migrated(pa.table({"c": ["y"], "a": [8]}), "t", 3, today, steps).to_pylist() == [
        {"a": 8, "c": "y"}
    ]
