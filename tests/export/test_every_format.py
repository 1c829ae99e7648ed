"""What every format keeps to, by the command line: which rows go out, whose sentences, and that none is lost."""

from __future__ import annotations

import csv
import json

import pytest
from rdflib import Dataset, Namespace
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.export.formats import FORMATS
from tests.export.conftest import paper, triple, write

KUP = Namespace("https://w3id.org/kupffer/vocabulary#")
IMATINIB = {
    "therapy_text": "imatinib", "therapy_id": "CHEBI:45783", "therapy_name": "imatinib", "therapy_role": "inhibits",
    "therapy_start": 0, "therapy_end": 8,
}  # fmt: skip
PAPERS = [
    paper("open", pmid="1", license="CC BY 4.0", text="An open text."),
    paper("closed", pmid="2", license="CC BY-NC 4.0", text_sha256="2", text="A closed text."),
    paper(
        "gone", pmid="3", license="CC0", text_sha256="3", retracted=True, text="A text that was withdrawn."
    ),
]
ROWS = {
    "plain": triple("plain", "open", sentence="Open words."),
    "pair": triple("pair", "closed", sentence="Closed words.", **IMATINIB),
    "denied": triple("denied", "open", sentence="Denied words.", negated=True, **IMATINIB),
    "ungrounded": triple(
        "ungrounded", "open", sentence="Loose words.", mechanism_id=None, mechanism_name=None
    ),
    "linked": triple("linked", "open", sentence="Linked words.", level="linked", **IMATINIB),
    "retracted": triple("retracted", "gone", sentence="Withdrawn words."),
    "rejected": triple("rejected", "open", sentence="Wrong words.", mechanism_id="GO:0006954"),
}
BY_DEFAULT = {"plain", "pair", "denied"}
WORDS = {row["sentence"]: name for name, row in ROWS.items()}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("every") / "outputs", PAPERS, list(ROWS.values()))
    sheet = folder.parent / "sheet.csv"
    sheet.write_text("triple_id,correct\nrejected,no\nplain,yes\n")
    assert CliRunner().invoke(app, ["corrections", str(sheet), "--out", str(folder)]).exit_code == 0
    return folder


def exported(outputs, tmp_path, format, *more):
    """The file or folder that the command wrote."""
    out = tmp_path / format
    command = ["export", "--format", format, str(outputs), "-o", str(out), *more]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    return out


def rows_in(format, out):
    """Names of the rows that are evidence of something in an export with its sentences."""
    if format == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            return {row["triple_id"] for row in csv.DictReader(file)}
    if format == "kgx":
        files = (out / "edges.jsonl", out / "negated_edges.jsonl")
        records = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
        return {WORDS[words] for record in records for words in record.get("supporting_text", ())}
    if format == "indra":
        statements = json.loads((out / "statements.json").read_text("utf-8"))
        return {row["source_id"] for one in statements for row in one["evidence"]}
    if format == "bioc":
        documents = json.loads(out.read_text("utf-8"))["documents"]
        return {relation["id"] for document in documents for relation in document["relations"]}
    data = Dataset()
    data.parse(out, format="trig")
    return {WORDS[str(words)] for _, _, words, _ in data.quads((None, KUP.sentence, None, None))}


GRAPHS = [name for name, format in FORMATS.items() if not format.whole]


def test_the_curators_sheet_has_every_row(outputs, tmp_path):
    assert rows_in("csv", exported(outputs, tmp_path, "csv")) == set(ROWS)


@pytest.mark.parametrize("format", GRAPHS)
@pytest.mark.parametrize("asked", [None, "ungrounded", "linked", "retracted"])
def test_what_stays_out_unless_it_is_asked_for(outputs, tmp_path, format, asked):
    more = [f"--{asked}"] if asked else []
    found = rows_in(format, exported(outputs, tmp_path, format, *more))
    assert found == BY_DEFAULT | ({asked} if asked else set())


@pytest.mark.parametrize("format", FORMATS)
def test_closed_sentences_do_not_go_out_and_their_rows_do(outputs, tmp_path, format):
    out = exported(outputs, tmp_path, format, "--open-only")
    written = "".join(p.read_text("utf-8") for p in (sorted(out.iterdir()) if out.is_dir() else [out]))
    assert "Open words." in written or format == "bioc"
    assert "An open text." in written or format != "bioc"
    assert "Closed words." not in written and "A closed text." not in written
    if format in ("kgx", "rdf"):
        assert "PMID:2" in written or "pubmed:2" in written
    else:
        assert "pair" in rows_in(format, out)
