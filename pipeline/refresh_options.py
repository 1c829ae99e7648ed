"""Options of the commands that run the refresh, or plan its runs."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.runner_names import Runner

RunnerOption = Annotated[
    Runner | None,
    typer.Option("--runner", help="Where batches are worked on; serial, or KUPFFER_RUNNER, by default."),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, metavar="N", help="Processes that work; one for each core by default."),
]
