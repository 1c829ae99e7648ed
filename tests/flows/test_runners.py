from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows import runners as module
from flows.refresh import refresh
from flows.runners import early, runner
from pipeline import extraction
from pipeline.records import Document
from pipeline.runner_names import Runner
from pipeline.settings import Settings
from pipeline.store import TABLES, Batch, read_table
from tests.flows.works import deadly, loading, named, stored_places, threads

ROOT = Path(__file__).parents[2]
TEXTS = [
    "Kupffer cells drive fibrosis in the injured liver.",
    "CSF1R blockade may reduce the metastasis that neutrophils seed.",
    "Anti-PD-1 antibodies restored T cell exhaustion. Regulatory T cells suppress inflammation.",
    "The mice were weighed once a week.",
    "Clodronate liposomes deplete macrophages and attenuate angiogenesis.",
]
needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("prefect_dask") is None, reason="the extra kupffer[dask] is not installed"
)


def batches(*texts_of_each, path="x.txt"):
    made = 0
    for texts in texts_of_each:
        yield Batch(
            Document(doc_id=f"d{made + number}", text=text, source=path) for number, text in enumerate(texts)
        )
        made += len(texts)


def test_serial_is_lazy_in_order_and_here():
    taken = []
    work = lambda batch, model, lexicon: [*batch, model, lexicon]  # noqa: E731
    with runner(work=work, model="m", lexicon=Path("l")) as pool:
        results = pool.map(taken.append(n) or [n] for n in range(9))
        assert next(results) == [0, "m", Path("l")]
        assert taken == [0]
        assert [first for first, *_ in results] == [*range(1, 9)]


def test_processes_are_in_order_and_never_more_than_two_batches_a_worker_ahead():
    taken = []
    with runner("processes", workers=1, work=named) as pool:
        results = pool.map(taken.append(n) or batch for n, batch in enumerate(batches(*[["a"]] * 7)))
        got = []
        for number, result in enumerate(results, start=1):
            got += result
            assert len(taken) - number <= 2
        assert got == [f"d{n}" for n in range(7)]


@pytest.mark.parametrize("stored", [(), ((b"shard", (0,)),)])
def test_little_work_is_done_here_and_more_by_processes(monkeypatch, stored):
    class Pool:
        def submit(self, work, batch):
            return SimpleNamespace(result=lambda: ["elsewhere"])

        def shutdown(self, **_):
            pass

    monkeypatch.setattr(module, "_pool", lambda workers: Pool())

    def done(characters):
        made = [*batches(["a" * 100], ["a" * (characters - 101)], ["a"])]
        for batch in made:
            batch.stored = stored
        with runner("processes", workers=2, work=named, few=1000) as pool:
            return [*pool.map(made)]

    enough = 8000 if stored else 1000
    assert done(enough - 1) == [["d0"], ["d1"], ["d2"]]
    assert done(enough) == [["elsewhere"]] * 3


def sleepy(batch, model, lexicon):
    print("asleep", flush=True)
    time.sleep(60)


