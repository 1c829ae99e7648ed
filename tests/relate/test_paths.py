"""The notation of paths, and following them."""

from __future__ import annotations

import pytest

from pipeline.relate.graph import Graph
from pipeline.relate.paths import Position, Rule, parse_path, walk
from tests.relate.hand import tree

WORDS = {"block": frozenset({"inhibit", "suppress"})}


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("<nsubj V >dobj M", [2]),
        ("<nsubj V (>dobj N)? >prep_of M", [2, 3]),
        ("<nsubj V (>xcomp V)* >dobj M", [2, 3, 4]),
        ("~ M", [0]),
    ],
)
def test_a_written_path_stands_for_plain_ones(path: str, steps: list[int]) -> None:
    assert [len(plain) for plain in parse_path(path, WORDS)] == steps


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("<nsubj V >dobj N", "must end at the mechanism"),
        ("<nsubj M >dobj M", "name it once"),
        ("nsubj V >dobj M", "cannot read"),
        ("<nsubj V[$nothing] >dobj M", "no word list"),
        ("", "must end at the mechanism"),
    ],
)
def test_a_wrong_path_is_refused_with_the_reason(path: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_path(path, WORDS)


def ends(path: str, start: int, targets: set[int], blocked: frozenset[int] = frozenset()) -> set[int]:
    doc = tree(
        """
        MDSCs NNS nsubj suppress
        suppress VBP ROOT suppress
        activation NN dobj suppress
        of IN prep activation
        lymphocytes NNS pobj of
        and CC cc suppress
        invade VBP conj suppress
        liver NN dobj invade
        """
    )
    rule = Rule("test.rule", tuple(parse_path(path, WORDS)), Position.AGENT)
    return {found.end for found in walk(Graph(doc[:]), start, [rule], frozenset(targets), blocked)}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("<nsubj V >dobj M", {2, 7}),
        ("<nsubj V[$block] >dobj M", {2}),
        ("<nsubj V[invade] >dobj M", {7}),
        ("<nsubj N >dobj M", set()),
        ("<nsubj|agent V >dobj|prep_of M", {2, 7}),
        ("<nsubj V >>dobj|prep_* M", {2, 4, 7}),
        ("~ M", {2, 4, 7}),
    ],
)
def test_walk(path: str, found: set[int]) -> None:
    assert ends(path, 0, {2, 4, 7}) == found


def test_no_path_leads_through_a_blocked_token() -> None:
    assert ends("<nsubj V >>dobj|prep_* M", 0, {4}, frozenset({2})) == set()
