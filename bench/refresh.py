"""What a refresh costs, by what changed since the last one: `make bench-refresh`.

    python bench/refresh.py --inputs ../shared/inputs/medline --documents 2000

Files of MEDLINE records (``*.xml.gz``) are laid out as `kupffer fetch` does it, one file a paper. Each run is a process
of its own on a copy of the packages, in which a rule is edited as somebody would edit it. Seconds are the flow's
own, by the clock and of the processor, workers among them. What has a target is compared to it at the end, by the
clock, and the exit status is 1 where one is missed: on a machine that does other things beside, that says little.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
CHANGED, NEW, DELETED = 20, 5, 3
MOST_UNCHANGED_SECONDS, MOST_EDITED_SHARE, LEAST_TWO_WORKERS = 5.0, 0.15, 1.7
SAID = "Kupffer cells drive fibrosis in the injured liver, and CSF1R blockade inhibits it. "
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
)

RUN = """
import json, os, sys
from pathlib import Path

def used():
    return sum(os.times()[:4])  # workers count once they have ended

def main():
    corpus, outputs, runner, workers = sys.argv[1:]
    from pipeline.garbage import collect_rarely
    collect_rarely()  # as the command line does
    from flows.server import keep_prefect_inside
    keep_prefect_inside(Path(outputs))
    from flows import refresh as module
    flow, processor = module.refresh, []
    def timed(*arguments, **how):
        begun = used()
        try:
            return flow(*arguments, **how)
        finally:
            processor.append(used() - begun)
    module.refresh = timed  # `run` makes ready what is not the flow's time
    report = module.run(Path(corpus), Path(outputs), runner=runner, workers=int(workers))
    print(json.dumps({"seconds": report.seconds, "processor": processor[0], "stages": dict(report.seconds_by_stage),
                      "states": report.states, "works": report.works, "worked on": report.documents,
                      "rows": report.written}))

if __name__ == "__main__":
    main()
"""

ANNOTATE = """
import json, sys, time
from pathlib import Path
from flows.runners import runner
from pipeline.read import read
from pipeline.records import Document

def main():
    corpus, workers = Path(sys.argv[1]), int(sys.argv[2])
    documents = [item for item in read([corpus]) if isinstance(item, Document)]
    batches = [documents[at:at + 32] for at in range(0, len(documents), 32)]
    with runner("processes", workers=workers) as pool:
        list(pool.map([[document] for document in documents[:4 * workers]]))  # each worker loads its model
        begun = time.perf_counter()
        list(pool.map(batches))
        print(json.dumps(time.perf_counter() - begun))

if __name__ == "__main__":
    main()
"""


def main() -> None:
    """The command: one line a figure, and with ``--json`` all of them as a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=Path, required=True, help="folder of MEDLINE files, *.xml.gz")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument(
        "--runner-documents", type=int, default=200, help="for runners and workers; 0 leaves them out"
    )
    parser.add_argument("--pairs", type=int, default=3, help="of runs with one worker and with two")
    parser.add_argument(
        "--runner",
        nargs="+",
        default=["processes", "serial"],
        help="of the runs after one another; processes, with 2 workers, is what a refresh takes by itself",
    )
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kupffer-bench-") as folder:
        bench = Bench(Path(folder))
        for runner in chosen.runner:
            bench.refreshes(chosen.inputs, chosen.documents, runner)
        if chosen.runner_documents:
            bench.runners(chosen.runner_documents)
            bench.workers(chosen.runner_documents, chosen.pairs)
    if chosen.json:
        chosen.json.write_text(json.dumps(bench.figures, indent=1) + "\n")
    print(f"\nTargets (load of the machine {os.getloadavg()[0]:.1f}):")
    for target in bench.targets:
        print(
            f"  {'meets ' if target.met else 'MISSES'}  {target.name}: {target.found} (asked {target.asked})"
        )
    sys.exit(not all(target.met for target in bench.targets))


class Target(NamedTuple):
    """What was asked of a figure, and whether it is so."""

    name: str
    found: str
    asked: str
    met: bool


