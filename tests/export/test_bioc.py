"""BioC JSON, read back by the ``bioc`` package and by our own reader."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from bioc import biocjson
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.export.bioc import write_bioc
from pipeline.export.choice import SLOTS, Choice
from pipeline.export.source import Source
from pipeline.read import read
from pipeline.settings import settings as settings_of
from pipeline.store import open_outputs
from tests.export.conftest import paper, triple, write

TEXT = "On 𝛼-livers\nKupffer cells drive fibrosis. Not so β-cells.\nImatinib stops fibrosis."
SECTIONS = [
    {"name": "title", "start": 0, "end": 11},
    {"name": "abstract > Results", "start": 12, "end": TEXT.index("Imatinib") - 1},
]
EVERYTHING = Choice(ungrounded=True, linked=True, retracted=True, rejected=True)


def place(words, nth=0):
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(words, start + 1)
    return start, start + len(words)


def mention(words, kind, nth=0, doc_id="1", **more):
    start, end = place(words, nth)
    return {
        "doc_id": doc_id, "section": None, "sentence_index": 1, "start": start, "end": end, "text": words,
        "type": kind, "id": None, "name": None, "source": "test", "score": 0.5,
    } | more  # fmt: skip


def said(triple_id, doc_id="1", *, nth=0, **more):
    cell, mechanism = place("Kupffer cells"), place("fibrosis", nth)
    return triple(
        triple_id, doc_id, cell_start=cell[0], cell_end=cell[1], mechanism_start=mechanism[0],
        mechanism_end=mechanism[1], **more,
    )  # fmt: skip


def document(doc_id, **more):
    return paper(doc_id, **{"text": TEXT, "sections": SECTIONS, "text_sha256": doc_id, **more})


@pytest.fixture
def outputs(tmp_path):
    mentions = [
        mention("fibrosis", "MECHANISM", 1, "2"),
        mention("Kupffer cells", "CELL", id="CL:0000091", name="Kupffer cell"),
        mention("fibrosis", "MECHANISM"),
        mention("Imatinib", "THERAPY", id="CHEBI:45783", name="imatinib"),
        mention("livers\nKupffer", "ANATOMY"),
    ]
    therapy = dict(zip(("therapy_start", "therapy_end"), place("Imatinib"), strict=True))
    rows = [
        said("late", nth=1, cell_text=None, cell_id=None, cell_role=None, therapy_text="Imatinib", **therapy,
             therapy_id="CHEBI:45783", therapy_role="inhibits", evidence_start=50, evidence_end=len(TEXT)),
        said("other", "2"),
        said("early", negated=True, negation_cue="not", rules=["a", "b"]),
        said("gone", "3"),
    ]  # fmt: skip
    papers = [
        document("1", pmid="1", year=2021, license="CC BY 4.0", title="On livers"),
        document("2", license="CC BY-NC 4.0"),
        document("3", retracted=True),
        document("4", sections=[]),
    ]
    return write(tmp_path / "outputs", papers, rows, mentions)


def exported(outputs, path, choice=None):
    with open_outputs(outputs) as tables:
        written = write_bioc(Source(tables, choice), path)
    with path.open(encoding="utf-8") as file:
        return written, biocjson.load(file)


def annotations(document):
    return [*document.annotations, *(found for passage in document.passages for found in passage.annotations)]


def test_what_goes_in_is_what_the_package_reads(outputs, tmp_path):
    written, collection = exported(outputs, tmp_path / "out.json")
    assert [document.id for document in collection.documents] == ["1", "2", "4"]
    first, second, third = collection.documents
    assert first.infons == {"pmid": "1", "year": "2021", "license": "CC BY 4.0", "title": "On livers"}
    assert [(p.offset, p.infons["type"], p.infons["section"]) for p in first.passages] == [
        (0, "title", "title"),
        (12, "abstract", "abstract > Results"),
        (SECTIONS[1]["end"], "paragraph", "text"),
    ]
    assert all(p.text == TEXT[p.offset : p.offset + len(p.text)] for p in first.passages)
    assert third.passages[0].text == TEXT
    for found in annotations(first):
        (where,) = found.locations
        assert TEXT[where.offset : where.end] == found.text
    by_id = {found.id: found for found in annotations(first)}
    assert [relation.id for relation in first.relations] == ["early", "late"]
    early, late = first.relations
    assert {node.role: by_id[node.refid].infons.get("identifier") for node in early.nodes} == {
        "cell": "CL:0000091",
        "mechanism": None,  # the table of mentions knows no better
    }
    assert {node.role: by_id[node.refid].text for node in late.nodes} == {
        "mechanism": "fibrosis",
        "therapy": "Imatinib",
    }
    assert (early.infons["negated"], early.infons["negation_cue"], early.infons["rules"]) == (
        "true",
        "not",
        "a b",
    )
    assert (early.infons["confidence"], late.infons["therapy_role"], late.infons["type"]) == (
        "0.9",
        "inhibits",
        "mechanism-therapy",
    )
    assert [found.text for found in first.annotations] == ["livers\nKupffer"]  # across two passages
    assert written == {"document": 3, "annotation": 8, "relation": 3}
    assert sum(len(annotations(document)) for document in collection.documents) == 8
    assert len(second.relations) == 1


def test_closed_papers_have_no_text_when_only_open_ones_are_wanted(outputs, tmp_path):
    written, collection = exported(outputs, tmp_path / "out.json", Choice(open_only=True))
    texts = {
        document.id: "".join(p.text or "" for p in document.passages) for document in collection.documents
    }
    assert texts["2"] == ""
    assert texts["1"].startswith("On 𝛼-livers")
    assert (written["relation"], len(collection.documents[1].relations)) == (3, 1)


def test_our_own_reader_takes_it_back(outputs, tmp_path):
    exported(outputs, tmp_path / "out.json")
    first, *_ = read([str(tmp_path / "out.json")], settings=settings_of())
    assert (first.doc_id, first.pmid, first.year, first.license) == ("1", "1", 2021, "CC BY 4.0")
    assert first.text == TEXT


def test_the_command(outputs, tmp_path):
    out = tmp_path / "out.json"
    done = CliRunner().invoke(app, ["export", "--format", "bioc", str(outputs), "-o", str(out)])
    assert (done.exit_code, done.stderr) == (
        0,
        f"3 documents, 8 annotations, 3 relations in {out}.\nRows left out: 1 retracted.\n",
    )
    assert json.loads(out.read_text("utf-8"))["documents"][0]["bioctype"] == "BioCDocument"


SPANS = st.tuples(st.integers(0, 30), st.integers(1, 12)).map(lambda span: (span[0], span[0] + span[1]))


@settings(max_examples=8, deadline=None)
@given(
    text=st.text(st.characters(codec="utf-8"), min_size=42, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    spans=st.lists(st.tuples(st.sampled_from("12"), SPANS, st.sampled_from(["CELL", "GENE"])), max_size=12),
    slots=st.lists(st.tuples(st.sampled_from("12"), SPANS, SPANS, st.none() | SPANS), max_size=6),
)
def test_whatever_the_tables_hold_is_read_back(tmp_path_factory, text, cuts, spans, slots):
    cuts = sorted({cut for cut in cuts if cut <= len(text)})
    sections = [
        {"name": f"s{n}", "start": start, "end": end} for n, (start, end) in enumerate(pairwise(cuts))
    ]
    documents = [paper(doc_id, text=text, sections=sections, text_sha256=doc_id) for doc_id in "12"]
    mentions = [
        mention("Kupffer cells", kind, doc_id=doc_id) | {"start": start, "end": end, "text": text[start:end]}
        for doc_id, (start, end), kind in spans
    ]
    rows = []
    for number, (doc_id, *those) in enumerate(slots):
        row = triple(str(number), doc_id, negated=number % 2 == 0, confidence=number / 10)
        for slot, span in zip(SLOTS, those, strict=True):
            start, end = span or (None, None)
            row |= {
                f"{slot}_start": start,
                f"{slot}_end": end,
                f"{slot}_text": text[start:end] if span else None,
            }
        rows.append(row)
    folder = write(tmp_path_factory.mktemp("any") / "outputs", documents, rows, mentions)
    written, collection = exported(folder, folder / "out.json", EVERYTHING)
    relations = {r.id: (d, r) for d in collection.documents for r in d.relations}
    assert len(relations) == len(rows) == written["relation"]
    for row in rows:
        document, relation = relations[row["triple_id"]]
        by_id = {found.id: found for found in annotations(document)}
        assert document.id == row["doc_id"]
        assert {node.role: by_id[node.refid].text for node in relation.nodes} == {
            slot: row[f"{slot}_text"] for slot in SLOTS if row[f"{slot}_text"] is not None
        }
        assert (relation.infons["negated"], float(relation.infons["confidence"])) == (
            str(row["negated"]).lower(),
            row["confidence"],
        )
    for document in collection.documents:
        found = {(a.infons["type"], a.locations[0].offset, a.locations[0].end) for a in annotations(document)}
        there = {(m["type"], m["start"], m["end"]) for m in mentions if m["doc_id"] == document.id}
        assert there <= found
        assert len(found) == len(annotations(document))
        covered = "".join(passage.text for passage in document.passages)
        assert covered.split() == "".join(text).split() or not text.strip()
