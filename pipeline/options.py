"""Options that several commands have, and the model that two of them choose."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.outcomes import WRONG_USAGE, tell

if TYPE_CHECKING:
    from spacy.language import Language

Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the Parquet tables.")]
Model = Annotated[
    str | None, typer.Option(metavar="NAME", help="An installed scispaCy model; the bundled one by default.")
]
Lexicon = Annotated[
    Path | None, typer.Option(metavar="TSV", help="Your own terms: text, curie, name, type, match, source.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 unless everything was read.")]


class ReportFormat(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    JSON = "json"


def language(model: str | None, lexicon: Path | None) -> Language:
    """The model that this process works with; wrong names and files are wrong usage."""
    from pipeline.extraction import loaded

    try:
        return loaded(model, lexicon)
    except (OSError, ValueError) as error:
        tell(str(error))
        raise typer.Exit(WRONG_USAGE) from None