class Bench:
    """Runs and their figures, in a folder that is gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.targets = folder, list[Target]()
        self.code = folder / "code"
        self.figures: dict[str, Any] = {}
        for package in ("pipeline", "flows"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / package, self.code / package, ignore=ignored)

    def refreshes(self, inputs: Path, documents: int, runner: str) -> None:
        """The first run and the runs after it."""
        self.runner, papers = runner, records(inputs)
        self.corpus, self.outputs = self.folder / f"{runner}-corpus", self.folder / f"{runner}-outputs"
        self.corpus.mkdir()
        for _ in range(documents):
            put(self.corpus, *next(papers))
        first = self.refresh("first run")
        unchanged = self.refresh("nothing changed", first)
        expect(unchanged["worked on"] == 0, "a run without changes worked on something")
        expect(unchanged["rows"] == first["rows"], "a run without changes changed the tables")
        self.judge(f"nothing changed, {runner}: documents processed", str(unchanged["worked on"]), "0", True)
        seconds = unchanged["seconds"]
        most = MOST_UNCHANGED_SECONDS
        self.judge(
            f"nothing changed, {runner}: seconds of the flow",
            f"{seconds:.1f} s",
            f"{most:g} s",
            seconds <= most,
        )
        files = sorted(self.corpus.glob("*.xml"))
        for file in files[: CHANGED + 1]:
            text = file.read_bytes()
            file.write_bytes(
                text.replace(
                    b"<AbstractText", b"<AbstractText>" + SAID.encode() + b"</AbstractText><AbstractText", 1
                )
            )
        files[CHANGED].write_bytes(text)  # only touched: it is read again and found unchanged
        for file in files[-DELETED:]:
            file.unlink()
        for _ in range(NEW):
            put(self.corpus, *next(papers))
        changed = self.refresh(f"{CHANGED} changed, {NEW} new, {DELETED} deleted", first)
        expect(changed["worked on"] == CHANGED + NEW, f"{changed['worked on']} texts were worked on")
        states = {
            state: count for state, count in changed["states"].items() if count and state != "unchanged"
        }
        expect(states == {"changed": CHANGED, "new": NEW, "deleted": DELETED}, f"states were {states}")
        expect(
            changed["rows"]["documents"] == first["rows"]["documents"] + NEW - DELETED,
            "rows of deleted texts stayed",
        )
        self.judge(f"{CHANGED} changed, {NEW} new, {runner}", f"{changed['worked on']} processed", "25", True)
        gone = [file.stem for file in files[-DELETED:]]
        left = self.rows_of(gone)
        expect(not left, f"rows of deleted texts stayed: {left}")
        self.judge(f"{DELETED} deleted, {runner}", "no row of theirs is left", "rows dropped", True)
        rules = self.code / "pipeline" / "relate" / "rules" / "paths.yaml"
        rules.write_text(rules.read_text("utf-8") + "# edited\n", "utf-8")
        edited = self.refresh("a rule edited", first)
        expect(edited["works"].get("annotated", 0) == 0, "an edited rule had texts parsed again")
        expect({**edited["rows"]} == {**changed["rows"]}, "a remark in the rules changed the tables")
        self.judge(f"a rule edited, {runner}", "0 texts parsed", "0", True)
        share, most = edited["seconds"] / first["seconds"], MOST_EDITED_SHARE
        self.judge(
            f"a rule edited, {runner}: of the first run's time", f"{share:.1%}", f"< {most:.0%}", share < most
        )

    def refresh(
        self,
        name: str,
        first: dict[str, Any] | None = None,
        runner: str | None = None,
        outputs: Path | None = None,
        workers: int = 2,
        corpus: Path | None = None,
    ) -> dict[str, Any]:
        """One run; shows its time, and the part of the first run's."""
        done: dict[str, Any] = self.python(
            RUN,
            corpus or self.corpus,
            outputs or self.outputs,
            runner or self.runner,
            workers,
            # Part of the corpus may be so little that no processes would be started for it.
            **({"KUPFFER_FEW_CHARACTERS": "0"} if corpus else {}),
        )
        name = name if corpus else f"{name}, {self.runner}"
        share = (
            f"{done['seconds'] / first['seconds']:.1%}, {done['processor'] / first['processor']:.1%}"
            if first
            else ""
        )
        works = ", ".join(f"{count} {work}" for work, count in done["works"].items() if count)
        stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in done["stages"].items())
        print(
            f"{name:42}{done['seconds']:8.1f} s{done['processor']:8.1f} s of the processor  {share:14}"
            f"{works} ({stages})",
            flush=True,
        )
        self.figures[name] = done
        return done

    def judge(self, name: str, found: str, asked: str, met: bool) -> None:
        self.targets.append(Target(name, found, asked, met))

    def rows_of(self, doc_ids: list[str]) -> dict[str, int]:
        """Rows that tables have of some documents."""
        from pipeline import open_outputs

        with open_outputs(self.outputs) as opened:
            counts = {
                name: sum(map(doc_ids.__contains__, opened.table(name, ["doc_id"])["doc_id"].to_pylist()))
                for name in ("documents", "mentions", "triples", "failures")
            }
        return {name: count for name, count in counts.items() if count}

    def runners(self, documents: int) -> None:
        """Whether processes and Dask, with two workers each, give the tables that one process gives."""
        corpus = self.part(documents)
        tables = {}
        for runner in ("serial", "processes", "dask"):
            outputs = self.outputs.with_name(runner)
            self.refresh(f"{documents} texts, {runner}", runner=runner, outputs=outputs, corpus=corpus)
            tables[runner] = {
                name: content(outputs, name)
                for name in ("documents", "mentions", "triples", "failures", "claims")
            }
        for runner, found in tables.items():
            expect(found == tables["serial"], f"{runner} gave other tables than one process")
        self.judge("tables of serial, processes and dask with two workers", "equal", "equal", True)

    def workers(self, documents: int, pairs: int) -> None:
        """Annotation with one worker against two, one after the other, so that both meet the same machine."""
        corpus = self.part(documents)
        ratios = []
        for number in range(pairs):
            both = {count: self.python(ANNOTATE, corpus, count) for count in ((1, 2), (2, 1))[number % 2]}
            ratios.append(both[1] / both[2])
            print(
                f"one worker {both[1]:.1f} s, two {both[2]:.1f} s: {ratios[-1]:.2f} times as fast", flush=True
            )
        self.figures["two workers"] = {
            "ratios": ratios,
            "median": statistics.median(ratios),
            "load": os.getloadavg(),
        }
        median, least = statistics.median(ratios), LEAST_TWO_WORKERS
        self.judge(
            f"two workers against one, median of {pairs}", f"{median:.2f}", f">= {least}", median >= least
        )

    def part(self, documents: int) -> Path:
        part = self.corpus.with_name("part")
        if not part.exists():
            part.mkdir()
            for file in sorted(self.corpus.glob("*.xml"))[:documents]:
                shutil.copy2(file, part / file.name)
        return part

    def python(self, program: str, *arguments: object, **settings: str) -> Any:
        """What a program prints as its last line, as JSON."""
        file = self.code / "program.py"
        file.write_text(program, "utf-8")
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": str(self.code)}
        environment |= {"KUPFFER_KEEP_RUNS": "2"} | settings
        done = subprocess.run(
            [sys.executable, str(file), *map(str, arguments)],
            cwd=self.code, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"A run failed:\n{done.stderr[-3000:]}")
        return json.loads(done.stdout.splitlines()[-1])


