"""How sure a claim is, from the papers that say it and those that deny it.

The formula is that of INDRA's belief for one reader of texts (Gyori et al. 2017, Mol Syst Biol 13:954). What a reader
says of a claim is wrong when the reader errs on it as a system, every time and whatever the number of papers, or
when it errs by chance on each of the papers:

    error(papers) = syst + (1 - syst) * product over the papers of (1 - c)
    support       = 1 - error(papers that say it)
    denial        = 1 - error(papers that deny it)
    confidence    = support * (1 - denial)

c is the confidence of the paper's surest row, for a paper that repeats itself is no second witness; a row that only
speculates counts half. INDRA adds the two errors; here they are independent, so that support never falls under 0.
As in INDRA, denial lowers what is said, and never makes true what nobody says: a claim that is only denied has 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

SYSTEMATIC_ERROR = 0.05
"""INDRA's for its readers of texts such as Reach (``default_belief_probs.json``); not measured on ours."""

SPECULATED_WEIGHT = 0.5
"""What a speculated row's confidence is multiplied by: our choice, INDRA has none."""


def support(misses: Iterable[float]) -> float:
    """The probability that papers are right, from each one's own probability of being wrong.

    >>> round(support([0.1]), 3), round(support([0.1, 0.5]), 4), support([])
    (0.855, 0.9025, 0.0)
    """
    # In order of size: the last bit of a product depends on it, and rows come in any.
    return (1 - SYSTEMATIC_ERROR) * (1 - prod(sorted(misses)))


def confidence(said: Iterable[float], denied: Iterable[float]) -> float:
    """A claim's confidence, from the papers' probabilities of being wrong in saying and in denying it.

    >>> round(confidence([0.1, 0.5], []), 4), round(confidence([0.1, 0.5], [0.2]), 4)
    (0.9025, 0.2166)
    """
    return support(said) * (1 - support(denied))
