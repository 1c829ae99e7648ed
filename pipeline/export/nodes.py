"""What a slot of a row is outside: its CURIE, its name, and its category in the Biolink Model 4.

https://biolink.github.io/biolink-model/ - categories are classes under NamedThing, never mixins.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.claims.identity import slot_text

# Prefixes that say by themselves what a thing is, in the slot that it stands in.
_BY_PREFIX = {
    "CL": "Cell",
    "cellosaurus": "CellLine",
    "UBERON": "AnatomicalEntity",
    "GO": "BiologicalProcess",
    "MONDO": "Disease",
    "HGNC": "Gene",
    "FPLX": "GeneFamily",
    "CHEBI": "ChemicalEntity",
}
# MeSH and our own identifiers go by the slot. A mechanism is what happens; "inhibition of CSF1R" is a treatment,
# whatever it is done with.
_BY_SLOT = {
    ("MESH", "cell"): "Cell",
    ("MESH", "mechanism"): "BiologicalProcess",
    ("KUPFFER", "cell"): "Cell",
    ("KUPFFER", "mechanism"): "BiologicalProcess",
    ("KUPFFER", "therapy"): "Treatment",
}
# MeSH's numbers do not tell a drug from a procedure (records from C000001 on are all substances), but its names do.
_SUBSTANCE = re.compile(r"\b(?:agents?|drugs?|vaccines?|solutions?|antibodies|toxoids?)\b(?! therap)", re.I)
_PROCEDURE = re.compile(
    r"therap|surg|ectom|otomy|ostomy|plasty|scopy|transplant|transfus|vaccinat|immuni[sz]ation|irradiat|radiation"
    r"|procedure|ablation|stimulation|rehabilit|transfer|dialysis|exercise|diet\b|hyperthermi|hypothermi|technique"
    r"|embolization|infusions?\b|treatment|modalit|puncture|perfusion|pheresis|immunosuppression|immunomodulation"
    r"|regimen|prophylaxis|depletion|ventilation|nutrition|bypass|massage|medicine\b|care\b|exchange\b",
    re.I,
)


@dataclass(frozen=True)
class Node:
    """A thing that claims are about.

    Attributes:
        id: A CURIE: the slot's, or one of ours made of its words where it has none.
        name: The CURIE's own label, or the words.
        category: A Biolink class, without its prefix.
        grounded: The CURIE names something outside this text; ours lead nowhere.
    """

    id: str
    name: str
    category: str
    grounded: bool


def node(row: Mapping[str, Any], slot: str) -> Node | None:
    """What stands in a slot of a row of triples or claims; None where the slot is empty.

    >>> node({"cell_id": "CL:0000091", "cell_name": "Kupffer cell", "cell_text": "KCs"}, "cell")
    Node(id='CL:0000091', name='Kupffer cell', category='Cell', grounded=True)
    """
    text, curie = row[f"{slot}_text"], row[f"{slot}_id"]
    if not text:
        return None
    if curie is None:
        digest = hashlib.sha256(slot_text(text).encode()).hexdigest()[:16]
        return Node(f"KUPFFER:{slot}-text.{digest}", text, category("KUPFFER:", slot, text), grounded=False)
    name = row[f"{slot}_name"] or text
    return Node(curie, name, category(curie, slot, name), grounded=True)


def category(curie: str, slot: str, name: str) -> str:
    """The Biolink class of what ``curie`` names.

    >>> category("MESH:D011878", "therapy", "Radiotherapy"), category("MESH:D000077594", "therapy", "Nivolumab")
    ('Procedure', 'ChemicalEntity')
    >>> category("KUPFFER:inhibition.HGNC_2433", "therapy", "CSF1R inhibition")
    'Treatment'
    """
    prefix, _, local = curie.partition(":")
    if prefix in _BY_PREFIX:
        return _BY_PREFIX[prefix]
    if (prefix, slot) in _BY_SLOT:
        return _BY_SLOT[prefix, slot]
    if prefix == "MESH":  # a therapy
        procedure = local.startswith("D") and _PROCEDURE.search(name) and not _SUBSTANCE.search(name)
        return "Procedure" if procedure else "ChemicalEntity"
    return "NamedThing"


def publication(row: Mapping[str, Any]) -> str:
    """A CURIE for the paper of a row, as Biolink prefers it: PMID, else PMC, else DOI, else one of ours.

    >>> publication({"pmid": None, "pmcid": "PMC12", "doi": "10.1000/x"})  # Biolink's PMC: ends with PMC
    'PMC:12'
    """
    if row["pmid"]:
        return f"PMID:{row['pmid']}"
    if row["pmcid"]:
        return f"PMC:{row['pmcid'].removeprefix('PMC')}"
    if row["doi"]:
        return f"doi:{row['doi']}"
    digest = hashlib.sha256(row["doc_id"].encode()).hexdigest()[:16]
    return f"KUPFFER:document.{digest}"
