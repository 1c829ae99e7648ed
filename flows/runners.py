"""Where batches of documents are worked on: in this process, in processes of this machine, or on Dask.

    with runner("processes", workers=4) as pool:
        for results in pool.map(batches): ...

Each gives the same results in the same order, and takes batches only as it needs them: never more than two
for each worker are on their way, so that a corpus of any size passes through.

Little work is done in this process, whatever was asked for: it is over before others have loaded the model.

A worker that dies (killed for memory, a crash in native code) takes nothing with it: its batch is tried once
more elsewhere, then its documents one by one, and a document that ends its worker again is a failure row.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from pipeline import extraction
from pipeline.garbage import collect_rarely
from pipeline.records import Document, Failure
from pipeline.store import Batch

Items = Sequence[Document | Failure]
Results = list[Any]  # Extracted | Failure, and whatever else the work function gives
Work = Callable[[Items], Results]

# Two workers whose libraries each start a thread a core are slower than one; read when a process starts.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
)

STORED = 8  # as many times faster than texts are stored annotations done


class Runner(Protocol):
    """What `runner` gives."""

    def submit(self, batches: Iterable[Items]) -> Iterator[Callable[[], Results]]:
        """For each batch, in order, a function that waits for its results and gives them."""

    def map(self, batches: Iterable[Items]) -> Iterator[Results]:
        """The results of each batch, in order."""


@contextmanager
def runner(
    name: str = "serial",
    *,
    workers: int | None = None,
    address: str | None = None,
    model: str | None = None,
    lexicon: Path | None = None,
    work: Callable[..., Results] | None = None,
    few: int = 0,
) -> Iterator[Runner]:
    """Workers for the length of the block.

    Args:
        name: ``serial``, ``processes`` or ``dask``.
        workers: How many processes; one for each core when None. Nothing to ``serial`` or an ``address``.
        address: A Dask scheduler (``tcp://host:8786``) to use instead of a cluster on this machine.
        model: An installed scispaCy model, as in `pipeline.extraction.load`; each worker loads it once.
        lexicon: A TSV of terms, as there; workers read it from the same path.
        work: Called as ``work(batch, model, lexicon)``, importable by name; `pipeline.extraction.work_on`
            when None.
        few: Characters; less text than that starts no processes. (Stored annotations count an eighth.)

    Raises:
        ValueError: no runner of that name, or not a number of workers.
        ImportError: Dask is not installed.
        OSError: no Dask scheduler answers at ``address``, or it has no workers.
    """
    workers = workers if workers is not None else _cores()
    if workers < 1:
        raise ValueError(f"{workers} workers do nothing; give 1 or more.")
    whole: Work = partial(_call, work or extraction.work_on, model, lexicon)
    if name == "serial":
        yield _Serial(whole)
    elif name == "processes":
        with _one_thread_each(), _processes(whole, workers, few) as processes:
            yield processes
    elif name == "dask":
        from flows.cluster import on_dask

        with _one_thread_each(), on_dask(whole, workers, address) as cluster:
            yield cluster
    else:
        raise ValueError(f"no runner is called {name!r}; choose serial, processes or dask.")


# A Dask worker that somebody else started may have several threads, and they may not share a model.
_alone = threading.Lock()


def _call(work: Callable[..., Results], model: str | None, lexicon: Path | None, batch: Items) -> Results:
    with _alone:
        return work(batch, model, lexicon)


class _Mapping(ABC):
    @abstractmethod
    def submit(self, batches: Iterable[Items]) -> Iterator[Callable[[], Results]]:
        """For each batch, in order, a call that waits for its results."""

    def map(self, batches: Iterable[Items]) -> Iterator[Results]:
        for wait in self.submit(batches):
            yield wait()


class _Serial(_Mapping):
    def __init__(self, work: Work) -> None:
        self._work = work

    def submit(self, batches: Iterable[Items]) -> Iterator[Callable[[], Results]]:
        for batch in batches:
            yield partial(self._work, batch)


class Ahead(_Mapping):
    """Starts batches ahead of the one that is waited for; ``ended`` is what a dead worker raises."""

    ended: type[BaseException]

    def __init__(self, workers: int) -> None:
        self._in_flight = 2 * workers

    @abstractmethod
    def start(self, batch: Items) -> Future[Results]:
        """Begin a batch in some worker."""

    @abstractmethod
    def again(self, batch: Items) -> Results:
        """One more try, where no other batch can be hurt or be to blame."""

    def submit(self, batches: Iterable[Items]) -> Iterator[Callable[[], Results]]:
        started: deque[Callable[[], Results]] = deque()
        for batch in batches:
            started.append(partial(self._wait, batch, self.start(batch)))
            if len(started) == self._in_flight:
                yield started.popleft()
        while started:
            yield started.popleft()

    def _wait(self, batch: Items, future: Future[Results]) -> Results:
        try:
            return future.result()
        except self.ended:
            pass
        try:
            return self.again(batch)
        except self.ended:
            return [result for single in _singles(batch) for result in self._single(single)]

    def _single(self, batch: Items) -> Results:
        (item,) = batch
        try:
            return self.again(batch)
        except self.ended:
            return [_killed(item)] if isinstance(item, Document) else [item]


class _Processes(Ahead):
    ended = BrokenProcessPool

    def __init__(self, work: Work, workers: int, few: int) -> None:
        super().__init__(workers)
        self._work, self._workers, self._few = work, workers, few
        self._pool: ProcessPoolExecutor | None = None
        self._apart: ProcessPoolExecutor | None = None

    def submit(self, batches: Iterable[Items]) -> Iterator[Callable[[], Results]]:
        stream, first, weight = iter(batches), [], 0.0
        for batch in stream:
            first.append(batch)
            weight += _weight(batch)
            if weight >= self._few or _early:  # those wait already
                yield from super().submit(chain(first, stream))
                return
        yield from _Serial(self._work).submit(first)

    def start(self, batch: Items) -> Future[Results]:
        # A pool with a dead worker is dead as a whole, with every batch in it: those have their second try
        # apart, one after the other, so that none is blamed for another.
        if self._pool is None and _early:
            self._pool = _early.pop()
        if self._pool is not None:
            try:
                return self._pool.submit(self._work, batch)
            except BrokenProcessPool:
                self._pool.shutdown()
        self._pool = _pool(self._workers)
        return self._pool.submit(self._work, batch)

    def again(self, batch: Items) -> Results:
        if self._apart is None:
            self._apart = _pool(1)
        try:
            return self._apart.submit(self._work, batch).result()
        except BrokenProcessPool:
            self._apart.shutdown()
            self._apart = None
            raise

    def close(self, *, at_once: bool = False) -> None:
        for pool in filter(None, (self._pool, self._apart)):
            if at_once:  # a batch may take minutes, and nobody waits for it any more
                for process in [*(getattr(pool, "_processes", None) or {}).values()]:
                    process.kill()
            pool.shutdown(wait=at_once, cancel_futures=True)


@contextmanager
def early() -> Iterator[Callable[[int | None, Callable[[], object]], None]]:
    """A function that starts workers, with a first call for each, for the block's next runner of processes to take."""

    def start(workers: int | None, call: Callable[[], object]) -> None:
        workers = workers or _cores()
        with _one_thread_each():
            pool = _pool(workers)
            for _ in range(workers):
                pool.submit(call)
        _early.append(pool)

    try:
        yield start
    finally:
        while _early:
            _early.pop().shutdown(wait=False, cancel_futures=True)


_early: list[ProcessPoolExecutor] = []


@contextmanager
def _processes(work: Work, workers: int, few: int) -> Iterator[Runner]:
    processes = _Processes(work, workers, few)
    try:
        yield processes
    except BaseException:
        processes.close(at_once=True)
        raise
    processes.close()


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _weight(batch: Items) -> float:
    """The batch's characters, those of stored annotations by what is left to do for them."""
    characters = sum(len(item.text) for item in batch if isinstance(item, Document))
    return characters / STORED if getattr(batch, "stored", ()) else characters


def _pool(workers: int) -> ProcessPoolExecutor:
    # Fork would copy Prefect's threads' locks, some of them held.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Make ready a worker. Ctrl-C is the parent's, and it ends with it: left alone, it waits for work for ever."""
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    atexit.register(_leave)

    def end() -> None:
        if (parent := multiprocessing.parent_process()) is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def _leave() -> None:
    """End this process at once: to take a model to pieces costs a third of a second, and its memory goes anyway."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _singles(batch: Items) -> Iterator[Items]:
    """A batch as batches of one, each with its stored annotation."""
    places = [(shard, (place,)) for shard, some in getattr(batch, "stored", ()) for place in some]
    stored = iter(places)
    for item in batch:
        if isinstance(item, Document):
            single = Batch([item])
            if places:
                single.stored = (next(stored),)
            yield single
        else:
            yield [item]


def _killed(document: Document) -> Failure:
    return Failure(
        doc_id=document.doc_id,
        path=document.source,
        stage="annotate",
        error="WorkerDied",
        message=f"{document.doc_id}: the process that worked on this text died three times, mostly for want of "
        "memory, and it was left out; give it more memory, or run with --workers 1.",
    )


@contextmanager
def _one_thread_each() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
