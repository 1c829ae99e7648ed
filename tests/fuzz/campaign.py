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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fuzz.formats import Made
from tests.fuzz.inputs import make, real_files
from tests.fuzz.rows import Limits, Row
from tests.fuzz.tried import Chunk, Part, Tried, code

MOST_FINDS = 200  # kept in full; a campaign that finds more has found one thing many times
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_CAUSE = re.compile(r"[\d'\"].*")


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
        fresh = usage(process.pid)[0] == 0
        with _ignored():
            process.stdin.write(b"%d\n" % number)
            process.stdin.flush()
        before, memory = usage(process.pid)[0], 0.0
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
            spent, now = usage(process.pid)
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


def usage(pid: int) -> tuple[float, float]:
    """Seconds of processor and MB of memory that a process has taken so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * _PAGE / 2**20
    except (OSError, IndexError):
        return 0.0, 0.0


@dataclass
class Campaign:
    """Tries inputs of a target for at most ``seconds`` and writes down what came of them, chunk by chunk."""

    part: Part
    out: Path
    limits: Limits
    tried: Tried
    real: Path | None = None
    kept: int = 0

    def run(self, first: int, count: int, seconds: float, workers: int) -> Iterator[int]:
        """Yield the number of inputs tried so far, chunk by chunk; those that are written down are not tried again."""
        deadline = time.monotonic() + seconds
        ranges = self.tried.numbers(self.part, first, count)
        lock = threading.Lock()
        done: queue.Queue[Chunk | None] = queue.Queue()
        program = code()
        real = real_files(self.real)

        def work() -> None:
            worker = Worker(self.part.seed, self.part.target, self.real, self.limits)
            try:
                while time.monotonic() < deadline:
                    with lock:
                        numbers = next(ranges, None)
                    if numbers is None:
                        return
                    done.put(self._try(worker, numbers, program, real))
            finally:
                worker.close()
                done.put(None)

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        left, inputs = len(threads), 0
        while left:
            chunk = done.get()
            if chunk is None:
                left -= 1
                continue
            self.tried.add(chunk)
            inputs += chunk.count
            yield inputs
        yield inputs

    def _try(self, worker: Worker, numbers: range, program: str, real: Sequence[Made]) -> Chunk:
        began = time.monotonic()
        chunk = Chunk(self.part, numbers[0], len(numbers), program)
        for number in numbers:
            result = worker.try_one(number)
            kind = result.get("kind") or make(self.part.seed, self.part.target, number, real).kind
            wrong = chunk.rows.setdefault(kind, Row()).add(result, self.limits)
            if wrong:
                self._keep(number, wrong, result, real, chunk)
        chunk.seconds = time.monotonic() - began
        return chunk

    def _keep(
        self, number: int, wrong: str, result: dict[str, Any], real: Sequence[Made], chunk: Chunk
    ) -> None:
        why = (
            result.get("crash")
            or " ".join(result.get("nets", ()))
            or f"{result['seconds']:.0f} s, {result['memory']:.0f} MB"
        )
        cause = f"{wrong}: {_cause(why)}"
        chunk.finds[cause] = chunk.finds.get(cause, 0) + 1
        self.kept += 1
        if self.kept > MOST_FINDS:
            return
        seed, target = self.part.seed, self.part.target
        one = make(seed, target, number, real)
        folder = self.out / f"{wrong}-{target}-{seed}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / one.name).write_bytes(one.data)
        command = f"python -m tests.fuzz --again {target}:{number} --seed {seed}"
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
