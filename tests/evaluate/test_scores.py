from __future__ import annotations

import importlib.util
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from pipeline.evaluate import NAMES, Count, Marked, MarkedTriple, evaluate
from pipeline.evaluate.scores import EXACT, VIEWS
from tests.evaluate.conftest import AGAIN, FIRST, LONG, SECOND, TEXT, THERAPY, marked, pairs, texts

DEFINITION = Path(__file__).parents[3] / "shared" / "score.py"


def test_gold_is_right(gold):
    scores = evaluate([gold], [gold])
    assert set(scores.counts) == set(NAMES)
    for name, count in scores.counts.items():
        assert (count.precision, count.recall, count.f1) == (1.0, 1.0, 1.0), name
        assert scores.intervals[name]["f1"] == (1.0, 1.0)


def test_views(gold):
    """Right slots with a wrong role, a lost therapy, and a pair too many."""
    found = replace(
        gold,
        triples=(
            MarkedTriple(LONG, FIRST, None, "suppresses"),
            MarkedTriple(AGAIN, SECOND, None, "drives", negated=True),
            MarkedTriple(None, FIRST, THERAPY, None, "inhibits"),
        ),
    )
    scores = evaluate([gold], [found], draws=0)
    # The two pairs of gold say the same, so the unsigned view has one; signed they differ in negation.
    assert scores["pair"] == Count(1, 1, 1)
    assert scores["pair+sign"] == Count(1, 2, 2)
    assert scores["full"] == Count(0, 0, 1)
    assert scores["any"] == Count(1, 2, 2)
    assert scores["any+sign"] == Count(0, 3, 2)
    assert scores["mech-therapy"] == Count(1, 1, 1)
    assert scores["mech-therapy+sign"] == Count(0, 1, 1)
    assert scores.intervals == {}


def test_flags_are_scored_over_matched_triples(gold):
    first, second = gold.triples
    found = replace(gold, triples=(replace(first, speculated=True), replace(second, negated=False)))
    scores = evaluate([gold], [found], draws=0)
    assert scores["negated"] == Count(0, 0, 1)
    assert scores["speculated"] == Count(1, 2, 1)


def test_mentions_by_overlap_and_exact(gold):
    found = replace(gold, mentions=tuple(replace(m, end=m.end - 1) for m in gold.mentions))
    scores = evaluate([gold], [found], draws=0)
    assert scores["CELL"].f1 == 1.0
    assert scores["CELL="].right == 0


def test_optional_marks_count_neither_way(gold):
    first, second = gold.triples
    wavering = replace(gold, triples=(first,), optional_triples=(second,))
    assert evaluate([wavering], [gold], draws=0)["any"] == Count(1, 1, 1)
    assert evaluate([wavering], [replace(gold, triples=(first,))], draws=0)["any"] == Count(1, 1, 1)


def test_a_document_without_predictions_counts_as_missed(gold):
    other = replace(gold, id="b")
    scores = evaluate([gold, other], [gold], draws=0)
    assert (scores["any"].precision, scores["any"].recall) == (1.0, 0.5)


def test_predictions_without_gold_are_left_out(gold):
    assert evaluate([gold], [gold, replace(gold, id="b")], draws=0)["any"].f1 == 1.0


def test_nothing_gives_zeros_and_no_warning():
    empty = Marked("a", "Nothing here.")
    for count in evaluate([empty], [empty]).counts.values():
        assert (count.precision, count.recall, count.f1) == (0.0, 0.0, 0.0)
    assert evaluate([], []).documents == ()


def test_intervals_are_the_same_in_every_run_and_hold_the_score(gold):
    documents = [replace(gold, id=str(n)) for n in range(20)]
    found = [replace(d, triples=d.triples[: n % 3]) for n, d in enumerate(documents)]
    one, two = evaluate(documents, found), evaluate(documents, found)
    assert one.intervals == two.intervals
    low, high = one.intervals["any"]["recall"]
    assert 0 < low < one["any"].recall < high < 1
    # Twenty documents that recall 0, 1/2 or 1 of their triples: a standard error of about 0.09.
    assert 0.25 < high - low < 0.45


@given(pairs())
@settings(max_examples=12, deadline=None)
def test_counts_make_sense(drawn):
    gold, found = drawn
    scores = evaluate(gold, found, draws=0)
    for count in scores.counts.values():
        assert 0 <= count.right <= min(count.found, count.gold)
    for view in VIEWS:
        assert scores[view].right <= scores[view].gold
    for slot in ("CELL", "MECHANISM", "THERAPY"):
        assert scores[slot + EXACT].right <= scores[slot].right


@given(pairs(optional=False))
@settings(max_examples=12, deadline=None)
def test_mentions_swap_precision_and_recall(drawn):
    """Mentions, where "alike" is symmetric: a long span may meet a short one but not be met by it."""
    gold, found = drawn
    one, other = evaluate(gold, found, draws=0), evaluate(found, gold, draws=0)
    for name in NAMES[-6:]:
        assert (one[name].precision, one[name].recall) == (other[name].recall, other[name].precision)


def test_triples_swap_precision_and_recall(gold):
    found = replace(gold, triples=(gold.triples[0], MarkedTriple(None, FIRST, THERAPY, None, "targets")))
    one, other = evaluate([gold], [found], draws=0), evaluate([found], [gold], draws=0)
    for name in NAMES:
        assert (one[name].precision, one[name].recall) == (other[name].recall, other[name].precision)


@given(texts().flatmap(marked))
@settings(max_examples=12, deadline=None)
def test_what_is_marked_is_right(drawn):
    scores = evaluate([drawn], [drawn], draws=0)
    for name, count in scores.counts.items():
        assert count.right == count.gold, name


@pytest.fixture(scope="module")
def definition():
    if not DEFINITION.is_file():
        pytest.skip("the definition of the scores, ../shared/score.py, is not beside this checkout")
    spec = importlib.util.spec_from_file_location("score", DEFINITION)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(drawn=pairs())
@settings(max_examples=20, deadline=None)
def test_the_scores_are_those_of_the_definition(definition, drawn):
    gold, found = drawn
    theirs = definition.score({d.id: as_line(d) for d in gold}, {d.id: as_line(d) for d in found})
    ours = evaluate(gold, found, draws=0)
    assert {name: (c["tp"], c["pred"], c["gold"], c["p"], c["r"], c["f"]) for name, c in theirs.items()} == {
        name: (c.right, c.found, c.gold, c.precision, c.recall, c.f1) for name, c in ours.counts.items()
    }


def as_line(document: Marked) -> dict:
    return asdict(document)


def test_the_text_of_the_fixture_is_what_it_says(gold):
    assert TEXT[slice(*gold.triples[1].therapy)] == "Blockade of CCR2"
