"""The campaign sees what it is for, and its inputs can be made again."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.records import Document, Failure, Section
from tests.fuzz import promises
from tests.fuzz.bombs import GIANTS
from tests.fuzz.campaign import Worker
from tests.fuzz.inputs import PIPELINE, READERS, make
from tests.fuzz.rows import Limits, Row
from tests.fuzz.tried import Chunk, Part, Tried

ROOT = Path(__file__).parents[2]
TEXT = "Kupffer cells drive fibrosis."


@pytest.mark.parametrize("target", [READERS, PIPELINE])
def test_inputs_come_from_seed_and_number_alone(target: str):
    code = (
        "import sys, hashlib; from tests.fuzz.inputs import make; one = make(3, sys.argv[1], 41); "
        "print(one.kind, hashlib.sha256(one.data).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, target], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(said) == 1
    assert make(3, target, 41) != make(4, target, 41)


def test_many_kinds_are_tried():
    kinds = {make(0, READERS, number).kind for number in range(300)}
    assert {
        "random bytes",
        "random words",
        "JATS, mutated",
        "MEDLINE, mutated",
        "BioC XML, mutated",
        "PubTator",
    } <= kinds


@pytest.mark.parametrize(
    "wrong",
    [
        Document("a/b", TEXT),
        Document("..", TEXT),
        Document("a", " "),
        Document("a", "cafe\u0301"),
        Document("a", "bell \x07"),
        Document("a", TEXT, (Section("text", 0, 99),)),
        Document("a", TEXT, (Section("text", 5, 9), Section("text", 8, 12))),
    ],
)
def test_a_broken_promise_is_seen(wrong: Document):
    promises.document(Document("a", TEXT, (Section("text", 0, 29),)))
    with pytest.raises(promises.Broken):
        promises.document(wrong)


def test_failures_are_one_sentence_and_nets_are_told_apart():
    fine = Failure(None, "a.txt", "read", "empty", "a.txt is empty: give a file with text.")
    promises.failure(fine)
    with pytest.raises(promises.Broken):
        promises.failure(replace(fine, message="Traceback\n  File"))
    caught = replace(fine, stage="annotate", error="KeyError")
    assert promises.nets([fine, caught]) == [caught.message]


def test_wrong_offsets_are_seen():
    mention = {"doc_id": "a", "start": 0, "end": 13, "text": "Kupffer cells", "type": "CELL"}
    promises.tables({"a": TEXT}, [mention], [])
    with pytest.raises(promises.Broken, match="wrong offset"):
        promises.tables({"a": TEXT}, [mention | {"start": 1}], [])


def test_limits_are_kept():
    fine = {"seconds": 1.0, "memory": 100.0}
    for result, word in (
        (fine, None),
        (fine | {"seconds": 61.0}, "hang"),
        (fine | {"memory": 1300.0}, "memory"),
        (fine | {"crash": "Traceback"}, "crash"),
        (fine | {"nets": ["x"]}, "net"),
    ):
        assert Row().add(result, Limits()) == word


def test_a_worker_tries_inputs_and_may_die():
    worker = Worker(0, READERS, None, Limits())
    try:
        results = [worker.try_one(number) for number in range(12)]
        assert not [result["crash"] for result in results if result["crash"]]
        assert any(result["documents"] for result in results)
        assert worker._process is not None
        worker._process.kill()
        assert "died" in worker.try_one(12)["crash"]
        assert worker.try_one(13)["crash"] is None
    finally:
        worker.close()


def test_what_was_tried_is_not_tried_again(tmp_path: Path):
    part, other = Part(0, READERS, "r"), Part(1, READERS, "r")
    tried = Tried(tmp_path / "tried.jsonl")
    row = Row(tried=100, documents=7, slowest=1.5, memory=90.0)
    for first in (0, 200):
        tried.add(Chunk(part, first, 100, "code", {"text": row}, {"crash: x": 1}))
    with (tmp_path / "tried.jsonl").open("a") as out:
        out.write('{"part": {"se')  # a run that was killed while it wrote
    again = Tried(tmp_path / "tried.jsonl")
    assert list(again.numbers(part, 0, 350)) == [range(100, 200), range(300, 350)]
    assert list(again.numbers(other, 0, 100)) == [range(0, 100)]
    assert again.rows()["readers: text"] == Row(tried=200, documents=14, slowest=1.5, memory=90.0)
    assert again.finds() == {"crash: x": 2} and again.by_code() == {"code": {READERS: 200}}


def test_giants_are_made(tmp_path: Path):
    for group, name in (
        ("XML", "laughs"),
        ("tables", "ids"),
        ("folders", "loops"),
        ("folders", "names"),
        ("PDF", "laughs"),
    ):
        (tmp_path / group / name).mkdir(parents=True)
        GIANTS[group][name](tmp_path / group / name)
        assert list((tmp_path / group / name).iterdir())


def test_the_command_prints_a_table(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        "--only",
        READERS,
        "--count",
        "30",
        "--workers",
        "1",
        "--out",
        tmp_path,
    ]
    unread = {
        "PYTHONPYCACHEPREFIX": str(tmp_path / "pycache"),
        "PYTHONDONTWRITEBYTECODE": "",
    }  # as a fresh clone
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **unread}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "crashes" in done.stdout and "30 on readers" in done.stdout
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "30 on readers" in again.stdout and len((tmp_path / "tried.jsonl").read_text().splitlines()) == 1
