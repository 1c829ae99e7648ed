"""Exports stream: memory does not grow with the number of rows. 100,000 of them: see `tests.export.many`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.many import make

ROOT = Path(__file__).parents[2]
MOST = 300  # MB; libraries alone take some 130


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many") / "outputs"
    make(folder, 1500)
    return folder


@pytest.mark.parametrize(
    ("format", "counts"),
    [
        ("bioc", {"document": 1500, "annotation": 90_000, "relation": 15_000}),
        ("rdf", {"evidence row": 15_000}),
    ],
)
def test_many_rows_in_little_memory(folder, format, counts):
    command = [sys.executable, "-m", "tests.export.many", format, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert {name: said[name] for name in counts} == counts
    assert said["MB"] < MOST
