from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.lexicon import load_lexicon
from pipeline.records import CellRole, Document, Evidence, Mention, MentionType, TherapyRole, Triple
from pipeline.store import Writer, open_outputs
from pipeline.views import meaning, search

# Sentence; cell, mechanism, therapy as (words, CURIE, name).
SAID = {
    "cd8": (
        "CD8+ T cells undergo exhaustion.",
        ("CD8+ T cells", "CL:0000625", "CD8-positive, alpha-beta T cell"),
        ("exhaustion", "MESH:D000094383", "T-Cell Exhaustion"),
        None,
    ),
    "treg": (
        "Tregs suppress inflammation under pembrolizumab.",
        ("Tregs", "CL:0000815", "regulatory T cell"),
        ("inflammation", "GO:0006954", "inflammatory response"),
        ("pembrolizumab", "MESH:C582435", "pembrolizumab"),
    ),
    "kupffer": (
        "Kupffer cells drive pyroptosis under anti-CSF1R.",
        ("Kupffer cells", "CL:0000091", "Kupffer cell"),
        ("pyroptosis", "GO:0070269", "pyroptosis"),
        ("anti-CSF1R", "KUPFFER:inhibition.HGNC_2433", "CSF1R inhibition"),
    ),
    "made": (
        "TAMs drive T-cell arrest under PD-1/PD-L1 blockade.",
        ("TAMs", "MESH:D000084582", "Tumor-Associated Macrophages"),
        ("T-cell arrest", None, None),
        ("PD-1/PD-L1 blockade", "KUPFFER:inhibition.HGNC_17635+HGNC_8760", "CD274/PDCD1 inhibition"),
    ),
    "gone": (
        "T cells drive fibrosis.",
        ("T cells", "CL:0000084", "T cell"),
        ("fibrosis", "MESH:D005355", "Fibrosis"),
        None,
    ),
}


def slot(sentence, type_, found):
    if found is None:
        return None
    words, curie, name = found
    start = sentence.index(words)
    return Mention(start, start + len(words), words, type_, id=curie, name=name, source="test")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    with Writer(folder) as writer:
        for number, (doc_id, (sentence, cell, mechanism, therapy)) in enumerate(SAID.items()):
            triple = Triple(
                slot(sentence, MentionType.MECHANISM, mechanism),
                Evidence(0, len(sentence), 0, sentence),
                slot(sentence, MentionType.CELL, cell),
                CellRole.DRIVES,
                slot(sentence, MentionType.THERAPY, therapy),
                TherapyRole.INHIBITS if therapy else None,
                confidence=0.9 - number / 100,
            )
            document = Document(doc_id, sentence, title=f"On {doc_id}", year=2020, retracted=doc_id == "gone")
            writer.add(document, [], [triple])
    return folder


@pytest.fixture(scope="module")
def lexicon():
    return load_lexicon()


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("T cell", {"cd8": "cell: kind", "treg": "cell: kind", "made": "mechanism: words"}),
        ("T lymphocytes", {"cd8": "cell: kind", "treg": "cell: kind"}),
        ("CL:0000084", {"cd8": "cell: kind", "treg": "cell: kind"}),
        ("regulatory T cells", {"treg": "cell: same"}),
        ("macrophages", {"kupffer": "cell: kind", "made": "cell: kind"}),
        ("tumour-associated macrophage", {"made": "cell: same"}),
        ("cell death", {"kupffer": "mechanism: kind"}),
        ("inflammatory response", {"treg": "mechanism: same"}),
        ("immunotherapy", {"treg": "therapy: kind", "made": "therapy: kind"}),
        ("checkpoint inhibitors", {"treg": "therapy: kind", "made": "therapy: kind"}),
        ("PD-1 blockade", {"made": "therapy: kind"}),
        ("CSF1R inhibitor", {"kupffer": "therapy: same"}),
        ("CD115", {"kupffer": "therapy: part"}),
        ("arrest", {"made": "mechanism: words"}),
        ("neutrophil", {}),
        ("xyzzy", {}),
        ("+", {}),
    ],
)
def test_by_any_synonym_and_the_hierarchy(outputs, lexicon, term, found):
    with open_outputs(outputs) as tables:
        rows = search(tables, [meaning(lexicon, term)], evidence=True)
        claims = search(tables, [meaning(lexicon, term)])
    assert {row["doc_id"]: "; ".join(row["found"]) for row in rows} == found
    assert [row["confidence"] for row in rows] == sorted((row["confidence"] for row in rows), reverse=True)
    assert {triple for row in claims for triple in row["evidence"]} == {row["triple_id"] for row in rows}


def test_without_kinds(outputs, lexicon):
    with open_outputs(outputs) as tables:
        for term, docs in {"macrophage": {"made"}, "PD-1 blockade": set(), "CL:0000091": {"kupffer"}}.items():
            rows = search(tables, [meaning(lexicon, term, kinds=False)], evidence=True)
            assert {row["doc_id"] for row in rows} == docs - {"made"}


def test_short_forms_mean_what_texts_mean_by_them(lexicon):
    assert meaning(lexicon, "TAMs").same == {"MESH:D000084582"}
    assert meaning(lexicon, "HSC").same == {"CL:0000037", "CL:0000632"}


def kupffer(*arguments):
    return CliRunner().invoke(app, ["search", *map(str, arguments)])


def test_the_command(outputs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    done = kupffer("T cell", outputs)
    assert (done.exit_code, done.stderr) == (0, "")
    assert [
        word for word in ("CD8-positive", "regulatory", "T-Cell Exhaustion") if word not in done.stdout
    ] == []
    done = kupffer("T cell", outputs, "--evidence", "--top", "1")
    assert "cd8 2020 On cd8\nCD8+ T cells undergo exhaustion.\n" in done.stdout
    assert done.stderr == "1 of 3; --top 0 shows all.\n"
    (line,) = kupffer("T cell", outputs, "--with", "immunotherapy", "--format", "json").stdout.splitlines()[
        :1
    ]
    row = json.loads(line)
    assert (row["cell_id"], row["found"]) == ("CL:0000815", ["cell: kind", "therapy: kind"])
    (row,) = csv.DictReader(
        io.StringIO(kupffer("exhaustion", outputs, "--format", "csv", "--evidence").stdout)
    )
    assert (row["sentence"], row["found"]) == ("CD8+ T cells undergo exhaustion.", "mechanism: same")


def test_where_nothing_is_found_it_says_so(outputs, tmp_path):
    done = kupffer("neutrophil", outputs)
    assert (done.exit_code, done.stderr) == (0, f"{outputs}: no claim on neutrophil.\n")
    done = kupffer("xyzzy", outputs, "--evidence")
    assert (
        done.stderr == f"{outputs}: no triple on xyzzy. The lexicon does not know xyzzy; another name may.\n"
    )
    assert kupffer("neutrophil", tmp_path / "nowhere").exit_code == 1
    assert kupffer("neutrophil", outputs, "--lexicon", tmp_path / "none.tsv").exit_code == 2
