"""Cues in scope by the tree."""

from __future__ import annotations

import pytest

from pipeline.relate.assertion import flags
from pipeline.relate.columns import Columns
from tests.relate.hand import tree


@pytest.mark.parametrize(
    ("written", "scope", "negation", "speculation"),
    [
        (
            """
            Blockade NN nsubj affect
            did VBD aux affect do
            not RB neg affect
            affect VB ROOT affect
            proliferation NN dobj affect
            """,
            ["Blockade", "affect", "proliferation"],
            "not",
            None,
        ),
        (
            """
            Blockade NN nsubj failed
            failed VBD ROOT failed fail
            to TO aux restore
            restore VB xcomp failed
            function NN dobj restore
            """,
            ["Blockade", "restore", "function"],
            "failed",
            None,
        ),
        (
            """
            Blockade NN nsubj kills
            not RB preconj kills
            only RB advmod kills
            kills VBZ ROOT kills kill
            cells NNS dobj kills
            """,
            ["Blockade", "kills", "cells"],
            None,
            None,
        ),
        (
            """
            drug NN nsubj works
            works VBZ ROOT works work
            without IN prep works
            affecting VBG pcomp without affect
            proliferation NN dobj affecting
            """,
            ["drug", "affecting", "proliferation"],
            "without",
            None,
        ),
        (
            """
            TAMs NNS nsubj promote
            may MD aux promote
            promote VB ROOT promote
            growth NN dobj promote
            """,
            ["TAMs", "promote", "growth"],
            None,
            "may",
        ),
        (
            """
            We PRP nsubj investigated
            investigated VBD ROOT investigated investigate
            whether IN mark promote
            TAMs NNS nsubj promote
            promote VBP ccomp investigated
            growth NN dobj promote
            """,
            ["TAMs", "promote", "growth"],
            None,
            "whether",
        ),
        (
            """
            role NN nsubj remains
            of IN prep role
            TAMs NNS pobj of
            in IN prep role
            growth NN pobj in
            remains VBZ ROOT remains remain
            unclear JJ acomp remains
            """,
            ["role", "TAMs", "growth"],
            None,
            "unclear",
        ),
        (
            """
            TAMs NNS nsubj promote
            promote VBP ROOT promote
            growth NN dobj promote
            """,
            ["TAMs", "promote", "growth"],
            None,
            None,
        ),
    ],
)
def test_flags(written: str, scope: list[str], negation: str | None, speculation: str | None) -> None:
    doc = tree(written)
    found = flags(Columns(doc), [t.i for t in doc if t.text in scope])
    assert (None if found.negation is None else doc[found.negation].text) == negation
    assert (None if found.speculation is None else doc[found.speculation].text) == speculation


def test_a_denial_in_a_relative_clause_stays_there() -> None:
    doc = tree(
        """
        cells NNS nsubj promote cell
        that WDT nsubj express
        not RB neg express
        express VBP relcl cells
        PD-1 NN dobj express
        promote VBP ROOT promote
        growth NN dobj promote
        """
    )
    found = flags(Columns(doc), [t.i for t in doc if t.text in ("cells", "promote", "growth")])
    assert found.negation is None
