"""A document's share of time: work that takes more of the processor than it may is broken off.

Counted is the processor's time, not the clock's, so that what is given up does not depend on what else the machine
does. Native code that never comes back to Python cannot be broken off: the runners in processes (`flows.runners`)
outlive even its death.
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN = 1.0
"""Seconds after which the interruption is repeated, where something on the way took it for its own trouble."""


class Overtime(BaseException):
    """The time is up. No Exception, lest a library that forgives any trouble goes on with this one."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `Overtime` in the block once it has taken ``seconds`` of the processor; blocks may be nested.

    >>> with within(60):
    ...     sum(range(10))
    45
    """
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        with _by_signal(seconds):
            yield
    else:
        with _by_watch(seconds):
            yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    """In the main thread of a POSIX system: seconds of all threads of the process, by its profiling timer."""
    over = False

    def ring(number: int, frame: FrameType | None) -> None:
        if not over:
            raise Overtime

    before = signal.signal(signal.SIGPROF, ring)
    outer = signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
    began = time.process_time()
    try:
        yield
    finally:
        over = True
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if outer[0]:  # the block around this one goes on counting
            left = outer[0] - (time.process_time() - began)
            signal.setitimer(signal.ITIMER_PROF, max(left, 1e-3), AGAIN)


@contextmanager
def _by_watch(seconds: float) -> Iterator[None]:
    """In any other thread: a second thread looks at its time, and interrupts it where it runs Python."""
    ident = threading.get_ident()
    clock = time.pthread_getcpuclockid(ident) if hasattr(time, "pthread_getcpuclockid") else None
    lock, ended = threading.Lock(), threading.Event()

    def spent() -> float:
        return time.clock_gettime(clock) if clock is not None else time.monotonic()

    began = spent()

    def watch() -> None:
        wait = max(seconds, 1e-3)
        while not ended.wait(min(wait, AGAIN)):
            wait = seconds - (spent() - began)
            if wait > 0:
                continue
            with lock:
                if not ended.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(ident), ctypes.py_object(Overtime)
                    )
            wait = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        _end(lock, ended)


def _end(lock: threading.Lock, ended: threading.Event) -> None:
    """Stop the watch; what it sent in this last moment comes to nothing, for the work is done."""
    while not ended.is_set():
        try:
            with lock:
                ended.set()
        except Overtime:
            continue
