"""The three slots stay apart for people who see two hues, in light and in dark."""

from __future__ import annotations

import re
from importlib import resources
from itertools import combinations

import numpy as np
import pytest

STYLE = (resources.files("pipeline.report") / "page" / "style.css").read_text("utf-8")
SLOTS = ("cell", "mechanism", "therapy")
# Machado, Oliveira and Fernandes 2009 (IEEE TVCG 15:1291), severity 1, on linear RGB.
SEEN = {
    "all": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(colour: str, seen: np.ndarray) -> np.ndarray:
    """CIE Lab of a colour as such eyes have it."""
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = (np.clip(seen @ linear, 0, 1) @ TO_XYZ.T) / WHITE
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_and_points_of_the_pictures_differ(eyes, theme):
    fills = {}
    for slot in SLOTS:
        both = re.search(rf"--{slot}-fill: light-dark\((#\w+), (#\w+)\)", STYLE)
        fills[slot] = lab(both[1 + (theme == "dark")], SEEN[eyes])
    for one, other in combinations(SLOTS, 2):
        # A difference of 2 can just be seen; 15 are two colours.
        assert np.linalg.norm(fills[one] - fills[other]) > 15, (one, other)


def test_words_do_not_rest_on_hue_alone():
    lines = [re.search(rf"mark\.{slot} {{[^}}]*border-bottom: \S+ (\w+)", STYLE)[1] for slot in SLOTS]
    assert lines == ["solid", "dashed", "double"]
    charts = (resources.files("pipeline.report") / "page" / "charts.js").read_text("utf-8")
    assert 'shapes = { cell: "circle", mechanism: "diamond", therapy: "roundRect" }' in charts
