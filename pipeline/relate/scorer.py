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

from pipeline import checksums

NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How likely the text ties the pair at all, and the likeliest role if it does.

    ``probability`` is what the weights say and what is held against the threshold; ``confidence`` is the same,
    calibrated on texts that neither the weights nor the mentions were made from.
    """

    probability: float
    role: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Scorer:
    """Weights of one slot: for each feature one number a class; ``classes`` names them, "none" among them."""

    classes: tuple[str, ...]
    weights: dict[str, list[float]]
    threshold: float
    calibration: tuple[float, float] = (1.0, 0.0)  # slope and offset on the log-odds

    def judge(self, features: Sequence[str]) -> Verdict:
        """Probability and role of one pair.

        Raises:
            ValueError: the weights know no class "none".
        """
        known = [weights for weights in map(self.weights.get, features) if weights is not None]
        # Column by column and from the first on: the same additions in the same order, without a loop for each.
        sums = [sum(column, 0.0) for column in zip(*known, strict=True)] or [0.0] * len(self.classes)
        top = max(sums)
        powers = [math.exp(s - top) for s in sums]
        none = self.classes.index(NONE)
        roles = [k for k in range(len(self.classes)) if k != none]
        best = max(roles, key=lambda k: (powers[k], -k))
        probability = 1 - powers[none] / sum(powers)
        slope, offset = self.calibration
        confidence = 1 / (1 + math.exp(-max(-30.0, min(30.0, slope * logit(probability) + offset))))
        return Verdict(probability, self.classes[best], confidence)


def logit(probability: float) -> float:
    """Log-odds, kept within 30 either way."""
    edge = 1e-13
    p = min(1 - edge, max(edge, probability))
    return math.log(p / (1 - p))


@lru_cache(maxsize=1)
def scorers() -> dict[str, Scorer]:
    """The shipped weights by slot ("CELL", "THERAPY"), and by flag ("negated", "speculated").

    Raises:
        pipeline.checksums.ChecksumError: they are not the weights that were shipped.
    """
    checksums.verify(checksums.SCORER.parent)
    data = srsly.json_loads(files("pipeline.relate").joinpath("weights.json").read_text(encoding="utf-8"))
    return {
        name: Scorer(
            tuple(part["classes"]),
            part["weights"],
            part["threshold"],
            tuple(part.get("calibration", (1.0, 0.0))),
        )
        for name, part in data["scorers"].items()
    }
