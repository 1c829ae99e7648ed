"""The learned half of the relations: how sure is a link, and which role has it?

A multinomial logistic regression for each slot over the features of ``features.py``, trained by
``pipeline.train.relations`` on marked abstracts. The weights are JSON that a person can read; nothing but
additions and one softmax happens here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import srsly

NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``probability`` that the text ties the pair at all, and the likeliest role if it does."""

    probability: float
    role: str


@dataclass(frozen=True, slots=True)
class Scorer:
    """Weights of one slot: for each feature one number a class; ``classes`` names them, "none" among them."""

    classes: tuple[str, ...]
    weights: dict[str, list[float]]
    threshold: float

    def judge(self, features: Sequence[str]) -> Verdict:
        """Probability and role of one pair.

        Raises:
            ValueError: the weights know no class "none".
        """
        sums = [0.0] * len(self.classes)
        for feature in features:
            for k, weight in enumerate(self.weights.get(feature, ())):
                sums[k] += weight
        top = max(sums)
        powers = [math.exp(s - top) for s in sums]
        none = self.classes.index(NONE)
        roles = [k for k in range(len(self.classes)) if k != none]
        best = max(roles, key=lambda k: (powers[k], -k))
        return Verdict(1 - powers[none] / sum(powers), self.classes[best])


@lru_cache(maxsize=1)
def scorers() -> dict[str, Scorer]:
    """The shipped weights by slot ("CELL", "THERAPY"), and by flag ("negated", "speculated")."""
    data = srsly.json_loads(files("pipeline.relate").joinpath("weights.json").read_text(encoding="utf-8"))
    return {
        name: Scorer(tuple(part["classes"]), part["weights"], part["threshold"])
        for name, part in data["scorers"].items()
    }
