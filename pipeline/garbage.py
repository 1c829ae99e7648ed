"""How often a process looks through its objects for garbage, and gives memory back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from functools import lru_cache
from itertools import count

_BATCHES = 16
_batches = count(1)


def collect_rarely() -> None:
    """For processes that load a model: the command line, and each worker.

    Imports, model and lexicon make some million objects that stay: to look through them for garbage, as often as
    Python does by default, costs some 0.3 s of each start and finds nothing.
    """
    gc.set_threshold(100_000, 20, 20)


def give_back_sometimes() -> None:
    """After each batch: what the batches before it freed goes back to the system, each `_BATCHES` times.

    glibc keeps what lies below anything still in use: some 50 MB after 2,000 abstracts, 80 after 14,000.
    """
    if next(_batches) % _BATCHES == 0:
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
