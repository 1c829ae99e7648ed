"""What was added, changed and withdrawn since a kept run, so that others can follow without loading everything anew."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.claims import OF_TRIPLES
from pipeline.export.files import whole
from pipeline.export.source import PAPER, Row, Source, claim_of

Unit = Literal["row", "claim", "document"]
"""What a format's readers replace as a whole."""

_COLUMNS = (
    *OF_TRIPLES.columns,
    *PAPER,
    *("doc_id", "cell_text", "mechanism_text", "therapy_text", "sentence", "negation_cue", "speculation_cue"),
)
_OF_DOCUMENT = ("doc_id", "text_sha256", *PAPER)
_DOCUMENT = "\0"  # before the id of a document among those of rows
_OF_MENTION = ("start", "end", "type", "id", "name")


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
        rows: The same of rows of triples, whatever the unit.
        touched: Ids of what goes out: whole claims or documents of which a row was added, changed or withdrawn.
    """

    unit: Unit
    changes: list[Change]
    rows: list[Change]
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

    A row that is left out now, because its paper was retracted or a curator rejected it, is withdrawn. A verdict, a
    confidence, a licence or other metadata of the paper is a change; offsets, versions and times are none.

    Claims that a text says and claims that it denies are two things: denied ones have ``denied`` true.
    """
    before, after = dict(_seen(then, unit)), dict(_seen(now, unit))
    differ = {
        row for row in before.keys() | after.keys() if before.get(row, ("",))[0] != after.get(row, ("",))[0]
    }
    # A row may have moved to another claim: what it left has changed too.
    touched = {seen[row][1][0] for seen in (before, after) for row in differ if row in seen}
    old, new = ({key for _, key in seen.values()} for seen in (before, after))
    return Since(
        unit,
        [
            Change(_kind(key, old, new), *key)
            for key in sorted(old | new, key=lambda key: (key[0], bool(key[1])))
            if key[0] in touched
        ],
        [Change(_kind(row, before, after), row) for row in sorted(differ) if not row.startswith(_DOCUMENT)],
        frozenset(touched & {name for name, _ in new}),
    )


def _kind(key: object, old: Container[object], new: Container[object]) -> str:
    return "withdrawn" if key not in new else "changed" if key in old else "added"


def _seen(source: Source, unit: Unit) -> Iterator[tuple[str, tuple[int, tuple[str, bool | None]]]]:
    """triple_id -> (what it says, in short; what it belongs to and, for a claim, whether it denies it).

    Where documents are followed, they come too: one may change, or be there, without a row.
    """
    # How many papers say a claim goes out with it: which documents are one paper is part of it.
    columns = (*_COLUMNS, "paper") if unit == "claim" else _COLUMNS
    for row in source.rows():
        said = hash((source.verdict(row["triple_id"]), *(str(row[column]) for column in columns)))
        denied = row["negated"] if unit == "claim" else None
        yield row["triple_id"], (said, (_id_of(row, unit), denied))
    if unit == "document":
        marked = _mentions(source)
        for row in source.documents(_OF_DOCUMENT):
            said = hash((marked.get(row["doc_id"], 0), *(str(row[column]) for column in _OF_DOCUMENT)))
            yield f"{_DOCUMENT}{row['doc_id']}", (said, (row["doc_id"], None))


def _mentions(source: Source) -> dict[str, int]:
    """doc_id -> all its mentions in short, in whatever order the table has them."""
    marked: defaultdict[str, int] = defaultdict(int)
    for batch in source.mentions():
        columns = [batch.column(name).to_pylist() for name in _OF_MENTION]
        for doc_id, *mention in zip(batch.column("doc_id").to_pylist(), *columns, strict=True):
            marked[doc_id] ^= hash(tuple(mention))
    return marked


def _id_of(row: Row, unit: Unit) -> str:
    if unit == "claim":
        return claim_of(row)
    name: str = row["triple_id" if unit == "row" else "doc_id"]
    return name


def write_changes(found: Since, path: Path, then: str | None, now: str | None) -> None:
    """Write what changed to ``path``, one JSON object a line: by the format's unit, then by row.

    Withdrawn things are tombstones.
    """
    parts = {found.unit: found.changes, "row": found.rows}
    with whole(path) as out:
        for what, changes in parts.items():
            for change in changes:
                line: dict[str, str | bool | None] = {
                    "change": change.kind,
                    "what": what,
                    "id": change.id,
                    "since": then,
                    "run": now,
                }
                if change.denied is not None:
                    line["denied"] = change.denied
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


def counted(changes: Iterable[Change]) -> str:
    """
    >>> counted([Change("added", "1"), Change("withdrawn", "2")])
    '1 added, 0 changed, 1 withdrawn'
    """
    kinds = Counter(change.kind for change in changes)
    return ", ".join(f"{kinds[kind]} {kind}" for kind in ("added", "changed", "withdrawn"))
