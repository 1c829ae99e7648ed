"""Denials and proposals on the way itself, on trees built by hand."""

from __future__ import annotations

import pytest

from pipeline.records import CellRole
from pipeline.relate.certain import cell_role, denial, proposal
from pipeline.relate.columns import Columns
from tests.relate.hand import tree

UNABLE = """
    Cells NNS nsubj are cell
    are VBP ROOT are be
    unable JJ acomp are
    to TO aux kill
    kill VB xcomp unable
    hepatocytes NNS dobj kill hepatocyte
    """
FAIL = """
    Drugs NNS nsubj fail drug
    do VBP aux fail
    {not_} RB neg fail
    fail VB ROOT fail
    to TO aux expand
    expand VB xcomp fail
    Tregs NNS dobj expand Treg
    """
LOST = """
    Cells NNS nsubj lost cell
    lost VBD ROOT lost lose
    the DT det ability
    ability NN dobj lost
    to TO aux kill
    kill VB acl ability
    """
NEITHER = """
    Neither CC preconj neutrophils
    neutrophils NNS nsubj promote neutrophil
    nor CC cc neutrophils
    macrophages NNS conj neutrophils macrophage
    promote VBP ROOT promote
    metastasis NN dobj promote
    """
EVIDENCE = """
    There EX expl is
    is VBZ ROOT is be
    no DT det evidence
    evidence NN attr is
    that IN mark promote
    macrophages NNS nsubj promote macrophage
    promote VBP acl evidence
    metastasis NN dobj promote
    """
DISPENSABLE = """
    Cells NNS nsubj are cell
    are VBP ROOT are be
    dispensable JJ acomp are
    for IN prep dispensable
    rejection NN pobj for
    """
RATHER = """
    Rather RB advmod than
    than IN prep suppress
    promoting VBG pcomp than promote
    angiogenesis NN dobj promoting
    cells NNS nsubj suppress cell
    suppress VBP ROOT suppress
    growth NN dobj suppress
    """
LONGER = """
    Cells NNS nsubj suppress cell
    no DT neg longer
    longer RB advmod suppress
    suppress VBP ROOT suppress
    growth NN dobj suppress
    """
ONLY = """
    Cells NNS nsubj suppress cell
    not RB neg suppress
    only RB advmod suppress
    suppress VBP ROOT suppress
    growth NN dobj suppress
    """
OXIDE = """
    Cells NNS nsubj show cell
    show VBP ROOT show
    NO DT det production
    production NN dobj show
    """
FAR = """
    Cells NNS nsubj meet cell
    can MD aux meet
    meet VB ROOT meet
    others NNS dobj meet other
    that WDT nsubj are
    are VBP relcl others be
    not RB neg meet
    restricted JJ acomp are
    """
BUT_NOT = """
    Cells NNS nsubj drive cell
    drive VBP ROOT drive
    growth NN dobj drive
    but CC cc growth
    not RB neg growth
    invasion NN conj growth
    """
NEVER = """
    Radiotherapy NN compound enhanced
    never RB advmod enhanced
    enhanced JJ amod infiltration
    infiltration NN ROOT infiltration
    """


@pytest.mark.parametrize(
    ("written", "source", "between", "mechanism", "cue"),
    [
        (UNABLE, "Cells", [], "kill", "unable"),
        (UNABLE, "hepatocytes", [], "kill", "unable"),
        (FAIL.format(not_="really"), "Drugs", [], "expand", "fail"),
        (FAIL.format(not_="not"), "Drugs", [], "expand", None),
        (LOST, "Cells", ["lost", "ability"], "kill", "lost"),
        (NEITHER, "neutrophils", ["promote"], "metastasis", "Neither"),
        (NEITHER, "macrophages", ["promote"], "metastasis", "nor"),
        (EVIDENCE, "macrophages", ["promote"], "metastasis", "no"),
        (DISPENSABLE, "Cells", ["are"], "rejection", "dispensable"),
        (RATHER, "cells", ["promoting"], "angiogenesis", "Rather"),
        (RATHER, "cells", ["suppress"], "growth", None),
        (LONGER, "Cells", ["suppress"], "growth", "no"),
        (ONLY, "Cells", ["suppress"], "growth", None),
        (OXIDE, "Cells", ["show"], "production", None),
        (FAR, "Cells", ["meet"], "others", None),
        (BUT_NOT, "Cells", ["drive"], "growth", None),
        (BUT_NOT, "Cells", ["drive"], "invasion", "not"),
        (NEVER, "Radiotherapy", [], "infiltration", "never"),
    ],
)
def test_a_denial_stands_on_the_way(
    written: str, source: str, between: list[str], mechanism: str, cue: str | None
) -> None:
    doc = tree(written)
    place = {token.text: token.i for token in doc}
    found = denial(Columns(doc), place[source], [place[word] for word in between], place[mechanism])
    assert (None if found is None else doc[found].text) == cue


