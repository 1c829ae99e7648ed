"""From mentions to rows: stand-ins, long forms, assembly, linked rows; on Docs built by hand."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

import pipeline.relate  # noqa: F401 - registers doc._.triples
from pipeline.records import MentionType
from pipeline.relate import bounds
from pipeline.relate.linked import linked
from pipeline.relate.links import links
from pipeline.relate.nodes import sentence_nodes
from pipeline.relate.scenes import scenes
from pipeline.relate.scorer import NONE, Scorer
from pipeline.relate.triples import relate
from tests.relate.hand import VOCAB, tree

COORDINATED = """
Macrophages NNS nsubj drive
and CC cc Macrophages
neutrophils NNS conj Macrophages
drive VBP ROOT drive
metastasis NN dobj drive
"""


def rows(doc: Any) -> list[tuple[str | None, str | None, str, str | None, str | None]]:
    def text(place: list[int] | None) -> str | None:
        return None if place is None else doc.text[place[0] : place[1]]

    return [
        (text(r["cell"]), r["cell_role"], text(r["mechanism"]) or "", r["therapy_role"], text(r["therapy"]))
        for r in relate(doc, scored=False)
    ]


def test_coordination_multiplies() -> None:
    doc = tree(COORDINATED, {"Macrophages": "CELL", "neutrophils": "CELL", "metastasis": "MECHANISM"})
    assert rows(doc) == [
        ("Macrophages", "drives", "metastasis", None, None),
        ("neutrophils", "drives", "metastasis", None, None),
    ]


def test_cell_and_therapy_of_one_mechanism_share_a_row() -> None:
    doc = tree(
        """
        Pembrolizumab NN nsubj reverses
        reverses VBZ ROOT reverses reverse
        lymphocyte NN compound exhaustion
        exhaustion NN dobj reverses
        """,
        {"Pembrolizumab": "THERAPY", "lymphocyte": "CELL", "exhaustion": "MECHANISM"},
    )
    assert rows(doc) == [("lymphocyte", "undergoes", "exhaustion", "inhibits", "Pembrolizumab")]


def test_double_negatives_of_direction_promote() -> None:
    doc = tree(
        """
        Anakinra NN nsubj inhibits
        inhibits VBZ ROOT inhibits inhibit
        suppression NN dobj inhibits
        of IN prep suppression
        immunity NN pobj of
        """,
        {"Anakinra": "THERAPY", "immunity": "MECHANISM"},
    )
    assert rows(doc) == [(None, None, "immunity", "promotes", "Anakinra")]


def test_either_or_makes_a_row_each() -> None:
    doc = tree(
        """
        TAMs NNS nsubj suppress
        suppress VBP ROOT suppress
        or CC cc suppress
        promote VBP conj suppress
        growth NN dobj promote
        """,
        {"TAMs": "CELL", "growth": "MECHANISM"},
    )
    assert [r[1] for r in rows(doc)] == ["suppresses", "drives"]


def test_rows_point_at_the_long_form() -> None:
    doc = tree(
        """
        Cells NNS nsubj drive
        ( -LRB- punct MDSCs
        MDSCs NNS appos Cells
        ) -RRB- punct MDSCs
        drive VBP ROOT drive
        metastasis NN dobj drive
        """,
        {"Cells": "CELL", "MDSCs": "CELL", "metastasis": "MECHANISM"},
    )
    assert [doc[n.start].text for n in sentence_nodes(doc, list(doc.spans["mentions"]))] == [
        "Cells",
        "metastasis",
    ]


def test_a_cell_inside_a_therapy_fills_no_slot() -> None:
    doc = tree(
        """
        CAR-T NN compound therapy
        therapy NN nsubj induces
        induces VBZ ROOT induces induce
        inflammation NN dobj induces
        """,
        {"CAR-T therapy": "THERAPY", "CAR-T": "CELL", "inflammation": "MECHANISM"},
    )
    assert rows(doc) == [(None, None, "inflammation", "promotes", "CAR-T therapy")]


TWO_SENTENCES = """
Neutrophils NNS nsubj gather
gather VBP ROOT gather
there RB advmod gather
These DT det cells
cells NNS nsubj promote cell
promote VBP ROOT promote
metastasis NN dobj promote
"""


def test_these_cells_are_the_ones_named_before() -> None:
    doc = tree(TWO_SENTENCES, {"Neutrophils": "CELL", "metastasis": "MECHANISM"})
    assert rows(doc) == [("Neutrophils", "drives", "metastasis", None, None)]
    row = relate(doc, scored=False)[0]
    assert doc.text[slice(*row["evidence"])] == doc.text.strip()  # both sentences
    assert row["sentence_index"] == 1


def test_these_cells_are_nobody_where_no_cell_was_named() -> None:
    doc = tree(TWO_SENTENCES, {"metastasis": "MECHANISM"})
    assert list(scenes(doc)) == []


def test_a_rule_left_out_makes_no_link() -> None:
    doc = tree(COORDINATED, {"Macrophages": "CELL", "metastasis": "MECHANISM"})
    with_it = relate(doc, scored=False)
    without = relate(doc, scored=False, without={"active.object"})
    assert [r["rules"] for r in with_it] == [["active.object"]]
    assert all("active.object" not in r["rules"] for r in without)


def asserted(confidence: float = 0.9, **changes: Any) -> dict[str, Any]:
    row = {
        "cell": [0, 2], "cell_role": "drives", "mechanism": [3, 5], "therapy": None, "therapy_role": None,
        "negated": False, "confidence": confidence, "level": "asserted", "link": None, "rules": ["x.y"],
        "sentence_index": 0, "evidence": [0, 5],
    }  # fmt: skip
    return row | changes


def annotated_doc(acts_on: str, targets: list[str]) -> Any:
    doc = tree(
        """
        KC NN nsubj drive
        drive VB ROOT drive
        fibrosis NN dobj drive
        CSF1R NN compound inhibition
        inhibition NN ROOT inhibition
        """
    )
    doc._.mentions = [
        {"start": 0, "end": 2, "text": "KC", "type": "CELL", "id": acts_on},
        {"start": 3, "end": 5, "text": "x", "type": "MECHANISM", "id": None},
        {
            "start": 18,
            "end": 34,
            "text": "CSF1R inhibition",
            "type": "THERAPY",
            "id": None,
            "targets": targets,
        },
    ]
    return doc


def test_a_therapy_named_next_is_linked_with_the_why() -> None:
    doc = annotated_doc("CL:0000091", ["HGNC:2433"])
    (row,) = linked(doc, [asserted()])
    assert (row["level"], row["therapy_role"], row["therapy"]) == ("linked", "targets", [18, 34])
    assert row["link"].startswith("CSF1R acts on Kupffer cell")
    assert row["confidence"] < 0.9
    assert row["evidence"][1] >= row["therapy"][1]


@pytest.mark.parametrize(
    ("cell", "targets", "row"),
    [
        ("CL:0000236", ["HGNC:2433"], asserted()),  # a B cell
        ("CL:0000091", [], asserted()),
        ("CL:0000091", ["HGNC:2433"], asserted(negated=True)),
        ("CL:0000091", ["HGNC:2433"], asserted(confidence=0.45)),
        ("CL:0000091", ["HGNC:2433"], asserted(therapy=[18, 34], therapy_role="inhibits")),
    ],
)
def test_nothing_else_is_linked(cell: str, targets: list[str], row: dict[str, Any]) -> None:
    assert linked(annotated_doc(cell, targets), [row]) == []


weights = st.dictionaries(
    st.text(min_size=1, max_size=4), st.lists(st.floats(-50, 50), min_size=3, max_size=3), max_size=8
)


@given(weights=weights, features=st.lists(st.text(min_size=1, max_size=4), max_size=12, unique=True))
def test_the_scorer_gives_a_probability_and_a_role(
    weights: dict[str, list[float]], features: list[str]
) -> None:
    scorer = Scorer((NONE, "drives", "undergoes"), weights, 0.5)
    verdict = scorer.judge(features)
    assert 0 <= verdict.probability <= 1
    assert verdict.role in ("drives", "undergoes")


def test_slots_are_three() -> None:
    doc = tree(COORDINATED, {"Macrophages": "GENE", "metastasis": "MECHANISM"})
    assert [n.type for n in sentence_nodes(doc, list(doc.spans["mentions"]))] == [MentionType.MECHANISM]


def listing(cells: int, mechanisms: int, therapies: int) -> Doc:
    """A sentence that lists cells, what they drive, and therapies, with a tree that ties each to each."""
    words, heads, deps, tags, labels = [], [], [], [], []
    verb = 2 * cells - 1

    def add(count: int, word: str, label: str, dep: str) -> None:
        head = len(words)
        for number in range(count):
            words.extend(["and", word] if number else [word])
            labels.extend(["", label] if number else [label])
            tags.extend(["CC", "NNS"] if number else ["NNS"])
            deps.extend(["cc", "conj"] if number else [dep])
            heads.extend([head, head] if number else [verb])

    add(cells, "macrophages", "CELL", "nsubj")
    words, heads, deps, tags, labels = (
        [*words, "drive"],
        [*heads, verb],
        [*deps, "ROOT"],
        [*tags, "VBP"],
        [*labels, ""],
    )
    add(mechanisms, "fibrosis", "MECHANISM", "dobj")
    add(therapies, "radiotherapy", "THERAPY", "nsubj")
    doc = Doc(VOCAB, words=words, tags=tags, deps=deps, heads=heads, lemmas=words)
    doc.spans["mentions"] = [Span(doc, i, i + 1, label=label) for i, label in enumerate(labels) if label]
    return doc


@pytest.mark.parametrize("scored", [True, False])
def test_a_sentence_that_lists_everything_says_no_more_than_the_bounds(scored: bool) -> None:
    began = time.process_time()
    doc = listing(60, 60, 60)
    found = relate(doc, scored=scored)
    assert (0 if scored else 1) <= len(found) <= bounds.MOST_ROWS
    order = [(row["mechanism"], row["cell"] or [-1], row["therapy"] or [-1]) for row in found]
    assert order == sorted(order)
    (scene,) = scenes(doc)
    tied = links(scene.sent, scene.graph, scene.nodes)
    assert len(tied) == bounds.MOST_LINKS
    assert all(abs(link.source - link.mechanism) < 30 for link in tied)  # numbers of 180 mentions
    assert time.process_time() - began < 5


def test_bounds_leave_alone_what_they_do_not_bind(monkeypatch: pytest.MonkeyPatch) -> None:
    doc = listing(4, 5, 3)
    found = relate(doc, scored=False)
    for name in ("MOST_MECHANISMS", "MOST_LINKS", "MOST_ROWS"):
        monkeypatch.setattr(bounds, name, 10**9)
    assert relate(doc, scored=False) == found != []
    monkeypatch.setattr(bounds, "MOST_ROWS", 7)
    few = relate(doc, scored=False)
    assert len(few) == 7
    assert few == [row for row in found if row in few]
    assert min(row["confidence"] for row in few) >= max(row["confidence"] for row in found if row not in few)


@given(st.integers(-5, 60), st.sets(st.integers(0, 50)), st.integers(1, 9))
def test_none_that_is_left_out_is_nearer_than_one_that_is_kept(at: int, places: set[int], most: int) -> None:
    kept = set(bounds.nearest(at, sorted(places), most))
    assert len(kept) == min(most, len(places)) and kept <= places
    assert not any(abs(out - at) < abs(place - at) for out in places - kept for place in kept)
