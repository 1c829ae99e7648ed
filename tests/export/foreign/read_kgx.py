"""Read a graph with the real kgx library and validate it with it and with the Biolink Model's own classes.

Run by an interpreter that has ``kgx`` and ``biolink-model`` (their pins and ours clash), as
``python read_kgx.py FOLDER``; prints JSON. kgx fetches the model from the network at import: it is given the files
of the biolink-model wheel in place of that.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import biolink_model
import bmt.toolkit
import requests

MODEL = Path(next(iter(biolink_model.__path__)))
CONTEXT = {"@context": json.loads((MODEL / "prefixmaps" / "biolink_model_prefix_map.json").read_text())}


class Local:
    def json(self):
        return CONTEXT


bmt.toolkit.Toolkit.__init__.__defaults__ = (
    str(MODEL / "schema" / "biolink_model.yaml"),
    {"predicate mappings": []},
)
requests.get = lambda *_, **__: Local()

from biolink_model.datamodel import pydanticmodel_v2 as model  # noqa: E402
from kgx.source.jsonl_source import JsonlSource  # noqa: E402
from kgx.source.tsv_source import TsvSource  # noqa: E402
from kgx.transformer import Transformer  # noqa: E402
from kgx.utils.kgx_utils import GraphEntityType  # noqa: E402
from kgx.validator import Validator  # noqa: E402

# Columns that are no slots of Biolink.
OURS = {"claim_id", "polarity", "paper_count", "speculated_count", "years"}
QUALIFIED = model.ChemicalAffectsBiologicalEntityAssociation
QUALIFIERS = {"qualified_predicate", "object_direction_qualifier", "object_aspect_qualifier"}


def records(path, format):
    """Nodes and edges as kgx reads them, one by one: in memory it would keep one edge between two nodes."""
    source = {"tsv": TsvSource, "jsonl": JsonlSource}[format](Transformer())
    return [record for record in source.parse(str(path), format=format) if record]


def checked(nodes, edges):
    validator = Validator()
    for record in nodes:
        validator(GraphEntityType.NODE, record)
    for record in edges:
        validator(GraphEntityType.EDGE, record)
    levels = validator.get_errors()
    return sorted(
        {
            f"{kind}: {message}"
            for kinds in levels.values()
            for kind, said in kinds.items()
            for message in said
        }
    )


def by_model(path, of):
    """What the model's own classes say of each record; they forbid what is no slot of theirs."""
    wrong = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        try:
            of(record)
        except ValueError as error:
            wrong.append(f"{record['id']}: {error}")
    return wrong


def as_node(record):
    for category in record["category"]:
        getattr(model, category.removeprefix("biolink:"))(**{**record, "category": [category]})


def as_edge(record):
    slots = {name: value for name, value in record.items() if name not in OURS}
    # A cell that causes less of something has no association class with qualifiers: they are checked by another's.
    qualifiers = {name: value for name, value in slots.items() if name in QUALIFIERS}
    plain = {name: value for name, value in slots.items() if name not in QUALIFIERS}
    getattr(model, plain["category"][0].removeprefix("biolink:"))(**plain)
    affects = {"predicate": "biolink:affects", "category": [f"biolink:{QUALIFIED.__name__}"]}
    QUALIFIED(**{**plain, **qualifiers, **affects})


def main(folder):
    answer = {"model": Validator().get_validation_model_version()}
    for format in ("tsv", "jsonl"):
        nodes = records(folder / f"nodes.{format}", format)
        answer[f"nodes.{format}"] = [record[-1] for record in nodes]
        for edges in ("edges", "negated_edges"):
            found = records(folder / f"{edges}.{format}", format)
            answer[f"{edges}.{format}"] = [record[-1] for record in found]
            answer[f"{edges}.{format} errors"] = checked(nodes, found)
    answer["model errors"] = by_model(folder / "nodes.jsonl", as_node)
    for edges in ("edges", "negated_edges"):
        answer["model errors"] += by_model(folder / f"{edges}.jsonl", as_edge)
    print(json.dumps(answer, default=sorted))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
