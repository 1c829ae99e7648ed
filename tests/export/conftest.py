"""Three small papers, written as tables: an open one, a closed one, a retracted one."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.store.schema import TABLES

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def paper(doc_id, **more):
    text = "Kupffer cells drive fibrosis."
    empty = dict.fromkeys(TABLES["documents"].names)
    lists = {"authors": [], "publication_types": [], "sections": []}
    return {
        **empty, **lists, "doc_id": doc_id, "retracted": False, "text": text, "text_sha256": "0", "read_at": NOW
    } | more  # fmt: skip


def triple(triple_id, doc_id="1", **more):
    return {
        **dict.fromkeys(TABLES["triples"].names),
        "triple_id": triple_id, "doc_id": doc_id, "sentence_index": 0, "sentence": "Kupffer cells drive fibrosis.",
        "cell_text": "Kupffer cells", "cell_start": 0, "cell_end": 13, "cell_id": "CL:0000091",
        "cell_name": "Kupffer cell",
        "cell_role": "drives", "mechanism_text": "fibrosis", "mechanism_start": 20, "mechanism_end": 28,
        "mechanism_id": "MESH:D005355", "mechanism_name": "Fibrosis", "negated": False, "speculated": False,
        "confidence": 0.9, "level": "asserted", "rules": ["active"], "evidence_start": 0, "evidence_end": 29,
        "pipeline_version": "0", "model_version": "test", "extracted_at": NOW,
    } | more  # fmt: skip


def write(folder, documents, triples, mentions=()):
    for table, rows in {
        "documents": documents,
        "mentions": list(mentions),
        "triples": triples,
        "failures": [],
    }.items():
        (folder / table).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, TABLES[table]), folder / table / "part-00000.parquet")
    return folder


@pytest.fixture
def outputs(tmp_path):
    papers = [
        paper("1", pmid="1", license="CC BY 4.0", title="=cmd|'/c calc'!A0", year=2021),
        paper("2", license="CC BY-NC-ND 4.0"),
        paper("3", retracted=True),
    ]
    rows = [
        triple("a"),
        triple("b", "2", sentence='@Treg, so; =1+1\nmore "quoted" text', rules=["x", "-y"]),
        triple("c", "3", negated=True, negation_cue="not", cell_id=None),
    ]
    return write(tmp_path / "outputs", papers, rows)
