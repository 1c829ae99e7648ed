"""What was added, changed and withdrawn since a kept run, so that others can follow without loading everything anew."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.claims import OF_TRIPLES
from pipeline.export.files import whole
from pipeline.export.source import PAPER, Row, Source, claim_of

Unit = Literal["row", "claim", "document"]
"""What a format's readers replace as a whole."""

_COLUMNS = (*OF_TRIPLES.columns, *PAPER, "cell_text", "mechanism_text", "therapy_text", "sentence")


@dataclass(frozen=True)
class Change:
    """What happened to one thing: ``kind`` is added, changed or withdrawn; ``denied`` is None but for claims."""

    kind: str
    id: str
    denied: bool | None = None


@dataclass(frozen=True)
class Since:
    """The difference between two runs as exports of them have it.

    Attributes:
        unit: What is added, changed and withdrawn.
        changes: Each of them, by id.
        touched: Ids of what goes out: whole claims or documents of which a row was added, changed or withdrawn.
    """

    unit: Unit
    changes: list[Change]
    touched: frozenset[str]

    def takes(self, row: Row) -> bool:
        """Whether a row of triples goes out."""
        return _id_of(row, self.unit) in self.touched

    def takes_document(self, doc_id: str) -> bool:
        """Whether a document goes out."""
        return self.unit != "document" or doc_id in self.touched

    @property
    def counts(self) -> Counter[str]:
        """How many were added, changed, withdrawn."""
        return Counter(change.kind for change in self.changes)


def since(then: Source, now: Source, unit: Unit) -> Since:
    """Compare the rows that an export of ``then`` took to those that one of ``now`` takes.

    A row that is left out now, because its paper was retracted or a curator rejected it, is withdrawn. Offsets,
    versions and times make no change.

    Claims that a text says and claims that it denies are two things: denied ones have ``denied`` true.
    """
    before, after = dict(_seen(then, unit)), dict(_seen(now, unit))
    differ = {
        row for row in before.keys() | after.keys() if before.get(row, ("",))[0] != after.get(row, ("",))[0]
    }
    # A row may have moved to another claim: what it left has changed too.
    touched = {seen[row][1][0] for seen in (before, after) for row in differ if row in seen}
    old, new = ({key for _, key in seen.values()} for seen in (before, after))
    changes = [
        Change("withdrawn" if key not in new else "changed" if key in old else "added", *key)
        for key in sorted(old | new, key=str)
        if key[0] in touched
    ]
    return Since(unit, changes, frozenset(touched & {name for name, _ in new}))


def _seen(source: Source, unit: Unit) -> Iterator[tuple[str, tuple[int, tuple[str, bool | None]]]]:
    """triple_id -> (what it says, in short; what it belongs to and, for a claim, whether it denies it)."""
    for row in source.rows():
        said = hash((source.verdict(row["triple_id"]), *(str(row[column]) for column in _COLUMNS)))
        denied = row["negated"] if unit == "claim" else None
        yield row["triple_id"], (said, (_id_of(row, unit), denied))


def _id_of(row: Row, unit: Unit) -> str:
    if unit == "claim":
        return claim_of(row)
    name: str = row["triple_id" if unit == "row" else "doc_id"]
    return name


def write_changes(found: Since, path: Path, then: str | None, now: str | None) -> None:
    """Write what changed to ``path``, one JSON object a line; withdrawn things are tombstones."""
    with whole(path) as out:
        for change in found.changes:
            line: dict[str, str | bool | None] = {
                "change": change.kind,
                "what": found.unit,
                "id": change.id,
                "since": then,
                "run": now,
            }
            if change.denied is not None:
                line["denied"] = change.denied
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
