"""How fast we are, beside what: `make bench [DOCUMENTS=2000] [PAPERS=20] [OTHERS=300] [GROWTH=20000] [ROUNDS=3]`.

Everything runs in a process of its own with one thread, in rounds: a round runs each contender once, one after the
other, and ratios are taken inside a round; the table shows medians over rounds. Times are the process's share of the
processor, model loaded and first text read. Words are counted once, by spaCy's English tokenizer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import inputs
from bench.others import OTHERS, command, installed, last_line
from bench.startup import start_up
from bench.table import Report

ROOT = Path(__file__).parents[1]
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
)
LIMIT = 1_500.0  # seconds that one run may take by the clock
NAMES = {
    "kupffer": "kupffer, files to Parquet",
    "kupffer-all": "the same, parsing everything",
    "bare": "bare nlp.pipe, all components",
    "blank": "blank tokenizer",
}

Figures = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    chosen = arguments(argv)
    folder: Path = chosen.folder
    report = Report()
    begun = time.perf_counter()
    try:
        some = inputs.abstracts(chosen.shared, folder, chosen.documents)
        few = inputs.abstracts(chosen.shared, folder, chosen.others or min(chosen.documents, 300))
        compare(report, "MEDLINE abstracts", some, ("kupffer", "bare", "blank"), chosen.rounds)
        if chosen.papers:
            full = inputs.papers(chosen.shared, folder, chosen.papers)
            compare(report, "full papers", full, ("kupffer", "bare", "blank"), chosen.rounds)
        if chosen.others:
            compare(
                report, "beside other tools", few, ("kupffer", "kupffer-all", "blank"), chosen.rounds, folder
            )
        stages(report, some)
        start_up(report, folder, chosen.rounds, environment())
        grow(report, inputs.abstracts(chosen.shared, folder, chosen.growth))
    except inputs.NoInputs as error:
        print(error, file=sys.stderr)
        return 2
    scores(report, chosen.shared / "corpora" / "triples" / "train.jsonl")
    lexicon(report)
    report.show(sys.stdout)
    print(
        f"{(time.perf_counter() - begun) / 60:.1f} minutes; load average at the end {os.getloadavg()[0]:.1f}"
    )
    (folder / "bench.json").write_text(json.dumps(report.figures, indent=1) + "\n")
    return 0


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--shared", type=Path, default=ROOT.parent / "shared", help="folder of inputs and corpora"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="where it may write")
    parser.add_argument("--documents", type=int, default=2_000, help="abstracts")
    parser.add_argument("--papers", type=int, default=20, help="full papers; 0 leaves them out")
    parser.add_argument(
        "--others", type=int, default=300, help="abstracts for other tools; 0 leaves them out"
    )
    parser.add_argument("--growth", type=int, default=20_000, help="abstracts in one process")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(argv)


def compare(
    report: Report, title: str, folder: Path, ours: Sequence[str], rounds: int, tools: Path | None = None
) -> None:
    """Every contender over the same texts, round by round; with ``tools``, other people's too, installed there."""
    texts = inputs.texts(folder)
    runs: dict[str, list[Figures]] = {}
    wrong: dict[str, str] = {}
    commands = {NAMES[task]: [sys.executable, "-m", "bench.work", task, str(folder)] for task in ours}
    if tools is not None:
        terms = inputs.terms(tools)
        for tool in OTHERS:
            python, why = installed(tool, tools)
            if python is None:
                wrong[tool.name] = why
            else:
                commands[tool.name] = command(tool, python, texts, terms)
    for number in range(rounds):
        for name, words in commands.items():
            if name not in wrong:
                say(f"{title}, round {number + 1} of {rounds}: {name}")
                figures, why = measured(words)
                if figures is None:
                    wrong[name] = why
                else:
                    runs.setdefault(name, []).append(figures)
    for name in wrong:
        runs.pop(name, None)
    counted = runs[NAMES["blank"]][0]["words"] if NAMES["blank"] in runs else 0
    report.comparison(title, counted, runs, wrong, first=NAMES["kupffer"])


def stages(report: Report, folder: Path) -> None:
    """Where the time goes."""
    say("stages")
    figures, why = measured([sys.executable, "-m", "bench.work", "stages", str(folder)])
    report.stages(figures, why)


def grow(report: Report, folder: Path) -> None:
    """From 200 documents to as many as there are."""
    say(f"growth to {folder.name.removeprefix('abstracts-')} documents")
    figures, why = measured([sys.executable, "-m", "bench.work", "growth", str(folder)])
    report.growth(figures, why)


def scores(report: Report, gold: Path) -> None:
    """Pair F1 on the kept abstracts, with and without parsing everything."""
    rows: dict[str, Figures | str] = {}
    for name, value in (("sentences that can hold a triple", "0"), ("every sentence", "1")):
        if not gold.is_file():
            rows[name] = f"{gold} is not there"
            continue
        say(f"F1, parsing {name}")
        words = [sys.executable, "-m", "pipeline.cli", "evaluate", str(gold), "--only-ids", "[789]$"]
        figures, why = measured([*words, "--format", "json", "--no-interval"], {"KUPFFER_PARSE_ALL": value})
        rows[name] = why if figures is None else figures
    report.scores(rows)


def lexicon(report: Report) -> None:
    """The lexicon's own figures, a line each."""
    say("lexicon")
    words = [sys.executable, "-m", "pipeline.evaluate.lexicon_speed", str(ROOT / "corpus")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=environment(), check=False)
    report.lines("lexicon", done.stdout.splitlines() or [last_line(done.stderr)])


def measured(words: Sequence[str], more: dict[str, str] | None = None) -> tuple[Figures | None, str]:
    """(what a program prints as JSON, "") or (None, why there is none)."""
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=LIMIT, cwd=ROOT, check=False,
            env=environment() | (more or {}),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None, f"stopped after {LIMIT:,.0f} seconds"
    if done.returncode:
        return None, "failed: " + last_line(done.stderr)
    text = done.stdout.strip()
    try:
        return json.loads(text if text.startswith("{\n") else text.splitlines()[-1]), ""
    except (ValueError, IndexError):
        return None, "no figures: " + last_line(done.stdout + done.stderr)


def environment() -> dict[str, str]:
    """One thread, our packages from here, and no settings of whoever runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KUPFFER_")}
    return kept | ONE_THREAD | {"PYTHONPATH": str(ROOT)}


def say(what: str) -> None:
    """Tell who waits."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
