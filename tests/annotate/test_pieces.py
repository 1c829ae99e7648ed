"""Texts of any length and shape are worked on in bounded memory and linear time, and none loses a character."""

from __future__ import annotations

import time

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from pipeline import annotate
from pipeline.annotate import pieces
from pipeline.annotate.candidates import Apart, Found
from pipeline.annotate.tokenizer import kupffer_tokenizer
from pipeline.records import Document, MentionType

PARAGRAPH = (
    "Myeloid-derived suppressor cells (MDSCs) drive immunosuppression. CSF1R inhibition depletes macrophages.\n"
    "Radiotherapy recruits MDSCs. Kupffer cells clear bacteria.\n"
)


@pytest.fixture(scope="module")
def words():
    nlp = spacy.blank("en")
    nlp.tokenizer = kupffer_tokenizer(nlp)
    return nlp


@given(st.text(alphabet="ab. \n", max_size=200), st.integers(2, 30))
def test_pieces_make_up_the_text(text, most):
    found = pieces.cut(text, most)
    assert "".join(found) == text
    assert all(0 < len(piece) <= most for piece in found) or not text


def test_a_piece_ends_with_a_paragraph_else_a_sentence_else_a_word():
    assert pieces.cut("One. Two\nthree four five", 12) == ["One. Two\n", "three four ", "five"]
    assert pieces.cut("One two. Three", 10) == ["One two. ", "Three"]
    assert pieces.cut("abcdefgh", 3) == ["abc", "def", "gh"]


@pytest.mark.parametrize("unit", ["(", "a", "anti-", "A.B.", "http://a.b/", "e\u0301", "İ", ")", "-", "1,"])
def test_a_long_stretch_without_a_space_takes_no_long_time(words, unit):
    text = "Kupffer cells " + unit * (100_000 // len(unit)) + " eat."
    began = time.process_time()
    doc = pieces.words_of(words, text)
    assert time.process_time() - began < 15  # seconds of processor; some minutes when taken at once
    assert doc.text == text


@pytest.mark.parametrize("text", ["", " ", "\n", "Kupffer cells eat.", "a " * 300 + "b"])
def test_usual_texts_have_the_words_of_the_tokenizer(words, text):
    assert [t.text_with_ws for t in pieces.words_of(words, text)] == [
        t.text_with_ws for t in words.make_doc(text)
    ]


def test_documents_that_are_read_together_are_few_and_short(monkeypatch):
    monkeypatch.setattr(pieces, "MOST", 10)
    documents = [Document(str(n), "x" * length) for n, length in enumerate([4, 4, 4, 30, 1, 1, 1, 1])]
    batches = [[len(d.text) for d in batch] for batch in pieces.together(documents, 3)]
    assert batches == [[4, 4], [4], [30], [1, 1, 1], [1]]


@pytest.mark.slow
def test_a_text_in_pieces_gives_what_it_gives_at_once(monkeypatch):
    import pipeline

    nlp = pipeline.load()
    document = Document("long", PARAGRAPH * 12)
    once, in_pieces = [], []
    for most, found in ((60_000, once), (400, in_pieces)):
        monkeypatch.setattr(pieces, "MOST", most)
        ((_, doc),) = annotate.annotate(nlp, [document])
        assert doc.text == document.text
        found += [m._replace(score=0, source="") for m in annotate.mentions_of(doc, document)]
        assert [document.text[m.start : m.end] for m in found] == [m.text for m in found]
        assert doc._.triples
    same = set(once) & set(in_pieces)
    assert len(same) >= 0.95 * max(len(once), len(in_pieces))  # at a cut, words have other neighbours
    # An abbreviation is defined in the first piece only.
    assert sum(m.text == "MDSCs" for m in in_pieces) == 24


CELLS = st.tuples(st.integers(0, 30), st.integers(1, 5)).map(
    lambda span: Found(span[0], span[0] + span[1], MentionType.CELL, "model", 1.0)
)


@given(st.lists(CELLS, max_size=20), CELLS)
def test_who_stands_where_is_what_a_search_finds(those, one):
    apart = Apart()
    kept: list[Found] = []
    for found in those:
        if not apart.meeting(found):
            apart.add(found)
            kept.append(found)
    for gone in kept[::3]:
        apart.remove(gone)
        kept.remove(gone)
    assert list(apart) == kept
    assert apart.meeting(one) == sorted(
        (f for f in kept if f.start < one.end and one.start < f.end), key=lambda f: f.start
    )
