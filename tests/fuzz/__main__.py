"""``make fuzz``: hostile inputs over the readers and the pipeline, and a table of what came of them.

    python -m tests.fuzz [--count 100000] [--seconds S] [--seed 0] [--workers 2] [--out build/fuzz] [--real DIR]
    python -m tests.fuzz --again readers:123 --seed 0      # one input again, here, with its traceback

19 of 20 inputs go to the readers, one goes through the whole pipeline into tables; the giants (bombs, 50 MB lines,
a million brackets, loops of links) come first, once each, by the command itself. What was tried is written down in
OUT/tried.jsonl: a run that is stopped goes on from there, and the table counts all runs. Exit status 1 if anything
was found. A fresh start: another --out, or another --seed for other inputs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.fuzz.campaign import Campaign
from tests.fuzz.giants import try_giants
from tests.fuzz.inputs import PIPELINE, READERS, make, real_files
from tests.fuzz.rows import Limits
from tests.fuzz.tried import Part, Tried, code, recipe

READERS_SHARE = 0.95


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Try hostile inputs.")
    parser.add_argument("--count", type=int, default=100_000, help="inputs to try")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="stop after so many, of the clock"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of all chance")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument(
        "--limit", type=float, default=60.0, help="seconds of processor that an input may take"
    )
    parser.add_argument("--memory", type=float, default=1200.0, help="MB that a process may take")
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"), help="folder for what is found")
    parser.add_argument("--real", type=Path, help="folder of real files to mutate (jats/, medline/)")
    parser.add_argument("--only", choices=("giants", READERS, PIPELINE), help="a part of the campaign")
    parser.add_argument(
        "--giant", default="", metavar="GROUP/NAME", help="only the giants whose name has this in it"
    )
    parser.add_argument("--again", metavar="TARGET:NUMBER", help="try one input again, here")
    chosen = parser.parse_args(arguments)
    real = chosen.real if chosen.real and chosen.real.is_dir() else None
    if chosen.again:
        return again(chosen.again, chosen.seed, real)
    limits = Limits(chosen.limit, chosen.memory)
    began = time.monotonic()
    tried = Tried(chosen.out / "tried.jsonl")
    if chosen.only in (None, "giants"):
        try_giants(chosen.out, limits, tried, chosen.giant, chosen.workers)
    shares = {
        READERS: round(chosen.count * READERS_SHARE),
        PIPELINE: chosen.count - round(chosen.count * READERS_SHARE),
    }
    made_from = recipe(real_files(real))
    for target, count in shares.items():
        if chosen.only not in (None, target):
            continue
        count = chosen.count if chosen.only else count
        left = chosen.seconds - (time.monotonic() - began)
        share = left if chosen.only or target == PIPELINE else left / 2
        campaign = Campaign(Part(chosen.seed, target, made_from), chosen.out, limits, tried, real)
        for inputs in campaign.run(chosen.first, count, share, chosen.workers):
            print(f"\r{target}: {inputs:,} more", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    show(tried)
    return 1 if tried.finds() else 0


def show(tried: Tried) -> None:
    """Print the table of all runs, its sums, and what was found."""
    rows, finds = tried.rows(), tried.finds()
    table = Table(box=None, pad_edge=False, header_style="bold", show_footer=True)
    columns = ("tried", "documents", "triples", "failures", "nets", "crashes", "hangs")
    every = list(rows.values())
    table.add_column("input", footer="all", no_wrap=True)
    for column in columns:
        table.add_column(column, footer=f"{sum(getattr(row, column) for row in every):,}", justify="right")
    table.add_column(
        "slowest, s", footer=f"{max((row.slowest for row in every), default=0):.1f}", justify="right"
    )
    table.add_column(
        "peak MB", footer=f"{max((row.memory for row in every), default=0):,.0f}", justify="right"
    )
    for name, row in rows.items():
        table.add_row(
            name, *(f"{getattr(row, c):,}" for c in columns), f"{row.slowest:.1f}", f"{row.memory:,.0f}"
        )
    console = Console(width=max(Console().width, 132), highlight=False)
    console.print(table)
    for why, count in sorted(finds.items(), key=lambda item: -item[1]):
        console.print(f"{count} x {why}", markup=False)
    now = code()
    for program, counts in tried.by_code().items():
        which = "this program" if program == now else f"an earlier program ({program})"
        inputs = " and ".join(f"{count:,} on {target}" for target, count in counts.items())
        console.print(f"{inputs}, tried on {which}.")
    hours = sum(one.seconds for one in tried.chunks) / 3600
    console.print(
        f"All runs so far: {hours:.1f} hours of one worker. Failures are rows of the failures table, as is right; nets "
        "are rows that ask to be reported; slowest is in seconds of processor."
    )


def again(which: str, seed: int, real: Path | None) -> int:
    """Try one input in this process and print what comes of it."""
    from tests.fuzz.worker import Trial, peak_of

    target, _, number = which.partition(":")
    one = make(seed, target, int(number), real_files(real))
    sandbox = Path(tempfile.mkdtemp(prefix="kupffer-fuzz-"))
    try:
        trial = Trial(target, sandbox)
        result = peak_of(lambda: trial(one))
    finally:
        shutil.rmtree(sandbox, ignore_errors=True)
    print(one.kind, repr(one.name), len(one.data), "bytes")
    print(result.pop("crash") or "", json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