MAY = """
    Cells NNS nsubj promote cell
    may MD aux promote
    promote VB ROOT promote
    growth NN dobj promote
    """
THOUGHT = """
    Cells NNS nsubjpass thought cell
    are VBP auxpass thought be
    thought VBN ROOT thought think
    to TO aux promote
    promote VB xcomp thought
    growth NN dobj promote
    """
POSSIBLE = """
    It PRP nsubj is
    is VBZ ROOT is be
    possible JJ acomp is
    that IN mark promote
    cells NNS nsubj promote cell
    promote VBP ccomp is
    growth NN dobj promote
    """
COULD = """
    Cells NNS nsubj promote cell
    could MD aux promote
    promote VB ROOT promote
    growth NN dobj promote
    """
OTHERS = """
    Cells NNS nsubj promote cell
    that WDT nsubj move
    may MD aux move
    move VB relcl Cells
    promote VBP ROOT promote
    growth NN dobj promote
    """


@pytest.mark.parametrize(
    ("written", "cue"),
    [(MAY, "may"), (THOUGHT, "thought"), (POSSIBLE, "possible"), (COULD, None), (OTHERS, None)],
)
def test_a_proposal_stands_on_the_way(written: str, cue: str | None) -> None:
    doc = tree(written)
    place = {token.text: token.i for token in doc}
    found = proposal(Columns(doc), [place["promote"]], place["growth"])
    assert (None if found is None else doc[found].text) == cue


SUPPRESS = """
    Cells NNS nsubj suppress cell
    suppress VBP ROOT suppress
    growth NN dobj suppress
    """
REDUCE = """
    Cells NNS nsubj reduced cell
    reduced VBD ROOT reduced reduce
    growth NN dobj reduced
    """
KILL = """
    Cells NNS nsubj kill cell
    kill VBP ROOT kill
    hepatocytes NNS dobj kill hepatocyte
    """
DAMPEN = """
    Cells NNS compound activation cell
    potently RB advmod dampen
    dampen JJ amod activation
    activation NN ROOT activation
    """
INSIDE = """
    Drugs NNS nsubj inhibit drug
    in IN prep Drugs
    cells NNS pobj in cell
    inhibit VBP ROOT inhibit
    activation NN dobj inhibit
    """


@pytest.mark.parametrize(
    ("written", "source", "rule", "role", "between", "mechanism", "said"),
    [
        (SUPPRESS, "Cells", "active.object", "suppresses", ["suppress"], "growth", "suppresses"),
        # What lowers something may as well lower its own: the scorer decides.
        (REDUCE, "Cells", "active.object", "suppresses", ["reduced"], "growth", None),
        (SUPPRESS, "Cells", "active.object", "drives", ["suppress"], "growth", None),
        (KILL, "Cells", "own.subject", "undergoes", [], "kill", "drives"),
        (KILL, "hepatocytes", "own.object", "undergoes", [], "kill", None),
        (DAMPEN, "Cells", "phrase.below", "undergoes", [], "activation", "suppresses"),
        (INSIDE, "cells", "sentence.pair", "drives", [], "activation", None),
    ],
)
def test_a_role_is_said_outright(
    written: str, source: str, rule: str, role: str, between: list[str], mechanism: str, said: str | None
) -> None:
    doc = tree(written)
    place = {token.text: token.i for token in doc}
    found = cell_role(
        Columns(doc), place[source], rule, CellRole(role), [place[w] for w in between], place[mechanism]
    )
    assert found == said
