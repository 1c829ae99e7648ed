"""Rows of triples and documents, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pipeline.claims import build_claims

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
ENDS = {
    "kupffer": ("Kupffer cells", "CL:0000091", "Kupffer cell"),
    "mdsc": ("MDSCs", None, None),
    "fibrosis": ("fibrosis", "MESH:D005355", "Fibrosis"),
    "exhaustion": ("T-cell exhaustion", None, None),
    "csf1r": ("CSF1R blockade", None, None),
    "imatinib": ("imatinib", "CHEBI:45783", "imatinib"),
}


def slot(name: str, key: str | None) -> dict[str, Any]:
    text, curie, label = ENDS[key] if key else (None, None, None)
    return {f"{name}_text": text, f"{name}_id": curie, f"{name}_name": label}


def triple(
    triple_id: str,
    doc_id: str,
    cell: str | None = "kupffer",
    cell_role: str | None = "drives",
    mechanism: str = "fibrosis",
    therapy: str | None = None,
    therapy_role: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "triple_id": triple_id,
        "doc_id": doc_id,
        **slot("cell", cell),
        "cell_role": cell_role if cell else None,
        **slot("mechanism", mechanism),
        **slot("therapy", therapy),
        "therapy_role": therapy_role if therapy else None,
        "negated": False,
        "speculated": False,
        "confidence": 0.9,
        "level": "asserted",
        **more,
    }


def document(doc_id: str, **more: Any) -> dict[str, Any]:
    return {"doc_id": doc_id, "year": 2020, "publication_types": ["Review"], "retracted": False, **more}


def claims(triples: Any, documents: Any = (), **more: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = build_claims(triples, documents, now=NOW, **more).to_pylist()
    return rows
