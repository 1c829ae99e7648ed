"""JSON Lines, JSON, CSV, TSV and Parquet: which fields are used, and what a bad row costs."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from typing import Any

import polars
import pytest
from conftest import by_section, check
from hypothesis import given
from hypothesis import strategies as st

from pipeline.read.draft import Draft
from pipeline.read.rows import draft_of
from pipeline.records import Document, Failure

TEXT = "On KCs.\nKupffer  cells eat;\tthey are \u03b3-positive. "
ROWS: list[dict[str, Any]] = [
    {"id": "seed", "text": TEXT, "title": "On KCs.", "year": 2020, "authors": "A Example; B Sample", "journal": "L"},
    {"id": "b/2", "text": None, "title": "Traps", "abstract": "DNase I degrades them.", "pmid": 123.0},
]  # fmt: skip


def as_jsonl() -> bytes:
    return "\n".join(json.dumps(row) for row in ROWS).encode() + b"\n\n"


def as_json() -> bytes:
    return json.dumps(ROWS, indent=1).encode()


def as_csv(delimiter: str = ",") -> bytes:
    names = ["ID", "Text", "Title", "Abstract", "PMID", "Year", "Authors", "Journal"]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows([["" if row.get(n.lower()) is None else row[n.lower()] for n in names] for row in ROWS])
    return file.getvalue().encode("utf-8-sig")


def as_parquet() -> bytes:
    file = io.BytesIO()
    polars.DataFrame(ROWS).write_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [as_jsonl(), as_json(), as_csv(), as_csv("\t"), as_csv(";"), as_csv().decode("utf-8-sig").encode("utf-16"),
     as_parquet()],
    ids=["jsonl", "json", "csv", "tsv", "semicolons", "utf-16", "parquet"],
)  # fmt: skip
def test_tables_are_told_by_their_content(files, content: bytes) -> None:
    first, second = files({"table.txt": content})
    assert first.text == TEXT
    assert [(s.name, s.start, s.end) for s in first.sections] == [("title", 0, 7), ("text", 8, len(TEXT))]
    assert (first.doc_id, first.year, first.authors) == ("seed", 2020, ("A Example", "B Sample"))
    assert (first.journal, first.pmid) == ("L", None)
    assert by_section(second) == {"title": "Traps", "abstract": "DNase I degrades them."}
    assert (second.doc_id, second.pmid) == ("b_2", "123")


def test_our_own_documents_table_comes_back_with_its_sections(one) -> None:
    sections = [
        {"name": "title", "start": 0, "end": 6},
        {"name": "body", "start": 8, "end": 12},
        {"name": " \u200b", "start": 12, "end": 13},
    ]
    row = {"doc_id": "d", "text": TEXT, "sections": sections, "language": "en", "retracted": True}
    document = one(json.dumps(row), "x.jsonl")
    assert [(s.name, s.start, s.end) for s in document.sections] == [
        ("title", 0, 6),
        ("body", 8, 12),
        ("text", 12, 13),
    ]
    assert document.retracted and document.language == "en"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('{"id": "x", "text": "unterminated', "not-json"),
        ('{"text": "no id"}', "no-id"),
        ('{"id": "x"}', "no-text"),
        ('{"id": "x", "title": "only a title"}', "no-abstract"),
        ('{"id": "x", "text": "  "}', "no-text"),
        ('{"id": {"a": 1}, "text": 3}', "no-id"),
        ("[1, 2]", "record"),
        ("[" * 100_000, "too-deep"),
        ('{"id": "x", "language": "de", "text": "Zellen"}', "language"),
        ('{"id": "x", "text": "' + "a" * 3000 + '"}', "too-long"),
        ('{"id": "first", "text": "another text"}', "clash"),
        (b'{"id": "x", "text": "caf\xe9"}', "encoding"),
    ],
)
def test_a_bad_line_costs_only_itself(files, line: str | bytes, error: str) -> None:
    line = line.encode() if isinstance(line, str) else line
    good = b'{"id": "%s", "text": "Kupffer cells eat."}\n'
    found = files({"x.jsonl": good % b"first" + line + b"\n" + good % b"last"}, max_characters=2000)
    assert [getattr(item, "error", item.doc_id) for item in found] == ["first", error, "last"]


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        ("name,words\na,b\n", "x.csv", "columns"),
        ("id,words\na,b\n", "x.csv", "columns"),
        ('id,text\n1,"an open quote\n' + "x\n" * 1000, "x.csv", "too-long"),
        ("id,text\n1,a,b\n", "x.csv", "record"),
        (b"id,text\n1,caf\xe9\n", "x.csv", "encoding"),
        ('{"id": "x", ', "x.json", "not-json"),
        ('[{"id": "x" "text": 1}]', "x.json", "not-json"),
        ("plain words", "x.json", "format"),
        (as_parquet()[:-20], "x.parquet", "broken"),
        (as_parquet()[:60] + b"\xff" * 40 + as_parquet()[100:], "x.parquet", "broken"),
        (b"PAR1", "x.parquet", "broken"),
    ],
)
def test_bad_tables(failure, content: str | bytes, name: str, error: str) -> None:
    assert failure(content, name, max_characters=500).error == error


def test_what_follows_a_json_text_is_told(files) -> None:
    first, second = files({"x.json": '{\n"id": "x",\n"text": "a"} trailing'})
    assert (first.doc_id, second.error) == ("x", "not-json")


def test_large_json_is_read_piece_by_piece(files) -> None:
    rows = [{"id": f"d{n}", "text": f"Cell {n} eats. " * 40, "score": 10**n} for n in range(300)]
    found = files({"x.json": json.dumps(rows, indent=2)})
    assert [item.doc_id for item in found] == [row["id"] for row in rows]


@given(st.text())
def test_a_text_in_nfc_is_kept_to_the_character(text: str) -> None:
    draft = draft_of({"id": "x", "text": text}, "line 1")
    if isinstance(draft, Draft):
        check(Document("x", draft.prose.text, draft.prose.sections))
        if unicodedata.is_normalized("NFC", text):
            assert len(draft.prose.text) == len(text)
            same = [a == b or not a.isprintable() for a, b in zip(text, draft.prose.text, strict=True)]
            assert all(same)


@given(
    st.dictionaries(
        st.sampled_from(["id", "doc_id", "pmid", "text", "title", "abstract", "year", "authors", "sections"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=5,
        ),
    )
)
def test_any_record_gives_a_draft_or_a_trouble(row: dict[str, Any]) -> None:
    draft_of(row, "line 1")


def test_failures_name_the_line(files) -> None:
    (found,) = files({"x.jsonl": '\n{"text": "a"}\n'})
    assert isinstance(found, Failure) and "line 2" in found.message
