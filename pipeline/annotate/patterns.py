"""Therapies that are composed, not listed: a target and what is done to it.

"CSF1R inhibition", "CCR2/CCR5 blockade", "anti-PD-1 antibody", "blockade of PD-L1", "CD40 agonism": no list
holds them all, since the target may be any gene, its family, or a cell ("Treg depletion").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import srsly

from pipeline.records import MentionType

if TYPE_CHECKING:
    from spacy.matcher import Matcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

# What a gene, family or antigen looks like when it is a target: CSF1R, PD-1, CTLA4, IL-6R, TGF-β, CCR2/CCR5.
SYMBOL = r"^(?=.*[A-Z])[A-Za-z]{0,5}[A-Z0-9α-ω][\w\-‐‑/+.]{0,20}$"
_SYMBOL = re.compile(SYMBOL)


@lru_cache(maxsize=2)
def _matcher(vocab: Vocab) -> Matcher:
    from spacy.matcher import Matcher

    matcher = Matcher(vocab, validate=True)
    rows = srsly.yaml_loads(files("pipeline.annotate").joinpath("therapies.yaml").read_text(encoding="utf-8"))
    for row in rows:
        matcher.add(row["id"], [row["pattern"]], greedy="LONGEST")
    return matcher


def targeted(doc: Doc) -> Iterator[object]:
    """Composed therapies as candidates, longest first where they overlap."""
    from pipeline.annotate.mentions import PATTERN, Found

    for _, start, end in _matcher(doc.vocab)(doc):
        yield Found(start, end, MentionType.THERAPY, PATTERN, 0.9)
