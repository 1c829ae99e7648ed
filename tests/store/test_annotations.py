"""A stored annotation gives the relations that the model's own Doc gives."""

from __future__ import annotations

import pickle
import zlib
from pathlib import Path

import pytest
import spacy
import srsly
from spacy.tokens import Doc

from pipeline import annotate, extraction
from pipeline.read import read
from pipeline.records import Document
from pipeline.store import Batch, Shard, stored_docs
from pipeline.store.annotations import AnnotationFolder, Flat, merged

CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.fixture(scope="module")
def documents():
    found = [item for item in read([CORPUS]) if isinstance(item, Document)]
    odd = " \n\n  Kupffer cells (KCs)\tdrive  fibrosis . \n KCs do not; CSF1R blockade may .\n\n"
    return [*found, Document("odd", odd), Document("one", "Fibrosis."), Document("none", "...")]


@pytest.fixture(scope="module")
def nlp():
    return extraction.loaded()


@pytest.fixture(scope="module")
def done(documents):
    return extraction.work_on(documents)


def test_relations_of_stored_annotations_are_those_of_the_model(documents, done):
    *extracted, annotated = done
    assert annotated.doc_ids == tuple(document.doc_id for document in documents)
    batch = Batch(documents)
    batch.stored = ((annotated.shard, tuple(range(len(documents)))),)
    assert extraction.work_on(batch) == extracted
    assert sum(len(one.triples) for one in extracted) > 20


def test_it_is_told_which_texts_have_a_tree(documents, done):
    places = range(len(documents))
    docs = list(stored_docs(done[-1].shard, places, spacy.blank("en").vocab))
    assert done[-1].parsed == tuple(isinstance(doc, Doc) for doc in docs)
    assert {type(doc) for doc in docs} == {Doc, Flat}


def test_any_documents_of_any_shards_come_in_any_order(documents, done):
    *extracted, annotated = done
    batch = Batch([documents[2], documents[0], documents[1], documents[-1]])
    whole = annotated.shard
    batch.stored = ((whole, (2, 0)), (merged([(whole, [3, 1])]), (1,)), (whole, (len(documents) - 1,)))
    expected = [extracted[2], extracted[0], extracted[1], extracted[-1]]
    assert extraction.work_on(batch) == expected


def test_words_tree_and_sentences_are_kept(documents, nlp):
    vocab = spacy.blank("en").vocab
    for document, doc in annotate.annotate(nlp, documents[:3]):
        expected = [(t.text_with_ws, t.tag_, t.lemma_, t.dep_, t.head.i, t.is_sent_start) for t in doc]
        mentions = [(s.start, s.end, s.label_, s.kb_id_) for s in doc.spans["mentions"]]
        shard = Shard()
        shard.add(doc)
        (back,) = stored_docs(shard.to_bytes(), [0], vocab)
        assert back.text == document.text
        assert [
            (t.text_with_ws, t.tag_, t.lemma_, t.dep_, t.head.i, t.is_sent_start) for t in back
        ] == expected
        assert [(s.start, s.end, s.label_, s.kb_id_) for s in back.spans["mentions"]] == mentions
        assert back._.triples is None


def test_reading_a_shard_loads_no_pickle(documents, done, monkeypatch):
    def never(*args, **more):
        raise AssertionError("a pickle was loaded")

    monkeypatch.setattr(pickle, "loads", never)
    monkeypatch.setattr(pickle, "load", never)
    monkeypatch.setattr(pickle, "Unpickler", never)
    assert len(list(stored_docs(done[-1].shard, [0, 1], spacy.blank("en").vocab))) == 2
    # It is msgpack of plain values, all the way down.
    content = srsly.msgpack_loads(zlib.decompress(done[-1].shard))
    assert {type(value) for value in content.values()} <= {str, bytes, list, bool}


def test_an_annotation_of_another_text_is_refused_and_told(documents, done):
    batch = Batch([documents[0]])
    batch.stored = ((done[-1].shard, (1,)),)
    (failure,) = extraction.work_on(batch)
    assert (failure.stage, failure.doc_id) == ("restore", documents[0].doc_id)


def test_what_is_no_shard_fails_its_documents_only(documents, done):
    batch = Batch(documents[:2])
    batch.stored = ((b"no shard", (0,)), (done[-1].shard, (1,)))
    failure, result = extraction.work_on(batch)
    assert failure.stage == "restore"
    assert result == done[1]


def test_a_folder_of_shards_gives_what_it_was_given_or_nothing(tmp_path, nlp):
    shard = Shard()
    shard.add(nlp.make_doc("One."))
    folder = AnnotationFolder(tmp_path)
    name = folder.put(shard.to_bytes())
    assert folder.put(shard.to_bytes()) == name
    assert AnnotationFolder(tmp_path).get(name) == shard.to_bytes()
    assert AnnotationFolder(tmp_path).get("other") is None
    (tmp_path / ".annotations" / f"{name}.spacy").write_bytes(b"cut")
    assert AnnotationFolder(tmp_path).get(name) is None


def test_a_doc_without_annotations_can_be_stored(nlp):
    doc = Doc(nlp.vocab, words=["One", "."], spaces=[False, False])
    shard = Shard()
    shard.add(doc)
    (back,) = stored_docs(shard.to_bytes(), [0], spacy.blank("en").vocab)
    assert back.text == "One."
