"""BioC JSON: documents with passages, mentions as annotations, rows of triples as relations.

The format is that of https://bioc.sourceforge.net as JSON, the way PubMed Central and the ``bioc`` package
(https://github.com/bionlplab/bioc) write and read it. Offsets count Unicode characters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.export.annotated import Annotated, annotated
from pipeline.export.choice import SLOTS
from pipeline.export.files import whole
from pipeline.export.source import Row, Source

_OF_DOCUMENT = ("pmid", "pmcid", "doi", "title", "journal", "year", "license")
_OF_RELATION = (
    "cell_role", "therapy_role", "negated", "negation_cue", "speculated", "speculation_cue", "confidence", "level",
    "link", "section", "sentence_index", "evidence_start", "evidence_end", "pipeline_version", "model_version",
)  # fmt: skip


def write_bioc(source: Source, path: Path) -> Mapping[str, int]:
    """Write one collection to ``path``, a document a line, and return how many of what is in it."""
    written: Counter[str] = Counter(document=0, annotation=0, relation=0)
    head = {
        "bioctype": "BioCCollection",
        "source": f"Kupffer {__version__}",
        "date": source.date,
        "key": "",
        "version": "1.0",
        "infons": {"offsets": "Unicode characters"},
    }
    with whole(path) as out:
        # The documents are the last member, so that they can be written while they come.
        out.write(f'{_json(head)[:-1]}, "documents": [')
        for number, item in enumerate(annotated(source)):
            document = _document(item)
            out.write(",\n" if number else "\n")
            out.write(_json(document))
            written["document"] += 1
            written["relation"] += len(document["relations"])
            written["annotation"] += len(document["annotations"])
            written["annotation"] += sum(len(passage["annotations"]) for passage in document["passages"])
        out.write("\n]}\n")
    return written


def _document(item: Annotated) -> dict[str, Any]:
    passages = list(_passages(item.document))
    loose: list[Row] = []  # what crosses the border of two passages belongs to the document
    names: dict[tuple[str, int, int], str] = {}
    for mention in [*item.mentions, *_slots(item.rows)]:
        key = (mention["type"], mention["start"], mention["end"])
        if key not in names:
            names[key] = f"M{len(names)}"
            home = next((p for p in passages if _holds(p, mention)), None)
            (loose if home is None else home["annotations"]).append(_annotation(mention, names[key]))
    for passage in passages:
        del passage["end"]
    return {
        "bioctype": "BioCDocument",
        "id": item.document["doc_id"],
        "infons": _infons(item.document, _OF_DOCUMENT),
        "passages": passages,
        "annotations": loose,
        "relations": [_relation(row, names) for row in item.rows],
    }


def _passages(document: Row) -> Iterator[dict[str, Any]]:
    """A passage for each section, and for text that stands in none. Of a closed document they have no text."""
    text: str | None = document["text"]
    for name, start, end in _stretches(document):
        kind = "title" if name == "title" else "abstract" if name.startswith("abstract") else "paragraph"
        passage = {
            "bioctype": "BioCPassage",
            "offset": start,
            "end": end,
            "infons": {"type": kind, "section": name},
            "sentences": [],
            "annotations": [],
            "relations": [],
        }
        yield passage if text is None else passage | {"text": text[start:end]}


def _stretches(document: Row) -> Iterator[tuple[str, int, int]]:
    """(section's name, first character, one past its last), in order, without gaps that hold words."""
    text: str | None = document["text"]
    done = 0
    for section in document["sections"]:
        if text is not None and text[done : section["start"]].strip():
            yield "text", done, section["start"]
        yield section["name"], section["start"], section["end"]
        done = section["end"]
    if text is not None and text[done:].strip():
        yield "text", done, len(text)


def _slots(rows: list[Row]) -> Iterator[Row]:
    """The slots of rows as mentions, for a relation needs both ends even where a table lost one."""
    for row in rows:
        for slot in SLOTS:
            if row[f"{slot}_text"] is not None:
                yield {
                    "type": slot.upper(),
                    **{name: row[f"{slot}_{name}"] for name in ("start", "end", "text", "id", "name")},
                    "source": None,
                    "score": None,
                }


def _holds(passage: Mapping[str, Any], mention: Row) -> bool:
    return bool(passage["offset"] <= mention["start"] and mention["end"] <= passage["end"])


def _annotation(mention: Row, name: str) -> dict[str, Any]:
    infons = _infons(mention, ("type", "id", "name", "source", "score"))
    if "id" in infons:
        infons["identifier"] = infons.pop("id")  # as PubTator calls it
    return {
        "id": name,
        "infons": infons,
        "text": mention["text"],
        "locations": [{"offset": mention["start"], "length": mention["end"] - mention["start"]}],
    }


def _relation(row: Row, names: Mapping[tuple[str, int, int], str]) -> dict[str, Any]:
    nodes = [
        {"refid": names[slot.upper(), row[f"{slot}_start"], row[f"{slot}_end"]], "role": slot}
        for slot in SLOTS
        if row[f"{slot}_text"] is not None
    ]
    kind = "-".join(node["role"] for node in nodes)
    infons = {"type": kind, **_infons(row, _OF_RELATION), "rules": " ".join(row["rules"])}
    return {"id": row["triple_id"], "infons": infons, "nodes": nodes}


def _infons(row: Row, names: tuple[str, ...]) -> dict[str, str]:
    """What is known under ``names``, as texts: BioC's infons are nothing else."""
    return {name: _text(row[name]) for name in names if row[name] is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
