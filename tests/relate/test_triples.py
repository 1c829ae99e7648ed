"""From mentions to rows: stand-ins, long forms, assembly, linked rows; on Docs built by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline.relate  # noqa: F401 - registers doc._.triples
from pipeline.records import MentionType
from pipeline.relate.linked import linked
from pipeline.relate.nodes import sentence_nodes
from pipeline.relate.scenes import scenes
from pipeline.relate.scorer import NONE, Scorer
from pipeline.relate.triples import relate
from tests.relate.hand import tree

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
