"""Nanopublications, read back by rdflib and held against our SHACL shapes by pyshacl."""

from __future__ import annotations

from importlib import resources

import pyshacl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, RDFS, Dataset, Graph, Literal, Namespace, URIRef
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.export.choice import Choice
from pipeline.export.rdf import BASE_IRI, iri, write_rdf
from pipeline.export.source import Source
from pipeline.store import open_outputs
from tests.export.conftest import paper, triple, write

KUP = Namespace("https://w3id.org/kupffer/vocabulary#")
NP = Namespace("http://www.nanopub.org/nschema#")
DCT = Namespace("http://purl.org/dc/terms/")
PROV = Namespace("http://www.w3.org/ns/prov#")
EVERYTHING = Choice(ungrounded=True, linked=True, retracted=True, rejected=True)
IMATINIB = {
    "therapy_text": "imatinib", "therapy_id": "CHEBI:45783", "therapy_name": "imatinib", "therapy_role": "inhibits",
    "therapy_start": 0, "therapy_end": 1,
}  # fmt: skip
ROWS = [
    triple("a", "1"),
    triple("b", "2", sentence='A "quoted" \\ sentence\n\tof β-cells \x07 𝛼.', speculated=True, confidence=1.0),
    triple("c", "2", negated=True),
    triple("d", "1", **IMATINIB),
    triple("e", "3", **IMATINIB, level="linked"),
    triple("f", "2", mechanism_id=None, mechanism_name=None, mechanism_text="odd <things>", cell_text=None,
           cell_id=None, cell_name=None, cell_role=None, **IMATINIB),
]  # fmt: skip


@pytest.fixture
def outputs(tmp_path):
    papers = [
        paper("1", pmid="1", license="CC BY 4.0", title="On livers", year=2021),
        paper("2", doi="10.1/a<b>|c", text_sha256="2"),
        paper("3", pmcid="PMC9", text_sha256="3"),
    ]
    return write(tmp_path / "outputs", papers, ROWS)


def exported(outputs, path, choice=EVERYTHING):
    with open_outputs(outputs) as tables:
        written = write_rdf(Source(tables, choice), path)
    data = Dataset()
    data.parse(path, format="trig")
    return written, data


def union(data):
    graph = Graph()
    for subject, predicate, thing, _ in data.quads():
        graph.add((subject, predicate, thing))
    return graph


def shapes():
    return Graph().parse(data=(resources.files("pipeline.export") / "data" / "claims.ttl").read_text("utf-8"))


def conforms(graph):
    ok, _, text = pyshacl.validate(graph, shacl_graph=shapes(), advanced=False)
    return ok, text


def test_rows_in_are_evidence_out(outputs, tmp_path):
    written, data = exported(outputs, tmp_path / "out.trig")
    graph = union(data)
    assert written == {"nanopublication": 5, "evidence row": 6}
    assert len(set(graph.subjects(RDF.type, NP.Nanopublication))) == 5
    assert len([context for context in data.graphs() if len(context)]) == 20
    found = {str(graph.value(one, DCT.identifier)): one for one in graph.subjects(RDF.type, KUP.Evidence)}
    assert set(found) == {row["triple_id"] for row in ROWS}
    for row in ROWS:
        one = found[row["triple_id"]]
        assert str(graph.value(one, KUP.sentence)) == row["sentence"]
        assert graph.value(one, KUP.speculated).value is row["speculated"]
        assert float(graph.value(one, KUP.confidence)) == row["confidence"]
        assertion = graph.value(predicate=PROV.wasDerivedFrom, object=one)
        (claim,) = {
            subject for subject in data.graph(assertion).subjects(RDF.type) if str(subject).endswith("#claim")
        }
        kind = KUP.DeniedClaim if row["negated"] else KUP.Claim
        assert (claim, RDF.type, kind) in graph
        assert (claim, KUP.level, KUP[row["level"]]) in graph
        assert len(list(graph.objects(claim, RDF.type))) == 1
        for slot in ("cell", "therapy"):
            wanted = URIRef(iri(row[f"{slot}_id"])) if row[f"{slot}_id"] else None
            assert graph.value(claim, KUP[slot]) == wanted
            role = row[f"{slot}_role"]
            assert graph.value(claim, KUP[f"{slot}Role"]) == (KUP[role] if role else None)
    papers = {str(graph.value(found[name], DCT.source)) for name in "abe"}
    assert papers == {
        "https://identifiers.org/pubmed:1",
        "https://doi.org/10.1/a%3Cb%3E%7Cc",
        "https://identifiers.org/pmc:PMC9",
    }
    assert graph.value(URIRef("https://identifiers.org/pubmed:1"), DCT.title) == Literal("On livers")


