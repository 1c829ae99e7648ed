"""Who says a part of a claim and who denies it, and how sure that makes it.

A row that denies "therapy does this to the mechanism of the cell" denies what the therapy does: in none of some twenty
such sentences of our training texts was it denied that the cell has the mechanism. So a denied row with a cell and a
therapy speaks against the therapy's part alone; of the cell's it says nothing, and of what stands beside it in the
claim it takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeline.claims.confidence import SPECULATED_WEIGHT, confidence
from pipeline.export.source import Row, Statement
from pipeline.store.rows import DECIMALS


def sides(statement: Statement, about: str) -> tuple[list[Row], list[Row]]:
    """The rows that say a part of a claim, and those that deny it.

    Args:
        statement: A claim.
        about: The slots that the part ties: cell-mechanism, therapy-mechanism or therapy-cell.
    """
    said = [row for row in statement.rows if not row["negated"]]
    denied = [row for row in statement.rows if row["negated"]]
    of_therapy = statement.claim["therapy_role"] is not None
    return said, denied if about == ("therapy-mechanism" if of_therapy else "cell-mechanism") else []


def sureness(rows: Iterable[Row], others: Iterable[Row]) -> float:
    """The confidence in what ``rows`` say and ``others`` gainsay, as `pipeline.claims` has it for claims."""
    return round(confidence(_misses(rows), _misses(others)), DECIMALS)


def _misses(rows: Iterable[Row]) -> list[float]:
    """Each paper's probability of being wrong, by its surest row."""
    best: dict[Any, float] = {}
    for row in rows:
        miss = 1 - row["confidence"] * (SPECULATED_WEIGHT if row["speculated"] else 1)
        best[row["paper"]] = min(miss, best.get(row["paper"], 1.0))
    return list(best.values())
