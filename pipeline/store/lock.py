"""One run at a time in an output folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_FILE = ".lock"


class Busy(RuntimeError):
    """Another run is writing the folder."""


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for this process, or raise `Busy`, which names the process that holds it.

    The lock is the kernel's (flock), so it is gone the moment its holder is, however it ended; the file
    stays, because removing it would let two processes lock two files of one name.
    """
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    if sys.platform == "win32":  # no flock there: the renames stay atomic, two runs are not told apart
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise Busy(
            f"{folder}: another run (process {holder}) is writing this folder; "
            "wait for it to end, or write to another with --out."
        ) from None
