"""BioC and PubTator, written by the library `bioc`, never by our own code."""

from __future__ import annotations

import json

import bioc
import pytest
from bioc import biocjson, biocxml, pubtator
from conftest import by_section

from pipeline.records import Failure

TITLE = "Kupffer cells and IFN-γ"
ABSTRACT = "Kupffer cells take up tumour cells.  They make IFN-γ."

Row = tuple[dict[str, str], str]


def collection(*documents: bioc.BioCDocument) -> bioc.BioCCollection:
    whole = bioc.BioCCollection()
    whole.source, whole.date, whole.key = "PubTator", "2021-01-01", "collection.key"
    whole.documents = list(documents)
    return whole


def document(
    name: str, rows: list[Row], gap: int = 1, *, sentences: bool = False, **infons: str
) -> bioc.BioCDocument:
    made = bioc.BioCDocument()
    made.id = name
    made.infons = dict(infons)
    offset = 0
    for kinds, text in rows:
        passage = bioc.BioCPassage.of_text(text, offset)
        passage.infons = dict(kinds)
        if sentences:
            passage.text = None
            at = 0
            for part in text.split("  "):
                passage.add_sentence(bioc.BioCSentence.of_text(part, offset + at))
                at += len(part) + 2
        made.add_passage(passage)
        offset += len(text) + gap
    return made


ABSTRACT_ROWS: list[Row] = [({"type": "title"}, TITLE), ({"type": "abstract"}, ABSTRACT)]
DUMPS = pytest.mark.parametrize("dumps", [biocxml.dumps, biocjson.dumps], ids=["xml", "json"])


@DUMPS
@pytest.mark.parametrize("gap", [1, 2])
@pytest.mark.parametrize("sentences", [False, True])
def test_offsets_of_the_file_are_offsets_of_the_text(one, dumps, gap: int, sentences: bool) -> None:
    text = dumps(collection(document("29768149", ABSTRACT_ROWS, gap, sentences=sentences)))
    read = one(text, "any.txt")
    assert read.text == TITLE + "\n" * gap + ABSTRACT
    assert by_section(read) == {"title": TITLE, "abstract": ABSTRACT}
    assert (read.doc_id, read.pmid, read.title) == ("29768149", "29768149", TITLE)


FULL_TEXT: list[Row] = [
    (
        {"section_type": "TITLE", "type": "front", "article-id_pmid": "77", "article-id_pmc": "3102344",
         "article-id_doi": "10.1000/b", "year": "2013", "license": "CC BY"},
        TITLE,
    ),
    ({"section_type": "ABSTRACT", "type": "abstract_title_1"}, "Aims"),
    ({"section_type": "ABSTRACT", "type": "abstract"}, "To look."),
    ({"section_type": "INTRO", "type": "title_1"}, "Introduction"),
    ({"section_type": "INTRO", "type": "paragraph"}, "Kupffer cells live in the liver."),
    ({"section_type": "INTRO", "type": "paragraph"}, "They eat."),
    ({"section_type": "METHODS", "type": "title_1"}, "Methods"),
    ({"section_type": "METHODS", "type": "title_2"}, "Cells"),
    ({"section_type": "METHODS", "type": "paragraph"}, "Cells were sorted."),
    ({"section_type": "FIG", "type": "fig_caption", "id": "F2"}, "Sorted cells."),
    ({"section_type": "TABLE", "type": "table_caption", "id": "T1"}, "Counts."),
    ({"section_type": "TABLE", "type": "table"}, "1 2 3"),
    ({"section_type": "REF", "type": "title"}, "References"),
    ({"section_type": "REF", "type": "ref"}, "Example A."),
]  # fmt: skip


@DUMPS
def test_full_text(one, dumps) -> None:
    read = one(dumps(collection(document("3102344", FULL_TEXT))), "b")
    assert by_section(read) == {
        "title": TITLE,
        "abstract > Aims": "To look.",
        "Introduction": "Kupffer cells live in the liver.\nThey eat.",
        "Methods > Cells": "Cells were sorted.",
        "Figure 2": "Sorted cells.",
        "Table 1": "Counts.",
    }
    assert (read.doc_id, read.pmcid, read.doi, read.year) == ("77", "PMC3102344", "10.1000/b", 2013)
    assert read.license == "CC BY"


@DUMPS
def test_a_document_with_a_title_alone_is_told(files, dumps) -> None:
    text = dumps(collection(document("1", ABSTRACT_ROWS[:1]), document("2", ABSTRACT_ROWS)))
    first, second = files({"c": text})
    assert isinstance(first, Failure) and (first.doc_id, first.error) == ("1", "no-abstract")
    assert second.doc_id == "2"


def test_the_shapes_that_web_services_answer_with(files) -> None:
    rows = [json.loads(biocjson.dumps(collection(document(n, ABSTRACT_ROWS)))) for n in "123456"]
    documents = [row["documents"][0] for row in rows]
    found = files(
        {
            "a.json": json.dumps({"PubTator3": documents[:2]}, indent=1),
            "b.json": "\n".join(map(json.dumps, documents[2:4])),
            "c.json": json.dumps([rows[4]]),
            "d.json": json.dumps(documents[5], indent=2),
        }
    )
    assert [item.doc_id for item in found] == ["1", "2", "3", "4", "5", "6"]


def test_passages_without_room_for_a_border_get_one(one) -> None:
    text = biocjson.dumps(collection(document("1", ABSTRACT_ROWS, gap=0)))
    assert one(text).text == f"{TITLE}\nKupffer cells take up tumour cells. They make IFN-γ."


def pubtator_text(*names: str) -> str:
    documents = []
    for name in names:
        made = pubtator.PubTator(name, TITLE, ABSTRACT)
        made.annotations.append(pubtator.PubTatorAnn(name, 0, 13, "Kupffer cells", "Cell", "CL:0000091"))
        documents.append(made)
    return pubtator.dumps(documents) + "\n"


def test_pubtator(files) -> None:
    first, second = files({"p.txt": pubtator_text("29768149", "11")})
    assert first.text == f"{TITLE}\n{ABSTRACT}"
    assert by_section(first) == {"title": TITLE, "abstract": ABSTRACT}
    assert (first.doc_id, first.pmid, second.doc_id) == ("29768149", "29768149", "11")


def test_pubtator_troubles(files) -> None:
    text = pubtator_text("1") + "\n2|t|Alone\n2|a|\n\nnonsense\n\n" + pubtator_text("3")
    found = files({"p.pubtator": text})
    assert [getattr(item, "error", item.doc_id) for item in found] == ["1", "no-abstract", "record", "3"] or [
        getattr(item, "error", item.doc_id) for item in found
    ] == ["1", "record", "no-abstract", "3"]
