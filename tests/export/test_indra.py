from __future__ import annotations

import json
from math import prod

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.export.choice import Choice
from pipeline.export.indra import write_indra
from pipeline.export.source import Source
from pipeline.store import open_outputs
from tests.export.conftest import paper, triple, write
from tests.export.foreign import foreign

TEXT = "Methods. CSF1R blockade may lessen fibrosis that Kupffer cells drive."
OFFSETS = {
    "sentence": TEXT[9:], "evidence_start": 9, "evidence_end": len(TEXT), "section": "abstract",
    "cell_start": TEXT.index("Kupffer"), "cell_end": TEXT.index("Kupffer") + 13,
    "mechanism_start": TEXT.index("fibrosis"), "mechanism_end": TEXT.index("fibrosis") + 8,
    "therapy_text": "CSF1R blockade", "therapy_start": 9, "therapy_end": 23,
    "therapy_id": "KUPFFER:inhibition.HGNC_2433", "therapy_name": "CSF1R inhibition", "therapy_role": "inhibits",
}  # fmt: skip


def no_cell(role, curie, name):
    empty = dict.fromkeys(("cell_text", "cell_start", "cell_end", "cell_id", "cell_name", "cell_role"))
    return {**OFFSETS, **empty, "therapy_role": role, "therapy_id": curie, "therapy_name": name}


@pytest.fixture
def outputs(tmp_path):
    papers = [
        paper("1", pmid="7", pmcid="PMC9", doi="10.1000/abc", license="CC BY 4.0"),
        paper("2", text_sha256="2"),
    ]
    rows = [
        triple("may", **OFFSETS, speculated=True, speculation_cue="may"),
        triple("not", "2", **OFFSETS, negated=True, negation_cue="not", confidence=0.5),
        triple("twice", "2", **OFFSETS),
        triple("pair", cell_role="suppresses"),
        triple("undergoes", cell_role="undergoes", cell_text="HEK293T", cell_id="cellosaurus:CVCL_0063",
               cell_name="HEK293T", mechanism_id="GO:0006915", mechanism_name="apoptotic process"),
        triple("targets", **no_cell("targets", "CHEBI:45783", "imatinib")),
        triple("promotes", **no_cell("promotes", "MESH:D011878", "Radiotherapy"), mechanism_id="MONDO:0005575",
               mechanism_name="colorectal cancer"),
    ]  # fmt: skip
    return write(tmp_path / "outputs", papers, rows)


def written(outputs, folder, **choice):
    with open_outputs(outputs) as tables:
        counts = write_indra(Source(tables, Choice(**choice)), folder)
    statements = json.loads((folder / "statements.json").read_text(encoding="utf-8"))
    assert counts["statement"] == len(statements)
    assert counts["evidence row"] == sum(len(one["evidence"]) for one in statements)
    return statements


@pytest.fixture
def statements(outputs, tmp_path):
    return written(outputs, tmp_path / "indra")


def ends(one):
    parts = one["members"] if "members" in one else [one["subj"], one["obj"]]
    return tuple(part.get("concept", part)["name"] for part in parts)


def polarity(one):
    return one["obj"]["delta"]["polarity"] if one["type"] == "Influence" else None


def test_what_roles_are_in_indra(statements):
    assert sorted((one["type"], *ends(one), polarity(one)) for one in statements) == [
        ("Activation", "Radiotherapy", "colorectal cancer", None),
        ("Association", "HEK293T", "apoptotic process", None),
        ("Association", "imatinib", "Fibrosis", None),
        ("Influence", "Kupffer cell", "Fibrosis", -1),
        ("Influence", "Kupffer cell", "Fibrosis", 1),
        ("Inhibition", "CSF1R inhibition", "Fibrosis", None),
    ]


def named(statements, kind):
    return next(one for one in statements if one["type"] == kind)


def test_evidence_has_its_place_its_cell_and_what_the_text_makes_of_it(statements):
    found = {row["source_id"]: row for row in named(statements, "Inhibition")["evidence"]}
    assert sorted(found) == ["may", "not", "twice"]
    assert [found[name].get("epistemics") for name in ("may", "not", "twice")] == [
        {"hypothesis": True},
        {"negated": True},
        None,
    ]
    row = found["may"]
    assert (row["pmid"], row["text_refs"]) == (
        "7",
        {"PMID": "7", "PMCID": "PMC9", "DOI": "10.1000/ABC"},
    )
    assert row["context"] == {
        "type": "bio",
        "cell_type": {"name": "Kupffer cell", "db_refs": {"TEXT": "Kupffer cell", "CL": "CL:0000091"}},
    }
    places = [row["text"][start:end] for start, end in row["annotations"]["agents"]["coords"]]
    assert places == row["annotations"]["agents"]["raw_text"] == ["CSF1R blockade", "fibrosis"]
    ours = row["annotations"]["kupffer"]
    assert TEXT[ours["start"] : ours["end"]] == row["text"]
    assert TEXT[ours["cell_start"] : ours["cell_end"]] == "Kupffer cells"
    assert ours["speculation_cue"] == "may"


