"""KGX: claims as nodes and edges, in TSV and JSON Lines, for graph databases and for Translator's tools.

https://biolink.github.io/kgx/kgx_format.html - what a claim is in Biolink, ``biolink`` says; this page writes files:

    nodes.tsv, nodes.jsonl                    what claims are about
    edges.tsv, edges.jsonl                    what rows say
    negated_edges.tsv, negated_edges.jsonl    what rows deny: apart, for who overlooks `negated` reads the opposite

Edges of one claim share ``claim_id``. What some rows say and others deny has edges in both files, each with its own
evidence; a denied row with a cell and a therapy denies the therapy's edge to the mechanism and no other (``sides``).
Two claims may have an edge between the same nodes (they differ in the third slot): tools that know edges by their ends
and their predicate alone, as kgx does in memory, keep one of the two.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from pipeline.export.biolink import edges
from pipeline.export.files import whole_folder
from pipeline.export.nodes import Node, node, publication
from pipeline.export.sides import sides, sureness
from pipeline.export.source import Row, Source, Statement

INFORES = "infores:kupffer"
"""Who says so. Claims are both read from texts and put together by Kupffer, so it is source and aggregator."""

NODE_COLUMNS = ("id", "category", "name", "provided_by")
EDGE_COLUMNS = (
    "id", "category", "subject", "predicate", "object", "negated",
    "qualified_predicate", "object_direction_qualifier", "object_aspect_qualifier",
    "knowledge_level", "agent_type", "primary_knowledge_source", "aggregator_knowledge_source",
    "publications", "supporting_text", "has_confidence_score", "evidence_count",
    "claim_id", "polarity", "paper_count", "speculated_count", "years",
)  # fmt: skip
"""Biolink's slots, then ours."""


_Met = tuple[str, tuple[str, ...]]  # a node's name and its categories; there may be many nodes


def write_kgx(source: Source, folder: Path) -> dict[str, int]:
    """Write the claims of ``source`` into ``folder``. Nodes are held in memory, evidence is not."""
    nodes: dict[str, _Met] = {}
    count: Counter[str] = Counter({"node": 0, "edge": 0, "negated edge": 0})
    with whole_folder(folder) as inside, ExitStack() as stack:
        said = _Table(stack, inside, "edges", EDGE_COLUMNS)
        denied = _Table(stack, inside, "negated_edges", EDGE_COLUMNS)
        for statement in source.statements():
            for side, record in _records(statement, nodes):
                (denied if side == "negated edge" else said).write(record)
                count[side] += 1
        table = _Table(stack, inside, "nodes", NODE_COLUMNS)
        for curie in sorted(nodes):
            name, categories = nodes[curie]
            names = [f"biolink:{category}" for category in categories]
            table.write({"id": curie, "category": names, "name": name, "provided_by": [INFORES]})
            count["node"] += 1
    return dict(count)


def _records(statement: Statement, nodes: dict[str, _Met]) -> Iterator[tuple[str, dict[str, Any]]]:
    claim = statement.claim
    cell, mechanism, therapy = (node(claim, slot) for slot in ("cell", "mechanism", "therapy"))
    assert mechanism is not None, "every claim has a mechanism"
    found = list(edges(cell, claim["cell_role"], mechanism, therapy, claim["therapy_role"]))
    for edge in found:
        said, denied = sides(statement, edge.about)
        for negated, rows, others in ((False, said, denied), (True, denied, said)):
            if not rows:
                continue
            for end in (edge.subject, edge.object):
                _meet(nodes, end)
            record = {
                "id": f"{claim['claim_id']}.{edge.about}{'.negated' if negated else ''}",
                "category": [edge.category],
                "subject": edge.subject.id,
                "predicate": edge.predicate,
                "object": edge.object.id,
                # The kgx library reads the word "false" as true, and drops a false that is none: who denies says
                # `negated`, who does not says nothing there, and `polarity` tells both in words.
                "negated": negated or None,
                "polarity": "negated" if negated else "affirmed",
                **edge.qualifiers,
                **_shared(statement, rows, others),
            }
            yield ("negated edge" if negated else "edge"), record


def _meet(nodes: dict[str, _Met], one: Node) -> None:
    name, categories = nodes.get(one.id, (one.name, ()))
    if one.category not in categories:
        nodes[one.id] = (name, tuple(sorted((*categories, one.category))))


def _shared(statement: Statement, rows: Sequence[Row], others: Sequence[Row]) -> dict[str, Any]:
    """Where an edge comes from and how sure it is: ``rows`` have it so, ``others`` the other way round."""
    claim = statement.claim
    judged = claim["curated"] and not rows[0]["negated"]
    linked = rows[0]["level"] != "asserted"
    return {
        # What text mining finds is no assertion by whoever ran it; a link is drawn by a table, beyond the text.
        "knowledge_level": "knowledge_assertion" if judged else "prediction" if linked else "not_provided",
        "agent_type": "manual_validation_of_automated_agent" if judged else "text_mining_agent",
        "primary_knowledge_source": INFORES,
        "aggregator_knowledge_source": [INFORES],
        "publications": sorted({publication(row) for row in rows}),
        "supporting_text": list(dict.fromkeys(row["sentence"] for row in rows if row["sentence"])),
        "has_confidence_score": sureness(rows, others),
        "evidence_count": len(rows),
        "claim_id": claim["claim_id"],
        "paper_count": len({row["paper"] for row in rows}),
        "speculated_count": sum(row["speculated"] for row in rows),
        "years": sorted({row["year"] for row in rows if row["year"] is not None}),
    }


class _Table:
    """A table of records as TSV and as JSON Lines."""

    def __init__(self, stack: ExitStack, folder: Path, name: str, columns: Sequence[str]) -> None:
        def opened(suffix: str) -> IO[str]:
            return stack.enter_context(
                (folder / f"{name}.{suffix}").open("w", encoding="utf-8", newline="\n")
            )

        self._tsv, self._jsonl = opened("tsv"), opened("jsonl")
        self._columns = columns
        self._tsv.write("\t".join(columns) + "\n")

    def write(self, record: Mapping[str, Any]) -> None:
        """Add a record; empty values are left out of JSON Lines and are empty cells in TSV."""
        full = {name: value for name, value in record.items() if value not in (None, [], "")}
        self._jsonl.write(json.dumps(full, ensure_ascii=False) + "\n")
        self._tsv.write("\t".join(_cell(full.get(name)) for name in self._columns) + "\n")


def _cell(value: Any) -> str:
    r"""A value as a KGX cell: lists are divided by |, so that no text may hold one, nor a tab or a line's end.

    No cell begins with a double quote: kgx takes it for a letter, Neo4j and spreadsheets for the start of a quotation.

    >>> _cell(["CD3|CD28", "a\tb"]), _cell(None), _cell(0.9), _cell('"M2" cells')
    ('CD3¦CD28|a b', '', '0.9', '“M2" cells')
    """
    if value is None:
        return ""
    if value is True:
        return "true"
    if isinstance(value, list):
        return "|".join(_cell(one) for one in value)
    if not isinstance(value, str):
        return str(value)
    text = " ".join(value.replace("|", "¦").split())
    return f"“{text[1:]}" if text.startswith('"') else text
