from __future__ import annotations

import pytest

from pipeline.evaluate import MarkedMention, MarkedTriple, MarksError, read_gold

TEXT = "MDSCs drive exhaustion.\r\nCCR2 blockade may not reduce exhaustion."
LINES = """T1\tCell 0 5\tMDSCs
T2\tMechanism 12 22\texhaustion
T3\tTHERAPY 25 38\tCCR2 blockade
T4\tMECHANISM 54 64\texhaustion
T5\tGene_or_gene_product 25 29\tCCR2
T6\tNote 0 5\tMDSCs
"""
CELL, FIRST, THERAPY, SECOND = (0, 5), (12, 22), (25, 38), (54, 64)


@pytest.fixture
def read(tmp_path):
    def read(lines: str, suffix: str = ".ann", **more: str):
        with (tmp_path / "a.txt").open("w", newline="") as file:
            file.write(TEXT)
        (tmp_path / f"a{suffix}").write_text(lines)
        for other, content in more.items():
            (tmp_path / f"a.{other}").write_text(content)
        (document,) = read_gold(tmp_path)
        return document

    return read


def test_mentions_are_read_by_our_types(read):
    document = read(LINES)
    assert (document.id, document.text) == ("a", TEXT)
    assert document.mentions == (
        MarkedMention("CELL", *CELL),
        MarkedMention("MECHANISM", *FIRST),
        MarkedMention("THERAPY", *THERAPY),
        MarkedMention("MECHANISM", *SECOND),
        MarkedMention("GENE", *(25, 29)),
    )


@pytest.mark.parametrize(
    ("relations", "triples"),
    [
        ("R1\tDrives Arg1:T1 Arg2:T2\t", [MarkedTriple(CELL, FIRST, None, "drives")]),
        ("R1\tundergoes Arg1:T2 Arg2:T1", [MarkedTriple(CELL, FIRST, None, "undergoes")]),
        (
            "R1\tInhibits Arg1:T3 Arg2:T4\nA1\tNegated R1\nA2\tSpeculated R1",
            [MarkedTriple(None, SECOND, THERAPY, None, "inhibits", True, True)],
        ),
        (
            "R1\tDrives Arg1:T1 Arg2:T4\nR2\tInhibits Arg1:T3 Arg2:T4",
            [MarkedTriple(CELL, SECOND, THERAPY, "drives", "inhibits")],
        ),
        (
            "E1\tMechanism:T4 drives:T1 inhibits1:T3\nM1\tNegation E1",
            [MarkedTriple(CELL, SECOND, THERAPY, "drives", "inhibits", True)],
        ),
        ("R1\tBinds Arg1:T1 Arg2:T2", []),
        ("R1\tDrives Arg1:T3 Arg2:T2", []),  # a therapy does not drive
        ("R1\tDrives Arg1:T5 Arg2:T2", []),  # nor does a gene fill a slot
        ("*\tEquiv T1 T2\n#1\tAnnotatorNotes T1\tsure?", []),
    ],
)
def test_relations_and_events_named_after_roles_are_triples(read, relations, triples):
    assert list(read(LINES + relations + "\n").triples) == triples


def test_bionlp_files_are_read_together(read):
    document = read(LINES, ".a1", a2="T7\tMECHANISM 54 64\texhaustion\nE1\tMechanism:T7 Drives:T1\n")
    assert document.triples == (MarkedTriple(CELL, SECOND, None, "drives"),)


def test_a_span_in_pieces_is_the_whole_stretch(read):
    assert read("T1\tCELL 0 5;12 22\tMDSCs exhaustion\n").mentions == (MarkedMention("CELL", 0, 22),)


@pytest.mark.parametrize(
    "line", ["T1\tCELL\tMDSCs", "T1 CELL 0 5", "T1\tCELL 0 500\tMDSCs", "T1\tCELL 5 5\t"]
)
def test_a_broken_line_is_named(read, line):
    with pytest.raises(MarksError, match=r"a\.ann, line 1"):
        read(line)


def test_a_folder_without_annotations_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    with pytest.raises(MarksError, match=r"no \.txt with an \.ann"):
        read_gold(tmp_path)