def test_a_denied_row_denies_what_the_therapy_does_and_not_what_the_cell_does(statements):
    therapy = named(statements, "Inhibition")
    (cell,) = [one for one in statements if ends(one)[0] == "Kupffer cell" and polarity(one) == 1]
    assert [row["source_id"] for row in cell["evidence"]] == ["may", "twice"]
    assert therapy["belief"] < cell["belief"]


def test_a_cell_line_is_one_and_identifiers_are_written_as_indra_wants_them(statements):
    line = next(one for one in statements if ends(one)[0] == "HEK293T")
    assert line["evidence"][0]["context"]["cell_line"]["db_refs"]["CVCL"] == "CVCL_0063"
    assert line["members"][1]["concept"]["db_refs"]["GO"] == "GO:0006915"
    assert named(statements, "Activation")["subj"]["db_refs"] == {"TEXT": "Radiotherapy", "MESH": "D011878"}
    assert named(statements, "Activation")["obj"]["db_refs"]["MONDO"] == "0005575"
    # INDRA has no place for our own identifiers: they stand beside the evidence.
    assert named(statements, "Inhibition")["subj"]["db_refs"] == {"TEXT": "CSF1R inhibition"}


def test_priors_come_from_the_rows_that_go_out(statements, tmp_path):
    priors = json.loads((tmp_path / "indra" / "priors.json").read_text())
    mean = (6 * 0.1 + 0.5) / 7
    assert priors == {"syst": {"kupffer": 0.05}, "rand": {"kupffer": round(mean, 3)}}


def test_the_same_rows_make_the_same_file(outputs, statements, tmp_path):
    written(outputs, tmp_path / "again")
    files = [(tmp_path / name / "statements.json").read_bytes() for name in ("indra", "again")]
    assert files[0] == files[1]
    assert len({one["id"] for one in statements}) == len(statements)


def test_sentences_that_may_not_go_out_leave_their_place_in_the_paper(outputs, tmp_path):
    found = written(outputs, tmp_path / "open", open_only=True)
    rows = {row["source_id"]: row for row in named(found, "Inhibition")["evidence"]}
    assert "text" in rows["may"] and "text" not in rows["twice"]
    assert "coords" not in rows["twice"]["annotations"]["agents"]
    assert rows["twice"]["annotations"]["kupffer"]["start"] == 9


def test_nothing_to_write_is_an_empty_list(tmp_path):
    assert written(write(tmp_path / "none", [paper("1")], []), tmp_path / "indra") == []


def test_the_command(outputs, tmp_path):
    done = CliRunner().invoke(app, ["export", "--format", "indra", str(outputs), "-o", str(tmp_path / "cli")])
    assert done.exit_code == 0 and "6 statements, 9 evidence rows in" in done.output
    assert sorted(path.name for path in (tmp_path / "cli").iterdir()) == ["priors.json", "statements.json"]


@pytest.mark.slow
def test_the_real_indra_loads_validates_and_scores_them(statements, tmp_path):
    answer = foreign("INDRA_PYTHON", "indra", "read_indra.py", tmp_path / "indra")
    assert answer["faults"] == []
    back = {one["id"]: one for one in answer["statements"]}
    random = json.loads((tmp_path / "indra" / "priors.json").read_text())["rand"]["kupffer"]

    def sure(rows):
        return 1 - (0.05 + prod(random for _ in rows)) if rows else 0

    assert len(back) == len(statements)
    for one in statements:
        read = back[one["id"]]
        assert read["type"] == one["type"] and tuple(read["agents"]) == ends(one)
        assert polarity(read) == polarity(one)
        for row, again in zip(one["evidence"], read["evidence"], strict=True):
            assert {name: again[name] for name in row} == row
        denied = [row for row in one["evidence"] if row.get("epistemics", {}).get("negated")]
        said = [row for row in one["evidence"] if row not in denied]
        assert read["belief"] == pytest.approx(sure(said) * (1 - sure(denied)))
