from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.export.biolink import edges
from pipeline.export.choice import Choice
from pipeline.export.kgx import EDGE_COLUMNS, _cell, write_kgx
from pipeline.export.nodes import Node, category
from pipeline.export.source import Source
from pipeline.store import open_outputs
from tests.export.conftest import paper, triple, write
from tests.export.foreign import foreign

# The release's own words, for machines where the library is not: classes, predicates and their values.
CATEGORIES = {
    "AnatomicalEntity",
    "BiologicalProcess",
    "Cell",
    "CellLine",
    "ChemicalEntity",
    "Disease",
    "Gene",
    "GeneFamily",
    "NamedThing",
    "Procedure",
    "Treatment",
}
PREDICATES = {
    "actively_involved_in",
    "affects",
    "associated_with",
    "associated_with_response_to",
    "contributes_to",
    "participates_in",
}
PREFIXES = {"CL", "GO", "MESH", "CHEBI", "HGNC", "MONDO", "UBERON", "PMID", "PMC", "doi"}
OURS = {"KUPFFER", "FPLX", "cellosaurus"}
CSF1R = {
    "therapy_text": "CSF1R blockade",
    "therapy_id": "KUPFFER:inhibition.HGNC_2433",
    "therapy_name": "CSF1R inhibition",
}


def node(category, curie="X:1"):
    return Node(curie, "x", category, True)


@pytest.mark.parametrize(
    ("cell_role", "therapy_role", "mechanism", "expected"),
    [
        ("drives", None, "BiologicalProcess", [("cell", "actively_involved_in", "mechanism", None)]),
        ("undergoes", None, "BiologicalProcess", [("cell", "participates_in", "mechanism", None)]),
        ("suppresses", None, "BiologicalProcess", [("cell", "affects", "mechanism", "decreased")]),
        ("drives", None, "Disease", [("cell", "contributes_to", "mechanism", None)]),
        (None, "promotes", "BiologicalProcess", [("therapy", "affects", "mechanism", "increased")]),
        (None, "inhibits", "BiologicalProcess", [("therapy", "affects", "mechanism", "decreased")]),
        (None, "targets", "BiologicalProcess", [("therapy", "affects", "mechanism", None)]),
        (
            "undergoes",
            "inhibits",
            "BiologicalProcess",
            [
                ("cell", "participates_in", "mechanism", None),
                ("therapy", "affects", "mechanism", "decreased"),
                ("therapy", "affects", "cell", None),
            ],
        ),
        (
            "drives",
            "promotes",
            "BiologicalProcess",
            [
                ("cell", "actively_involved_in", "mechanism", None),
                ("therapy", "affects", "mechanism", "increased"),
                ("cell", "associated_with_response_to", "therapy", None),
            ],
        ),
    ],
)
def test_what_roles_are_in_biolink(cell_role, therapy_role, mechanism, expected):
    slots = {
        "cell": node("Cell", "CL:1") if cell_role else None,
        "mechanism": node(mechanism, "GO:1"),
        "therapy": node("ChemicalEntity", "CHEBI:1") if therapy_role else None,
    }
    names = {one.id: slot for slot, one in slots.items() if one}
    found = list(edges(slots["cell"], cell_role, slots["mechanism"], slots["therapy"], therapy_role))
    assert [
        (
            names[e.subject.id],
            e.predicate.removeprefix("biolink:"),
            names[e.object.id],
            e.qualifiers.get("object_direction_qualifier"),
        )
        for e in found
    ] == expected
    for edge in found:
        direction = "object_direction_qualifier" in edge.qualifiers
        assert edge.qualifiers.get("qualified_predicate") == ("biolink:causes" if direction else None)


def test_genes_have_an_aspect_and_nothing_has_an_edge_to_itself():
    (edge,) = edges(None, None, node("Gene", "HGNC:1"), node("Treatment", "KUPFFER:x.Y_1"), "inhibits")
    assert edge.qualifiers["object_aspect_qualifier"] == "activity_or_abundance"
    assert list(edges(None, None, node("Gene"), node("Gene"), "inhibits")) == []


@pytest.mark.parametrize(
    ("curie", "slot", "name", "expected"),
    [
        ("CL:0000091", "cell", "Kupffer cell", "Cell"),
        ("cellosaurus:CVCL_0063", "cell", "HEK293T", "CellLine"),
        ("MESH:D016482", "cell", "Urothelium", "Cell"),
        ("GO:0050900", "mechanism", "leukocyte migration", "BiologicalProcess"),
        ("MESH:D009362", "mechanism", "Neoplasm Metastasis", "BiologicalProcess"),
        ("MONDO:0005575", "mechanism", "colorectal cancer", "Disease"),
        ("CHEBI:45783", "therapy", "imatinib", "ChemicalEntity"),
        ("MESH:D011878", "therapy", "Radiotherapy", "Procedure"),
        ("MESH:D000082082", "therapy", "Immune Checkpoint Inhibitors", "ChemicalEntity"),
        ("MESH:D000074322", "therapy", "Antineoplastic Agents, Immunological", "ChemicalEntity"),
        ("MESH:C000594389", "therapy", "durvalumab", "ChemicalEntity"),
        ("KUPFFER:inhibition.HGNC_2433", "therapy", "CSF1R inhibition", "Treatment"),
        ("OTHER:1", "therapy", "what a user's own lexicon names", "NamedThing"),
    ],
)
def test_categories(curie, slot, name, expected):
    assert category(curie, slot, name) == expected
    assert expected in CATEGORIES


