from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from pipeline.evaluate import (
    Marked,
    MarkedMention,
    MarkedTriple,
    MarksError,
    evaluate,
    read_gold,
    read_predictions,
)
from pipeline.records import CellRole, Document, Evidence, Level, Mention, MentionType, TherapyRole, Triple
from pipeline.store import Writer
from tests.evaluate.conftest import FIRST, LONG, TEXT, THERAPY


def written(path, *documents):
    path.write_text("".join(json.dumps(d if isinstance(d, dict) else asdict(d)) + "\n" for d in documents))
    return path


def test_jsonl_is_read_as_written(tmp_path, gold):
    other = replace(gold, id="b", optional_triples=gold.triples[:1], optional_mentions=gold.mentions[:1])
    assert read_gold(written(tmp_path / "gold.jsonl", gold, other)) == [gold, other]


def test_notes_and_absent_keys_are_no_matter(tmp_path):
    line = {
        "id": 7,
        "text": TEXT,
        "sents": [],
        "triples": [{"cell": LONG, "mechanism": FIRST, "negated": None}],
    }
    (read,) = read_gold(written(tmp_path / "gold.jsonl", line))
    assert read == Marked("7", TEXT, (), (MarkedTriple(LONG, FIRST, None),))


def test_linked_rows_are_not_scored(tmp_path):
    row = {"cell": LONG, "mechanism": FIRST, "therapy": THERAPY, "level": "linked"}
    (read,) = read_gold(written(tmp_path / "gold.jsonl", {"id": "a", "text": TEXT, "triples": [row]}))
    assert read.triples == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no documents"),
        ("{]\n", "line 1"),
        ('{"id": "a"}\n', "line 1: text"),
        ('{"id": "a", "text": "x", "triples": [{"mechanism": [0, 9]}]}\n', "ends after the text"),
        ('{"id": "a", "text": "x", "triples": [{"mechanism": [1, 1]}]}\n', "triples.0.mechanism"),
        ('{"id": "a", "text": "x", "mentions": [{"type": "CELL", "start": -1, "end": 1}]}\n', "start < end"),
        ('{"id": "a", "text": "x", "triples": [{"mechanism": [0, 1], "cell_role": "eats"}]}\n', "cell_role"),
        ('{"id": "a", "text": "x"}\n{"id": "a", "text": "x"}\n', "line 2: document a stands there twice"),
    ],
)
def test_what_is_wrong_is_said_with_the_line(tmp_path, content, said):
    path = tmp_path / "gold.jsonl"
    path.write_text(content)
    with pytest.raises(MarksError, match=said) as raised:
        read_gold(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_other_encodings_are_one_sentence(tmp_path):
    (tmp_path / "gold.jsonl").write_bytes('{"id": "ä"}'.encode("latin-1"))
    with pytest.raises(MarksError, match="UTF-8"):
        read_gold(tmp_path / "gold.jsonl")


def extracted(doc_id: str) -> tuple[Document, list[Mention], list[Triple]]:
    document = Document(doc_id, TEXT)
    cell, mechanism, therapy = (
        Mention(*span, TEXT[slice(*span)], type_)
        for span, type_ in (
            (LONG, MentionType.CELL),
            (FIRST, MentionType.MECHANISM),
            (THERAPY, MentionType.THERAPY),
        )
    )
    evidence = Evidence(0, len(TEXT), 0, TEXT)
    asserted = Triple(mechanism, evidence, cell, CellRole.DRIVES, confidence=0.9, rules=("active.object",))
    linked = Triple(
        mechanism,
        evidence,
        cell,
        CellRole.DRIVES,
        therapy,
        TherapyRole.TARGETS,
        level=Level.LINKED,
        link="table",
    )
    return document, [cell, mechanism, therapy], [asserted, linked]


def test_tables_are_read_as_predictions(tmp_path):
    with Writer(tmp_path) as writer:
        writer.add(*extracted("a"))
        writer.add(*extracted("unknown"))
    marked = Marked("a", TEXT), Marked("b", TEXT)
    found = read_predictions(tmp_path, marked)
    assert set(found) == {"a", "b"}
    assert found["b"].triples == ()
    assert found["a"].mentions == (
        MarkedMention("CELL", *LONG),
        MarkedMention("MECHANISM", *FIRST),
        MarkedMention("THERAPY", *THERAPY),
    )
    (row,) = found["a"].triples
    assert (row.cell, row.mechanism, row.therapy, row.cell_role) == (LONG, FIRST, None, "drives")
    assert (row.confidence, row.rules, row.evidence) == (0.9, ("active.object",), (0, len(TEXT)))


def test_tables_of_another_text_are_refused(tmp_path):
    with Writer(tmp_path) as writer:
        writer.add(*extracted("a"))
    with pytest.raises(MarksError, match="not the one that gold's offsets point into"):
        read_predictions(tmp_path, [Marked("a", TEXT + " More.")])


def test_a_gold_file_can_be_scored_as_predictions(tmp_path, gold):
    path = written(tmp_path / "other.jsonl", gold)
    assert evaluate([gold], read_predictions(path, [gold]), draws=0)["any"].f1 == 1.0
