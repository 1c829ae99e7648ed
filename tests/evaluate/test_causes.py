from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from pipeline.evaluate import MarkedMention, MarkedTriple, evaluate
from pipeline.evaluate.causes import (
    Calibration,
    Cause,
    RuleFigure,
    calibration,
    errors,
    rule_figures,
    sentence_around,
    write_errors,
)
from tests.evaluate.conftest import AGAIN, FIRST, LONG, SECOND, TEXT, THERAPY, at

REDUCE = at("reduce")


def found_in(gold, *triples, mentions=()):
    return evaluate([gold], [replace(gold, triples=triples, mentions=gold.mentions + mentions)], draws=0)


def test_no_errors_no_lines(gold):
    assert errors(evaluate([gold], [gold], draws=0)) == []


@pytest.mark.parametrize(
    ("change", "cause", "detail"),
    [
        ({"cell_role": "suppresses"}, Cause.ROLE, "cell: suppresses for drives"),
        ({"therapy_role": "targets"}, Cause.ROLE, "therapy: targets for inhibits"),
        ({"negated": False}, Cause.NEGATION, "found as not negated"),
        ({"speculated": False}, Cause.SPECULATION, "found as not speculated"),
    ],
)
def test_what_is_wrong_in_a_triple_that_was_found(gold, change, cause, detail):
    first, second = gold.triples
    (error,) = errors(found_in(gold, first, replace(second, **change)))
    assert (error.cause, error.detail, error.cell, error.therapy) == (
        cause,
        detail,
        "MDSCs",
        "Blockade of CCR2",
    )
    assert error.sentence == TEXT.split(". ")[1]


def test_a_triple_not_found_is_not_linked_when_its_mentions_were(gold):
    (error,) = errors(found_in(gold, gold.triples[0]))
    assert (error.cause, error.detail) == (Cause.NOT_LINKED, "only cell and mechanism")


def test_a_triple_not_found_is_a_missed_mention_when_one_was(gold):
    predicted = replace(gold, triples=gold.triples[:1], mentions=gold.mentions[:-1])
    (error,) = errors(evaluate([gold], [predicted], draws=0))
    assert (error.cause, error.detail) == (Cause.MENTION_MISSED, "therapy")


def test_a_triple_too_many_is_wrongly_linked_or_has_a_wrong_mention(gold):
    linked = MarkedTriple(None, FIRST, THERAPY, None, "targets", confidence=0.6, rules=("a.b", "c.d"))
    named = MarkedTriple(LONG, REDUCE, None, "drives")
    wrong, bad = errors(
        found_in(gold, *gold.triples, linked, named, mentions=(MarkedMention("MECHANISM", *REDUCE),))
    )
    assert (wrong.cause, wrong.detail, wrong.mechanism) == (Cause.MENTION_WRONG, "mechanism", "reduce")
    assert (bad.cause, bad.rules, bad.confidence) == (Cause.WRONGLY_LINKED, "a.b; c.d", 0.6)


def test_optional_triples_are_no_errors(gold):
    first, second = gold.triples
    assert errors(found_in(replace(gold, triples=(first,), optional_triples=(second,)), first, second)) == []


def test_errors_are_sorted_by_cause(gold):
    first, _ = gold.triples
    several = errors(
        found_in(gold, replace(first, cell_role="suppresses"), MarkedTriple(LONG, REDUCE, THERAPY))
    )
    causes = [list(Cause).index(error.cause) for error in several]
    assert len(several) >= 3
    assert causes == sorted(causes)


def test_errors_are_a_table_whatever_the_text(gold, tmp_path):
    text = TEXT.replace("Blockade of", 'Bl\t"kad\\ of')
    (error,) = errors(found_in(replace(gold, text=text), gold.triples[0]))
    write_errors([error], tmp_path / "errors.tsv")
    header, line = (tmp_path / "errors.tsv").read_text("utf-8").splitlines()
    assert len(header.split("\t")) == len(line.split("\t"))
    row = dict(zip(header.split("\t"), line.split("\t"), strict=True))
    assert row["therapy"] == 'Bl\\t"kad\\\\ of CCR2'
    assert row["confidence"] == ""
    with (tmp_path / "errors.tsv").open(encoding="utf-8") as lines:
        (parsed,) = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    assert parsed == row


def test_the_sentence_ends_at_line_ends_and_full_stops():
    text = "Title\nIn vitro, A. It kills. More."
    assert (
        text[slice(*sentence_around(text, MarkedTriple(None, at("kills", text=text), None)))] == "It kills."
    )


def test_rules_are_counted_by_their_links(gold):
    first, second = gold.triples
    triples = (
        replace(first, rules=("cell.rule",)),
        replace(second, cell_role="suppresses", rules=("cell.rule", "therapy.rule")),
        MarkedTriple(LONG, REDUCE, None, "drives", rules=("wrong.rule",)),
    )
    scores = found_in(gold, *triples)
    # From a file alone: both links of the row with three slots count for both of its rules.
    assert rule_figures(scores) == [
        RuleFigure("cell.rule", 3, 3, 2 + 0),
        RuleFigure("therapy.rule", 2, 2, 1),
        RuleFigure("wrong.rule", 1, 0, 0),
    ]
    known = {
        "a": {
            ("cell", AGAIN, SECOND): ("cell.rule",),
            ("therapy", THERAPY, SECOND): ("therapy.rule",),
        }
    }
    assert rule_figures(scores, known)[:2] == [
        RuleFigure("cell.rule", 2, 2, 1),
        RuleFigure("therapy.rule", 1, 1, 1),
    ]


def test_confidence_is_held_against_what_was_right(gold):
    first, second = gold.triples
    scores = found_in(
        gold,
        replace(first, confidence=0.9),
        replace(second, confidence=0.65),
        MarkedTriple(LONG, REDUCE, None, "drives", confidence=0.7),
        MarkedTriple(None, REDUCE, THERAPY, None, "targets"),
    )
    assert calibration(scores, (0.7, 0.95)) == [
        Calibration(0.0, 3, 2),
        Calibration(0.7, 2, 1),
        Calibration(0.95, 0, 0),
    ]
