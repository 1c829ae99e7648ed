"""100,000 rows of evidence, and what it takes to write them in a format.

``python -m tests.export.many make FOLDER`` makes the tables, ``python -m tests.export.many FORMAT FOLDER`` writes them
as FORMAT beside them and says how many, how long, and the peak of resident memory in MB. ``python -m tests.export.many
all FOLDER`` makes them and writes each format in a process of its own; it fails where one takes `MOST` or more.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.schema import TABLES
from tests.export.conftest import paper, triple

MOST = 500  # MB for 100,000 rows
DOCUMENTS = 10_000
ROWS, MENTIONS = 10, 40  # in each document
SENTENCE = "Kupffer cells drive fibrosis under imatinib in group %06d, as many have said before. "


def make(folder: Path, documents: int = DOCUMENTS) -> None:
    """Tables of ``documents`` texts (a multiple of 200), some 3,000 characters with 10 rows and 40 mentions each."""
    writers = {}
    for table, schema in TABLES.items():
        (folder / table).mkdir(parents=True)
        writers[table] = pq.ParquetWriter(folder / table / "part-00000.parquet", schema)
    for start in range(0, documents, 200):
        rows = {table: [] for table in TABLES}
        # Triples lie in another order than documents, as they do after some refreshes.
        for number in range(start, start + 200):
            sentences = [SENTENCE % (number * 1000 + nth) for nth in range(MENTIONS)]
            length = len(sentences[0])
            rows["documents"].append(
                paper(
                    str(number),
                    pmid=str(number),
                    text="".join(sentences),
                    sections=[{"name": "abstract", "start": 0, "end": length * MENTIONS}],
                    license="CC BY 4.0",
                    text_sha256=str(number),
                    year=2000 + number % 20,
                )
            )
            place = documents - 1 - number
            for nth in range(MENTIONS):
                at = nth * length
                rows["mentions"].append(
                    {
                        "doc_id": str(place), "section": "abstract", "sentence_index": nth, "start": at, "end": at + 13,
                        "text": "Kupffer cells", "type": "CELL", "id": "CL:0000091", "name": "Kupffer cell",
                        "source": "test", "score": 0.9,
                    }
                )  # fmt: skip
            for nth in range(ROWS):
                at = nth * length
                rows["triples"].append(
                    triple(
                        f"{place:06d}-{nth}", str(place), sentence=SENTENCE % (place * 1000 + nth), cell_start=at,
                        cell_end=at + 13, mechanism_start=at + 20, mechanism_end=at + 28, therapy_text="imatinib",
                        therapy_id=f"CHEBI:{place * ROWS + nth % 7}", therapy_name="imatinib", therapy_start=at + 35,
                        therapy_end=at + 43, therapy_role="inhibits", evidence_start=at, evidence_end=at + length,
                        negated=nth == 1,
                    )
                )  # fmt: skip
        for table, those in rows.items():
            writers[table].write_table(pa.Table.from_pylist(those, TABLES[table]))
    for writer in writers.values():
        writer.close()


def export(format: str, folder: Path) -> dict[str, float]:
    """What it took to write ``format``: counts of what was written, seconds, megabytes."""
    from pipeline.export.formats import FORMATS
    from pipeline.export.source import Source
    from pipeline.store import open_outputs

    start = time.perf_counter()
    with open_outputs(folder) as tables:
        written = FORMATS[format].write(Source(tables), folder / f"export.{format}")
    return {**written, "seconds": round(time.perf_counter() - start, 1), "MB": peak()}


def peak() -> int:
    """The most memory that this process had, in MB. What getrusage says counts the process that started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024


def measured(format: str, folder: Path) -> dict[str, float]:
    """The same as `export`, of a process of its own, whose memory nobody else's has grown."""
    command = [sys.executable, "-m", "tests.export.many", format, str(folder)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True, check=True
    )
    said: dict[str, float] = json.loads(done.stdout)
    return said


def everything(folder: Path) -> int:
    """Write every format and print what it took; 1 where one took too much memory."""
    from pipeline.export.formats import FORMATS

    if not folder.exists():
        make(folder)
    found = {format: measured(format, folder) for format in FORMATS}
    for format, said in found.items():
        counts = ", ".join(f"{number:,} {what}" for what, number in said.items() if what[0].islower())
        print(f"{format:6} {said['MB']:4.0f} MB {counts}")
    return int(any(said["MB"] >= MOST for said in found.values()))


if __name__ == "__main__":
    outputs = Path(sys.argv[2])
    if sys.argv[1] == "make":
        make(outputs)
    elif sys.argv[1] == "all":
        sys.exit(everything(outputs))
    else:
        print(json.dumps(export(sys.argv[1], outputs)))
