from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import Settings
from pipeline.store import Writer, open_outputs
from pipeline.views import QueryError, query
from tests.claims.test_release import SAYS, extracted, refresh

OTHER = extracted("o1", "neutrophils drive metastasis under imatinib.", license="CC BY 4.0", year=2020)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("query") / "out"
    refresh(folder, [*SAYS, OTHER])
    return folder


def ask(folder, sql):
    with open_outputs(folder) as tables, query(tables, sql) as answer:
        return answer.columns, list(answer.rows)


def kupffer(*arguments, **more):
    return CliRunner().invoke(app, ["query", *map(str, arguments)], **more)


def test_every_table_is_a_view_of_the_current_run(outputs):
    with open_outputs(outputs) as tables:
        for name in ("documents", "mentions", "triples", "failures", "claims"):
            _, rows = ask(outputs, f"SELECT * FROM {name}")
            assert [tuple(row.values()) for row in tables.table(name).to_pylist()] == rows


def test_joins_and_what_analysts_write(outputs):
    columns, rows = ask(
        outputs,
        "SELECT d.year, list(cell_text ORDER BY cell_text) AS cells, count(*) FROM triples JOIN documents d "
        "USING (doc_id) WHERE confidence > 0.5 GROUP BY d.year ORDER BY d.year NULLS LAST",
    )
    assert columns == ("year", "cells", "count_star()")
    assert rows == [(2020, ["neutrophils"], 1), (None, ["Kupffer cells"] * 4, 4)]
    _, rows = ask(outputs, "PIVOT triples ON cell_role USING count(*) GROUP BY mechanism_text ORDER BY ALL")
    assert rows == [("fibrosis", 4), ("metastasis", 1)]
    _, rows = ask(
        outputs, "SELECT count(*) FROM claims, unnest(evidence) e(id) JOIN triples ON triple_id = e.id"
    )
    assert rows == [(5,)]
    assert ask(outputs, "DESCRIBE triples")[1][0][:2] == ("triple_id", "VARCHAR")
    assert ask(outputs, "SELECT 1 AS a, 2 AS a, 3 AS a_2;") == (("a", "a_2", "a_2_2"), [(1, 2, 3)])


def test_times_are_utc_whatever_the_machine(outputs, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    _, ((hour, utc),) = ask(
        outputs, "SELECT hour(extracted_at), hour(extracted_at AT TIME ZONE 'UTC') FROM triples LIMIT 1"
    )
    assert hour == utc


def test_tables_of_extract_have_claims_too(tmp_path):
    with Writer(tmp_path) as writer:
        writer.add(*OTHER)
    assert ask(tmp_path, "SELECT paper_count, therapy_text FROM Claims")[1] == [(1, "imatinib")]
    assert ask(tmp_path, "SELECT count(*) FROM failures")[1] == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT content FROM read_text('{secret}')",
        "SELECT content FROM read_blob('{secret}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM parquet_metadata('{secret}')",
        "SELECT * FROM read_json_auto('{secret}')",
        "SELECT * FROM sniff_csv('{secret}')",
        "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
        "SELECT * FROM query_table('{secret}')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{secret}'')'))",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT getenv('HOME')",
        "SELECT * FROM outputs",  # a Python variable
        "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_path = '{folder}/log')",
        "COPY triples TO '{folder}/stolen.csv'",
        "EXPLAIN ANALYZE COPY triples TO '{folder}/stolen.csv'",
        "EXPORT DATABASE '{folder}/all'",
        "ATTACH '{folder}/new.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
        "CALL duckdb_tables()",
        "CREATE TABLE x AS SELECT 1",
        "DROP VIEW triples",
        "DELETE FROM triples",
        "WITH gone AS (DELETE FROM triples RETURNING *) SELECT * FROM gone",
        "SELECT 1; SELECT 2",
        "",
        " -- nothing",
    ],
)
def test_nothing_but_questions_on_the_tables(outputs, tmp_path, sql):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nhidden\n")
    before = sorted(tmp_path.rglob("*"))
    done = kupffer(sql.format(secret=secret, folder=tmp_path), outputs)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith(".\n")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT nam FROM claims", 'Referenced column "nam" not found in FROM clause; candidate bindings: '),
        (
            "SELECT * FROM triplets",
            "the tables are documents, mentions, triples, failures, claims, corrections.",
        ),
        ("SELEC 1", 'Syntax error at or near "SELEC"; '),
        ("SELECT year + 'x' FROM documents", "; `kupffer query` alone shows the columns and their types."),
        ("SELECT cell_text::INTEGER FROM triples", "Could not convert string 'Kupffer cells'"),
        ("SELECT * FROM '/etc/passwd'", "Table with name /etc/passwd does not exist; the tables are "),
    ],
)
def test_what_is_wrong_is_one_sentence(outputs, sql, sentence):
    with pytest.raises(QueryError) as caught:
        ask(outputs, sql)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_json_and_csv(outputs):
    sql = (
        "SELECT doc_id, [1, 2] AS l, {'a': 'nan'::DOUBLE} AS s, '=1+1' AS f, DATE '2020-02-03' AS d "
        "FROM documents LIMIT 1"
    )
    (line,) = kupffer(sql, outputs, "--format", "json").stdout.splitlines()
    assert json.loads(line) == {"doc_id": "d0", "l": [1, 2], "s": {"a": None}, "f": "=1+1", "d": "2020-02-03"}
    (row,) = csv.DictReader(io.StringIO(kupffer(sql, outputs, "--format", "csv").stdout))
    assert row == {"doc_id": "d0", "l": "1; 2", "s": '{"a": null}', "f": "'=1+1", "d": "2020-02-03"}


def test_a_table_shows_no_more_than_a_screen_is_good_for(outputs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = kupffer("SELECT range AS n, repeat('word ', 200) AS long FROM range(1000)", outputs)
    assert done.stderr == "Only the first 200 rows are shown; --format csv or json gives all.\n"
    assert "…" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    done = kupffer("SELECT '[bold]x[/bold]' AS \"[red]a\"", outputs)
    assert done.stdout.split() == ["[red]a", "[bold]x[/bold]"]


def test_without_a_query_it_says_what_there_is(outputs, monkeypatch):
    monkeypatch.setattr("pipeline.settings.settings", lambda: Settings(outputs=outputs))
    lines = CliRunner().invoke(app, ["query", "--format", "json"]).stdout.splitlines()
    (years,) = (row for row in map(json.loads, lines) if row["column"] == "years")
    assert (years["table"], years["rows"], years["type"]) == ("claims", 2, "list<element: int32 not null>")
    assert years["what it is"].startswith("years of publication")


def test_standard_input_and_missing_tables(outputs, tmp_path):
    assert kupffer("-", outputs, "--format", "csv", input="SELECT 7 AS n").stdout == "n\n7\n"
    done = kupffer("SELECT 1", tmp_path / "nowhere")
    assert done.exit_code == 1
    assert "kupffer refresh" in done.stderr


def test_ctrl_c_ends_a_long_query(outputs):
    sql = "SELECT max(hash(a.range, b.range)) FROM range(1000000) a, range(1000000) b"
    command = [sys.executable, "-m", "pipeline.cli", "query", sql, str(outputs)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(4)
        assert process.poll() is None
        os.kill(process.pid, signal.SIGINT)
        try:
            _, err = process.communicate(timeout=20)
        finally:
            process.kill()  # one that does not end is not waited for
    assert (process.returncode, err.count("\n")) == (130, 1)
