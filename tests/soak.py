"""``make soak``: a baseline file of MEDLINE in one process; neither memory nor time a document may grow.

    python -m tests.soak --corpora ../shared/corpora [--limit 4000] [--first 2000] [--step 1000]

The 30,000 records of pubmed20n0014 (14,871 with an abstract) are read, worked on and written into tables as
`kupffer extract --out` does it. Exit status 1 if memory at the end is more than 1.2 times that after the first 2,000
documents, or a thousand characters take more than 1.2 times the processor time that they took at the start. (Time is
the processor's, the median over documents: the machine may do other work beside it.)
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.extraction import Extracted, extract_batch, load, model_version
from pipeline.read import read
from pipeline.records import Document, Failure
from pipeline.settings import settings

FILE = Path("inputs/medline/pubmed20n0014.xml.gz")
MOST = 1.2
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured after ``documents`` documents: MB, strings known, ms of processor for 1,000 characters."""

    documents: int
    triples: int
    memory: float
    strings: int
    milliseconds: float


def memory() -> float:
    """MB of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 2**20


def soak(path: Path, limit: int, step: int) -> list[Row]:
    """A row for each ``step`` documents of the file, ``limit`` at most."""
    from pipeline.store import Writer

    nlp = load()
    rows: list[Row] = []
    times: list[float] = []
    documents = triples = 0
    with tempfile.TemporaryDirectory() as out, Writer(out, model_version=model_version(nlp)) as writer:
        batch: list[Document | Failure] = []
        for item in read([path]):
            batch.append(item)
            if len(batch) < settings().batch_documents:
                continue
            began = time.process_time()
            for result in extract_batch(nlp, batch):
                if isinstance(result, Extracted):
                    documents += 1
                    triples += len(result.triples)
                    writer.add(*result)
                else:
                    writer.fail(result)
            characters = sum(len(one.text) for one in batch if isinstance(one, Document))
            if characters:
                times.append(1e6 * (time.process_time() - began) / characters)
            batch = []
            if documents >= step * (len(rows) + 1) or documents >= limit:
                # Of words, spaCy counts all that it ever met; its strings tell whether it forgets them.
                strings = len(nlp.vocab.strings)
                rows.append(Row(documents, triples, memory(), strings, statistics.median(times)))
                print(
                    f"\r{documents:,} documents, {rows[-1].memory:,.0f} MB",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )
                times = []
            if documents >= limit:
                break
    print(file=sys.stderr)
    return rows


def verdict(rows: list[Row], first: int) -> list[str]:
    """What grew more than it may, in words; the first row at or past ``first`` documents is measured against.

    >>> verdict([Row(2000, 9, 500, 1, 5), Row(4000, 9, 700, 1, 5)], 2000)
    ['memory at the end is 1.40 times that after 2,000 documents, and may be 1.2 times']
    """
    if len(rows) < 2:
        return ["too few documents to compare: raise --limit"]
    start = next((row for row in rows if row.documents >= first), rows[0])
    end = rows[-1]
    wrong = []
    if end.memory > MOST * start.memory:
        wrong.append(
            f"memory at the end is {end.memory / start.memory:.2f} times that after {start.documents:,} documents, "
            f"and may be {MOST} times"
        )
    if end.milliseconds > MOST * rows[0].milliseconds:
        wrong.append(
            f"a document takes {end.milliseconds / rows[0].milliseconds:.2f} times as long as at the start"
        )
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak", description="Many documents in one process."
    )
    parser.add_argument(
        "--corpora", type=Path, default=Path("../shared/corpora"), help="folder of the corpora"
    )
    parser.add_argument("--limit", type=int, default=1_000_000, help="most documents")
    parser.add_argument("--first", type=int, default=2_000, help="documents after which memory is compared")
    parser.add_argument("--step", type=int, default=1_000, help="documents between two rows")
    chosen = parser.parse_args(arguments)
    path = chosen.corpora.parent / FILE
    if not path.is_file():
        print(f"{path} is not there: name the folder of the corpora with --corpora.", file=sys.stderr)
        return 2
    rows = soak(path, chosen.limit, chosen.step)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("documents", "triples", "MB", "strings", "ms / 1,000 characters"):
        table.add_column(column, justify="right")
    for row in rows:
        counts = (row.documents, row.triples, round(row.memory), row.strings)
        table.add_row(*(f"{count:,}" for count in counts), f"{row.milliseconds:.1f}")
    Console(highlight=False).print(table)
    wrong = verdict(rows, chosen.first)
    print("\n".join(wrong) if wrong else f"Nothing grew over {rows[-1].documents:,} documents.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
