from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipeline import __version__, cli
from pipeline.records import Failure
from pipeline.store import TABLES, Writer, read_table
from tests.conftest import COMMAND, POISON

TEXT = "Kupffer cells drive fibrosis. CSF1R blockade may not reduce metastasis."
ROOT = Path(__file__).parents[1]


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (folder / "b.txt").write_text("In the liver, macrophages cause exhaustion of what is around them.")
    return folder


@pytest.fixture
def kupffer(plain):
    def call(*arguments: object, stdin: str | None = None):
        return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], input=stdin)

    return call


def test_the_table_shows_document_sentence_slots_roles_and_flags(kupffer, corpus):
    result = kupffer("extract", corpus)
    assert result.exit_code == 0
    shown = " ".join(result.stdout.split())
    for part in (
        "a cell mechanism therapy conf",
        "Kupffer cells drive fibrosis.",
        "Kupffer cells drives→ fibrosis 0.80",
        "metastasis ←inhibits CSF1R negated 0.80 blockade speculated",
        "macrophages drives→ exhaustion 0.80",
    ):
        assert part in shown
    assert result.stderr == "2 documents, 3 triples.\n"


def test_a_document_without_triples_says_what_it_names(kupffer, tmp_path):
    (tmp_path / "c.txt").write_text("Kupffer cells and neutrophils were counted in the liver of these mice.")
    result = kupffer("extract", tmp_path / "c.txt")
    assert result.exit_code == 0
    assert "no triples; named are cells 2, mechanisms 0, therapies 0" in " ".join(result.stdout.split())


