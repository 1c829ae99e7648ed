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
from tests.fuzz.rows import Limits, Row

KUPFFER = [sys.executable, "-m", "pipeline.cli", "extract"]
SECONDS_OF_CLOCK = 900.0
_SUMMARY = re.compile(r"^(\d+) documents?, (\d+) triples?(?:, (\d+) left out)?", re.MULTILINE)


def try_giants(
    out: Path, limits: Limits, finds: dict[str, int], only: str = "", workers: int = 2
) -> dict[str, Row]:
    """A row of the table for each group of giants; what is wrong goes into ``finds`` and ``out``."""
    # A text may take its share to be read and again to be worked on, and its rows are written and printed after that.
    shares = Limits(2 * limits.seconds + 15, limits.memory)
    rows: dict[str, Row] = {}
    with ThreadPoolExecutor(workers) as pool:
        chosen = [(group, name) for group, name in names() if only in f"{group}/{name}"]
        for (group, name), result in zip(
            chosen, pool.map(lambda pair: _try(*pair, limits), chosen), strict=True
        ):
            wrong = rows.setdefault(f"giants: {group}", Row()).add(result, shares)
            print(
                f"{group}/{name}: {wrong or 'ok'}, {result['seconds']:.1f} s, {result['memory']:,.0f} MB. {result['said'][-160:]}",
                file=sys.stderr,
                flush=True,
            )
            if wrong:
                finds[f"{wrong}: {group}/{name}"] = 1
                folder = out / f"{wrong}-{group}-{name}"
                folder.mkdir(parents=True, exist_ok=True)
                why = result["crash"] or f"{result['seconds']:.1f} s, {result['memory']:.0f} MB"
                (folder / "why.txt").write_text(
                    f"python -m tests.fuzz --only giants --giant {group}/{name}\n\n{why}\n{result['said']}\n",
                    encoding="utf-8",
                    errors="replace",
                )
    return rows


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
        while True:
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
        "memory": usage.ru_maxrss / 1024,
        "said": " ".join(words.split())[-300:],
    }


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
