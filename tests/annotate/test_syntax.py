"""Which sentences are parsed, and that nothing else changes for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline import annotate, extraction
from pipeline.annotate import syntax
from pipeline.annotate.mentions import MentionFinder, hangs_on_tags
from pipeline.annotate.sentences import mark_sentences, sentence_bounds, sure_starts
from pipeline.annotate.syntax import STAND_INS, UNPARSED, wanted_sentences
from pipeline.annotate.tokenizer import kupffer_tokenizer
from pipeline.lexicon import load_lexicon
from pipeline.records import Document
from pipeline.relate.words import words
from tests.relate.hand import tree

TEXT = (
    "Livers were weighed. Kupffer cells drive fibrosis in the liver. The weather was fine on that day. "
    "CSF1R blockade may inhibit fibrosis. Samples were stored at -80 degrees. Macrophages were counted."
)


@pytest.fixture(scope="module")
def nlp() -> Language:
    nlp = spacy.blank("en")
    nlp.tokenizer = kupffer_tokenizer(nlp)
    return nlp


@pytest.fixture(scope="module")
def finder() -> MentionFinder:
    return MentionFinder(load_lexicon())


@pytest.fixture(scope="module")
def annotated() -> Callable[[str], Doc]:
    whole = extraction.load(parse_all=False)

    def run(text: str) -> Doc:
        ((_, doc),) = annotate.annotate(whole, [Document("one", text)])
        return doc

    run.nlp = whole  # type: ignore[attr-defined]
    return run


@pytest.mark.parametrize(
    ("text", "firsts"),
    [
        ("T cells die. Others thrive.", ["Others"]),
        ("They die (slowly.) Others thrive! 5 do not.", ["Others", "5"]),
        ("Doses of approx. ten were given.", []),
        ("It rose (p = .03). , then fell.", []),
        ("It ends here.", []),
        ("", []),
    ],
)
def test_sentences_begin_where_signs_leave_no_doubt(nlp: Language, text: str, firsts: list[str]) -> None:
    doc = nlp.make_doc(text)
    assert [doc[start].text for start in sure_starts(doc)] == firsts
    bounds = sentence_bounds(mark_sentences(doc))
    assert [i for start, end in bounds for i in range(start, end)] == list(range(len(doc)))


@pytest.mark.parametrize(
    ("text", "marks", "numbers"),
    [
        ("Kupffer cells drive fibrosis. It rained.", ["fibrosis"], [0]),
        ("Fibrosis is bad. It rained.", ["Fibrosis"], []),
        ("Kupffer cells are here. Fibrosis is not.", ["Fibrosis"], []),
        ("Kupffer cells are here. They drive fibrosis.", ["fibrosis"], [0, 1]),
        ("Kupffer cells are here. It rained. These cells drive fibrosis.", ["fibrosis"], []),
        ("Sorafenib was given. The drug stopped fibrosis.", ["fibrosis"], [0, 1]),
        ("Kupffer cells are here. The cell wall and fibrosis.", ["fibrosis"], [0, 1]),  # more than is needed
        ("Clodronate depletes macrophages.", [], [0]),
        ("Macrophages were counted.", [], []),
    ],
)
def test_only_sentences_that_can_hold_a_triple_are_wanted(
    nlp: Language, finder: MentionFinder, text: str, marks: list[str], numbers: list[int]
) -> None:
    doc = mark_sentences(nlp.make_doc(text))
    doc.spans["model:mechanism"] = [
        doc.char_span(text.index(mark), text.index(mark) + len(mark), label="MECHANISM") for mark in marks
    ]
    assert wanted_sentences(doc, sentence_bounds(doc), finder.candidates(doc)) == numbers


def test_stand_ins_are_those_of_the_rules() -> None:
    lists = words().lists
    known = lists["cell_anaphor"] | lists["therapy_anaphor"]
    plurals = {noun[:-1] + "ies" if noun.endswith("y") else noun + "s" for noun in known}
    assert known | plurals <= STAND_INS
    assert {form for form in STAND_INS if form not in plurals | known} <= {noun + "s" for noun in known}


def test_what_is_looked_up_once_hangs_on_one_word_and_its_tag(annotated: Callable[[str], Doc]) -> None:
    ruler = annotated.nlp.get_pipe("attribute_ruler")  # type: ignore[attr-defined]
    patterns = [pattern for row in ruler.patterns for pattern in row["patterns"]]
    assert patterns
    assert {len(pattern) for pattern in patterns} == {1}
    assert {attribute for pattern in patterns for attribute in pattern[0]} <= {"TAG", "LOWER"}
    assert annotated.nlp.get_pipe("lemmatizer").mode == "rule"  # type: ignore[attr-defined]


def test_trees_tags_and_lemmas_are_those_of_the_components_alone(annotated: Callable[[str], Doc]) -> None:
    doc = annotated(TEXT)
    parts = annotated.nlp  # type: ignore[attr-defined]
    for sent in doc.sents:
        alone = Doc(doc.vocab, words=[t.text for t in sent], spaces=[bool(t.whitespace_) for t in sent])
        for name in syntax.PARTS:
            alone = parts.get_pipe(name)(alone)
        if sent[0].dep_ == UNPARSED:
            assert {t.head for t in sent} == {sent[0]}
        else:
            columns = [(t.tag_, t.pos_, str(t.morph), t.lemma_, t.dep_) for t in alone]
            assert [(t.tag_, t.pos_, str(t.morph), t.lemma_, t.dep_) for t in sent] == columns
    assert [sent[0].dep_ == UNPARSED for sent in doc.sents] == [True, False, True, False, True, True]


def test_the_rest_is_parsed_for_who_wants_to_see_it(annotated: Callable[[str], Doc]) -> None:
    doc = annotated(TEXT)
    before = [(s.start, s.end) for s in doc.sents], doc._.mentions, doc._.triples
    seen = annotate.parse_rest(annotated.nlp, doc)  # type: ignore[attr-defined]
    assert UNPARSED not in {t.dep_ for t in seen}
    assert all(t.tag_ and t.lemma_ for t in seen)
    assert before == ([(s.start, s.end) for s in seen.sents], seen._.mentions, seen._.triples)


def test_parsing_everything_gives_the_same_triples(annotated: Callable[[str], Doc]) -> None:
    everything = extraction.load(parse_all=True)
    ((_, doc),) = annotate.annotate(everything, [Document("one", TEXT)])
    assert doc._.triples
    shown = [(row["cell"], row["mechanism"], row["therapy"]) for row in doc._.triples]
    assert [(r["cell"], r["mechanism"], r["therapy"]) for r in annotated(TEXT)._.triples] == shown


def test_pieces_do_not_change_what_is_found(
    annotated: Callable[[str], Doc], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = " ".join([TEXT] * 5)
    whole = annotated(text)._.triples
    sizes: list[int] = []
    only = syntax._only
    monkeypatch.setattr(syntax, "_MOST_WORDS", 25)
    monkeypatch.setattr(
        syntax,
        "_only",
        lambda doc, piece, **how: sizes.append(sum(e - s for s, e in piece)) or only(doc, piece, **how),
    )
    assert annotated(text)._.triples == whole
    assert len(sizes) > 3
    assert max(sizes) <= 25


@given(st.lists(st.integers(1, 60), max_size=20), st.integers(1, 30))
def test_pieces_hold_every_word_once_and_are_bounded(lengths: list[int], most: int) -> None:
    bounds, at = [], 0
    for length in lengths:
        bounds.append((at, at + length))
        at += length
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syntax, "_MOST_WORDS", most)
        pieces = list(syntax._bounded(bounds))
    assert [i for piece in pieces for start, end in piece for i in range(start, end)] == list(range(at))
    assert all(sum(end - start for start, end in piece) <= most for piece in pieces)


def test_a_finite_verb_in_a_mention_is_seen() -> None:
    doc = tree("Irradiation NN nsubj attracts\nattracts VBZ ROOT attracts\nmonocytes NNS dobj attracts")
    assert not hangs_on_tags(doc)
    doc.spans["model:therapy"] = [Span(doc, 0, 1, label="THERAPY")]
    assert not hangs_on_tags(doc)
    doc.spans["model:therapy"] = [Span(doc, 0, 3, label="THERAPY")]
    assert hangs_on_tags(doc)
