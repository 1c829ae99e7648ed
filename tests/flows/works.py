"""What workers are told to do in tests of the runners.

A module of its own: each worker process imports it anew, and Prefect with the tests' own module would take seconds.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from pipeline import extraction
from pipeline.records import Failure


def named(batch, model, lexicon):
    return [item if isinstance(item, Failure) else item.doc_id for item in batch]


def deadly(batch, model, lexicon):
    """Ends its process at the text "kill"; at "kill once FILE" only where FILE is not there yet."""
    for item in batch:
        if item.text == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if item.text.startswith("once "):
            mark = Path(item.text.removeprefix("once "))
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
    return named(batch, model, lexicon)


def threads(batch, model, lexicon):
    return [os.environ["OMP_NUM_THREADS"], os.getpid()]


def stored_places(batch, model, lexicon):
    if len(batch) > 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return [(batch[0].doc_id, batch.stored)]


def loading(batch, model, lexicon):
    """How often this process has loaded the model."""
    extraction.load = lambda *_, **__: loads.append(1)
    extraction.loaded(model, lexicon)
    return [(os.getpid(), len(loads))]


loads: list[int] = []
