"""What is large, deep, endless or looped: each tried once, by `kupffer extract` itself, into tables."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.fuzz import bombs, promises
from tests.fuzz.campaign import usage
from tests.fuzz.rows import Limits, Row
from tests.fuzz.tried import Chunk, Part, Tried, code, recipe

KUPFFER = [sys.executable, "-m", "pipeline.cli", "extract"]
SECONDS_OF_CLOCK = 900.0
_SUMMARY = re.compile(r"^(\d+) documents?, (\d+) triples?(?:, (\d+) left out)?", re.MULTILINE)


def try_giants(out: Path, limits: Limits, tried: Tried, only: str = "", workers: int = 2) -> None:
    """Try those that have not been tried; one that is named in full (``only``) is tried again in any case."""
    # A text may take its share to be read and again to be worked on, and its rows are written and printed after that.
    shares = Limits(2 * limits.seconds + 15, limits.memory)
    part, program = Part(0, "giants", recipe(())), code()
    done = {chunk.first for chunk in tried.chunks if chunk.part == part}
    chosen = [
        (number, group, name)
        for number, (group, name) in enumerate(names())
        if only in f"{group}/{name}" and (number not in done or only == f"{group}/{name}")
    ]
    with ThreadPoolExecutor(workers) as pool:
        results = pool.map(lambda one: _try(one[1], one[2], limits), chosen)
        for (number, group, name), result in zip(chosen, results, strict=True):
            row = Row()
            wrong = row.add(result, shares)
            print(
                f"{group}/{name}: {wrong or 'ok'}, {result['seconds']:.1f} s, {result['memory']:,.0f} MB. {result['said'][-160:]}",
                file=sys.stderr,
                flush=True,
            )
            finds = {f"{wrong}: {group}/{name}": 1} if wrong else {}
            if number not in done:
                tried.add(Chunk(part, number, 1, program, {group: row}, finds, result["seconds"]))
            if wrong:
                folder = out / f"{wrong}-{group}-{name}"
                folder.mkdir(parents=True, exist_ok=True)
                why = result["crash"] or f"{result['seconds']:.1f} s, {result['memory']:.0f} MB"
                (folder / "why.txt").write_text(
                    f"python -m tests.fuzz --only giants --giant {group}/{name}\n\n{why}\n{result['said']}\n",
                    encoding="utf-8",
                    errors="replace",
                )


def names() -> Iterator[tuple[str, str]]:
    """(group, name) of every giant."""
    for group, members in bombs.GIANTS.items():
        for name in members:
            yield group, name


def _try(group: str, name: str, limits: Limits) -> dict[str, Any]:
    sandbox = Path(tempfile.mkdtemp(prefix="kupffer-giant-"))
    place, out = sandbox / "in", sandbox / "out"
    place.mkdir()
    (sandbox / "tmp").mkdir()
    try:
        given = bombs.GIANTS[group][name](place)
        result = _run([str(path) for path in given or [place]], out, sandbox, limits)
        if result["crash"] is None:
            _check(out, result)
            promises.nothing_outside(sandbox, ("in", "out", "tmp", "said"))
            promises.nothing_outside(sandbox / "tmp", ())
    except promises.Broken as broken:
        result["crash"] = str(broken)
    finally:
        shutil.rmtree(sandbox, ignore_errors=True)
    return result


def _run(paths: list[str], out: Path, sandbox: Path, limits: Limits) -> dict[str, Any]:
    def bounded() -> None:
        most = int(2 * limits.seconds + 60)
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))

    environment = {
        **os.environ,
        "KUPFFER_MAX_SECONDS": str(limits.seconds),
        "TMPDIR": str(sandbox / "tmp"),
        "PYTHONPATH": os.getcwd(),
    }
    with (sandbox / "said").open("wb") as said:
        process = subprocess.Popen(
            [*KUPFFER, "--out", str(out), "--format", "csv", "--", *paths],
            stdout=subprocess.DEVNULL,
            stderr=said,
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd=sandbox / "tmp",
            preexec_fn=bounded,
        )
        end = time.monotonic() + SECONDS_OF_CLOCK
        together = 0.0
        while True:
            together = max(together, _together(process.pid))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end:
                process.kill()
            time.sleep(0.05)
    process.returncode = status = os.waitstatus_to_exitcode(status)
    words = (sandbox / "said").read_bytes()[-100_000:].decode("utf-8", "replace")
    crash = None
    if "Traceback" in words:
        crash = words[-4000:]
    elif status not in (0, 1) and status != -24:
        crash = f"exit status {status}: {words[-1000:]}"
    counts = [int(n or 0) for n in found.groups()] if (found := _SUMMARY.search(words)) else [0, 0, 0]
    return {
        **dict(zip(("documents", "triples", "failures"), counts, strict=True)),
        "crash": crash,
        "hang": status == -24 or time.monotonic() > end,
        "nets": [
            line for line in words.splitlines() if "please report it" in line or "open it to check it" in line
        ],
        "seconds": max(0.0, usage.ru_utime + usage.ru_stime - STARTING),
        "memory": max(together, usage.ru_maxrss / 1024),
        "said": " ".join(words.split())[-300:],
    }


def _together(pid: int) -> float:
    """MB that a process and those it has started take now."""
    try:
        children = "".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
        return sum(usage(one)[1] for one in (pid, *map(int, children.split())))
    except OSError:
        return 0.0


STARTING = 4.0
"""Seconds of processor that the command takes to load the model, which no input is to blame for."""


def _check(out: Path, result: dict[str, Any]) -> None:
    from pipeline.store import open_outputs

    if not (out / "documents").is_dir():
        return
    with open_outputs(out) as tables:
        texts = {row["doc_id"]: row["text"] for row in tables.table("documents").to_pylist()}
        promises.tables(texts, _rows(tables, "mentions"), _rows(tables, "triples"))


def _rows(tables: Any, name: str) -> Iterator[dict[str, Any]]:
    for batch in tables.batches(name):
        yield from batch.to_pylist()
