"""The formats of ``kupffer export``, each with the function that writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipeline.export.source import Source


@dataclass(frozen=True)
class Format:
    """One form in which the tables go out.

    Attributes:
        about: What it is, for ``--help``.
        writer: ``module:function``; the function takes a `Source` and where to write, and returns how many of
            what it wrote ("node": 12; the singular). It is imported when it is needed.
        folder: DEST is a folder, not a file.
        unit: What its readers replace as a whole when they follow changes (``--since``).
        options: Names of what its function takes beside, by keyword.
        whole: Every row goes out whatever was asked for: the format is for people who judge rows.
    """

    about: str
    writer: str
    folder: bool = False
    whole: bool = False
    unit: Literal["row", "claim", "document"] = "claim"
    options: tuple[str, ...] = ()

    def write(self, source: Source, dest: Path, **options: str) -> Mapping[str, int]:
        """Write what ``source`` gives to ``dest``, and return how many of what; ``options`` are its own."""
        module, _, function = self.writer.partition(":")
        written: Mapping[str, int] = getattr(import_module(module), function)(source, dest, **options)
        return written


FORMATS: dict[str, Format] = {
    "csv": Format(
        "a sheet for curators, one wide row a triple",
        "pipeline.export.sheet:write_sheet",
        whole=True,
        unit="row",
    ),
    "kgx": Format(
        "nodes and edges of the Biolink Model 4, as TSV and JSON Lines",
        "pipeline.export.kgx:write_kgx",
        folder=True,
    ),
    "bioc": Format(
        "texts with mentions and triples marked in them, as one BioC JSON file",
        "pipeline.export.bioc:write_bioc",
        unit="document",
    ),
    "rdf": Format(
        "a nanopublication for each claim, as one TriG file",
        "pipeline.export.rdf:write_rdf",
        options=("base_iri",),
    ),
    "indra": Format(
        "Statements that INDRA loads, with priors for its belief engine",
        "pipeline.export.indra:write_indra",
        folder=True,
    ),
}
"""Every format by the name that ``--format`` takes."""
