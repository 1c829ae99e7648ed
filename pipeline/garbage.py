"""How often a process looks through its objects for garbage."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """For processes that load a model: the command line, and each worker.

    Imports, model and lexicon make some million objects that stay: to look through them for garbage, as often as
    Python does by default, costs some 0.3 s of each start and finds nothing.
    """
    gc.set_threshold(100_000, 20, 20)
