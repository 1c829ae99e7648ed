"""Therapies that are composed, not listed: a target and what is done to it.

"CSF1R inhibition", "CCR2/CCR5 blockade", "anti-PD-1 antibody", "CD40 agonism", "Treg depletion": no list holds them
all, since the target may be any gene, its family, or a cell. The patterns are spaCy Matcher rows in therapies.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files

import srsly
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from pipeline.annotate.candidates import ACT, PATTERN, Found
from pipeline.records import MentionType

SCORE = 0.9


@lru_cache(maxsize=4)
def _matcher(vocab: Vocab) -> Matcher:
    matcher = Matcher(vocab, validate=True)
    for row in srsly.yaml_loads(
        files("pipeline.annotate").joinpath("therapies.yaml").read_text(encoding="utf-8")
    ):
        matcher.add(row["id"], [row["pattern"]], greedy="LONGEST")
    return matcher


def targeted(doc: Doc) -> Iterator[Found]:
    """Composed therapies as candidates, in the order of the text."""
    for _, start, end in sorted(_matcher(doc.vocab)(doc), key=lambda match: match[1:]):
        yield Found(start, end, MentionType.THERAPY, PATTERN, SCORE)


# What people or cells do to a cell, where the verb is all that names it: "CSF1R inhibition depletes macrophages".
ACTS = frozenset(
    ["ablate", "activate", "attract", "convert", "deplete", "destroy", "educate", "eliminate", "eradicate", "exhaust",
     "expand", "kill", "lyse", "mobilize", "mobilise", "phagocytose", "polarize", "polarise", "prime", "reactivate",
     "recruit", "reinvigorate", "rejuvenate", "repolarize", "repolarise", "reprogram", "reprogramme", "sensitize",
     "skew"]
)  # fmt: skip


def acts_on(doc: Doc, cells: Sequence[Found]) -> Iterator[Found]:
    """Verbs of ``ACTS`` whose object, or subject in the passive, is one of the ``cells``."""
    inside = {i for cell in cells for i in range(cell.start, cell.end)}
    for cell in cells:
        root = doc[cell.start : cell.end].root
        first = root
        while first.dep_ == "conj" and first.head.i in inside:
            first = first.head
        verb = first.head
        if first.dep_ in ("dobj", "nsubjpass") and verb.lemma_ in ACTS and verb.tag_.startswith("VB"):
            yield Found(verb.i, verb.i + 1, MentionType.MECHANISM, ACT, SCORE)
