"""The mentions of a document's page, as numbers one after the other, are those that stand in what it shows."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.texts import TYPES, Names, mentions

DOCUMENTS = ("a", "b", "c", "not shown")
WORDS = [(None, None), ("liver", "UBERON:1"), (None, "UBERON:1"), ("gut", "UBERON:2"), ("gut", None)]
ROW = st.tuples(
    st.sampled_from(DOCUMENTS),
    st.sampled_from((*TYPES, "OTHER")),
    st.sampled_from(WORDS),
    st.integers(0, 30),
    st.integers(1, 9),
)
STRETCH = st.tuples(st.integers(0, 30), st.integers(1, 20)).map(lambda part: [part[0], "x" * part[1]])


class Given:
    """A table of mentions in batches of some rows."""

    def __init__(self, rows, size):
        names = ("doc_id", "type", "name", "id", "start", "end")
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        types = [pa.string()] * 4 + [pa.int32()] * 2
        arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
        self.found, self.size = pa.table(arrays, names), size

    def has(self, table):
        return table == "mentions"

    def batches(self, table, columns):
        yield from self.found.select(columns).to_batches(max_chunksize=self.size)


@given(
    st.lists(ROW, max_size=30),
    st.dictionaries(st.sampled_from(DOCUMENTS[:3]), st.lists(STRETCH, max_size=3)),
    st.integers(1, 40),
)
def test_a_document_has_the_mentions_that_stand_in_what_is_shown_of_it(rows, stretches, size):
    told = [(doc, type_, *words, start, start + length) for doc, type_, words, start, length in rows]
    told.sort(key=lambda row: row[0])
    names = Names()
    found = mentions(Given(told, size), stretches, names)
    assert set(found) <= set(stretches) and all(found.values())
    read = set()
    for doc, numbers in found.items():
        at, last = 0, ()
        for place in range(0, len(numbers), 4):
            gap, length, type_, name = numbers[place : place + 4]
            at += gap
            assert last < (at, -length, type_, name)  # in order, none twice
            last = (at, -length, type_, name)
            word = names.rows[name] if name >= 0 else None
            read.add((doc, TYPES[type_], word, at, at + length))
    assert read == {
        (doc, type_, ((name or "", curie) if curie else None), start, end)
        for doc, type_, name, curie, start, end in told
        if type_ in TYPES
        and any(at <= start and end <= at + len(text) for at, text in stretches.get(doc, ()))
    }
