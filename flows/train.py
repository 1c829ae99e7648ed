"""Making the bundled model from the public corpora, as a Prefect flow around `pipeline.train.stages`.

    python -m flows.train --corpora DIR [--out DIR] [--work DIR] [--minutes N] [--seed 0]

Stages that are done are skipped: a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.endings import brief
from flows.server import keep_prefect_inside, prefect_server
from pipeline.train import halves, stages, teachers

keep_prefect_inside(stages.default_work())  # Prefect looks for its home when it is imported

from prefect import flow, task  # noqa: E402
from prefect.cache_policies import NO_CACHE  # noqa: E402

HALVES_MINUTES = 24.0  # for the two recognisers that teach the scorer of relations what mistakes look like
# Of the minutes; the rest is the student's. Vectors, pre-training and figures take about half an hour beside them.
SYNTAX_SHARE = 0.35
TEACHERS_SHARE = 0.35


@task(task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False)
def stage(name: str, run: Callable[[], Any]) -> Any:
    """One stage, and what it returned; a stage that is done returns at once."""
    return run()


@flow(name="train", persist_result=False)
def train(corpora: Path, out: Path, work: Path, minutes: float = 110.0, seed: int = 0) -> dict[str, Any]:
    """Make the model and write it with its card into ``out``; returns the card's figures.

    Raises:
        FileNotFoundError: ``corpora`` does not hold the corpora.
    """
    stages.check_corpora(corpora)
    place = stages.Work(corpora, work)
    weights = halves.WEIGHTS if out == stages.MODEL else out.with_name("weights.json")
    steps: dict[str, Callable[[], Any]] = {
        "convert": lambda: stages.convert(place),
        "vectors": lambda: stages.make_vectors(place),
        "pretrain": lambda: stages.make_tok2vec(place, seed=seed),
        "syntax": lambda: stages.train_syntax(place, minutes=minutes * SYNTAX_SHARE, seed=seed),
        "teachers": lambda: teachers.mark_unmarked(place, minutes=minutes * TEACHERS_SHARE, seed=seed),
        "mentions": lambda: stages.train_mentions(
            place, minutes=minutes * (1 - SYNTAX_SHARE - TEACHERS_SHARE), seed=seed
        ),
        "finish": lambda: stages.finish(place, out, seed=seed),
        "relations": lambda: halves.train_relations(place, minutes=HALVES_MINUTES, seed=seed, out=weights),
    }
    done: dict[str, Any] = {}
    for name, run in steps.items():
        done[name] = stage(name, run)
    return dict(done["finish"])


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m flows.train", description="Make the bundled model.")
    parser.add_argument(
        "--corpora", type=Path, default=Path("../shared/corpora"), help="folder of the corpora"
    )
    parser.add_argument("--out", type=Path, default=stages.MODEL, help="folder the model is written to")
    parser.add_argument(
        "--work", type=Path, default=stages.default_work(), help="folder for what can be resumed"
    )
    parser.add_argument(
        "--minutes", type=float, default=110.0, help="most minutes for the trainings of the model"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of all chance")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        stages.check_corpora(chosen.corpora)
        with brief(OSError), prefect_server(chosen.work / ".prefect"):
            train(chosen.corpora, chosen.out, chosen.work, chosen.minutes, chosen.seed)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The model and its card are in {chosen.out}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
