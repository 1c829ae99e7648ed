"""The table of what stands above what, and the rows of it that are written by hand."""

from __future__ import annotations

import gzip

import pytest

from pipeline.lexicon import below, load_lexicon
from pipeline.lexicon.tables import DATA, name_of, packed_lines, table


@pytest.mark.parametrize(
    ("narrow", "broad"),
    [
        ("CL:0000625", "CL:0000084"),  # CD8+ T cell, T cell
        ("CL:0000091", "CL:0000235"),  # Kupffer cell, macrophage
        ("MESH:D000084582", "CL:0000235"),  # MeSH's tumor-associated macrophages, CL's macrophage
        ("GO:0070269", "GO:0008219"),  # pyroptosis, cell death
        ("GO:0006911", "GO:0006909"),  # engulfment, part of phagocytosis
        ("CHEBI:45783", "MESH:D000970"),  # imatinib by its role, antineoplastic agents
        ("MESH:C582435", "MESH:D007167"),  # pembrolizumab by hand, immunotherapy
        ("HGNC:3763", "FPLX:VEGFR"),  # FLT1, VEGF receptors
    ],
)
def test_what_stands_below(narrow, broad):
    assert narrow in below(broad)
    assert broad not in below(narrow)


def test_it_is_sorted_and_knows_its_names():
    lines = packed_lines("parents.tsv.gz")
    assert lines == sorted(lines)
    assert len(lines) > 90_000
    curies = {curie for line in lines[::50] for curie in line.replace("|", "\t").split("\t")}
    assert [curie for curie in curies if not curie.startswith("KUPFFER:") and name_of(curie) is None] == []


def test_no_circle_but_of_names_that_two_ontologies_share():
    leukocyte = "CL:0000738"
    assert below(leukocyte) >= {"CL:0000084", "CL:0000235"}
    assert leukocyte not in below("CL:0000084")
    assert len(below("MESH:D007167")) < 200


def test_rows_written_by_hand():
    lexicon = load_lexicon()
    lines = (DATA / "above.tsv").read_text("utf-8").splitlines()[1:]
    assert lines == sorted(set(lines))
    for row in table("above.tsv"):
        assert name_of(row["above"]) == row["above_name"], row
        if "." in row["curie"] and row["curie"].startswith("KUPFFER:"):
            assert lexicon.ground(row["name"], "THERAPY").curie == row["curie"]
        elif not row["curie"].startswith("KUPFFER:"):
            assert name_of(row["curie"]) == row["name"], row
        assert row["curie"] in below(row["above"])


def test_the_file_has_no_date():
    assert (DATA / "parents.tsv.gz").read_bytes()[4:8] == bytes(4)
    assert gzip.decompress((DATA / "parents.tsv.gz").read_bytes())


def test_what_is_not_wanted_is_passed_over(monkeypatch):
    from pipeline.lexicon import parents as made

    links = [("A:1", "A:2"), ("A:2", "A:3"), ("A:2", "A:4"), ("A:4", "A:2"), ("A:5", "A:5"), ("A:4", "A:6")]
    for source in ("_of_the_guide", "_of_processes", "_of_headings", "_of_roles", "_of_genes", "_by_hand"):
        monkeypatch.setattr(made, source, lambda _: links)
    wanted = {"A:1", "A:3", "A:5", "A:6"}
    assert made.parents(None, [("B:1", "A:1")], {*wanted, "B:1"}) == ["A:1\tA:3|A:6", "B:1\tA:1"]
