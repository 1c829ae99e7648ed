from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from flows import refresh as module
from flows.report import Report
from pipeline.store import TABLES, read_table
from pipeline.terminal import Terminal
from tests.conftest import COMMAND, POISON
from tests.flows.texts import SENTENCES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(9):
        (folder / f"t{number}.txt").write_text(SENTENCES[number % 3].format(number))
    (folder / "bad.txt").write_text(f"This is {POISON}, in words that look like any other words.")
    (folder / "empty.txt").write_text("")
    return folder


@pytest.fixture
def undecorated(plain, monkeypatch):
    """The flow with its decorators taken away."""
    monkeypatch.setattr(module, "extract_batch", module.extract_batch.fn)
    return module.refresh.fn


def dateless(outputs, table):
    data = read_table(outputs, table)
    return data.drop_columns([name for name in data.column_names if name == "at" or name.endswith("_at")])


def test_without_its_decorators_the_program_still_runs(undecorated, corpus, tmp_path):
    report = undecorated(corpus, tmp_path / "out")
    assert (report.documents, report.triples, len(report.failures)) == (9, 6, 2)
    assert report.written == {"documents": 9, "mentions": 15, "triples": 6, "failures": 2, "claims": 2}
    assert report.page == tmp_path / "out" / "report.html"
    assert "Kupffer cells" in report.page.read_text("utf-8")
    assert sorted(read_table(tmp_path / "out", "failures")["stage"].to_pylist()) == ["annotate", "read"]
    assert read_table(tmp_path / "out", "triples")["model_version"].to_pylist()[0] == "en_pipeline-0.0.0"


def test_two_runs_are_equal_whatever_the_batch(undecorated, corpus, tmp_path, monkeypatch):
    undecorated(corpus, tmp_path / "one")
    small = module.settings().model_copy(update={"batch_documents": 2})
    monkeypatch.setattr(module, "settings", lambda: small)
    undecorated(corpus, tmp_path / "two")
    for table in TABLES:
        assert dateless(tmp_path / "one", table).equals(dateless(tmp_path / "two", table))


def test_a_text_that_is_gone_is_gone_from_the_tables(undecorated, corpus, tmp_path):
    undecorated(corpus, tmp_path / "out")
    (corpus / "t0.txt").unlink()
    undecorated(corpus, tmp_path / "out")
    assert "t0" not in read_table(tmp_path / "out", "documents")["doc_id"].to_pylist()
    assert "t0" not in read_table(tmp_path / "out", "triples")["doc_id"].to_pylist()


def shown(report: Report, capsys) -> str:
    report.show(Terminal(file=sys.stdout, width=100))
    return " ".join(capsys.readouterr().out.split())


def test_the_page_shows_triples_counts_failures_and_places(undecorated, corpus, tmp_path, capsys):
    page = shown(undecorated(corpus, tmp_path / "out"), capsys)
    for part in (
        "6 of 6 triples, one a sentence",
        "Kupffer cells drive fibrosis, number 0, in the liver. [t0]",
        "neutrophils drives→ metastasis ←inhibits CSF1R blockade speculated 0.80",
        "read 9 documents",
        "annotate 15 mentions (CELL 6, MECHANISM 6, THERAPY 3)",
        "relate 6 triples (asserted 6, speculated 3, linked 0)",
        "left out annotate 1, read 1",
        "t1 1 1 1 1 0",
        "t2 0 0 0 0 0",
        "the parser choked",
        f"{tmp_path}/out/triples (6 rows)",
    ):
        assert part in page


def test_a_run_that_read_nothing_says_so(undecorated, corpus, tmp_path, capsys):
    undecorated(corpus, tmp_path / "out")
    for text in corpus.iterdir():
        text.unlink()
    report = undecorated(corpus, tmp_path / "out")
    assert (report.written, report.page) == (None, None)
    assert "were left as they were" in shown(report, capsys)
    assert read_table(tmp_path / "out", "documents").num_rows == 9


@pytest.fixture
def refresh(corpus, tmp_path):
    """`kupffer refresh` with the stand-in, in a process and a home of its own, and with nobody's Prefect."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    # A proxy that nothing listens on: whatever leaves this machine fails, and Prefect's own talk must not.
    proxy = "http://127.0.0.1:9"
    environment |= {"KUPFFER_RUNNER": "serial"}  # processes would not have the stand-in
    environment |= {"HOME": str(home), "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "http_proxy": proxy}
    command = [
        sys.executable,
        "-c",
        COMMAND,
        "refresh",
        "--corpus",
        str(corpus),
        "--out",
        str(tmp_path / "out"),
    ]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    return start


@pytest.mark.slow
def test_the_flow_runs_by_prefect_and_ends_without_a_mess(refresh, corpus, tmp_path):
    with refresh() as process:
        output = process.stdout.read()
    assert process.returncode == 0, output
    assert "Finished in state Completed" in output
    assert "6 of 6 triples, one a sentence" in output
    assert not [word for word in ("Traceback", "ERROR", "http://", "CancelledError") if word in output], (
        output
    )
    assert list((tmp_path / "home").iterdir()) == []
    assert read_table(tmp_path / "out", "triples").num_rows == 6
    prefect = tmp_path / "out" / ".prefect"
    assert "Traceback" not in (prefect / "server.log").read_text()
    with sqlite3.connect(prefect / "prefect.db") as database:
        runs = {
            table: database.execute(f"select state_name, count(*) from {table} group by 1").fetchall()
            for table in ("flow_run", "task_run")
        }
    database.close()
    assert runs == {"flow_run": [("Completed", 1)], "task_run": [("Completed", 1)]}

    # The server's database is there now, so a second run starts sooner: this one is interrupted.
    for number in range(3000):
        (corpus / f"more{number}.txt").write_text(SENTENCES[0].format(number) + " It was seen again.")
    lines = []
    with refresh() as process:
        for line in process.stdout:
            lines.append(line)
            if "batch 1 done" in line:
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130, lines
    assert lines[-1] == "Stopped before the end; tables were left as they were.\n"
    assert "Traceback" not in "".join(lines)
    assert read_table(tmp_path / "out", "triples").num_rows == 6
    assert not list((tmp_path / "out").glob(".writing-*"))
