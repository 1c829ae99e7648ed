"""A process that tries inputs: a number a line on stdin, what came of it as a line of JSON on stdout.

python -m tests.fuzz.worker SEED readers|pipeline SANDBOX [REAL]
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.read import read
from pipeline.read.language import guess
from pipeline.records import Document, Failure
from pipeline.settings import settings
from tests.fuzz import promises
from tests.fuzz.inputs import PIPELINE, Input, make, real_files
from tests.fuzz.words import SENTENCES

Result = dict[str, Any]
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_CHANGES = frozenset(
    {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.truncate", "shutil.move"}
)
_CALLS_OUT = frozenset(
    {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "pickle.find_class"}
)


class Watch:
    """Notes what is written outside the sandbox, and every connection and program, while it is ``on``."""

    def __init__(self, sandbox: Path) -> None:
        self.on = False
        self.seen: list[str] = []
        self._allowed = (f"{sandbox}{os.sep}", "/dev/null")
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "subprocess.Popen" and any("pipeline.read.pdf_process" in word for word in args[1]):
            return  # PDFs are read in a process of their own
        if event in _CALLS_OUT:
            self.seen.append(f"{event} {args!r:.200}")
        elif event in _CHANGES or (event == "open" and isinstance(args[2], int) and args[2] & _WRITING):
            place = (
                os.path.abspath(os.fsdecode(args[0]))
                if isinstance(args[0], str | bytes | os.PathLike)
                else ""
            )
            if place and not place.startswith(self._allowed):
                self.seen.append(f"a file outside the output folder: {event} {place!r}")


def peak_of(work: Callable[[], Result]) -> Result:
    """What ``work`` gives, with the seconds of processor and the peak memory (MB) that it took."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    began = time.process_time()
    result = work()
    result["seconds"] = time.process_time() - began
    result["memory"] = _peak()
    return result


def _peak() -> float:
    try:
        found = _PEAK.search(Path("/proc/self/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Trial:
    """Tries one input after the other in a sandbox of its own."""

    def __init__(self, target: str, sandbox: Path) -> None:
        self.target = target
        self.sandbox = sandbox
        self.nlp: Any = None
        if target == PIPELINE:
            from pipeline.extraction import load

            self.nlp = load()
        for folder in ("in", "tmp"):
            (sandbox / folder).mkdir(parents=True, exist_ok=True)
        os.environ["TMPDIR"] = str(sandbox / "tmp")
        os.chdir(sandbox / "tmp")
        self.settings = settings()
        guess(" ".join(SENTENCES))  # its model is a pickle inside its package, loaded once
        self.watch = Watch(sandbox)

    def __call__(self, one: Input) -> Result:
        """What came of ``one``: how many documents, triples and failures, nets, and a crash in words."""
        path = self.sandbox / "in" / one.name
        path.write_bytes(one.data)
        result: Result = {"documents": 0, "triples": 0, "failures": 0, "nets": [], "crash": None}
        self.watch.on = True
        try:
            (self._pipeline if self.target == PIPELINE else self._readers)(path, result)
        except promises.Broken as broken:
            result["crash"] = str(broken)
        except BaseException:
            result["crash"] = traceback.format_exc()
        finally:
            self.watch.on = False
        try:
            promises.nothing_outside(self.sandbox, ("in", "tmp", "out"))
            promises.nothing_outside(self.sandbox / "tmp", ())
            promises.nothing_outside(self.sandbox / "in", (one.name,))
        except promises.Broken as broken:
            result["crash"] = result["crash"] or str(broken)
        if self.watch.seen:
            result["crash"] = result["crash"] or self.watch.seen[0]
            self.watch.seen.clear()
        shutil.rmtree(self.sandbox / "out", ignore_errors=True)
        path.unlink()
        return result

    def _readers(self, path: Path, result: Result) -> None:
        found = list(read([path], settings=self.settings))
        if not found:
            raise promises.Broken("neither a document nor a failure")
        self._check(found, result)

    def _check(self, found: list[Document | Failure], result: Result) -> None:
        for item in found:
            if isinstance(item, Document):
                result["documents"] += 1
                promises.document(item)
            else:
                result["failures"] += 1
                promises.failure(item)
        result["nets"] = promises.nets(found)

    def _pipeline(self, path: Path, result: Result) -> None:
        from pipeline.extraction import Extracted, run
        from pipeline.store import Writer, open_outputs

        found: list[Document | Failure] = []
        with Writer(self.sandbox / "out") as writer:
            for item in run([path], self.nlp, self.settings):
                if isinstance(item, Extracted):
                    found.append(item.document)
                    writer.add(*item)
                else:
                    found.append(item)
                    writer.fail(item)
        self._check(found, result)
        if not writer.replaced:
            return
        with open_outputs(self.sandbox / "out") as tables:
            texts = {row["doc_id"]: row["text"] for row in tables.table("documents").to_pylist()}
            triples = tables.table("triples").to_pylist()
            promises.tables(texts, tables.table("mentions").to_pylist(), triples)
        if len(texts) != result["documents"]:
            raise promises.Broken(f"{result['documents']} documents went in, {len(texts)} are in the table")
        result["triples"] = len(triples)


def main() -> None:
    """Answer each number with a line, until stdin ends."""
    seed, target, sandbox = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    real = real_files(Path(sys.argv[4]) if len(sys.argv) > 4 else None)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True  # a module first imported by an input is no file that the input made
    trial = Trial(target, sandbox)
    for line in sys.stdin:
        one = make(seed, target, int(line), real)
        result = peak_of(lambda one=one: trial(one))  # type: ignore[misc]
        print(json.dumps({**result, "kind": one.kind}), file=answers, flush=True)


if __name__ == "__main__":
    main()
