"""RDF: a nanopublication for each claim, in TriG.

The four graphs of https://nanopub.net/guidelines/working_draft/: what is claimed, which sentences it was read in, and
who wrote it down. What texts say and what they deny of the same things are two nanopublications. They are unsigned and
have no trusty URIs, for they live where their reader puts them. ``data/claims.ttl`` has vocabulary and SHACL shapes.

Things that others named have the IRIs that their owners or the Bioregistry give them. What is named here (evidence,
nanopublications, composed therapies, runs) stands under a base that can be set; `BASE_IRI` leads nowhere until somebody
registers it at w3id.org, so who publishes gives a base of their own. The vocabulary's IRIs are the same for everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from pipeline import __version__
from pipeline.export.choice import SLOTS
from pipeline.export.files import whole
from pipeline.export.nodes import node, publication
from pipeline.export.source import Row, Source, Statement

BASE_IRI = "https://w3id.org/kupffer/"
"""Where nanopublications and evidence stand unless a base is given."""

VOCABULARY = "https://w3id.org/kupffer/vocabulary#"
_PREFIXES = {
    "np": "http://www.nanopub.org/nschema#",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "kup": VOCABULARY,
}
_OBO = frozenset({"CL", "GO", "CHEBI", "MONDO", "UBERON"})
_IRIS = {
    "MESH": "http://id.nlm.nih.gov/mesh/",
    "HGNC": "https://identifiers.org/hgnc:",
    "FPLX": "https://identifiers.org/fplx:",
    "cellosaurus": "https://identifiers.org/cellosaurus:",
    "PMID": "https://identifiers.org/pubmed:",
    "PMC": "https://identifiers.org/pmc:PMC",
    "doi": "https://doi.org/",
}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')
_BASE = re.compile(r"(?:https?://[^\s<>\"{}|\\^`/#?]+|urn:[a-zA-Z0-9-]+:)[^\s<>\"{}|\\^`]*")
_IRI_SAFE = "/:#?@!$&'()*+,;=-._~%"


def write_rdf(source: Source, path: Path, base_iri: str = BASE_IRI) -> Mapping[str, int]:
    """Write a nanopublication for each claim, and one for each denied claim, to ``path``; return how many of what.

    Args:
        source: What goes out.
        path: The file.
        base_iri: What the IRIs of all that is named here begin with, as `base_of` gives it.
    """
    written = {"nanopublication": 0, "evidence row": 0}
    with whole(path) as out:
        for prefix, iri in _PREFIXES.items():
            out.write(f"@prefix {prefix}: <{iri}> .\n")
        for statement in source.statements():
            for denied in (False, True):
                rows = [row for row in statement.rows if row["negated"] == denied]
                if rows:
                    _publish(out, base_iri, statement, rows, denied, source.run)
                    written["nanopublication"] += 1
                    written["evidence row"] += len(rows)
    return written


def _publish(
    out: IO[str], base: str, statement: Statement, rows: list[Row], denied: bool, run: str | None
) -> None:
    claim = statement.claim
    name = f"{base}np/{claim['claim_id'].removeprefix('claim:')}{'-denied' if denied else ''}"
    graphs = {
        "head": _head(name),
        "assertion": _assertion(base, name, claim, rows, denied),
        "provenance": _provenance(base, name, rows),
        "pubinfo": _pubinfo(base, name, rows, run),
    }
    for graph, lines in graphs.items():
        out.write(f"\n<{name}#{graph}> {{\n")
        out.writelines(f"  {line}\n" for line in lines)
        out.write("}\n")


def _head(name: str) -> Iterator[str]:
    yield (
        f"<{name}> a np:Nanopublication ; np:hasAssertion <{name}#assertion> ; np:hasProvenance <{name}#provenance> ; "
        f"np:hasPublicationInfo <{name}#pubinfo> ."
    )


def _assertion(base: str, name: str, claim: Row, rows: list[Row], denied: bool) -> Iterator[str]:
    things = {slot: thing for slot in SLOTS if (thing := node(claim, slot))}
    words = [
        things["cell"].name if "cell" in things else "",
        claim["cell_role"] or "",
        things["mechanism"].name,
        f"({things['therapy'].name} {claim['therapy_role']} it)" if "therapy" in things else "",
    ]
    label = f"{'It is denied that ' if denied else ''}{' '.join(filter(None, words))}"
    about = [
        f"a kup:{'DeniedClaim' if denied else 'Claim'}",
        f"rdfs:label {_text(label)}",
        f"kup:level kup:{'linked' if rows[0]['level'] == 'linked' else 'asserted'}",
    ]
    for slot, thing in things.items():
        about.append(f"kup:{slot} <{iri(thing.id, base)}>")
        if slot != "mechanism":
            about.append(f"kup:{slot}Role kup:{claim[f'{slot}_role']}")
    yield f"<{name}#claim> {' ; '.join(about)} ."
    for thing in {thing.id: thing for thing in things.values()}.values():
        yield f"<{iri(thing.id, base)}> rdfs:label {_text(thing.name)} ; dct:identifier {_text(thing.id)} ."
    if not denied:
        yield f"<{name}#claim> kup:confidence {_number(claim['confidence'])} ; kup:paperCount {claim['paper_count']} ."


def _provenance(base: str, name: str, rows: list[Row]) -> Iterator[str]:
    evidence = [f"{base}evidence/{quote(row['triple_id'], safe='')}" for row in rows]
    yield f"<{name}#assertion> prov:wasDerivedFrom {', '.join(f'<{one}>' for one in evidence)} ."
    papers = {}
    for row, one in zip(rows, evidence, strict=True):
        paper = iri(publication(row), base)
        papers[paper] = row
        about = [
            "a kup:Evidence",
            f"dct:identifier {_text(row['triple_id'])}",
            f"dct:source <{paper}>",
            f"kup:document {_text(row['doc_id'])}",
            f"kup:start {row['evidence_start']}",
            f"kup:end {row['evidence_end']}",
            f"kup:speculated {str(row['speculated']).lower()}",
            f"kup:confidence {_number(row['confidence'])}",
        ]
        if row["sentence"] is not None:
            about.append(f"kup:sentence {_text(row['sentence'])}")
        yield f"<{one}> {' ; '.join(about)} ."
    for paper, row in papers.items():
        about = [
            f"dct:{term} {_text(str(row[column]))}" for term, column in _OF_PAPER if row[column] is not None
        ]
        if about:
            yield f"<{paper}> {' ; '.join(about)} ."


_OF_PAPER = (("title", "title"), ("date", "year"), ("license", "license"))


def _pubinfo(base: str, name: str, rows: list[Row], run: str | None) -> Iterator[str]:
    made = max(row["extracted_at"] for row in rows)
    agent = f"{base}software/{quote(__version__)}"
    yield (
        f'<{name}> dct:created "{made.isoformat()}"^^xsd:dateTime ; dct:creator <{agent}>'
        f"{f' ; prov:wasGeneratedBy <{base}run/{quote(run)}>' if run else ''} ."
    )
    yield f"<{agent}> a prov:SoftwareAgent ; rdfs:label {_text(f'Kupffer {__version__}')} ."


def base_of(text: str) -> str:
    """``text`` as a base: an absolute IRI that ends where a name may follow.

    >>> base_of("https://example.org/kb"), base_of("urn:x:")
    ('https://example.org/kb/', 'urn:x:')

    Raises:
        ValueError: it is no absolute IRI.
    """
    if not _BASE.fullmatch(text):
        raise ValueError(f"{text!r} is no absolute IRI; give one such as https://example.org/kb/.")
    if "#" in text:
        raise ValueError(f"{text!r} has a #, which the graphs of each nanopublication need; end it with a /.")
    return text if text.endswith(("/", ":", "=")) else f"{text}/"


def iri(curie: str, base: str = BASE_IRI) -> str:
    """The IRI of a CURIE, as its ontology, identifiers.org or the Bioregistry has it; of ours, under ``base``.

    >>> iri("CL:0000091"), iri("PMID:7"), iri("KUPFFER:inhibition.HGNC_1+HGNC_2")
    ('http://purl.obolibrary.org/obo/CL_0000091', 'https://identifiers.org/pubmed:7', \
'https://w3id.org/kupffer/term/inhibition.HGNC_1+HGNC_2')
    """
    prefix, _, local = curie.partition(":")
    local = quote(local, safe=_IRI_SAFE)
    if prefix in _OBO:
        return f"http://purl.obolibrary.org/obo/{prefix}_{local}"
    if prefix == "KUPFFER":
        return f"{base}term/{local}"
    return f"{_IRIS.get(prefix, f'https://bioregistry.io/{quote(prefix)}:')}{local}"


def _text(value: str) -> str:
    """A literal in double quotes."""
    return f'"{_ESCAPED.sub(lambda m: _ESCAPES.get(m[0]) or f"{chr(92)}u{ord(m[0]):04X}", value)}"'


def _number(value: Any) -> str:
    """A decimal: Turtle takes a number with a point for one."""
    return f"{value:.3f}"
