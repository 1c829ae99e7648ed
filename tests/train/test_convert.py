"""Corpora in their own formats, invented here in a few lines each, to documents with gold."""

import gzip
import io
import json
import tarfile

import pytest
import spacy

from pipeline.annotate.tokenizer import kupffer_tokenizer
from pipeline.train import convert, marks


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.tokenizer = kupffer_tokenizer(nlp)
    return nlp


IOB = """\
IL	B-Gene
-	I-Gene
10	I-Gene
-	O
producing	O
B	B-Cell
cells	I-Cell
.	O

Mice	B-Organism
(	O
0	O
.	O
5	O
)	O
T	B-Cell
cells	I-Cell
"""


def texts(doc, head):
    return [(span.text, span.label_) for span in doc.spans[f"model:{head}"]]


def test_iob_with_its_own_tokens(nlp, tmp_path):
    (tmp_path / "x.tsv").write_text(IOB)
    (doc,) = convert.own_token_docs(nlp, tmp_path / "x.tsv", "cg")
    assert [token.text for token in doc][:5] == ["IL", "-", "10", "-", "producing"]
    assert texts(doc, "cg") == [
        ("IL - 10", "Gene"), ("B cells", "Cell"), ("Mice", "Organism"), ("T cells", "Cell"),
    ]  # fmt: skip
    assert [sent[0].text for sent in doc.sents] == ["IL", "Mice"]


def test_iob_as_running_text(nlp, tmp_path):
    (tmp_path / "x.tsv").write_text(IOB)
    (doc,) = convert.running_docs(nlp, tmp_path / "x.tsv", "cg")
    assert doc.text == "IL-10-producing B cells. Mice (0.5) T cells"
    assert texts(doc, "cg") == [
        ("IL-10", "Gene"), ("B cells", "Cell"), ("Mice", "Organism"), ("T cells", "Cell"),
    ]  # fmt: skip
    assert [sent[0].text for sent in doc.sents] == ["IL-10", "Mice"]


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["O", "O"], []),
        (["B-X", "B-X"], [(0, 1, "X"), (1, 2, "X")]),
        (["I-X", "I-X", "I-Y"], [(0, 2, "X"), (2, 3, "Y")]),
        (["B-X", "I-X", "O", "B-X"], [(0, 2, "X"), (3, 4, "X")]),
    ],
)
def test_iob_spans(tags, spans):
    assert convert.iob_spans(tags) == spans


RECORD = {
    "id": "1",
    "text": "CAR T-cell therapy.\nMDSC-driven exhaustion.",
    "sents": [[0, 19], [20, 43]],
    "mentions": [
        {"type": "THERAPY", "start": 0, "end": 18},
        {"type": "CELL", "start": 0, "end": 10},
        {"type": "CELL", "start": 20, "end": 24},
        {"type": "MECHANISM", "start": 32, "end": 42},
    ],
    "triples": [],
}


def test_slots_nest_across_heads(nlp):
    (doc,) = convert.slot_docs(nlp, [RECORD])
    assert texts(doc, "cell") == [("CAR T-cell", "CELL"), ("MDSC", "CELL")]
    assert texts(doc, "therapy") == [("CAR T-cell therapy", "THERAPY")]
    assert texts(doc, "mechanism") == [("exhaustion", "MECHANISM")]


def test_a_mark_inside_a_word_takes_the_word_and_no_sentence_begins_inside_a_mark(nlp):
    doc = convert.mark_doc(nlp, "See anti-CD3 binding. Now", {"x": [(9, 20, "X")]}, [0, 13])
    assert texts(doc, "x") == [("anti-CD3 binding", "X")]
    assert [token.text for token in doc if token.is_sent_start] == ["See"]


def test_documents_survive_the_disk(nlp, tmp_path):
    docs = list(convert.slot_docs(nlp, [RECORD]))
    assert convert.save_docs(docs, tmp_path / "a" / "x.spacy") == len(docs[0])
    (again,) = convert.load_docs(tmp_path / "a" / "x.spacy", nlp)
    assert texts(again, "cell") == texts(docs[0], "cell")
    assert [t.is_sent_start for t in again] == [t.is_sent_start for t in docs[0]]


def test_cellfinder(nlp, tmp_path):
    text, ann = "A title\nWe saw stem cells here.", "T1\tCellType 15 25\tstem cells\nT2\tAnatomy 2 3\tt\n"
    with tarfile.open(tmp_path / "c.tar.xz", "w:xz") as tar:
        for name, content in (("1.txt", text), ("1.ann", ann)):
            info = tarfile.TarInfo(f"cellfinder/cellfinder1_brat/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content.encode()))
    title, body = convert.cellfinder_docs(nlp, tmp_path / "c.tar.xz")
    assert texts(body, "cellfinder") == [("stem cells", "CellType")]
    assert texts(title, "cellfinder") == [("title", "Anatomy")]


def test_marks_go_without_text_and_come_back_with_it(tmp_path, caplog):
    abstract = {"pmid": "1", "title": "CAR T-cell therapy.", "abstract": "MDSC-driven exhaustion."}
    with gzip.open(tmp_path / "abstracts.gz", "wt") as out:
        out.write(json.dumps(abstract) + "\n")
    gone = RECORD | {"id": "2", "text": "Nobody has this text."}
    assert marks.store_marks([gone, RECORD], tmp_path / "marks" / "a.jsonl") == 2
    assert "exhaustion" not in (tmp_path / "marks" / "a.jsonl").read_text()
    assert list(marks.load_marks(tmp_path / "abstracts.gz", tmp_path / "marks")) == [RECORD]
    assert "1 marked abstracts are not among" in caplog.text


def test_the_projects_own_marks_are_whole():
    rows = [
        json.loads(line) for path in marks.MARKS.glob("*.jsonl") for line in path.read_text().splitlines()
    ]
    assert len({row["pmid"] for row in rows}) == len(rows) > 500
    for row in rows:
        assert set(row) == {"pmid", "sha256", "sents", "mentions", "triples"}
        spans = {(start, end) for _, start, end in row["mentions"]}
        assert all(start < end for start, end in spans)
        for triple in row["triples"]:
            slots = [triple[slot] for slot in ("cell", "mechanism", "therapy") if triple[slot]]
            assert all(any(s < slot[1] and slot[0] < e for s, e in spans) for slot in slots)
