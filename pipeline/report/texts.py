"""What the page of a document shows: its text, or the sentences that claims rest on, with the mentions in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

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
    found: defaultdict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
    columns = ("doc_id", "type", "name", "id", "start", "end")
    for batch in outputs.batches("mentions", columns) if outputs.has("mentions") else ():
        # Few words in many rows: each is taken out of Arrow and looked up once.
        (docs, doc_ids), (kinds, types), (named, known), (ids, curies) = map(_coded, batch.columns[:4])
        numbers = [TYPES.index(type_) if type_ in TYPES else None for type_ in types]
        told: dict[tuple[int | None, int | None], int] = {}
        rows: list[tuple[int, int, int, int]] = []
        shown: list[tuple[int, int]] = []
        of = -1
        starts, ends = (column.to_pylist() for column in batch.columns[4:])
        for doc, kind, name, curie, start, end in zip(docs, kinds, named, ids, starts, ends, strict=True):
            if doc != of:  # a document's rows lie together
                of, rows = doc, found[doc_ids[doc]]
                shown = [(at, at + len(text)) for at, text in stretches.get(doc_ids[doc], ())]
            if (type_number := numbers[kind]) is None:
                continue
            for first, last in shown:
                if first <= start and end <= last:
                    if (number := told.get((name, curie))) is None:
                        word = None if name is None else known[name]
                        number = names.number(word, None if curie is None else curies[curie])
                        told[name, curie] = number
                    rows.append((start, start - end, type_number, number))
                    break
    return {doc_id: _flat(sorted(set(rows))) for doc_id, rows in found.items() if rows}


def _coded(column: pa.Array) -> tuple[list[Any], list[Any]]:
    """The place of each row's value in a list of the values, None where there is none; and that list."""
    coded = column.dictionary_encode()
    return coded.indices.to_pylist(), coded.dictionary.to_pylist()


def _flat(rows: list[tuple[int, int, int, int]]) -> list[int]:
    flat, last = [], 0
    for start, length, kind, name in rows:
        flat += [start - last, -length, kind, name]
        last = start
    return flat