INTERRUPTED = """
from flows.runners import runner
from tests.flows.test_runners import batches, sleepy
if __name__ == "__main__":
    try:
        with runner("processes", workers=2, work=sleepy) as pool:
            list(pool.map(batches(["a"], ["b"])))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_ctrl_c_ends_the_workers_at_once_and_without_a_word(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(INTERRUPTED)
    with subprocess.Popen(
        [sys.executable, str(program)], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "asleep\n"
        assert process.stdout.readline() == "asleep\n"
        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to all of them
        said, wrong = process.communicate(timeout=50)
    assert (said, wrong) == ("interrupted\n", "")
    assert time.monotonic() - begun < 30


def test_a_worker_loads_the_model_once():
    with runner("processes", workers=2, work=loading) as pool:
        results = [result for (result,) in pool.map(batches(*[["a"]] * 8))]
    assert {count for _, count in results} == {1}
    assert os.getpid() not in {process for process, _ in results}


def test_workers_that_were_started_early_are_taken(monkeypatch):
    with early() as start:
        start(1, os.getpid)
        (pool,) = module._early
        with monkeypatch.context() as patch, runner("processes", workers=1, work=threads) as workers:
            patch.setattr(module, "_pool", lambda workers: pytest.fail("others were started"))
            ((_, process),) = workers.map(batches(["a"]))
            assert int(process) in pool._processes
        assert not module._early
        start(1, os.getpid)
        (unused,) = module._early
    assert not module._early
    with pytest.raises(RuntimeError, match="after shutdown"):
        unused.submit(os.getpid)


@pytest.mark.parametrize(
    ("versions", "name", "few", "done"),
    [
        ({}, "processes", 0, []),
        ({"relate": "old"}, "processes", 0, ["start", False]),
        ({"relate": "old"}, "processes", 10**9, [False]),
        ({"relate": "old"}, "serial", 0, [False]),
        ({"relate": "old"}, "dask", 0, []),
        ({"annotate": "old"}, "processes", 0, ["start", True]),
    ],
)
def test_what_all_texts_will_want_is_loaded_before_the_run(tmp_path, monkeypatch, versions, name, few, done):
    from flows import refresh as flow

    known = {**flow._versions(None, None).as_dict(), **versions}
    manifest = SimpleNamespace(versions=known, tables={"documents": SimpleNamespace(bytes=1000)})
    monkeypatch.setattr(flow, "read_manifest", lambda _: manifest)
    monkeypatch.setattr(flow, "settings", lambda: Settings(few_characters=few))
    monkeypatch.setattr(extraction, "prepare", lambda *_, texts: did.append(texts))
    did: list[object] = []

    def start(workers, ready):
        did.append("start")
        ready()

    flow._prepare(tmp_path, None, None, Runner(name), 2, start)
    assert did == done


def test_processes_on_all_cores_are_the_default(tmp_path, monkeypatch):
    from flows import refresh as flow

    asked = []

    @contextmanager
    def noted(name, **how):
        asked.append((str(name), how["workers"], how["few"]))
        yield SimpleNamespace(submit=lambda batches: iter(()))

    monkeypatch.setattr(flow, "workers_of", noted)
    monkeypatch.setattr(flow, "settings", lambda: Settings())
    (tmp_path / "corpus").mkdir()
    refresh.fn(tmp_path / "corpus", tmp_path / "out")
    assert asked == [("processes", None, 250_000)]  # None: one for each core
    cores = SimpleNamespace(sched_getaffinity=lambda _: {0, 2, 5}, cpu_count=lambda: 64)
    monkeypatch.setattr(module, "os", cores)
    assert module._cores() == 3


def test_a_worker_has_one_thread():
    with runner("processes", workers=1, work=threads) as pool:
        ((count, process),) = pool.map(batches(["a"]))
    assert count == "1"
    assert process != os.getpid()


def test_a_text_that_kills_every_worker_is_a_failure_and_costs_the_others_nothing():
    with runner("processes", workers=2, work=deadly) as pool:
        results = [*pool.map(batches(["a"], ["b", "kill", "c"], ["d"], ["e"], ["f"], ["g"]))]
    assert [len(result) for result in results] == [1, 3, 1, 1, 1, 1]
    flat = [one for result in results for one in result]
    failure = flat.pop(2)
    assert flat == ["d0", "d1", "d3", "d4", "d5", "d6", "d7"]
    assert (failure.doc_id, failure.path, failure.stage, failure.error) == (
        "d2",
        "x.txt",
        "annotate",
        "WorkerDied",
    )
    assert "died three times" in failure.message


def test_a_batch_whose_worker_died_by_chance_is_done_at_the_second_try(tmp_path):
    with runner("processes", workers=1, work=deadly) as pool:
        assert [*pool.map(batches(["a", f"once {tmp_path / 'mark'}"]))] == [["d0", "d1"]]


def test_single_documents_keep_their_own_stored_annotation():
    batch = Batch([Document(doc_id=name, text=name) for name in "abc"])
    batch.stored = ((b"one", (4, 7)), (b"two", (0,)))
    with runner("processes", workers=1, work=stored_places) as pool:
        (results,) = pool.map([batch])
    assert results == [("a", ((b"one", (4,)),)), ("b", ((b"one", (7,)),)), ("c", ((b"two", (0,)),))]


def test_wrong_names_and_numbers_are_told():
    with pytest.raises(ValueError, match="'cluster'; choose serial, processes or dask"), runner("cluster"):
        pass
    with pytest.raises(ValueError, match="give 1 or more"), runner("processes", workers=0):
        pass


def test_without_dask_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "prefect_dask", None)
    with pytest.raises(ImportError, match=r"pip install 'kupffer\[dask\]'"), runner("dask", workers=1):
        pass


def together(batch, model, lexicon):
    """How many calls are at work in this process at once."""
    running.append(1)
    time.sleep(0.05)
    most = len(running)
    running.pop()
    return [(most, os.getpid())]


running: list[int] = []


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A Dask scheduler and two workers that were started by somebody else, as the commands do it."""
    folder = tmp_path_factory.mktemp("dask")
    told = folder / "scheduler.json"
    dask, environment = Path(sys.executable).with_name("dask"), os.environ.copy()
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])

    def start(*command):
        return subprocess.Popen(
            [dask, *command, "--scheduler-file", told, "--no-dashboard"],
            cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    started = [start("scheduler", "--host", "127.0.0.1", "--port", "0")]
    try:
        started.append(start("worker", "--nworkers", "2", "--nthreads", "2", "--host", "127.0.0.1"))
        client = _client(told)
        client.wait_for_workers(2, timeout=120)
        yield client.scheduler.address
        client.close()
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


def _client(told):
    from distributed import Client

    give_up = time.monotonic() + 60
    while not told.exists() and time.monotonic() < give_up:
        time.sleep(0.2)
    return Client(scheduler_file=str(told), set_as_default=False)


@needs_dask
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_workers_of_somebody_elses_dask_are_used_one_text_at_a_time(outside):
    with runner("dask", address=outside, work=together) as pool:
        results = [result for (result,) in pool.map(batches(*[["a"]] * 12))]
    assert {most for most, _ in results} == {1}
    assert len({process for _, process in results}) == 2
    assert os.getpid() not in {process for _, process in results}


@needs_dask
@pytest.mark.filterwarnings("ignore")
def test_a_dask_that_does_not_answer_is_named(monkeypatch):
    from flows import cluster

    monkeypatch.setattr(cluster, "_ANSWER_SECONDS", 1)
    with (
        pytest.raises(OSError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9; start it"),
        runner("dask", address="tcp://127.0.0.1:9"),
    ):
        pass


@needs_dask
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_dask_gives_the_same_and_survives_a_deadly_text():
    with runner("dask", workers=2, work=deadly) as pool:
        results = [*pool.map(batches(["a"], ["b", "kill"], ["c"]))]
    assert results[0] == ["d0"]
    assert results[1][0] == "d1"
    assert results[1][1].error == "WorkerDied"
    assert results[2] == ["d3"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    ["processes", pytest.param("dask", marks=needs_dask), pytest.param("address", marks=needs_dask)],
)
def test_equal_tables_from_each(name, tmp_path, monkeypatch, request):
    from flows import refresh as module

    monkeypatch.setattr(module, "extract_batch", module.extract_batch.fn)
    address = request.getfixturevalue("outside") if name == "address" else None
    changes = {"batch_documents": 2, "few_characters": 0, "dask_address": address}
    small = module.settings().model_copy(update=changes)
    monkeypatch.setattr(module, "settings", lambda: small)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, text in enumerate(TEXTS):
        (corpus / f"t{number}.txt").write_text(text)
    for one in ("serial", name):
        report = refresh.fn(
            corpus, tmp_path / one, runner=Runner("dask" if one == "address" else one), workers=2
        )
        assert report.documents == len(TEXTS)
        assert report.triples
    for table in (*TABLES, "claims"):
        mine, theirs = (read_table(tmp_path / one, table) for one in ("serial", name))
        times = ("at", "first_seen", "last_seen")
        names = [column for column in mine.column_names if column not in times and not column.endswith("_at")]
        assert mine.select(names).equals(theirs.select(names))