def records(inputs: Path) -> Iterator[tuple[str, bytes]]:
    """(PMID, file of one record) of all records with an English abstract, the smaller file of records first."""
    from lxml import etree

    seen = set()
    for path in sorted(inputs.glob("*.xml.gz"), key=lambda path: path.stat().st_size):
        with gzip.open(path) as file:
            for _, article in etree.iterparse(file, tag="PubmedArticle"):
                pmid = article.findtext(".//PMID") or ""
                if (
                    pmid not in seen
                    and article.find(".//Abstract/AbstractText") is not None
                    and article.findtext(".//Language") == "eng"
                ):
                    seen.add(pmid)
                    yield pmid, etree.tostring(article, encoding="utf-8", with_tail=False)
                article.clear()


def put(corpus: Path, pmid: str, record: bytes) -> None:
    """Lay a record down as a file of its own, some hours old."""
    file = corpus / f"{pmid}.xml"
    file.write_bytes(
        b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>' + record + b"</PubmedArticleSet>\n"
    )
    hours_ago = time.time() - 10_000
    os.utime(file, (hours_ago, hours_ago))


def content(outputs: Path, table: str) -> list[dict[str, Any]]:
    """A table's rows without times."""
    from pipeline import open_outputs

    with open_outputs(outputs) as opened:
        found = opened.table(table)
    times = [name for name in found.column_names if name == "at" or name.endswith(("_at", "_seen"))]
    rows: list[dict[str, Any]] = found.drop_columns(times).to_pylist()
    return rows


def expect(true: bool, otherwise: str) -> None:
    """End the bench where a run did what it is not to do."""
    if not true:
        raise SystemExit(f"Wrong: {otherwise}.")


if __name__ == "__main__":
    main()
