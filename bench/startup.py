"""From the start of `kupffer extract` to its first triple, and what of it is imports."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from bench.table import Report

ABSTRACT = (
    "CSF1R inhibition depletes tumor-associated macrophages. Kupffer cells drive fibrosis in the injured liver, and "
    "CCR2 blockade inhibits the recruitment of monocytes.\n"
)
IMPORTS = (
    "import pipeline.cli, pipeline.extraction, pipeline.annotate, pipeline.annotate.tokenizer, pipeline.relate.scorer, "
    "pipeline.read, pipeline.store, pipeline.terminal"
)
LEAST = 5  # starts of each kind


def start_up(report: Report, folder: Path, rounds: int, environment: dict[str, str]) -> None:
    """Starts in turn: ours to the first line of output, our imports alone, spaCy's import alone."""
    text = folder / "one.txt"
    text.write_text(ABSTRACT, "utf-8")
    commands = {
        "kupffer extract, to its first triple": [
            "-m",
            "pipeline.cli",
            "extract",
            str(text),
            "--format",
            "json",
        ],
        "our imports alone": ["-c", IMPORTS],
        "import spacy alone": ["-c", "import spacy"],
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(max(rounds, LEAST) + 1):
        for name, words in commands.items():
            taken = once([sys.executable, *words], environment)
            if number:  # the first finds nothing in the disk's cache
                seconds[name].append(taken)
    report.start_up(seconds)


def once(words: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """(seconds of the clock, of the processor) to the first line that a program prints, or to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        clock = time.perf_counter() - begun
        process.stdout.read()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
