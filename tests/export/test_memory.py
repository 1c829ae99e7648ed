"""Exports stream: memory does not grow with the number of rows. `make bench-exports` has 100,000 of them."""

from __future__ import annotations

import pytest

from pipeline.export.formats import FORMATS
from tests.export.many import make, measured

DOCUMENTS = 600
MOST = 330  # MB; libraries and DuckDB's share alone take some 250
COUNTS = {
    "csv": {"row": 6000},
    "kgx": {"negated edge": 600},
    "bioc": {"document": 600, "annotation": 36_000, "relation": 6000},
    "rdf": {"evidence row": 6000},
    "indra": {"evidence row": 11_400},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many") / "outputs"
    make(folder, DOCUMENTS)
    return folder


def test_every_format_is_measured():
    assert set(COUNTS) == set(FORMATS)


@pytest.mark.parametrize("format", COUNTS)
def test_many_rows_in_little_memory(folder, format):
    said = measured(format, folder)
    assert {name: said[name] for name in COUNTS[format]} == COUNTS[format]
    assert said["MB"] < MOST
