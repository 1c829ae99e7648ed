"""What stands below an identifier in its ontology, so that "T cell" finds CD8+ T cells."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from pipeline.lexicon.tables import packed_lines


def below(curie: str) -> frozenset[str]:
    """All that is a kind or a part of what ``curie`` names, itself included.

    >>> "CL:0000625" in below("CL:0000084")  # CD8-positive, alpha-beta T cell, T cell
    True
    """
    found, waiting = {curie}, [curie]
    children = _children()
    while waiting:
        new = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(new)
        waiting.extend(new)
    return frozenset(found)


@lru_cache(maxsize=1)
def _children() -> dict[str, list[str]]:
    children: dict[str, list[str]] = defaultdict(list)
    for line in packed_lines("parents.tsv.gz"):
        curie, _, above = line.partition("\t")
        for parent in above.split("|"):
            children[parent].append(curie)
    return dict(children)
