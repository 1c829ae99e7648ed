"""Several recognisers that mark as one, and the abstracts that they mark for a student."""

import gzip
import json

import numpy as np
import pytest
import spacy
from spacy.vectors import Vectors

from pipeline.train import assemble, marks, stages, teachers
from pipeline.train.teachers import Together, marked_by, unmarked_texts

HEADS = {head: ["CELL"] for head in assemble.SHIPPED_HEADS}


@pytest.fixture
def nlp(monkeypatch):
    monkeypatch.setattr(assemble, "WIDTH", 16)
    monkeypatch.setattr(assemble, "ROWS", [50, 50, 50, 50])
    monkeypatch.setattr(assemble, "DEPTH", 1)
    return blank()


def blank():
    nlp = spacy.blank("en")
    table = np.random.default_rng(0).normal(size=(50, 8)).astype("float32")
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, mode="floret", data=table, hash_count=2, minn=3, maxn=4, attr="LOWER"
    )
    return nlp


def always(nlp, **scores):
    """A recogniser of which every head gives each word the same score for the tags named."""
    recognizer = assemble.add_recognizer(nlp, HEADS, [nlp.make_doc("Monocytes eat aspirin")])
    for number, head in enumerate(HEADS):
        linear = recognizer.model.layers[1 + number].layers[0].layers[-1]
        linear.set_param("W", np.zeros_like(linear.get_param("W")))
        linear.set_param("b", np.array([scores.get(tag[0], 0.0) for tag in recognizer.tags[head]], "float32"))
    return recognizer


def test_they_mark_what_their_mean_score_says(nlp):
    docs = [nlp.make_doc("Monocytes eat aspirin")]
    sure, unsure = always(blank(), O=-6.0), always(blank(), O=2.0)
    assert not unsure.predict(docs)[0]["cell"]
    assert Together([sure, unsure]).predict(docs)[0]["cell"]
    assert not Together([sure, unsure, unsure, unsure, unsure]).predict(docs)[0]["cell"]
    alone = Together([sure])
    assert alone.predict(docs) == sure.predict(docs)


def test_they_need_the_same_heads(nlp):
    other = assemble.add_recognizer(blank(), {"cell": ["CELL"]}, [nlp.make_doc("Monocytes")])
    with pytest.raises(ValueError, match="same heads"):
        Together([always(blank()), other])


def test_documents_for_the_student_have_sentences_text_and_every_head(nlp):
    nlp.add_pipe("sentencizer")
    text = "Monocytes eat aspirin. Nothing else."
    [doc] = marked_by(nlp, Together([always(blank(), O=-6.0)]), iter([text]))
    assert doc.text == text
    assert [sentence.text for sentence in doc.sents] == ["Monocytes eat aspirin.", "Nothing else."]
    assert set(doc.spans) == {f"model:{head}" for head in HEADS}
    assert doc.spans["model:cell"][0].label_ == "CELL"
    assert stages.heads_of({"unmarked": stages.Source([doc], 1.0)}) == HEADS


def test_no_abstract_that_somebody_marked_is_among_them(tmp_path, monkeypatch):
    (tmp_path / "triples").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "marks").mkdir()
    for number, name in enumerate(("train", "dev", "cg-train")):
        (tmp_path / "triples" / f"{name}.jsonl").write_text(json.dumps({"id": str(number)}) + "\n")
    (tmp_path / "marks" / "marks-00.jsonl").write_text(json.dumps({"pmid": "3"}) + "\n")
    with gzip.open(tmp_path / stages.ABSTRACTS, "wt") as out:
        out.writelines(
            json.dumps({"pmid": str(n), "title": f"t{n}", "abstract": "a"}) + "\n" for n in range(9)
        )
    monkeypatch.setattr(teachers, "marked_ids", lambda: marks.marked_ids(tmp_path / "marks"))
    assert set(unmarked_texts(tmp_path, count=9, seed=0)) == {f"t{n}\na" for n in range(4, 9)}
    drawn = list(unmarked_texts(tmp_path, count=2, seed=0))
    assert len(drawn) == 2 and drawn == list(unmarked_texts(tmp_path, count=2, seed=0))
