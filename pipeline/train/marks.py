"""Our own marks of MEDLINE abstracts, kept without their texts.

A file of marks is JSONL: ``pmid``, ``sha256`` of the text the characters count in (title, newline,
abstract), ``sents``, ``mentions`` and ``triples`` as offsets. The texts are the abstracts of the training
corpora; ``load_marks`` puts the two together again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipeline.train.vectors import abstract_text, read_abstracts

log = logging.getLogger(__name__)

MARKS = Path(__file__).with_name("marks")


def without_text(record: dict[str, Any]) -> dict[str, Any]:
    """A marked abstract (``id``, ``text``, ``sents``, ``mentions``, ``triples``) as standoff without text."""
    return {
        "pmid": record["id"],
        "sha256": hashlib.sha256(record["text"].encode()).hexdigest(),
        "sents": record.get("sents", []),
        "mentions": [[m["type"], m["start"], m["end"]] for m in record["mentions"]],
        "triples": record.get("triples", []),
    }


def store_marks(records: Iterable[dict[str, Any]], path: Path) -> int:
    """Write marked abstracts as standoff, sorted by PMID; returns how many."""
    rows = sorted((without_text(record) for record in records), key=lambda row: row["pmid"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), encoding="utf-8")
    return len(rows)


def marked_ids(folder: Path = MARKS) -> set[str]:
    """The PMIDs of the abstracts that are marked in ``folder``."""
    lines = (
        line for path in folder.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()
    )
    return {json.loads(line)["pmid"] for line in lines}


def load_marks(abstracts: Path, folder: Path = MARKS) -> Iterator[dict[str, Any]]:
    """The marks of all files in ``folder`` with their texts, in the form of ``triples/train.jsonl``.

    ``abstracts`` is ``text/medline-abstracts.jsonl.gz``. A mark whose text is missing or differs from what
    was marked is left out, and logged.
    """
    rows = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows[row["pmid"]] = row
    for record in read_abstracts(abstracts) if rows else ():
        row = rows.get(record["pmid"])
        if row is None:
            continue
        text = abstract_text(record)
        if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
            continue
        del rows[record["pmid"]]
        mentions = [{"type": label, "start": start, "end": end} for label, start, end in row["mentions"]]
        yield {
            "id": row["pmid"], "text": text, "sents": row["sents"], "mentions": mentions, "triples": row["triples"],
        }  # fmt: skip
    if rows:
        log.warning("%d marked abstracts are not among %s and are left out", len(rows), abstracts)