def test_it_keeps_the_shapes(outputs, tmp_path):
    _, data = exported(outputs, tmp_path / "out.trig")
    assert conforms(union(data)) == (True, "Validation Report\nConforms: True\n")


@pytest.mark.parametrize(
    "broken",
    [
        lambda graph, claim: graph.remove((claim, KUP.mechanism, None)),
        lambda graph, claim: graph.add((claim, RDF.type, KUP.DeniedClaim)),
        lambda graph, claim: graph.set((claim, KUP.cellRole, KUP.adores)),
        lambda graph, claim: graph.remove((claim, KUP.cell, None)),
        lambda graph, claim: graph.remove((None, PROV.wasDerivedFrom, None)),
        lambda graph, claim: graph.remove((None, RDFS.label, None)),
        lambda graph, claim: graph.remove((None, KUP.speculated, None)),
        lambda graph, claim: graph.remove((None, DCT.created, None)),
    ],
)
def test_the_shapes_find_what_is_wrong(tmp_path, broken):
    folder = write(tmp_path / "outputs", [paper("1")], [triple("a")])
    graph = union(exported(folder, tmp_path / "out.trig")[1])
    (claim,) = graph.subjects(RDF.type, KUP.Claim)
    assert conforms(graph)[0]
    broken(graph, claim)
    assert not conforms(graph)[0]


OTHERS = {
    "http://purl.obolibrary.org/obo/", "http://id.nlm.nih.gov/mesh/", "https://identifiers.org/", "https://doi.org/",
    "https://bioregistry.io/", "http://www.nanopub.org/nschema#", "http://purl.org/dc/terms/",
    "http://www.w3.org/", str(KUP),
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "base"),
    [
        (None, BASE_IRI),
        ("https://example.org/kb/", "https://example.org/kb/"),
        ("https://example.org/kb", "https://example.org/kb/"),
        ("urn:x-lab:", "urn:x-lab:"),
    ],
)
def test_what_is_named_here_stands_under_one_base(outputs, tmp_path, given, base):
    path = tmp_path / "out.trig"
    more = ["--base-iri", given] if given else []
    done = CliRunner().invoke(
        app, ["export", "--format", "rdf", str(outputs), "-o", str(path), "--ungrounded", *more]
    )
    assert done.exit_code == 0, done.output
    data = Dataset()
    data.parse(path, format="trig")
    assert conforms(union(data))[0]
    named = {str(one) for quad in data.quads() for one in quad if isinstance(one, URIRef)}
    ours = {one for one in named if not one.startswith(tuple(OTHERS))}
    assert ours and all(one.startswith(base) for one in ours)
    kinds = {one.removeprefix(base).partition("/")[0] for one in ours}
    assert {"np", "evidence", "software", "term"} <= kinds


@pytest.mark.parametrize(
    ("format", "given", "said"),
    [
        ("rdf", "kb", "is no absolute IRI"),
        ("rdf", "https://a b/", "is no absolute IRI"),
        ("rdf", "https://example.org/kb#", "has a #"),
        ("kgx", "https://example.org/", "kgx has no IRIs of ours"),
    ],
)
def test_a_base_that_is_none_is_one_sentence(outputs, tmp_path, format, given, said):
    done = CliRunner().invoke(
        app, ["export", "--format", format, str(outputs), "-o", str(tmp_path / "out"), "--base-iri", given]
    )
    assert done.exit_code == 2 and said in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


def test_closed_sentences_stay_at_home(outputs, tmp_path):
    _, data = exported(outputs, tmp_path / "out.trig", Choice(open_only=True))
    sentences = {str(one) for one in union(data).objects(None, KUP.sentence)}
    assert sentences == {ROWS[0]["sentence"]}


@settings(max_examples=8, deadline=None)
@given(
    text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
    ids=st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=4, unique=True
    ),
)
def test_any_text_is_read_back(tmp_path_factory, text, ids):
    rows = [
        triple(name, sentence=text, cell_name=text, mechanism_id=f"X:{name}", negated=number % 2 == 0)
        for number, name in enumerate(ids)
    ]
    folder = write(tmp_path_factory.mktemp("any") / "outputs", [paper("1", title=text)], rows)
    written, data = exported(folder, folder / "out.trig")
    graph = union(data)
    assert written == {"nanopublication": len(ids), "evidence row": len(ids)}
    assert {str(one) for one in graph.objects(None, DCT.identifier)} >= set(ids)
    assert {str(one) for one in graph.objects(None, KUP.sentence)} == {text}
    assert {str(one) for one in graph.objects(None, DCT.title)} == {text}
