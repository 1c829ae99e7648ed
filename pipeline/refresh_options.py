"""Options of the commands that run the refresh, or plan its runs."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.runner_names import Runner

RunnerOption = Annotated[
    Runner | None,
    typer.Option(
        "--runner",
        help="Where batches are worked on; by default KUPFFER_RUNNER, or processes.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, metavar="N", help="Processes that work; one for each core by default."),
]
FetchOption = Annotated[
    bool, typer.Option("--fetch", help="First bring what queries.yaml of the corpus asks for.")
]
AllowDropOption = Annotated[
    bool, typer.Option("--allow-drop", help="Accept a loss of more than a fifth of the triples.")
]
