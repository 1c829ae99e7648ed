"""What a cell type is a kind of, as far as the table of targets needs it (from CL's own hierarchy)."""

from __future__ import annotations

from functools import lru_cache

from pipeline.lexicon.tables import table


@lru_cache(maxsize=1)
def _kinds() -> dict[str, tuple[str, ...]]:
    return {row["curie"]: tuple(row["kinds"].split("|")) for row in table("kinds.tsv")}


def kinds_of(curie: str) -> tuple[str, ...]:
    """The cell types above this one that some target acts on, nearest first; none for what is not a cell.

    >>> kinds_of("CL:0000091")  # Kupffer cell
    ('CL:0000235', 'CL:0000766')
    """
    return _kinds().get(curie, ())
