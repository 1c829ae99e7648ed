"""How a command ends: its exit status, and one sentence where something outside the texts went wrong."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pipeline.records import Failure

OK, NOTHING_READ, WRONG_USAGE, INTERRUPTED, CLOSED_PIPE = 0, 1, 2, 130, 141
_STOPPED = "Stopped before the end; tables were left as they were."


def tell(sentence: str) -> None:
    """One sentence on stderr."""
    print(sentence, file=sys.stderr, flush=True)


def complain(failure: Failure) -> None:
    """One sentence on stderr that names the file, after whatever is on stdout already."""
    sys.stdout.flush()
    name = failure.path or failure.doc_id or ""
    named = name in failure.message or Path(name).name in failure.message
    tell(failure.message if named else f"{name}: {failure.message}")


@contextmanager
def orderly() -> Iterator[None]:
    """What may go wrong outside the texts, as one sentence and an exit status in place of a traceback."""
    from pydantic import ValidationError

    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(CLOSED_PIPE) from None
    except KeyboardInterrupt:
        tell(_STOPPED)
        raise typer.Exit(INTERRUPTED) from None
    except ValidationError as error:
        wrong = error.errors()[0]
        tell(f"KUPFFER_{'_'.join(map(str, wrong['loc'])).upper()}: {wrong['msg']}; correct this setting.")
        raise typer.Exit(WRONG_USAGE) from None
    except OSError as error:
        tell(_about(error))
        raise typer.Exit(NOTHING_READ) from None
    except Exception as error:
        if not _is_about_the_folder(error):
            raise
        tell(str(error))
        raise typer.Exit(NOTHING_READ) from None


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process itself while the block only reads.

    DuckDB listens for it, but of five interrupts of a long query one or two left it asleep for ever.
    """

    def end(*_: object) -> None:
        with suppress(OSError):
            os.write(2, f"{_STOPPED}\n".encode())
        os._exit(INTERRUPTED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _about(error: OSError) -> str:
    """What the system refused, as a sentence with the cure."""
    if error.errno == errno.ENOSPC:
        return "The disk is full; tables were left as they were: make room, or write to another with --out."
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{error.filename} is a file, not a folder: name another with --out."
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}; write to a folder that is yours with --out."
    return str(error)


def _is_about_the_folder(error: Exception) -> bool:
    if "pipeline.store" not in sys.modules:
        return False
    from pipeline.store import Busy, SchemaError

    return isinstance(error, Busy | SchemaError)


def status(documents: int, failures: int, strict: bool) -> int:
    """The exit status of a command that read ``documents`` texts and left out ``failures``."""
    return NOTHING_READ if documents == 0 or (strict and failures) else OK
