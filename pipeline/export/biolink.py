"""What a claim says, as edges of the Biolink Model 4.

Biolink has no predicates "promotes" and "inhibits": who changes something ``affects`` it, and qualifiers say how
(https://biolink.github.io/biolink-model/association-examples-with-qualifiers). A claim gives up to three edges:

    cell      drives      mechanism    actively_involved_in  (contributes_to, where the mechanism is a disease)
    cell      suppresses  mechanism    affects; causes decreased
    cell      undergoes   mechanism    participates_in
    therapy   promotes    mechanism    affects; causes increased
    therapy   inhibits    mechanism    affects; causes decreased
    therapy   targets     mechanism    affects
    therapy, and a cell that undergoes the mechanism: affects, for what changes what happens to a cell changes the cell
    cell that drives or suppresses it, and the therapy: associated_with_response_to
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.export.nodes import Node

MODEL = "4.4.6"
"""The release of the Biolink Model that the tests validate against."""

_PROCESSES = frozenset({"BiologicalProcess"})
# What Biolink's aspects are aspects of; a process is only more or less.
_WITH_ASPECT = frozenset({"Gene", "GeneFamily", "ChemicalEntity"})
_DIRECTIONS = {"promotes": "increased", "inhibits": "decreased", "suppresses": "decreased"}


@dataclass(frozen=True)
class Edge:
    """A statement on two nodes.

    Attributes:
        about: Which slots it joins: cell-mechanism, therapy-mechanism or therapy-cell.
        predicate: A Biolink predicate, as a CURIE.
        qualifiers: Biolink qualifiers by slot name.
        category: The association class, as a CURIE.
    """

    about: str
    subject: Node
    predicate: str
    object: Node
    qualifiers: dict[str, str] = field(default_factory=dict)

    @property
    def category(self) -> str:
        chemical = self.subject.category == "ChemicalEntity" and self.predicate == "biolink:affects"
        return f"biolink:{'ChemicalAffectsBiologicalEntityAssociation' if chemical else 'Association'}"


def edges(
    cell: Node | None, cell_role: str | None, mechanism: Node, therapy: Node | None, therapy_role: str | None
) -> Iterator[Edge]:
    """The edges of a claim. A thing gives no edge to itself."""
    if cell and cell_role:
        yield from _edge("cell-mechanism", cell, _cell_predicate(cell_role, mechanism), mechanism, cell_role)
    if therapy and therapy_role:
        yield from _edge("therapy-mechanism", therapy, "affects", mechanism, therapy_role)
    if cell and therapy:
        if cell_role == "undergoes":
            yield from _edge("therapy-cell", therapy, "affects", cell)
        else:
            yield from _edge("therapy-cell", cell, "associated_with_response_to", therapy)


def _cell_predicate(role: str, mechanism: Node) -> str:
    if role == "suppresses":
        return "affects"
    if mechanism.category not in _PROCESSES:  # the others want a process or activity as their object
        return "contributes_to" if role == "drives" else "associated_with"
    return "actively_involved_in" if role == "drives" else "participates_in"


def _edge(about: str, subject: Node, predicate: str, object: Node, role: str | None = None) -> Iterator[Edge]:
    qualifiers = {}
    if role in _DIRECTIONS:
        qualifiers = {
            "qualified_predicate": "biolink:causes",
            "object_direction_qualifier": _DIRECTIONS[role],
        }
        if object.category in _WITH_ASPECT:
            qualifiers["object_aspect_qualifier"] = "activity_or_abundance"
    if subject.id != object.id:
        yield Edge(about, subject, f"biolink:{predicate}", object, qualifiers)
