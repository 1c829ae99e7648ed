from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.records import Level, TherapyRole
from pipeline.store.rows import document_row, failure_row, mention_rows, misplaced, triple_id, triple_rows
from pipeline.store.schema import TABLES


def test_rows_have_the_columns_of_the_contract_in_its_order(document, mentions, triples, failure):
    assert list(document_row(document)) == TABLES["documents"].names
    assert list(mention_rows(document, mentions)[0]) == TABLES["mentions"].names
    assert list(triple_rows(document, triples)[0]) == TABLES["triples"].names
    assert list(failure_row(failure)) == TABLES["failures"].names


def test_rows_come_in_text_order_longest_first(document, mentions, triples):
    assert [row["text"] for row in mention_rows(document, mentions)] == [
        "Kupffer cells",
        "fibrosis",
        "CSF1R blockade",
        "CSF1R",
    ]
    assert [row["sentence_index"] for row in triple_rows(document, triples)] == [1, 2]
    assert (
        triple_rows(document, triples[::-1])[0]["triple_id"] == triple_rows(document, triples)[0]["triple_id"]
    )


def test_every_slot_is_a_mention_row_even_when_it_was_not_listed(document, triples):
    rows = {(row["start"], row["end"], row["type"]) for row in mention_rows(document, [], triples)}
    slots = {
        (slot.start, slot.end, str(slot.type))
        for triple in triples
        for slot in (triple.cell, triple.mechanism, triple.therapy)
        if slot
    }
    assert rows == slots


def test_scores_have_three_decimals(document, mentions, triples):
    assert {row["score"] for row in mention_rows(document, mentions)} == {0.988, 1.0}
    assert [row["confidence"] for row in triple_rows(document, triples)] == [0.9, 0.712]


def test_the_id_keeps_to_what_is_said_and_by_whom(triples):
    _, triple = triples
    same = replace(
        triple,
        confidence=0.1,
        rules=(),
        evidence=triple.evidence._replace(start=500, sentence_index=9),
        mechanism=triple.mechanism._replace(start=510, id="GO:0001"),
    )
    assert triple_id("101", same) == triple_id("101", triple)
    others = [
        triple_id("102", triple),
        triple_id("101", replace(triple, evidence=triple.evidence._replace(sentence="Else."))),
        triple_id("101", replace(triple, mechanism=triple.mechanism._replace(text="scarring"))),
        triple_id(
            "101", replace(triple, cell_role=None, cell=None, therapy=triple.cell, therapy_role="drives")
        ),
        triple_id("101", replace(triple, negated=True)),
    ]
    assert len({triple_id("101", triple), *others}) == 6


def test_a_statement_made_twice_is_one_row_and_the_better_one(document, triples):
    _, triple = triples
    later = replace(triple, mechanism=triple.mechanism._replace(start=70, end=78), confidence=0.95)
    linked = replace(triple, level=Level.LINKED, confidence=0.99)
    doubtful = replace(triple, speculated=True, confidence=0.99)
    for order in ([triple, later, linked, doubtful], [doubtful, linked, later, triple]):
        (row,) = triple_rows(document, order)
        assert (row["confidence"], row["level"], row["speculated"]) == (0.95, "asserted", False)


def test_affirmed_and_denied_in_one_sentence_are_two_rows(document, triples):
    rows = triple_rows(document, [triples[1], replace(triples[1], negated=True)])
    assert [row["negated"] for row in rows] == [False, True]
    assert rows[0]["triple_id"] != rows[1]["triple_id"]


def test_misplaced_names_the_text_that_is_not_there(document, mentions, triples):
    assert misplaced(document, mentions, triples) is None
    shifted = mentions[0]._replace(start=mentions[0].start + 1)
    assert "'CSF1R blockade'" in (misplaced(document, [shifted], []) or "")
    beyond = replace(triples[0], mechanism=triples[0].mechanism._replace(start=900, end=908))
    assert "900" in (misplaced(document, mentions, [beyond]) or "")


@pytest.mark.parametrize("role", list(TherapyRole))
def test_roles_are_written_as_their_words(document, triples, role):
    (row,) = triple_rows(document, [replace(triples[0], therapy_role=role)])
    assert row["therapy_role"] == role.value
    assert type(row["therapy_role"]) is str
