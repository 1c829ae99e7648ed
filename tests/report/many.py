"""Many rows, made by hand: abstracts of two thousand characters, four statements and forty mentions each."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store import TABLES

NOW = datetime(2026, 11, 25, tzinfo=UTC)
_EACH = 4
_FILLER = "It was seen in several models that levels differed between groups, with little change over time. "


def write_many(folder: Path, rows: int) -> Path:
    """Tables with so many rows of triples, as a run of old writes them: a file a table."""
    chance = random.Random(7)
    tables: dict[str, list[dict[str, Any]]] = {"documents": [], "mentions": [], "triples": [], "failures": []}
    for number in range(rows // _EACH):
        _paper(number, chance, tables)
    for name, content in tables.items():
        (folder / name).mkdir()
        pq.write_table(
            pa.Table.from_pylist(content, schema=TABLES[name]), folder / name / "part-00000.parquet"
        )
    return folder


def _paper(number: int, chance: random.Random, tables: dict[str, list[dict[str, Any]]]) -> None:
    doc_id = str(10_000_000 + number)
    text = f"Review {number} of cells, what they do in the liver, and which therapies change it\n\n"
    for index in range(_EACH):
        slots = {
            "cell": f"type {int(chance.paretovariate(0.7)) % 400} cells",
            "mechanism": f"process {int(chance.paretovariate(0.7)) % 400}",
            "therapy": f"drug {int(chance.paretovariate(0.7)) % 400}",
        }
        start = len(text)
        sentence = (
            f"In mice, {slots['cell']} drive {slots['mechanism']}, which {slots['therapy']} may inhibit."
        )
        text += sentence + " " + _FILLER * 4
        row = dict.fromkeys(TABLES["triples"].names) | {
            "triple_id": f"{number}-{index}",
            "doc_id": doc_id,
            "sentence_index": index,
            "sentence": sentence,
            "cell_role": "drives",
            "therapy_role": "inhibits",
            "negated": False,
            "speculated": True,
            "speculation_cue": "may",
            "confidence": round(chance.random(), 3),
            "level": "asserted",
            "rules": ["test"],
            "evidence_start": start,
            "evidence_end": start + len(sentence),
            "pipeline_version": "0",
            "model_version": "0",
            "extracted_at": NOW,
        }
        for slot, words in slots.items():
            at = start + sentence.index(words)
            row |= {f"{slot}_text": words, f"{slot}_start": at, f"{slot}_end": at + len(words)}
            tables["mentions"].append(_mention(doc_id, at, words, slot.upper(), index))
        tables["triples"].append(row)
        for place in range(start + len(sentence) + 1, len(text) - 12, 58):
            tables["mentions"].append(_mention(doc_id, place, text[place : place + 11], "GENE", index))
    tables["documents"].append(
        dict.fromkeys(TABLES["documents"].names)
        | {
            "doc_id": doc_id,
            "pmid": doc_id,
            "title": text.split("\n")[0],
            "journal": f"Journal {number % 90}",
            "year": 1995 + number % 30,
            "authors": ["Ax O", "Bo B"],
            "publication_types": ["Review"],
            "retracted": False,
            "text": text,
            "sections": [],
            "text_sha256": doc_id,
            "read_at": NOW,
        }
    )


def _mention(doc_id: str, start: int, text: str, kind: str, sentence: int) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "section": None,
        "sentence_index": sentence,
        "start": start,
        "end": start + len(text),
        "text": text,
        "type": kind,
        "id": f"TEST:{start}",
        "name": text,
        "source": "test",
        "score": 1.0,
    }
