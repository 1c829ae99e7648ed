"""Batches on Dask, by prefect-dask: a cluster of this machine, or one that is there already.

What a worker is given is the plain work and not a Prefect task: a task would ask Prefect's API from there, and the
server that a refresh starts for itself listens on 127.0.0.1. So the task waits in the flow, and workers need
nothing but Kupffer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from flows.runners import Ahead, Items, Results, Runner, Work

_ANSWER_SECONDS = 30


class _Dask(Ahead):
    def __init__(self, work: Work, client: Any) -> None:
        from distributed import KilledWorker

        super().__init__(max(1, len(client.scheduler_info(n_workers=-1)["workers"])))
        self._work, self._client = work, client
        self._started: WeakSet[Any] = WeakSet()
        self.ended = KilledWorker

    def start(self, batch: Items) -> Future[Results]:
        # Not pure: Dask would hash every text to find equal calls.
        future = self._client.submit(self._work, batch, pure=False)
        self._started.add(future)
        return future

    def again(self, batch: Items) -> Results:
        # Dask blames a death on all that its worker had before it: alone, there is only one to blame.
        for future in [*self._started]:
            future.exception()  # waits
        return self.start(batch).result()


@contextmanager
def on_dask(work: Work, workers: int, address: str | None) -> Iterator[Runner]:
    """As `flows.runners.runner`, which calls it."""
    try:
        import dask
        from prefect_dask import DaskTaskRunner
    except ImportError:
        raise ImportError(
            "Dask is not installed; install it with `pip install 'kupffer[dask]'`, "
            "or choose the runner serial or processes."
        ) from None
    # Each worker's coming and going is no news, nor is a dashboard that there is not.
    logging.getLogger("distributed").setLevel(logging.ERROR)
    logging.getLogger("prefect.task_runner.dask").setLevel(logging.WARNING)
    if address is not None:
        with DaskTaskRunner(address=address, client_kwargs={"timeout": _ANSWER_SECONDS}) as there:
            yield _Dask(work, _connected(there, address))
        return
    local = {
        "n_workers": workers,
        "threads_per_worker": 1,
        "processes": True,
        "dashboard_address": None,
        "memory_limit": 0,
        "silence_logs": logging.ERROR,
    }
    quiet = {"distributed.scheduler.allowed-failures": 1, "logging.distributed": "error"}
    with dask.config.set(quiet), DaskTaskRunner(cluster_kwargs=local) as here:
        yield _Dask(work, here.client)


def _connected(there: Any, address: str) -> Any:
    try:
        client = there.client
    except (OSError, ValueError) as error:
        raise OSError(
            f"No Dask scheduler answers at {address}; start it, or correct KUPFFER_DASK_ADDRESS ({error})."
        ) from None
    if not client.scheduler_info(n_workers=-1)["workers"]:
        raise OSError(
            f"The Dask scheduler at {address} has no workers; start some (`dask worker {address}`) where Kupffer "
            "is installed."
        )
    return client
