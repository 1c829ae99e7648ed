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


def kinds_of_made(curie: str) -> tuple[str, ...]:
    """What a made identifier is a kind of: the same action on one target, and the action.

    >>> kinds_of_made("KUPFFER:inhibition.HGNC_1+HGNC_2")
    ('KUPFFER:inhibition', 'KUPFFER:inhibition.HGNC_1', 'KUPFFER:inhibition.HGNC_2')
    """
    action, targets = _taken_apart(curie)
    return (f"KUPFFER:{action}", *(f"KUPFFER:{action}.{target}" for target in targets)) if targets else ()


def parts_of_made(curie: str) -> tuple[str, ...]:
    """What a made identifier is made of.

    >>> parts_of_made("KUPFFER:combination.MESH_D000970+inhibition.HGNC_8760")
    ('MESH:D000970', 'KUPFFER:inhibition.HGNC_8760', 'HGNC:8760')
    """
    found: list[str] = []
    for target in _taken_apart(curie)[1]:
        part = f"KUPFFER:{target}" if "." in target else target.replace("_", ":", 1)
        found += [part, *parts_of_made(part)]
    return tuple(found)


def _taken_apart(curie: str) -> tuple[str, list[str]]:
    """(action, targets) of an identifier that `pipeline.lexicon.composing` makes; no targets for others."""
    action, _, targets = curie.removeprefix("KUPFFER:").partition(".")
    return action, targets.split("+") if targets and curie.startswith("KUPFFER:") else []
