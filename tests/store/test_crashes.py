"""Stopped at any write, rename or fsync, a run leaves the last run's tables or its own, and the next run is clean."""

from __future__ import annotations

import errno
import multiprocessing
import shutil
from pathlib import Path

import pytest

from pipeline.store.manifest import read_manifest
from tests.store.small_runs import (
    KILLED,
    counted,
    followed,
    killed_refresh,
    pictures,
    plain,
    read_for_ever,
    refresh,
)


@pytest.fixture(scope="module")
def processes():
    """Processes that start in milliseconds: one that has all imported is forked for each."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.small_runs", "spacy.lang.en", "pipeline.store"])
    return context


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    return runs(tmp_path_factory)


def runs(tmp_path_factory, **how):
    """The tables of uninterrupted runs."""
    tables = {}
    for corpus in ("one", "two"):
        outputs = tmp_path_factory.mktemp(corpus)
        refresh(outputs, corpus, **how)
        tables[corpus] = followed(outputs)
        assert plain(outputs) == tables[corpus]
        assert tables[corpus]["claims"]
    assert tables["one"] != tables["two"]
    return tables


def assert_clean(outputs: Path) -> None:
    """Nothing is there but the kept runs, the fixed names and what the next run needs."""
    manifest = read_manifest(outputs)
    assert {folder.name for folder in (outputs / ".runs").iterdir()} == set(manifest.history)
    assert not [path for path in outputs.rglob("*") if path.name.endswith((".new", ".link", ".jsonl"))]
    assert not list(outputs.glob(".writing-*"))
    for table, item in manifest.tables.items():
        assert [path.name for path in (outputs / table).iterdir()] == ["part-00000.parquet"]
        assert (outputs / item.file).samefile(outputs / table / "part-00000.parquet")
    assert (outputs / "runs" / f"{manifest.run}.json").is_file()


def stop_at(processes, outputs, corpus, number):
    process = processes.Process(target=killed_refresh, args=(str(outputs), corpus, number))
    process.start()
    process.join(60)
    assert process.exitcode in (0, KILLED), process.exitcode
    return process.exitcode == KILLED


@pytest.mark.slow
def test_a_run_that_is_stopped_anywhere_is_as_if_it_had_not_been_or_had_ended(tmp_path_factory, tmp_path):
    wanted = runs(tmp_path_factory, whole=True)
    outputs = tmp_path / "out"
    refresh(outputs, "one", whole=True)
    left = pictures(outputs, "two", tmp_path, whole=True)
    outcomes = []
    for picture in left:
        found = followed(picture)
        outcomes.append("two" if found == wanted["two"] else "one")
        assert found == wanted[outcomes[-1]], picture.name
        for table, rows in plain(picture).items():
            assert rows in (wanted["one"][table], wanted["two"][table]), f"{picture.name}: {table}"
        refresh(picture, "two", whole=True)
        assert followed(picture) == wanted["two"], picture.name
        assert_clean(picture)
        shutil.rmtree(picture)
    # One point parts the old from the new, and there were many on both sides of it.
    assert outcomes == sorted(outcomes)
    assert len(left) > 40
    assert min(outcomes.count("one"), outcomes.count("two")) > 5


@pytest.mark.slow
def test_a_first_run_that_is_stopped_anywhere_leaves_nothing_or_all(wanted, tmp_path):
    left = pictures(tmp_path / "out", "one", tmp_path)
    for picture in left:
        assert not picture.exists() or followed(picture) in ({}, wanted["one"]), picture.name
        refresh(picture, "one")
        assert followed(picture) == wanted["one"], picture.name
        assert_clean(picture)
    assert len(left) > 30


@pytest.mark.slow
def test_whoever_reads_while_runs_are_killed_has_one_run_whole(processes, wanted, tmp_path):
    refresh(tmp_path, "one")
    stop, wrong, rounds = processes.Event(), processes.SimpleQueue(), processes.Value("i", 0)
    reader = processes.Process(target=read_for_ever, args=(str(tmp_path), wanted, stop, wrong, rounds))
    reader.start()
    killed = 0
    for number in range(5, 150, 12):
        killed += stop_at(processes, tmp_path, "two", number)
        assert followed(tmp_path) in wanted.values(), f"point {number}"
        for corpus in ("two", "one"):
            refresh(tmp_path, corpus)
            assert followed(tmp_path) == plain(tmp_path) == wanted[corpus], f"point {number}"
            assert_clean(tmp_path)
    stop.set()
    reader.join(60)
    assert wrong.empty(), wrong.get()
    assert rounds.value > 10
    assert killed > 5


def test_a_full_disk_leaves_the_last_run_wherever_it_is_met(wanted, tmp_path):
    refresh(tmp_path, "one")
    number, points, refused = 0, [], 0
    while number <= len(points):
        number += 1

        def at(count, number=number):
            if count == number:
                raise OSError(errno.ENOSPC, "no", str(tmp_path))

        with counted(at) as points:
            try:
                refresh(tmp_path, "two")
            except OSError as error:
                assert error.errno == errno.ENOSPC
                refused += 1
                expected = "one"
            else:
                expected = "two"  # what was refused was only tidying
        assert followed(tmp_path) == wanted[expected], f"point {number}: {points[-1]}"
        if expected == "two" or number % 4 == 0:
            assert plain(tmp_path) == wanted[expected], f"point {number}: {points[-1]}"
        if expected == "two" or number % 8 == 0:  # the others leave to the next what they could not tidy
            refresh(tmp_path, "one")
            assert followed(tmp_path) == wanted["one"]
            assert_clean(tmp_path)
    assert refused > 40
