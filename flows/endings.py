"""How a flow run that cannot go on looks on the terminal: one line, and the right exception."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def brief(*expected: type[BaseException]) -> Iterator[None]:
    """Show Ctrl-C and errors of the ``expected`` kinds without Prefect's tracebacks inside the block.

    Prefect logs every exception of a flow with its traceback, and an interrupt that comes while it sets up
    a task leaves it as a ValueError about the task. An interrupt leaves this block as KeyboardInterrupt,
    whatever Prefect made of it. Errors of other kinds are ours to mend, and keep their traceback.
    """
    interrupted = threading.Event()

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        signal.default_int_handler(number, frame)

    def shorten(record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        if kind is not None and (interrupted.is_set() or issubclass(kind, expected)):
            record.exc_info = record.exc_text = None  # another handler may have made the text of it already
        return True

    handlers = [*logging.getLogger("prefect").handlers, *logging.getLogger().handlers]
    for handler in handlers:
        handler.addFilter(shorten)
    before = None
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    except BaseException:
        if interrupted.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
        for handler in handlers:
            handler.removeFilter(shorten)
