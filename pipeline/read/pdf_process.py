"""PDFs are read in a process of their own: a few MB of PDF can unpack to more memory than a machine has.

The process is started at the first PDF of a thread and serves those that follow. Its memory is limited by the system
(``RLIMIT_AS``; macOS knows the limit and does not keep it), its time by the processor's clock, native code's too. What
it may not have ends in Trouble, and the one who asked lives on. Open files go to it over a Unix socket, answers come
back as JSON. Where there are no Unix sockets, PDFs are read in the process that asks.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.limits import Overtime, within
from pipeline.read.pdf_flow import Parts
from pipeline.read.trouble import Trouble

_LENGTH = struct.Struct("!Q")
_GRACE = 5  # seconds of processor after which the system ends what did not hear that its time is up
_LEAN = 256 << 20  # bytes; a process that has grown beyond is ended, lest the next PDF finds no room
_COMMAND = "import sys; sys.path[:] = {path!r}; from pipeline.read.pdf_process import serve; serve({fd})"
Answer = tuple[str | None, Parts]


def parts_apart(file: BinaryIO, max_characters: int, seconds: float, memory: int) -> Answer:
    """`pipeline.read.pdf.parts_of` in a process that may take ``seconds`` of processor and ``memory`` bytes.

    Raises:
        Trouble: what is wrong with the PDF, too much memory and a reader that dies of it among that.
        Overtime: its time is up.
    """
    if not (sys.executable and hasattr(socket, "send_fds")):
        from pipeline.read.pdf import parts_of

        return parts_of(file, max_characters)
    process = _of_this_thread()
    try:
        answer = process.ask(file, {"max_characters": max_characters, "seconds": seconds, "memory": memory})
    except BaseException:  # an interrupt too: what it would say later is no answer to the next question
        process.end()
        raise
    if not answer.get("more"):
        process.end()
    if "overtime" in answer:
        raise Overtime
    if "trouble" in answer:
        raise Trouble(*answer["trouble"])
    return answer["title"], [(name, paragraphs) for name, paragraphs in answer["parts"]]


class Process:
    """A process that reads PDFs; it ends with the one that started it, and with this object."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        path = [str(Path(place).absolute()) for place in sys.path if place]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _COMMAND.format(path=path, fd=theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._socket = ours
        self.owner = os.getpid()
        self.end = weakref.finalize(self, _end, self._process, ours, self.owner)

    def ask(self, file: BinaryIO, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question about an open file."""
        try:
            socket.send_fds(self._socket, [json.dumps(question).encode()], [file.fileno()])
            (length,) = _LENGTH.unpack(_received(self._socket, _LENGTH.size))
            return dict(json.loads(_received(self._socket, length)))
        except (EOFError, OSError):
            return self._died(question)

    def _died(self, question: dict[str, Any]) -> dict[str, Any]:
        status = self._process.wait()
        if status == -signal.SIGXCPU:
            return {"overtime": True}
        if status in (-signal.SIGKILL, -signal.SIGABRT):  # the system took it for its memory, or gave it none
            return {"trouble": too_large(question["memory"])}
        what = (
            f"ended the program that reads PDFs (status {status}), as damaged and very large ones do: repair it with "
            "qpdf or Ghostscript, or raise KUPFFER_PDF_MEMORY_BYTES if you trust it"
        )
        return {"trouble": ("broken", what)}


def too_large(memory: int) -> tuple[str, str]:
    """Code and words of the Trouble of a PDF that needs more than ``memory`` bytes."""
    return (
        "too-large",
        f"needs more than {memory >> 20:,} MB of memory to be read: split it (qpdf --split-pages), or raise "
        "KUPFFER_PDF_MEMORY_BYTES if you trust it",
    )


def _end(process: subprocess.Popen[bytes], connection: socket.socket, owner: int) -> None:
    connection.close()
    if os.getpid() == owner:  # not in a fork of it
        process.kill()
        process.wait()


class _Local(threading.local):
    process: Process | None = None


_local = _Local()


def _of_this_thread() -> Process:
    process = _local.process
    if process is None or process.owner != os.getpid() or not process.end.alive:
        _local.process = process = Process()
    return process


def _received(connection: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        chunk = connection.recv(min(length - len(data), 1 << 20))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


def serve(fd: int) -> None:
    """Answer questions until nobody is left to ask them. Runs in the process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever was interrupted ends this one
    with socket.socket(fileno=fd) as connection:
        while True:
            message, files, _, _ = socket.recv_fds(connection, 1 << 16, 1)
            if not message:
                return
            with os.fdopen(files[0], "rb") as file:
                answer = _answer(file, json.loads(message))
            answer["more"] = more = _memory() < _LEAN
            data = json.dumps(answer).encode()
            with suppress(BrokenPipeError):
                connection.sendall(_LENGTH.pack(len(data)) + data)
            if not more:
                return


def _answer(file: BinaryIO, question: dict[str, Any]) -> dict[str, Any]:
    from pipeline.read.pdf import parts_of

    _limit(question["seconds"], question["memory"])
    try:
        file.seek(0)
        with within(question["seconds"]):
            title, parts = parts_of(file, question["max_characters"])
    except Overtime:
        return {"overtime": True}
    except Trouble as trouble:
        return {"trouble": (trouble.error, trouble.what)}
    except MemoryError:
        return {"trouble": too_large(question["memory"])}
    return {"title": title, "parts": parts}


def _limit(seconds: float, memory: int) -> None:
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(time.process_time() + seconds) + _GRACE),
    ):
        with suppress(ValueError, OSError):  # a system without this limit, or with a lower one
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


def _memory() -> int:
    """Bytes that this process has taken at most."""
    try:
        # Not ru_maxrss, which on Linux begins at that of the process that started this one.
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) << 10
    except (OSError, IndexError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
