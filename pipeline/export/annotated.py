"""Documents with the mentions and the rows of triples that belong to them, one document at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from pipeline.export.ordered import Row, in_order
from pipeline.export.source import Source


@dataclass(frozen=True)
class Annotated:
    """A document, its mentions in the order of their places, and the rows that are taken of it, likewise."""

    document: Row
    mentions: list[Row]
    rows: list[Row]


def annotated(source: Source) -> Iterator[Annotated]:
    """Every document that may go out, in the table's order.

    Tables may have their rows in any order: mentions and rows are put in the documents'. Texts are read once, and in
    memory there is one document at a time.
    """
    places = {row["doc_id"]: place for place, row in enumerate(source.documents(("doc_id",)))}
    of_mentions = (row for batch in source.mentions() for row in batch.to_pylist())
    mentions = _Groups(_in_order(of_mentions, places, ("start", "end")))
    rows = _Groups(_in_order(source.rows(), places, ("evidence_start", "triple_id")))
    for place, document in enumerate(source.documents()):
        yield Annotated(document, mentions.at(place), rows.at(place))


def _in_order(
    rows: Iterable[Row], places: dict[str, int], keys: tuple[str, str]
) -> Iterator[tuple[int, Row]]:
    """(place of its document, row), in that order and then by ``keys``; rows of other documents are left out."""
    first, second = keys
    keyed = (
        ((places[row["doc_id"]], row[first], row[second]), row) for row in rows if row["doc_id"] in places
    )
    return ((key[0], row) for key, row in in_order(keyed))


class _Groups:
    """Rows in order of their place, asked for place by place."""

    def __init__(self, rows: Iterable[tuple[int, Row]]) -> None:
        self._groups = groupby(rows, itemgetter(0))
        self._next: tuple[int, list[Row]] | None = None
        self._advance()

    def at(self, place: int) -> list[Row]:
        if self._next is None or self._next[0] != place:
            return []
        found = self._next[1]
        self._advance()
        return found

    def _advance(self) -> None:
        place, rows = next(self._groups, (None, ()))
        self._next = None if place is None else (place, [row for _, row in rows])
