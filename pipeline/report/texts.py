"""What the page of a document shows: its text, or the sentences that claims rest on, with the mentions in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.store import Outputs

Row = dict[str, Any]

TYPES = ("CELL", "MECHANISM", "THERAPY", "GENE", "CHEMICAL", "DISEASE", "ANATOMY", "ORGANISM")
"""Types of mentions by the number that stands for each in the page."""

_MENTION_BYTES = 14  # what a mention takes in the file, roughly
_PAGE_BYTES = 400  # what is known of a document beside its text


class Names:
    """The names of mentions, each written once."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, name: str | None, curie: str | None) -> int:
        """The number of a name with its CURIE; -1 where there is neither."""
        if not curie:
            return -1
        key = (name or "", curie)
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            self.rows.append(key)
        return self._numbers[key]


def order(documents: Iterable[str], evidence: Mapping[str, int]) -> list[str]:
    """Documents with the most evidence first; the others keep their order."""
    return sorted(documents, key=lambda doc_id: -evidence.get(doc_id, 0))


def whole(outputs: Outputs, ordered: Iterable[str], mentions: Mapping[str, int], budget: int) -> set[str]:
    """The documents whose texts are shown whole: as many as ``budget`` bytes hold, in the order given."""
    sizes: dict[str, int] = {}
    for batch in outputs.batches("documents", ("doc_id", "text"), rows=512):
        for doc_id, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            sizes[doc_id] = len(text.encode("utf-8", "replace")) + _PAGE_BYTES
    chosen = set()
    for doc_id in ordered:
        size = sizes.get(doc_id, 0) + _MENTION_BYTES * mentions.get(doc_id, 0)
        if size <= budget:
            budget -= size
            chosen.add(doc_id)
    return chosen


def texts(outputs: Outputs, chosen: Collection[str]) -> Iterator[tuple[str, str, list[list[Any]]]]:
    """Id, text and sections (name, start, end) of the documents that are shown whole."""
    for batch in outputs.batches("documents", ("doc_id", "text", "sections"), rows=512):
        for row in batch.to_pylist():
            if row["doc_id"] in chosen:
                sections = [[part["name"], part["start"], part["end"]] for part in row["sections"]]
                yield row["doc_id"], row["text"], sections


def excerpts(rows: Iterable[Row]) -> list[list[Any]]:
    """The stretches of a text that evidence rests on, as (start, text), in order and none twice.

    >>> excerpts([{"evidence_start": 9, "evidence_end": 12, "sentence": "Yes"},
    ...           {"evidence_start": 0, "evidence_end": 12, "sentence": "No at all Yes"[:12]}])
    [[0, 'No at all Ye']]
    """
    parts: list[list[Any]] = []
    for row in sorted(rows, key=lambda row: (row["evidence_start"], -row["evidence_end"])):
        start, text = row["evidence_start"], row["sentence"]
        if not parts or start > parts[-1][0] + len(parts[-1][1]):
            parts.append([start, text])
        else:  # two sentences that overlap
            more = start + len(text) - parts[-1][0] - len(parts[-1][1])
            parts[-1][1] += text[len(text) - more :] if more > 0 else ""
    return parts


def mention_counts(outputs: Outputs) -> dict[str, Counter[str]]:
    """How many mentions of each type a document has."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    if outputs.has("mentions"):
        for batch in outputs.batches("mentions", ("doc_id", "type")):
            found = pa.Table.from_batches([batch]).group_by(["doc_id", "type"]).aggregate([([], "count_all")])
            names = ("doc_id", "type", "count_all")
            for doc_id, kind, count in zip(*(found[name].to_pylist() for name in names), strict=True):
                counts[doc_id][kind] += count
    return counts


def mentions(
    outputs: Outputs, stretches: Mapping[str, list[list[Any]]], names: Names
) -> dict[str, list[int]]:
    """The mentions that stand in the shown ``stretches`` of each document: start, length, type, name, and so on.

    ``start`` is the distance from the mention before, for small numbers; longer ones come before those in them.
    """
    place = {doc_id: number for number, doc_id in enumerate(stretches)}
    columns = ("doc_id", "type", "name", "id", "start", "end")
    kept = [np.empty((5, 0), np.int64)]
    for batch in outputs.batches("mentions", columns) if outputs.has("mentions") else ():
        # Few words in many rows: each word is looked up once, and rows are numbers from here on.
        (docs, doc_ids), (kinds, types), (named, known), (ids, curies) = map(_coded, batch.columns[:4])
        start, end = (column.to_numpy().astype(np.int64) for column in batch.columns[4:])
        documents = np.array([place.get(doc_id, -1) for doc_id in doc_ids], np.int64)[docs]
        type_numbers = np.array([TYPES.index(type_) if type_ in TYPES else -1 for type_ in types], np.int64)
        kinds = type_numbers[kinds]
        shown = _inside(docs, start, end, [stretches.get(doc_id, []) for doc_id in doc_ids]) & (kinds >= 0)
        words = ids[shown] * (len(known) + 1) + named[shown] + 1
        each, which = np.unique(words, return_inverse=True)
        told = [
            names.number(known[name - 1] if name else None, curies[curie] if curie >= 0 else None)
            for curie, name in (divmod(word, len(known) + 1) for word in each.tolist())
        ]
        number = np.array(told, np.int64)[which]
        kept.append(np.stack([documents[shown], start[shown], (start - end)[shown], kinds[shown], number]))
    rows = np.concatenate(kept, axis=1)
    rows = rows[:, np.lexsort(rows[::-1])]
    new = np.ones(rows.shape[1], bool)
    new[1:] = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    return _flat(rows[:, new], [*stretches])


def _inside(
    docs: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64], shown: list[list[list[Any]]]
) -> NDArray[np.bool_]:
    """Which rows stand in a stretch that is shown of their document; a document's rows lie together."""
    found = np.zeros(len(docs), bool)
    borders = [0, *(np.flatnonzero(np.diff(docs)) + 1).tolist(), len(docs)]
    for first, last in pairwise(borders):
        for at, text in shown[docs[first]] if last > first else ():
            found[first:last] |= (at <= start[first:last]) & (end[first:last] <= at + len(text))
    return found


def _coded(column: pa.Array) -> tuple[NDArray[np.int64], list[Any]]:
    """The place of each row's value in a list of the values, -1 where there is none; and that list."""
    coded = column.dictionary_encode()
    places = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return places.astype(np.int64), coded.dictionary.to_pylist()


def _flat(rows: NDArray[np.int64], doc_ids: list[str]) -> dict[str, list[int]]:
    """Rows of (document, start, length less than 0, type, name), in order, as numbers one after the other."""
    documents, start, length, kind, name = rows
    first = np.ones(len(documents), bool)
    if not first.any():
        return {}
    first[1:] = documents[1:] != documents[:-1]
    gaps = start.copy()
    gaps[1:] -= np.where(first[1:], 0, start[:-1])
    flat = np.stack([gaps, -length, kind, name], axis=1).ravel().tolist()
    borders = np.flatnonzero(first).tolist()
    ends = [*borders[1:], len(documents)]
    return {doc_ids[documents[at]]: flat[4 * at : 4 * end] for at, end in zip(borders, ends, strict=True)}
