"""The recipes of outputs/README.md run as they stand there; of those that cannot, names of columns and options hold."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from flows.artifacts import PAGE
from pipeline.claims import build_claims
from pipeline.cli import app
from pipeline.store import read_table
from tests.export.foreign import foreign
from tests.report.many import write_many

README = (Path(__file__).parents[2] / "outputs" / "README.md").read_text("utf-8")


def block(recipe: str, language: str) -> str:
    """The code of a recipe: the first block of a language after its name."""
    return re.search(rf"\*\*{recipe}\*\*.*?```{language}\n(.*?)```", README, re.S)[1]


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder with the tables and the exports that recipes read."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "outputs").mkdir()
    write_many(folder / "outputs", rows=40)
    triples, documents = (
        read_table(folder / "outputs", name).to_batches() for name in ("triples", "documents")
    )
    (folder / "outputs" / "claims").mkdir()
    claims = build_claims(triples, documents, now=datetime(2026, 1, 1, tzinfo=UTC))
    pq.write_table(claims, folder / "outputs" / "claims" / "part-00000.parquet")
    for format, name in (("kgx", "graph"), ("indra", "indra")):
        assert f"kupffer export --format {format} -o {name}" in README
        command = [
            "export",
            "--format",
            format,
            str(folder / "outputs"),
            "-o",
            str(folder / name),
            "--ungrounded",
        ]
        assert CliRunner().invoke(app, command).exit_code == 0
    return folder


def columns(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return set(next(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)))


def test_pandas_and_duckdb(here, monkeypatch, capsys):
    monkeypatch.chdir(here)
    exec(block("pandas", "python"), {})
    assert "Series" in capsys.readouterr().out
    assert len(duckdb.sql(block("DuckDB", "sql")).fetchall()) == 20
    assert PAGE in README


def test_neo4js_cypher_reads_columns_that_are_there(here):
    nodes, edges = (part for part in block("Neo4j", "cypher").split("LOAD CSV")[1:])
    for name, part in (("nodes.tsv", nodes), ("edges.tsv", edges)):
        assert f"file:///{name}" in part
        asked = set(re.findall(r"\brow\.(\w+)", part))
        assert asked and asked <= columns(here / "graph" / name)


def test_cytoscape_is_told_of_columns_that_are_there(here):
    said = README[README.index("**Cytoscape**") :].partition("```")[0]
    files = dict(re.findall(r"`graph/(\w+)\.tsv` with (.*?)[.;]", said, re.S))
    assert set(files) == {"edges", "nodes"}
    for name, words in files.items():
        asked = set(re.findall(r"`(\w+)`", words))
        assert asked and asked <= columns(here / "graph" / f"{name}.tsv")


def recipe(variable: str, packages: str, code: str, here: Path, tmp_path: Path):
    (tmp_path / "code.py").write_text(code, encoding="utf-8")
    return foreign(variable, packages, "recipe.py", tmp_path / "code.py", here)


@pytest.mark.slow
def test_networkx(here, tmp_path):
    made = recipe("KGX_PYTHON", "kgx (for networkx)", block("Cytoscape", "python"), here, tmp_path)
    lines = (here / "graph" / "edges.jsonl").read_text("utf-8").splitlines()
    written = {(edge["subject"], edge["object"], edge["id"]) for edge in map(json.loads, lines)}
    assert {tuple(edge) for edge in made["edges"]} == written and written
    assert (here / "graph.graphml").stat().st_size > 1000


@pytest.mark.slow
def test_indra(here, tmp_path):
    made = recipe("INDRA_PYTHON", "indra", block("INDRA", "python"), here, tmp_path)
    written = json.loads((here / "indra" / "statements.json").read_text("utf-8"))
    assert [[one["id"], len(one["evidence"])] for one in written] == [
        [uuid, rows] for uuid, _, rows in made["statements"]
    ]
    assert all(0 < belief < 1 for _, belief, _ in made["statements"])


@pytest.mark.slow
def test_kgx_has_the_options_for_neo4j():
    (command,) = re.findall(r"^kgx (\S+) (.*)$", block("Neo4j", "sh"), re.M)
    known = foreign("KGX_PYTHON", "kgx and biolink-model", "kgx_options.py", command[0])
    assert set(re.findall(r"--[\w-]+", command[1])) <= set(known)