def test_json_is_one_triple_a_line_in_the_tables_columns(kupffer, corpus):
    result = kupffer("extract", corpus, "--format", "json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(rows) == 3
    assert list(rows[0]) == TABLES["triples"].names
    assert TEXT[rows[0]["cell_start"] : rows[0]["cell_end"]] == "Kupffer cells"
    assert rows[0]["rules"] == ["test"]


def test_csv_gives_back_what_was_read(kupffer, tmp_path):
    (tmp_path / "q.txt").write_text('The "Kupffer cells", it is said; drive fibrosis – IFN-γ, too.')
    result = kupffer("extract", tmp_path / "q.txt", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert list(row) == TABLES["triples"].names
    assert row["sentence"] == 'The "Kupffer cells", it is said; drive fibrosis – IFN-γ, too.'
    assert row["therapy_text"] == ""


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_csv_runs_nothing_in_a_spreadsheet(kupffer, tmp_path, sign):
    sentence = f'{sign}cmd|" /C calc" in Kupffer cells and the fibrosis of the liver.'
    (tmp_path / "evil.txt").write_text(sentence)
    result = kupffer("extract", tmp_path / "evil.txt", "--format", "csv")
    for row in csv.DictReader(io.StringIO(result.stdout)):
        assert all(value[:1] not in ("=", "+", "-", "@") for value in row.values())


def test_stdin_is_a_document(kupffer):
    result = kupffer("extract", "-", "--format", "json", stdin=TEXT)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2


def test_out_writes_the_tables(kupffer, corpus, tmp_path):
    result = kupffer("extract", corpus, "--out", tmp_path / "out")
    assert f"; tables in {tmp_path / 'out'}." in result.stderr
    assert read_table(tmp_path / "out", "triples").num_rows == 3
    assert read_table(tmp_path / "out", "documents")["doc_id"].to_pylist() == ["a", "b"]


def test_what_fails_is_one_sentence_and_a_row_and_the_rest_is_done(kupffer, corpus, tmp_path):
    (corpus / "bad.txt").write_text(f"This is {POISON}, in words that look like any other words.")
    missing = tmp_path / "missing.txt"
    result = kupffer("extract", corpus, missing, "--out", tmp_path / "out")
    assert result.exit_code == 0
    bad, lost, summary = sorted(
        result.stderr.splitlines(), key=lambda line: ("2 doc" in line, "missing" in line)
    )
    assert "bad" in bad
    assert "missing.txt" in lost
    assert summary.startswith("2 documents, 3 triples, 2 left out")
    stages = read_table(tmp_path / "out", "failures")["stage"].to_pylist()
    assert sorted(stages) == ["annotate", "read"]
    assert kupffer("extract", corpus, missing, "--strict").exit_code == 1


def test_nothing_read_is_status_1_and_leaves_the_tables(kupffer, corpus, tmp_path):
    kupffer("extract", corpus, "--out", tmp_path / "out")
    result = kupffer("extract", tmp_path / "missing", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "nothing was read, so the tables" in result.stderr
    assert read_table(tmp_path / "out", "documents").num_rows == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract"],
        ["extract", "x", "--format", "xml"],
        ["extract", "x", "--nonsense"],
        ["nonsense"],
        ["extract", "x", "--model", "en_absent"],
        ["refresh", "--corpus", "no/such/folder"],
        ["refresh", "--corpus", "tests", "--model", "en_absent"],
    ],
)
def test_wrong_usage_is_status_2_and_names_what_is_wrong(kupffer, arguments):
    result = kupffer(*arguments)
    assert result.exit_code == 2
    assert arguments[-1] in result.stderr or "PATH" in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_setting_is_status_2(kupffer, corpus, monkeypatch):
    from pipeline.settings import settings

    monkeypatch.setenv("KUPFFER_MAX_CHARACTERS", "many")
    settings.cache_clear()
    result = kupffer("extract", corpus)
    settings.cache_clear()
    assert result.exit_code == 2
    assert result.stderr.startswith("KUPFFER_MAX_CHARACTERS: ")


def test_a_folder_that_cannot_be_written_is_one_sentence(kupffer, corpus, tmp_path):
    (tmp_path / "out").write_text("in the way")
    result = kupffer("extract", corpus, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert str(tmp_path / "out") in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_full_disk_is_one_sentence_and_the_old_tables_stay(kupffer, corpus, tmp_path, monkeypatch):
    kupffer("extract", corpus, "--out", tmp_path / "out")
    before = (tmp_path / "out" / "triples" / "part-00000.parquet").read_bytes()

    def full(*_):
        raise OSError(28, "Error writing bytes to file. Detail: [errno 28] No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    result = kupffer("extract", corpus, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "disk is full" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (tmp_path / "out" / "triples" / "part-00000.parquet").read_bytes() == before


def test_a_folder_in_use_is_one_sentence(kupffer, corpus, tmp_path):
    with Writer(tmp_path / "out"):
        result = kupffer("extract", corpus, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "another run" in result.stderr


def test_ctrl_c_is_one_sentence_and_leaves_the_tables(kupffer, corpus, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.relate.triples_of", interrupted)
    result = kupffer("extract", corpus, "--out", tmp_path / "out")
    assert result.exit_code == 130
    assert result.stderr == "Stopped before the end; tables were left as they were.\n"
    assert not list((tmp_path / "out").rglob("*.parquet"))


def test_a_failure_names_its_file_once(capsys):
    cli.complain(Failure(None, "texts/a.pdf", "read", "NoText", "a.pdf: no text layer; run OCR on it."))
    cli.complain(Failure(None, "texts/b.xml", "read", "Broken", "broken XML in line 3; mend it."))
    assert capsys.readouterr().err.splitlines() == [
        "a.pdf: no text layer; run OCR on it.",
        "texts/b.xml: broken XML in line 3; mend it.",
    ]


def test_version(kupffer):
    assert kupffer("--version").stdout == f"kupffer {__version__}\n"


def test_the_model_card_is_shown(kupffer):
    folder = ROOT / "pipeline" / "annotate" / "model"
    if not any((folder / name).is_file() for name in ("CARD.md", "card.json")):
        assert kupffer("model").exit_code == 1
        return
    result = kupffer("model")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 10


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = typer.main.get_command(cli.app).commands
    assert set(commands) >= {"extract", "refresh", "model"}
    for name, command in commands.items():
        assert re.search(rf"`?kupffer {name}\b", readme), name
        assert command.help


@pytest.mark.parametrize("module", ["pipeline", "pipeline.cli"])
def test_importing_is_light(module):
    code = (
        f"import sys, {module}\n"
        "heavy = {'spacy', 'scispacy', 'pandas', 'pyarrow', 'prefect', 'numpy', 'lxml', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_extracting_needs_neither_prefect_nor_pandas(corpus):
    code = COMMAND.replace(
        "main()", "try:\n    main()\nfinally:\n    print({'prefect', 'pandas', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "extract", corpus], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_closed_pipe_is_no_news(corpus):
    for number in range(300):
        (corpus / f"more-{number}.txt").write_text(f"{TEXT} It was seen {number} times in the liver.")
    command = [sys.executable, "-c", COMMAND, "extract", corpus, "--format", "json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b'{"triple_id"')
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
