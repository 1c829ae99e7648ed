"""The recipes of outputs/README.md run as they stand there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from flows.artifacts import PAGE
from pipeline.claims import build_claims
from pipeline.store import read_table
from tests.report.many import write_many

README = (Path(__file__).parents[2] / "outputs" / "README.md").read_text("utf-8")


def block(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", README, re.S)[1]


def test_pandas_and_duckdb(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "outputs"
    folder.mkdir()
    write_many(folder, rows=40)
    triples, documents = (read_table(folder, name).to_batches() for name in ("triples", "documents"))
    (folder / "claims").mkdir()
    claims = build_claims(triples, documents, now=datetime(2026, 1, 1, tzinfo=UTC))
    pq.write_table(claims, folder / "claims" / "part-00000.parquet")
    monkeypatch.chdir(tmp_path)
    exec(block("python"), {})
    assert "Series" in capsys.readouterr().out
    assert len(duckdb.sql(block("sql")).fetchall()) == 20
    assert PAGE in README