@given(st.lists(st.text(alphabet="a|\t\n\r \"'¦\u2028", max_size=8)))
def test_no_text_breaks_a_row_or_a_list(texts):
    cell = _cell(texts)
    assert not set(cell) & set("\t\n\r\u2028")
    assert len(cell.split("|")) == max(len(texts), 1)
    # Readers that know quotations read the same as those that do not.
    assert next(csv.reader([f"{cell}\tx"], delimiter="\t")) == [cell, "x"]


@pytest.fixture
def graph(tmp_path):
    papers = [
        paper("1", pmid="7", year=2021, license="CC BY 4.0"),
        paper("2", pmcid="PMC9", text_sha256="2"),
        paper("3", doi="10.1000/x", text_sha256="3"),
        paper("file", text_sha256="4"),
    ]
    rows = [
        triple("said", **CSF1R, therapy_role="inhibits", sentence='CSF1R blockade | "stops"\tfibrosis.'),
        triple("again", "2", **CSF1R, therapy_role="inhibits", speculated=True),
        triple("denied", "3", **CSF1R, therapy_role="inhibits", negated=True),
        triple("pair", "file"),
        triple(
            "lowers", "file", cell_role="suppresses", mechanism_id="GO:0006954", mechanism_name="inflammation"
        ),
        triple(
            "drug",
            cell_text=None,
            cell_id=None,
            cell_role=None,
            therapy_text="imatinib",
            therapy_id="CHEBI:45783",
            therapy_role="promotes",
        ),
        triple("words", mechanism_text="liver scars", mechanism_id=None, mechanism_name=None),
        triple("line", cell_text="HEK293T", cell_id="cellosaurus:CVCL_0063", cell_name="HEK293T"),
    ]
    outputs = write(tmp_path / "outputs", papers, rows)
    folder = tmp_path / "graph"
    with open_outputs(outputs) as tables:
        source = Source(tables, Choice(), {"lowers": "accepted"})
        assert write_kgx(source, folder) == {"node": 6, "edge": 7, "negated edge": 1}
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def cells(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_edges_of_a_claim_share_its_id_and_its_evidence(graph):
    claim = next(edge["claim_id"] for edge in lines(graph / "negated_edges.jsonl"))
    mine = [edge for edge in lines(graph / "edges.jsonl") if edge["claim_id"] == claim]
    assert [edge["id"].removeprefix(claim) for edge in mine] == [
        ".cell-mechanism",
        ".therapy-mechanism",
        ".therapy-cell",
    ]
    for edge in mine:
        assert edge["publications"] == ["PMC:9", "PMID:7"]
        assert edge["supporting_text"] == [
            "Kupffer cells drive fibrosis.",
            'CSF1R blockade | "stops"\tfibrosis.',
        ]
        assert (edge["evidence_count"], edge["paper_count"], edge["speculated_count"], edge["years"]) == (
            2,
            2,
            1,
            [2021],
        )
        assert "negated" not in edge and edge["polarity"] == "affirmed"


def test_what_is_denied_stands_apart_and_says_so(graph):
    denied = lines(graph / "negated_edges.jsonl")
    assert {(edge["negated"], edge["polarity"], edge["publications"][0]) for edge in denied} == {
        (True, "negated", "doi:10.1000/x")
    }
    assert {row["negated"] for row in cells(graph / "negated_edges.tsv")} == {"true"}
    assert {row["negated"] for row in cells(graph / "edges.tsv")} == {""}


def test_what_a_therapy_does_is_denied_and_not_what_the_cell_does(graph):
    (denied,) = lines(graph / "negated_edges.jsonl")
    assert (denied["subject"], denied["evidence_count"]) == (CSF1R["therapy_id"], 1)
    assert denied["id"].endswith(".therapy-mechanism.negated")


def test_confidence_is_the_claims_but_for_what_nobody_denies(graph, tmp_path):
    with open_outputs(tmp_path / "outputs") as tables:
        claims = {said.claim["claim_id"]: said.claim for said in Source(tables).statements()}
    for edge in lines(graph / "edges.jsonl"):
        claim = claims[edge["claim_id"]]
        if claim["negated_count"] and not edge["id"].endswith(".therapy-mechanism"):
            assert edge["has_confidence_score"] > claim["confidence"]
        else:
            assert edge["has_confidence_score"] == claim["confidence"]


def test_a_rejected_row_takes_away_its_own_evidence_alone(tmp_path, graph):
    with open_outputs(tmp_path / "outputs") as tables:
        write_kgx(Source(tables, Choice(), {"said": "rejected"}), tmp_path / "less")
    before, after = (
        {edge["id"]: edge for edge in lines(folder / "edges.jsonl")} for folder in (graph, tmp_path / "less")
    )
    assert set(before) == set(after)
    changed = {name for name in before if before[name]["evidence_count"] != after[name]["evidence_count"]}
    assert {name.partition(".")[2] for name in changed} == {
        "cell-mechanism",
        "therapy-mechanism",
        "therapy-cell",
    }
    assert {(after[name]["evidence_count"], *after[name]["publications"]) for name in changed} == {
        (1, "PMC:9")
    }


def test_who_says_so_and_whether_a_curator_agreed(graph):
    for edge in lines(graph / "edges.jsonl"):
        accepted = edge["object"] == "GO:0006954"
        assert (edge["knowledge_level"], edge["agent_type"]) == (
            ("knowledge_assertion", "manual_validation_of_automated_agent")
            if accepted
            else ("not_provided", "text_mining_agent")
        )
        assert edge["primary_knowledge_source"] == "infores:kupffer"


def test_curies_categories_and_predicates_are_biolinks(graph):
    nodes = {row["id"]: row["category"] for row in lines(graph / "nodes.jsonl")}
    assert {name.removeprefix("biolink:") for names in nodes.values() for name in names} <= CATEGORIES
    found = lines(graph / "edges.jsonl") + lines(graph / "negated_edges.jsonl")
    for edge in found:
        assert {edge["subject"], edge["object"]} <= set(nodes)
        assert edge["predicate"].removeprefix("biolink:") in PREDICATES
        for curie in (edge["subject"], edge["object"], *edge["publications"]):
            assert curie.partition(":")[0] in PREFIXES | OURS
    assert len({edge["id"] for edge in found}) == len(found)


def test_tsv_and_jsonl_hold_the_same(graph):
    for name in ("nodes", "edges", "negated_edges"):
        rows, records = cells(graph / f"{name}.tsv"), lines(graph / f"{name}.jsonl")
        assert [{k: v for k, v in row.items() if v} for row in rows] == [
            {key: _cell(value) for key, value in record.items()} for record in records
        ]
    assert tuple(rows[0]) == EDGE_COLUMNS


def test_words_without_identifiers_when_asked_for(tmp_path, graph):
    with open_outputs(tmp_path / "outputs") as tables:
        write_kgx(Source(tables, Choice(ungrounded=True)), tmp_path / "more")
    (found,) = [row for row in lines(tmp_path / "more" / "nodes.jsonl") if "-text." in row["id"]]
    assert (found["name"], found["category"]) == ("liver scar", ["biolink:BiologicalProcess"])


def test_the_command_and_what_is_in_its_way(tmp_path, graph):
    def export(*args):
        done = CliRunner().invoke(app, ["export", "--format", "kgx", *map(str, args)])
        return done.exit_code, " ".join(done.output.split())

    new = tmp_path / "new"
    outputs = tmp_path / "outputs"
    said = f"6 nodes, 7 edges, 1 negated edge in {new}. Rows left out: 1 ungrounded."
    assert export(outputs, "-o", new) == (0, said)
    (new / "mine.txt").write_text("keep")
    status, told = export(outputs, "-o", new)
    assert status == 2 and "--force" in told
    assert export(outputs, "-o", new, "--force")[0] == 0
    assert len(list(new.iterdir())) == 7
    assert not list(tmp_path.glob(".*.new"))


@pytest.mark.slow
def test_the_real_kgx_and_the_real_model_find_no_fault(graph):
    answer = foreign("KGX_PYTHON", "kgx and biolink-model", "read_kgx.py", graph)
    assert answer["model"].startswith("4.")
    assert answer["model errors"] == []
    for name in ("nodes", "edges", "negated_edges"):
        written = {record["id"]: record for record in lines(graph / f"{name}.jsonl")}
        for format in ("tsv", "jsonl"):
            back = answer[f"{name}.{format}"]
            assert len(back) == len(written)
            for record in back:
                assert _known(record, written[record["id"]]) == _known(written[record["id"]], record)
    # Biolink knows neither our identifiers nor those of FamPlex and Cellosaurus: nothing else is amiss.
    errors = [
        message
        for name, said in answer.items()
        if name.endswith((".tsv errors", ".jsonl errors"))
        for message in said
    ]
    strange = [
        message for message in errors if not any(f"CURIE prefix '{prefix}'" in message for prefix in OURS)
    ]
    assert strange == [] and errors != []


def _known(record, other):
    """Values of the columns of both, as words, and how many sentences: kgx reads numbers as words and cleans space."""
    return {
        name: _cell(value) if name != "supporting_text" else len(value)
        for name, value in record.items()
        if name in other
    }
