"""The campaign: numbers to workers, answers into a table, finds into a folder."""

from __future__ import annotations

import json
import os
import queue
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.inputs import make, real_files

MOST_FINDS = 200  # kept in full; a campaign that finds more has found one thing many times
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_CAUSE = re.compile(r"[\d'\"].*")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an input may take: seconds of processor, and MB of memory."""

    seconds: float = 60.0
    memory: float = 1200.0


@dataclass
class Row:
    """One line of the table: what came of the inputs of one kind."""

    tried: int = 0
    documents: int = 0
    triples: int = 0
    failures: int = 0
    nets: int = 0
    crashes: int = 0
    hangs: int = 0
    slowest: float = 0.0
    memory: float = 0.0

    def add(self, result: dict[str, Any], limits: Limits) -> str | None:
        """Count a result; a word for what is wrong with it, if anything is."""
        self.tried += 1
        for name in ("documents", "triples", "failures"):
            setattr(self, name, getattr(self, name) + result.get(name, 0))
        self.slowest = max(self.slowest, result["seconds"])
        self.memory = max(self.memory, result["memory"])
        if result.get("hang") or result["seconds"] > limits.seconds:
            self.hangs += 1
            return "hang"
        if result.get("crash"):
            self.crashes += 1
            return "crash"
        if result["memory"] > limits.memory:
            self.crashes += 1
            return "memory"
        if result.get("nets"):
            self.nets += 1
            return "net"
        return None


class Worker:
    """A process that tries inputs, started again when it was ended."""

    def __init__(self, seed: int, target: str, real: Path | None, limits: Limits) -> None:
        self._arguments = [str(seed), target]
        self._real = [str(real)] if real else []
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._sandbox = Path(tempfile.mkdtemp(prefix="kupffer-fuzz-"))
        self._buffer = b""

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [
                sys.executable,
                "-m",
                "tests.fuzz.worker",
                *self._arguments,
                str(self._sandbox / "box"),
                *self._real,
            ]
            environment = {
                **os.environ,
                "KUPFFER_MAX_SECONDS": str(self._limits.seconds),
                "OMP_NUM_THREADS": "1",
            }
            with (self._sandbox / "stderr").open("wb") as errors:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment
                )
            self._buffer = b""
        return self._process

    def try_one(self, number: int) -> dict[str, Any]:
        """The worker's answer, or what ended it."""
        process = self._start()
        assert process.stdin and process.stdout
        fresh = _usage(process.pid)[0] == 0
        with _ignored():
            process.stdin.write(b"%d\n" % number)
            process.stdin.flush()
        before, memory = _usage(process.pid)[0], 0.0
        # A worker that has just been started loads the model first; the machine may do other work beside it.
        grace = 120.0 if fresh or not self._buffer else 30.0
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([process.stdout], [], [], 0.5)
            if ready:
                data = os.read(process.stdout.fileno(), 1 << 16)
                if not data:
                    return self._ended(f"the process died with status {process.wait()}")
                self._buffer += data
                continue
            spent, now = _usage(process.pid)
            memory = max(memory, now)
            if spent - before > self._limits.seconds + grace:
                return self._ended("", hang=True, seconds=spent - before, memory=memory)
            if memory > 4 * self._limits.memory:
                return self._ended(f"{memory:,.0f} MB of memory", seconds=spent - before, memory=memory)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return dict(json.loads(line))

    def _ended(self, why: str, **more: Any) -> dict[str, Any]:
        said = (self._sandbox / "stderr").read_bytes()[-4000:].decode("utf-8", "replace")
        self.end()
        return {"seconds": 0.0, "memory": 0.0, "crash": f"{why}\n{said}" if why else None, **more}

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with _ignored():
                    if pipe is not None:
                        pipe.close()  # what was not sent has no reader any more
            self._process.wait()
            self._process = None
        shutil.rmtree(self._sandbox / "box", ignore_errors=True)

    def close(self) -> None:
        """End the process and remove its sandbox."""
        self.end()
        shutil.rmtree(self._sandbox, ignore_errors=True)


class _ignored:
    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, OSError)  # a dead worker is told by its empty answer


def _usage(pid: int) -> tuple[float, float]:
    """Seconds of processor and MB of memory that a process has taken so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * _PAGE / 2**20
    except (OSError, IndexError):
        return 0.0, 0.0


@dataclass
class Campaign:
    """Tries ``count`` inputs of a target for at most ``seconds``; `rows` and `finds` tell what came of it."""

    seed: int
    target: str
    out: Path
    limits: Limits
    real: Path | None = None
    rows: dict[str, Row] = field(default_factory=dict)
    finds: Counter[str] = field(default_factory=Counter)

    def run(self, first: int, count: int, seconds: float, workers: int) -> Iterator[int]:
        """Yield the number of inputs tried so far, now and then."""
        deadline = time.monotonic() + seconds
        numbers = iter(range(first, first + count))
        lock = threading.Lock()
        done: queue.Queue[tuple[int, dict[str, Any]] | None] = queue.Queue()

        def work() -> None:
            worker = Worker(self.seed, self.target, self.real, self.limits)
            try:
                while time.monotonic() < deadline:
                    with lock:
                        number = next(numbers, None)
                    if number is None:
                        return
                    done.put((number, worker.try_one(number)))
            finally:
                worker.close()
                done.put(None)

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        real = real_files(self.real)
        left, tried = len(threads), 0
        while left:
            answer = done.get()
            if answer is None:
                left -= 1
                continue
            number, result = answer
            tried += 1
            kind = result.get("kind") or make(self.seed, self.target, number, real).kind
            wrong = self.rows.setdefault(kind, Row()).add(result, self.limits)
            if wrong:
                self._keep(number, wrong, result, real)
            if tried % 200 == 0:
                yield tried
        yield tried

    def _keep(self, number: int, wrong: str, result: dict[str, Any], real: Any) -> None:
        why = (
            result.get("crash")
            or " ".join(result.get("nets", ()))
            or f"{result['seconds']:.0f} s, {result['memory']:.0f} MB"
        )
        self.finds[f"{wrong}: {_cause(why)}"] += 1
        if sum(self.finds.values()) > MOST_FINDS:
            return
        one = make(self.seed, self.target, number, real)
        folder = self.out / f"{wrong}-{self.target}-{self.seed}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / one.name).write_bytes(one.data)
        command = f"python -m tests.fuzz --again {self.target}:{number} --seed {self.seed}"
        command += f" --real {self.real}" if self.real else ""
        (folder / "why.txt").write_text(
            f"{one.kind}\n{command}\n\n{why}\n{result}\n", encoding="utf-8", errors="replace"
        )


def _cause(why: str) -> str:
    """The last line of a traceback without what differs from input to input."""
    lines = [line.strip() for line in why.strip().splitlines() if line.strip()]
    last = lines[-1] if lines else "no word"
    place = next((line for line in reversed(lines) if line.startswith("File ") and "/pipeline/" in line), "")
    return f"{_CAUSE.sub('…', last)[:100]} {place.rpartition('/')[2]}".strip()
