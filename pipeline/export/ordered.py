"""Rows in another order than the tables have them, however many there are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

_CACHE_KB = 32_768

Row = dict[str, Any]
Key = tuple[Any, Any, Any]


def in_order(rows: Iterable[tuple[Key, Row]]) -> Iterator[tuple[Key, Row]]:
    """``rows`` in the order of their keys; those with the same key keep theirs.

    SQLite sorts them in a file of its own, which is gone afterwards: it needs no more memory for many rows than for
    few, which DuckDB's sorting does. Keys are numbers and texts, of one kind in each place, and rows what
    JSON holds, with times among them.

    >>> [row for _, row in in_order([((2, "b", ""), {"n": 1}), ((2, "a", ""), {"n": 2})])]
    [{'n': 2}, {'n': 1}]
    """
    with closing(sqlite3.connect("")) as db:
        db.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        db.execute("CREATE TABLE rows (first, second, third, row TEXT)")
        db.executemany(
            "INSERT INTO rows VALUES (?, ?, ?, ?)",
            ((*key, json.dumps(row, default=datetime.isoformat)) for key, row in rows),
        )
        found = db.execute("SELECT first, second, third, row FROM rows ORDER BY first, second, third, rowid")
        for first, second, third, text in found:
            yield (first, second, third), _row(text)


def _row(text: str) -> Row:
    row: Row = json.loads(text)
    if at := row.get("extracted_at"):
        row["extracted_at"] = datetime.fromisoformat(at)
    return row
