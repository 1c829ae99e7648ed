"""The folding of the tree, on trees built by hand: each test one construction."""

from __future__ import annotations

import itertools

import pytest

from pipeline.relate.graph import Graph
from tests.relate.hand import tree

CASES = {
    "a preposition becomes a label": (
        """
        Recruitment NN nsubj fell
        of IN prep Recruitment
        monocytes NNS pobj of
        fell VBD ROOT fell fall
        """,
        {("Recruitment", "prep_of", "monocytes")},
    ),
    "coordination shares the subject's verb and the verb's object": (
        """
        Macrophages NNS nsubj clear
        and CC cc Macrophages
        neutrophils NNS conj Macrophages
        clear VBP ROOT clear
        debris NN dobj clear
        """,
        {("clear", "nsubj", "Macrophages"), ("clear", "nsubj", "neutrophils"), ("clear", "dobj", "debris")},
    ),
    "a second verb takes the subject of the first": (
        """
        MDSCs NNS nsubj expand
        expand VBP ROOT expand
        and CC cc expand
        suppress VBP conj expand
        immunity NN dobj suppress
        """,
        {("suppress", "nsubj", "MDSCs")},
    ),
    "the agent of a passive": (
        """
        Metastasis NN nsubjpass driven
        is VBZ auxpass driven be
        driven VBN ROOT driven drive
        by IN agent driven
        neutrophils NNS pobj by
        """,
        {("driven", "agent", "neutrophils"), ("driven", "nsubjpass", "Metastasis")},
    ),
    "a relative clause is said of its noun": (
        """
        cells NNS nsubj die cell
        which WDT dep suppress
        suppress VBP relcl cells
        immunity NN dobj suppress
        die VBP ROOT die
        """,
        {("suppress", "nsubj", "cells")},
    ),
    "a relative pronoun is an object where the verb has a subject": (
        """
        cells NNS nsubj die cell
        which WDT dep recruit
        tumors NNS nsubj recruit
        recruit VBP relcl cells
        die VBP ROOT die
        """,
        {("recruit", "nsubj", "tumors"), ("recruit", "dobj", "cells")},
    ),
    "a participle after its noun": (
        """
        cytokines NNS ROOT cytokines
        produced VBN acl cytokines produce
        by IN agent produced
        macrophages NNS pobj by
        """,
        {("produced", "nsubjpass", "cytokines"), ("produced", "agent", "macrophages")},
    ),
    "the able one acts": (
        """
        ability NN nsubj fell
        of IN prep ability
        NK NN pobj of
        to TO aux kill
        kill VB acl ability
        fell VBD ROOT fell fall
        """,
        {("kill", "nsubj", "NK")},
    ),
    "object control": (
        """
        drug NN nsubj enables
        enables VBZ ROOT enables enable
        lymphocytes NNS dobj enables
        to TO aux kill
        kill VB xcomp enables
        """,
        {("kill", "nsubj", "lymphocytes")},
    ),
    "raising keeps the subject": (
        """
        TAMs NNS nsubj seem
        seem VBP ROOT seem
        to TO aux promote
        promote VB xcomp seem
        growth NN dobj promote
        """,
        {("promote", "nsubj", "TAMs")},
    ),
    "a copula hands its subject to the predicate": (
        """
        TAMs NNS nsubj are
        are VBP ROOT are be
        drivers NNS attr are driver
        of IN prep drivers
        angiogenesis NN pobj of
        """,
        {("drivers", "nsubj", "TAMs"), ("drivers", "prep_of", "angiogenesis")},
    ),
    "means": (
        """
        Sorafenib NN nsubj slows
        slows VBZ ROOT slows slow
        tumors NNS dobj slows
        by IN prep slows
        inhibiting VBG pcomp by inhibit
        angiogenesis NN dobj inhibiting
        """,
        {("slows", "prepc_by", "inhibiting"), ("inhibiting", "nsubj", "Sorafenib")},
    ),
    "such as opens a list of members": (
        """
        suppress VB ROOT suppress
        cells NNS dobj suppress cell
        such JJ amod as
        as IN prep cells
        MDSCs NNS pobj as
        """,
        {("suppress", "dobj", "cells"), ("suppress", "dobj", "MDSCs")},
    ),
    "the owner of a role acts": (
        """
        discuss VB ROOT discuss
        role NN dobj discuss
        of IN prep role
        TAMs NNS pobj of
        in IN prep role
        promoting VBG pcomp in promote
        growth NN dobj promoting
        """,
        {("promoting", "nsubj", "TAMs")},
    ),
    "a list belongs to the noun right before it": (
        """
        suppress VB ROOT suppress
        roles NNS dobj suppress role
        of IN prep roles
        leukocytes NNS pobj of
        including VBG prep roles include
        MDSCs NNS pobj including
        """,
        {("roles", "prep_of", "leukocytes"), ("roles", "prep_of", "MDSCs")},
    ),
    "a modifier before two nouns belongs to both": (
        """
        T NN compound activation
        activation NN nsubj fell
        and CC cc activation
        proliferation NN conj activation
        fell VBD ROOT fell fall
        """,
        {("activation", "compound", "T"), ("proliferation", "compound", "T")},
    ),
    "a complement after two nouns belongs to both": (
        """
        activation NN nsubj fell
        and CC cc activation
        death NN conj activation
        of IN prep death
        monocytes NNS pobj of
        fell VBD ROOT fell fall
        """,
        {("activation", "prep_of", "monocytes"), ("death", "prep_of", "monocytes")},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_folding(name: str) -> None:
    written, wanted = CASES[name]
    doc = tree(written)
    edges = {(doc[h].text, label, doc[c].text) for h, label, c in Graph(doc[:]).edges()}
    assert wanted <= edges


def test_a_long_coordination_is_handed_on_to_its_last_member() -> None:
    names = [f"cell{i}" for i in range(12)]
    lines = ["cell0 NNS nsubj suppress"]
    lines += [f"{name} NNS conj {before}" for before, name in itertools.pairwise(names)]
    doc = tree("\n".join([*lines, "suppress VBP ROOT suppress", "immunity NN dobj suppress"]))
    edges = {(doc[h].text, label, doc[c].text) for h, label, c in Graph(doc[:]).edges()}
    assert {("suppress", "nsubj", name) for name in names} <= edges
