"""How often a process looks through its objects for garbage, and gives memory back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from functools import lru_cache


def collect_rarely() -> None:
    """For processes that load a model: the command line, and each worker.

    Imports, model and lexicon make some million objects that stay: to look through them for garbage, as often as
    Python does by default, costs some 0.3 s of each start and finds nothing.
    """
    gc.set_threshold(100_000, 20, 20)


def give_back() -> None:
    """After each batch: what it freed goes back to the system, which takes some milliseconds.

    glibc keeps what lies below anything still in use: up to 80 MB, which come and go with the batches.
    """
    _trim()(0)


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], object]:
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
        return trim
    except (
        AttributeError,
        OSError,
        TypeError,
    ):  # another C library (musl, macOS), or none to be had (Windows)
        return lambda _: 0
