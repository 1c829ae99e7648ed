"""Training on toy corpora: a few steps, tiny layers."""

import gzip
import json
import random

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span, SpanGroup
from spacy.vectors import Vectors

from pipeline.annotate.tokenizer import kupffer_tokenizer
from pipeline.train import assemble, evaluate, pretrain
from pipeline.train.fit import Clock, Plan, Source, batches, fit_recognizer, fit_syntax
from pipeline.train.stages import heads_of
from pipeline.train.vectors import read_abstracts, use_vectors, write_words

QUICK = Plan(steps=30, batch_words=40, rate=0.02, warm_up=2, drop=0.0, evaluate_every=10, minutes=5)


@pytest.fixture
def nlp(monkeypatch):
    monkeypatch.setattr(assemble, "WIDTH", 16)
    monkeypatch.setattr(assemble, "ROWS", [50, 50, 50, 50])
    monkeypatch.setattr(assemble, "DEPTH", 1)
    nlp = spacy.blank("en")
    nlp.tokenizer = kupffer_tokenizer(nlp)
    table = np.random.default_rng(0).normal(size=(50, 8)).astype("float32")
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, mode="floret", data=table, hash_count=2, minn=3, maxn=4, attr="LOWER"
    )
    return nlp


def marked(nlp, text, head, *spans):
    doc = nlp.make_doc(text)
    doc[0].is_sent_start = True
    made = [Span(doc, start, end, label=label) for start, end, label in spans]
    doc.spans[f"model:{head}"] = SpanGroup(doc, name=f"model:{head}", spans=made)
    return doc


def test_two_corpora_with_different_labels_on_shared_layers(nlp):
    sources = {
        "cells": Source([marked(nlp, "Monocytes eat aspirin", "cell", (0, 1, "CELL"))], 1.0),
        "drugs": Source([marked(nlp, "Monocytes eat aspirin", "drug", (2, 3, "DRUG"))], 1.0),
        "other": Source([marked(nlp, "Monocytes eat aspirin", "extra", (1, 2, "VERB"))], 1.0),
    }
    heads = heads_of(sources)
    assert heads == {"cell": ["CELL"], "drug": ["DRUG"], "extra": ["VERB"]}
    recognizer = assemble.add_recognizer(nlp, heads, sources["cells"].docs)

    def measure():
        cells = evaluate.mention_figures(recognizer, sources["cells"].docs, "cell")
        drugs = evaluate.mention_figures(recognizer, sources["drugs"].docs, "drug")
        return cells["exact"]["f"] + drugs["exact"]["f"], {"cells": cells, "drugs": drugs}

    best = fit_recognizer(recognizer, sources, QUICK, measure)
    assert best["steps"] == 30
    assert measure()[0] == 2.0
    assemble.keep_heads(nlp, ("cell", "drug"))
    assemble.lean(nlp, {"drug": -20.0})
    assert not nlp("Monocytes eat aspirin").spans["model:drug"]
    assemble.lean(nlp, {"drug": 20.0})
    doc = nlp("Monocytes eat aspirin")
    assert {k: [(s.text, s.label_) for s in g] for k, g in doc.spans.items()} == {
        "model:cell": [("Monocytes", "CELL")],
        "model:drug": [("aspirin", "DRUG")],
    }


def tree(nlp, text):
    words = text.split()
    return Doc(
        nlp.vocab, words=words, heads=[1, 1, 1, 1], deps=["nsubj", "ROOT", "dobj", "punct"],
        tags=["NNS", "VBD", "NN", "."], lemmas=["macrophage", "drive", "fibrosis", "."],
    )  # fmt: skip


def test_syntax_learns_and_gives_parts_of_speech_and_lemmas(nlp):
    pytest.importorskip("spacy_lookups_data")
    docs = [tree(nlp, "Macrophages drove fibrosis ."), tree(nlp, "Monocytes suppressed angiogenesis .")]
    assemble.add_syntax(nlp, docs * 20)  # spaCy gives labels that are rarer than 30 up

    def measure():
        figures = evaluate.syntax_figures(nlp, docs)
        return figures["las"] + figures["tags"], figures

    best = fit_syntax(nlp, docs, QUICK, measure)
    assert best["las"] == 1.0 and best["tags"] == 1.0
    doc = nlp("Macrophages drove fibrosis .")
    assert [t.dep_ for t in doc] == ["nsubj", "ROOT", "dobj", "punct"]
    assert [t.pos_ for t in doc] == ["NOUN", "VERB", "NOUN", "PUNCT"]
    assert [t.lemma_ for t in doc] == ["macrophage", "drive", "fibrosis", "."]


def test_pretraining_guesses_better_in_the_end(nlp, monkeypatch, tmp_path):
    for name in ("WIDTH", "ROWS", "DEPTH"):
        monkeypatch.setattr(pretrain, name, getattr(assemble, name))
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wt") as out:
        for i in range(60):
            record = {"pmid": str(i), "title": "Cells of mice", "abstract": "Macrophages of mice eat ."}
            out.write(json.dumps(record) + "\n")
    words = tmp_path / "words.txt"
    assert write_words(nlp, path, words) == 60 * 8
    guessed = pretrain.frequent_words(words, 5)
    assert guessed[:2] == ["of", "mice"]
    losses = []
    step = pretrain._step
    monkeypatch.setattr(pretrain, "_step", lambda *a: losses.append(step(*a)) or losses[-1])
    model = pretrain.pretrain(
        nlp, path, guessed, Plan(steps=12, batch_words=40, rate=0.02, warm_up=1, drop=0.0)
    )
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    pretrain.save_weights(model, tmp_path / "w.bin")
    recognizer = assemble.add_recognizer(nlp, {"a": ["A"]}, [nlp.make_doc("x")], start=tmp_path / "w.bin")
    begun = {
        name: node.get_param(name).tobytes()
        for node in recognizer.model.layers[0].walk()
        for name in node.param_names
        if node.has_param(name) and name != "W_terms"  # the lexicon's terms are no part of pre-training
    }
    learned = {name: node.get_param(name).tobytes() for node in model.walk() for name in node.param_names}
    assert begun == learned
    assert len(list(read_abstracts(path))) == 60


def test_batches_keep_the_shares():
    nlp = spacy.blank("en")
    many = Source([Doc(nlp.vocab, words=["m"] * 5)] * 4, 3.0)
    few = Source([Doc(nlp.vocab, words=["f"] * 5)] * 4, 1.0)
    stream = batches({"many": many, "few": few}, 40, random.Random(0))
    words = [t.text for _ in range(10) for doc in next(stream) for t in doc]
    assert words.count("m") == 3 * words.count("f")


def test_the_rate_rises_then_falls_and_minutes_are_a_cap():
    clock = Clock(Plan(steps=100, rate=1.0, warm_up=10, minutes=1e9))
    rates = []
    for step in range(101):
        clock.step = step
        rates.append(clock.rate)
    assert rates[0] < rates[5] < rates[9] and rates[20] > rates[60] > rates[100] > 0
    assert Clock(Plan(steps=10**9, minutes=1e-12)).done == 1.0


def test_floret_text_format(nlp, tmp_path):
    rows = "\n".join(f"{i} 0.5 -1 2" for i in range(4))
    (tmp_path / "v.floret").write_text(f"4 3 3 5 2 2166136261 < >\n{rows}\n")
    use_vectors(nlp, tmp_path / "v.floret")
    assert nlp.vocab["Anything"].vector.tolist() == pytest.approx([0.5, -1.0, 2.0], abs=1e-5)
