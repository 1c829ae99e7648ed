"""How often is a row right? Curators' verdicts on rows of triples, by confidence, rule, slot and more.

A verdict is on a row as a whole, so that a slot's figure is that of the rows that fill it. Which rows were judged was
the curators' choice: figures are of these rows, and of all only where the judged ones were drawn by chance.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]

BANDS = (0.9, 0.8, 0.6, 0.4, 0.0)
"""Lower ends of the bands of confidence."""

SLOTS = ("cell", "mechanism", "therapy")
COLUMNS = (
    "triple_id", "doc_id", "sentence",
    *(f"{slot}_{part}" for slot in SLOTS for part in ("text", "id")),
    "cell_role", "therapy_role", "negated", "speculated", "confidence", "level", "rules",
)  # fmt: skip
"""Columns of ``triples`` that are read."""

_WRONG = (
    "doc_id", "triple_id", "confidence", "rules", "comment", "cell_text", "cell_role", "mechanism_text",
    "therapy_role", "therapy_text", "negated", "speculated", "level", "sentence",
)  # fmt: skip
_Z = 1.959964  # of 95%


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of ``triples`` with `COLUMNS` that a curator judged."""

    row: Row
    accepted: bool
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """Judged rows of one kind: how many, how many of them right, and their mean confidence (0..1)."""

    name: str
    judged: int
    right: int
    confidence: float

    @property
    def precision(self) -> float:
        return self.right / self.judged

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.judged)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Figures by group ("all", "confidence", "level", "slots", "slot", "said", "rule"), and what was left out.

    Attributes:
        groups: The kinds of each group that have a judged row.
        rows: Rows of the tables.
        elsewhere: Verdicts on rows that the tables do not have.
    """

    groups: Mapping[str, tuple[Figure, ...]]
    rows: int
    elsewhere: int


def wilson(right: int, judged: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927, J Am Stat Assoc 22:209), which holds for few rows and for all right.

    Rows count as independent; those of one sentence are less than that, and the truth a little wider.

    >>> [round(end, 3) for end in wilson(9, 10)], [round(end, 3) for end in wilson(5, 5)]
    ([0.596, 0.982], [0.566, 1.0])
    """
    share, square = right / judged, _Z * _Z / judged
    middle = (share + square / 2) / (1 + square)
    reach = _Z * sqrt(share * (1 - share) / judged + square / (4 * judged)) / (1 + square)
    # At the ends the sum is 0 and 1, but for a last bit.
    return max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share))


def judged_rows(
    verdicts: Mapping[str, Row], batches: Iterable[pa.RecordBatch], doc_ids: Any = None
) -> tuple[list[Judged], int]:
    """The rows that were judged, in the tables' order, and how many rows there are.

    Args:
        verdicts: triple_id -> ``verdict`` ("accepted" or "rejected") and ``comment``.
        batches: Rows of ``triples``.
        doc_ids: A compiled regular expression: only rows of documents in whose id it has a match.
    """
    found: list[Judged] = []
    number = 0
    for batch in batches:
        number += batch.num_rows
        known = [triple in verdicts for triple in batch.column("triple_id").to_pylist()]
        for row in batch.filter(pa.array(known, pa.bool_())).to_pylist():
            if doc_ids is None or doc_ids.search(row["doc_id"]):
                verdict = verdicts[row["triple_id"]]
                found.append(Judged(row, verdict["verdict"] == "accepted", verdict.get("comment")))
    return found, number


def figures(found: Sequence[Judged], rows: int, elsewhere: int) -> Verdicts:
    """Precision of judged rows by kind; a row is of one confidence and level, and of as many rules as made it."""
    by: defaultdict[str, defaultdict[str, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        for group, name in _kinds(one.row):
            by[group][name].append(one)
    groups = {}
    for group in ("all", "confidence", "level", "slots", "slot", "said", "rule"):
        made = [
            Figure(
                name,
                len(those),
                sum(one.accepted for one in those),
                sum(one.row["confidence"] for one in those) / len(those),
            )
            for name, those in by[group].items()
        ]
        key = _by_number if group == "rule" else _by_name
        groups[group] = tuple(sorted(made, key=key, reverse=group == "confidence"))
    return Verdicts(groups, rows, elsewhere)


def _by_number(figure: Figure) -> tuple[Any, ...]:
    return -figure.judged, figure.name


def _by_name(figure: Figure) -> tuple[Any, ...]:
    return (figure.name,)


def _kinds(row: Row) -> Iterator[tuple[str, str]]:
    """(group, name) of all that a row is."""
    yield "all", "all judged rows"
    low = next(low for low in BANDS if row["confidence"] >= low)
    high = BANDS[BANDS.index(low) - 1] if low < BANDS[0] else 1.0
    yield "confidence", f"{low:.1f} to {high:.1f}"
    yield "level", row["level"]
    filled = [slot for slot in SLOTS if row[f"{slot}_text"] is not None]
    yield "slots", " + ".join(filled)
    for slot in filled:
        if slot != "mechanism":
            yield "slot", f"{slot} {row[f'{slot}_role']}"
        yield "slot", f"{slot}, {'with' if row[f'{slot}_id'] else 'without'} identifier"
    yield "said", "negated" if row["negated"] else "speculated" if row["speculated"] else "plainly"
    for rule in row["rules"]:
        yield "rule", rule


def as_json(found: Verdicts, intervals: bool = True) -> dict[str, Any]:
    """The figures as plain data; shares in 0..1."""
    return {
        "rows": found.rows,
        "judged": sum(figure.judged for figure in found.groups["all"]),
        "judged elsewhere": found.elsewhere,
        "precision": {
            group: [
                {
                    "name": figure.name,
                    "judged": figure.judged,
                    "right": figure.right,
                    "precision": figure.precision,
                    **({"interval": figure.interval} if intervals else {}),
                    "mean confidence": figure.confidence,
                }
                for figure in those
            ]
            for group, those in found.groups.items()
        },
    }


def show(found: Verdicts, console: Console, intervals: bool = True) -> None:
    """The figures as one table."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    table.add_column("judged rows", overflow="fold")
    for title in ("judged", "right", "precision", "95%", "confidence"):
        if intervals or title != "95%":
            table.add_column(title, justify="right", no_wrap=True)
    for group, those in found.groups.items():
        if those and group not in ("all", "said"):
            table.add_row()
            table.add_row(f"by {group}", style="dim")
        for figure in those:
            low, high = figure.interval
            span = [f"{low:.2f}-{high:.2f}"] if intervals else []
            cells = [str(figure.judged), str(figure.right), f"{figure.precision:.3f}", *span]
            table.add_row(figure.name, *cells, f"{figure.confidence:.2f}")
    (whole,) = found.groups["all"]
    console.print(f"{whole.judged} of {found.rows} rows judged", style="bold")
    console.print(table)


def write_rejected(found: Iterable[Judged], path: Path) -> None:
    """The rejected rows with the curators' comments as TSV, the surest first: where to look for what went wrong.

    Raises:
        OSError: the file cannot be written.
    """
    wrong = sorted((one for one in found if not one.accepted), key=lambda one: -one.row["confidence"])
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(_WRONG)
        for one in wrong:
            row = {**one.row, "comment": one.comment, "rules": " ".join(one.row["rules"])}
            writer.writerow(
                " ".join(str(row[name]).split()) if row[name] is not None else "" for name in _WRONG
            )
