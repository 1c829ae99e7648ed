"""The recogniser: its mathematics against brute force, learning, and what it leaves alone."""

import itertools

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from spacy.vectors import Vectors
from thinc.api import Adam

from pipeline.annotate import crf
from pipeline.annotate.heads import Sentences, mark_paragraphs

HEADS = {"cell": ["CELL"], "thing": ["DISEASE", "DRUG"]}
SIZES = {"heads": HEADS, "width": 16, "rows": [50, 50, 50, 50], "depth": 1, "hidden": 8}


def small_pipeline():
    nlp = spacy.blank("en")
    table = np.random.default_rng(0).normal(size=(50, 8)).astype("float32")
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, mode="floret", data=table, hash_count=2, minn=3, maxn=4, attr="LOWER"
    )
    recognizer = nlp.add_pipe("kupffer_recognizer", config=SIZES)
    recognizer.initialize(lambda: [example(nlp, "Kupffer cells eat .", {"cell": [(0, 2, "CELL")]})], nlp=nlp)
    return nlp


def example(nlp, text, marks):
    words = text.split()
    doc = Doc(nlp.vocab, words=words, sent_starts=[i == 0 for i in range(len(words))])
    for head, spans in marks.items():
        made = [Span(doc, start, end, label=label) for start, end, label in spans]
        doc.spans[f"model:{head}"] = SpanGroup(doc, name=f"model:{head}", spans=made)
    return Example(doc, doc)


def training(nlp):
    return [
        example(nlp, "Kupffer cells eat aspirin .", {"cell": [(0, 2, "CELL")], "thing": [(3, 4, "DRUG")]}),
        example(
            nlp, "Macrophages cause fatty liver disease .", {"cell": [(0, 1, "CELL")], "thing": [(2, 5, "DISEASE")]}
        ),
        example(nlp, "Nothing happens here .", {"cell": [], "thing": []}),
    ]  # fmt: skip


def trained_pipeline():
    nlp = small_pipeline()
    recognizer, sgd = nlp.get_pipe("kupffer_recognizer"), Adam(0.02)
    for _ in range(60):
        recognizer.update(training(nlp), sgd=sgd)
    return nlp


@pytest.fixture(scope="module")
def nlp():
    return trained_pipeline()


def found(doc):
    return {head: [(s.start, s.end, s.label_) for s in doc.spans[f"model:{head}"]] for head in HEADS}


def chance_scores(seed=1):
    rng = np.random.default_rng(seed)
    tags = crf.tags_of(["X"])
    scores = rng.normal(size=(2, 4, len(tags))).astype("float32")
    moves = crf.allowed(tags) + rng.normal(size=(len(tags) + 1,) * 2).astype("float32")
    return tags, scores, np.array([4, 2]), moves


def all_paths(scores, moves, size):
    """Every tag sequence of one sentence with its score, the slow way."""
    length, end = len(scores), moves.shape[0] - 1
    for path in itertools.product(range(size), repeat=length):
        total = moves[end, path[0]] + moves[path[-1], end] + sum(scores[i, tag] for i, tag in enumerate(path))
        yield path, total + sum(moves[a, b] for a, b in itertools.pairwise(path))


def test_likeliest_path_is_the_best_of_all():
    tags, scores, lengths, moves = chance_scores()
    paths = crf.likeliest(scores, lengths, moves)
    for row, length in enumerate(lengths):
        best = max(all_paths(scores[row, :length], moves, len(tags)), key=lambda item: item[1])[0]
        assert paths[row, :length].tolist() == list(best)
        assert (paths[row, length:] == -1).all()


def test_marginals_and_normaliser_are_sums_over_all_paths():
    tags, scores, lengths, moves = chance_scores(2)
    probable, taken, log_z = crf.marginals(scores, lengths, moves)
    assert np.array_equal(probable, crf.probabilities(scores, lengths, moves))
    for row, length in enumerate(lengths):
        paths = list(all_paths(scores[row, :length].astype("float64"), moves.astype("float64"), len(tags)))
        total = sum(np.exp(score) for _, score in paths)
        assert log_z[row] == pytest.approx(np.log(total), abs=1e-4)
        expected = np.zeros((length, len(tags)))
        for path, score in paths:
            expected[np.arange(length), list(path)] += np.exp(score) / total
        assert probable[row, :length] == pytest.approx(expected, abs=1e-4)
    assert taken.sum() == pytest.approx(sum(lengths) + len(lengths), abs=1e-3)


def test_path_score_and_moves_agree_with_the_slow_way():
    tags, scores, lengths, moves = chance_scores(3)
    paths = crf.likeliest(scores, lengths, moves)
    slow = [
        max(score for _, score in all_paths(scores[r, :n], moves, len(tags))) for r, n in enumerate(lengths)
    ]
    assert crf.path_score(scores, lengths, moves, paths) == pytest.approx(slow, abs=1e-4)
    assert crf.moves_of(paths, lengths, len(tags)).sum() == sum(lengths) + len(lengths)


