"""What changed between the same table of two runs: counts, and a few examples of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from pipeline.claims.database import Rows, columns, database, load
from pipeline.claims.schema import CLAIMS
from pipeline.store.schema import TRIPLES

EXAMPLES = 10
"""Rows shown of those that were added, dropped and changed, the surest first."""


class Compared(NamedTuple):
    """How a table is compared: rows are the same by ``key``, and changed when one of ``columns`` is."""

    schema: pa.Schema
    key: str
    columns: tuple[str, ...]
    shown: tuple[str, ...]


_LONG = frozenset({"evidence"})  # counted when it changes, not shown: thousands of ids for a common claim
_SLOTS = ("cell_text", "cell_role", "mechanism_text", "therapy_text", "therapy_role")

# Neither offsets nor versions: a statement that moved, or that a new version found again, is the same.
OF_TRIPLES = Compared(
    TRIPLES,
    "triple_id",
    (
        *(f"{slot}_{part}" for slot in ("cell", "mechanism", "therapy") for part in ("id", "name")),
        *("negated", "speculated", "confidence", "level", "link", "rules"),
    ),
    ("doc_id", *_SLOTS, "negated", "level", "confidence", "sentence"),
)
OF_CLAIMS = Compared(
    CLAIMS,
    "claim_id",
    tuple(name for name in CLAIMS.names if name not in ("claim_id", "first_seen", "last_seen")),
    (*_SLOTS, "paper_count", "evidence_count", "confidence"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One table against the run before. ``before`` is None where there was no such table: then all is added.

    ``columns`` counts changed rows by what changed in them. Examples are rows with the columns that a person
    wants to see; one that changed has ``was`` and ``is`` too, of the columns that differ.
    """

    before: int | None
    after: int
    added: int
    dropped: int
    changed: int
    columns: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __str__(self) -> str:
        """
        >>> str(Difference(10, 12, 3, 1, 0))
        '12 (3 added, 1 dropped, 0 changed)'
        """
        if self.before is None:
            return f"{self.after} (no earlier run)"
        return f"{self.after} ({self.added} added, {self.dropped} dropped, {self.changed} changed)"


def no_difference(rows: int) -> Difference:
    """What `difference` gives for a table that is the last run's."""
    return Difference(rows, rows, 0, 0, 0, {}, {"added": [], "dropped": [], "changed": []})


def difference(before: Rows | None, after: Rows, of: Compared, *, examples: int = EXAMPLES) -> Difference:
    """Compare a table of this run to that of the run before.

    Args:
        before: The earlier table's rows, or None where there was none.
        after: This run's.
        of: `OF_TRIPLES` or `OF_CLAIMS`.
        examples: How many rows of each kind to give.
    """
    names = dict.fromkeys((of.key, *of.columns, *of.shown))
    schema = columns(of.schema, names)
    with database() as db:
        for table, rows in (("old", before or ()), ("new", after)):
            load(db, rows, schema, table, "SELECT * FROM incoming")
        key = of.key
        added = f"FROM new ANTI JOIN old USING ({key})"
        dropped = f"FROM old ANTI JOIN new USING ({key})"
        pairs = f"FROM new JOIN old USING ({key})"
        differs = {name: f"(new.{name} IS DISTINCT FROM old.{name})" for name in of.columns}
        any_differs = " OR ".join(differs.values())
        by_column = _one(
            db, f"SELECT {_listed(f'count(*) FILTER (WHERE {d})' for d in differs.values())} {pairs}"
        )
        both = _listed(f"{side}.{name} AS {side}_{name}" for name in names for side in ("old", "new"))
        changed_rows = f"SELECT {both} {pairs} WHERE {any_differs} ORDER BY new.confidence DESC, {key}"
        return Difference(
            before=None if before is None else _one(db, "SELECT count(*) FROM old")[0],
            after=_one(db, "SELECT count(*) FROM new")[0],
            added=_one(db, f"SELECT count(*) {added}")[0],
            dropped=_one(db, f"SELECT count(*) {dropped}")[0],
            changed=_one(db, f"SELECT count(*) {pairs} WHERE {any_differs}")[0],
            columns={name: count for name, count in zip(of.columns, by_column, strict=True) if count},
            examples={
                "added": _rows(db, f"{_best(of)} {added} {_surest(key, examples)}"),
                "dropped": _rows(db, f"{_best(of)} {dropped} {_surest(key, examples)}"),
                "changed": [_change(row, of) for row in _rows(db, f"{changed_rows} LIMIT {examples}")],
            },
        )


def _change(row: Mapping[str, Any], of: Compared) -> dict[str, Any]:
    changed = [name for name in of.columns if row[f"old_{name}"] != row[f"new_{name}"]]
    short = [name for name in changed if name not in _LONG]
    return {
        **{name: row[f"new_{name}"] for name in (of.key, *of.shown)},
        "was": {name: row[f"old_{name}"] for name in short},
        "is": {name: row[f"new_{name}"] for name in short},
    }


def _best(of: Compared) -> str:
    return f"SELECT {_listed((of.key, *of.shown))}"


def _surest(key: str, examples: int) -> str:
    return f"ORDER BY confidence DESC, {key} LIMIT {examples}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _one(db: duckdb.DuckDBPyConnection, query: str) -> Sequence[int]:
    return db.sql(query).fetchall()[0]


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = db.sql(query).to_arrow_table().to_pylist()
    return found