@pytest.mark.parametrize("spans", [[], [(0, 1, "A")], [(0, 2, "A"), (2, 5, "B")], [(1, 4, "B"), (4, 5, "A")]])
def test_tags_and_spans_are_two_ways_to_say_the_same(spans):
    tags = crf.tags_of(["A", "B"])
    assert crf.spans_of(tags, crf.gold_tags(tags, 5, spans).tolist()) == spans


def test_learns_each_head(nlp):
    doc = nlp("Kupffer cells eat aspirin .")
    assert found(doc) == {"cell": [(0, 2, "CELL")], "thing": [(3, 4, "DRUG")]}
    scores = doc.spans["model:cell"].attrs["scores"]
    assert len(scores) == 1 and 0.5 < scores[0] <= 1.0


def test_a_head_without_gold_learns_nothing():
    nlp = small_pipeline()
    recognizer = nlp.get_pipe("kupffer_recognizer")
    other = recognizer.model.layers[2].to_bytes()
    shared = recognizer.model.layers[0].to_bytes()
    recognizer.update([example(nlp, "Kupffer cells eat .", {"cell": [(0, 2, "CELL")]})], sgd=Adam(0.01))
    assert recognizer.model.layers[2].to_bytes() == other
    assert recognizer.model.layers[0].to_bytes() != shared


def test_gradient_of_the_loss_is_its_slope():
    nlp = small_pipeline()
    recognizer = nlp.get_pipe("kupffer_recognizer")
    doc = training(nlp)[1].reference
    scores = np.random.default_rng(4).normal(size=(len(doc), len(recognizer.tags["thing"]))).astype("float32")
    _, gradient = recognizer._head_gradient(1, "thing", [doc], scores)
    for word, tag in [(0, 0), (2, 5), (3, 6), (4, 7)]:
        up, down = scores.copy(), scores.copy()
        up[word, tag] += 0.01
        down[word, tag] -= 0.01
        slope = (
            recognizer._head_gradient(1, "thing", [doc], up)[0]
            - recognizer._head_gradient(1, "thing", [doc], down)[0]
        ) / 0.02
        assert gradient[word, tag] == pytest.approx(slope, abs=2e-3)


def test_neither_reads_nor_writes_ents(nlp):
    doc = nlp.make_doc("Kupffer cells eat aspirin .")
    doc.ents = [Span(doc, 1, 3, label="PRESET", kb_id="X:1")]
    nlp.get_pipe("kupffer_recognizer")(doc)
    assert [(e.start, e.end, e.label_, e.kb_id_) for e in doc.ents] == [(1, 3, "PRESET", "X:1")]
    assert found(doc)["cell"] == [(0, 2, "CELL")]


@pytest.mark.parametrize("texts", [[""], ["", "Kupffer cells eat ."], ["\n"], ["cells " * 1000]])
def test_takes_any_text(nlp, texts):
    assert [doc.text for doc in nlp.pipe(texts)] == texts


def test_a_document_reads_the_same_alone_and_in_company(nlp):
    texts = [
        "Kupffer cells eat aspirin .",
        "Macrophages cause fatty liver disease .",
        "Nothing happens here .",
    ]
    assert [found(doc) for doc in nlp.pipe(texts * 3, batch_size=4)] == [
        found(nlp(text)) for text in texts
    ] * 3


def test_survives_disk_and_bytes(nlp, tmp_path):
    text = "Kupffer cells eat aspirin ."
    nlp.to_disk(tmp_path / "model")
    assert found(spacy.load(tmp_path / "model")(text)) == found(nlp(text))
    other = small_pipeline()
    other.from_bytes(nlp.to_bytes())
    assert found(other(text)) == found(nlp(text))
    doc = Doc(nlp.vocab).from_bytes(nlp(text).to_bytes())
    assert found(doc) == found(nlp(text))


def test_runs_in_several_processes(nlp):
    texts = ["Kupffer cells eat aspirin ."] * 3
    assert [found(d) for d in nlp.pipe(texts, n_process=2, batch_size=2)] == [found(nlp(t)) for t in texts]


def test_sentences_begin_after_newlines():
    nlp = spacy.blank("en")
    doc = mark_paragraphs(nlp.make_doc("A title\n\nA text.\nMore"))
    starts = [token.text for token in doc if token.is_sent_start]
    assert starts == ["A", "A", "More"] or starts == ["A", "More"]
    assert doc[3].is_sent_start


def test_overlong_sentences_are_read_in_pieces():
    nlp = spacy.blank("en")
    sentences = Sentences([Doc(nlp.vocab, words=["a"] * 1000)])
    assert sorted(sentences.lengths.tolist()) == [200, 400, 400]


def test_many_borders_are_set_in_one_go(nlp):
    doc = mark_paragraphs(nlp.make_doc("a\n" * 20_000))
    assert sum(bool(token.is_sent_start) for token in doc) == 20_000
    assert len(mark_paragraphs(nlp.make_doc("\n"))) == 1
