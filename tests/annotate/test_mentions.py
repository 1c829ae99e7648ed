"""What becomes a mention: candidates of the model, the lexicon, patterns and the document's own abbreviations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.annotate.abbreviations import mark_abbreviations
from pipeline.annotate.candidates import Found
from pipeline.annotate.labels import type_of
from pipeline.annotate.mentions import Context, MentionFinder
from pipeline.annotate.patterns import _matcher, acts_on, targeted
from pipeline.annotate.tokenizer import kupffer_tokenizer
from pipeline.lexicon import load_lexicon
from pipeline.records import MentionType
from tests.relate.hand import tree

Marks = dict[str, str]


@pytest.fixture(scope="module")
def nlp() -> Language:
    nlp = spacy.blank("en")
    nlp.tokenizer = kupffer_tokenizer(nlp)
    return nlp


@pytest.fixture(scope="module")
def finder() -> MentionFinder:
    return MentionFinder(load_lexicon())


@pytest.fixture
def found(nlp: Language, finder: MentionFinder) -> Callable[[str, Marks], list[tuple[str, str, str | None]]]:
    def run(text: str, marks: Marks) -> list[tuple[str, str, str | None]]:
        doc = nlp(text)
        doc.set_ents([])
        groups: dict[str, list[Span]] = {}
        for words, label in marks.items():
            start = text.index(words)
            span = doc.char_span(start, start + len(words), label=label, alignment_mode="expand")
            groups.setdefault(f"model:{label.lower()}", []).append(span)
        for name, spans in groups.items():
            doc.spans[name] = spans
        doc = finder(mark_abbreviations(doc))
        return [(m["text"], m["type"], m["id"]) for m in doc._.mentions]

    return run


def test_model_and_lexicon_together(found: Callable[..., list[tuple[str, str, str | None]]]) -> None:
    rows = found("Kupffer cells undergo efferocytosis under sorafenib.", {"efferocytosis": "MECHANISM"})
    assert ("Kupffer cells", "CELL", "CL:0000091") in rows
    assert [r[0] for r in rows if r[1] == "MECHANISM"] == ["efferocytosis"]
    assert ("sorafenib", "THERAPY") in [r[:2] for r in rows]


def test_the_lexicon_adds_no_mechanism(found: Callable[..., list[tuple[str, str, str | None]]]) -> None:
    assert not [r for r in found("Apoptosis was studied.", {}) if r[1] == "MECHANISM"]


def test_an_abbreviation_is_what_its_long_form_is(
    found: Callable[..., list[tuple[str, str, str | None]]],
) -> None:
    rows = found(
        "Myeloid-derived suppressor cells (MDSCs) expand. Each MDSC is short-lived.",
        {"Myeloid-derived suppressor cells": "CELL"},
    )
    assert [r[0] for r in rows if r[1] == "CELL"] == ["Myeloid-derived suppressor cells", "MDSCs", "MDSC"]
    assert len({r[2] for r in rows if r[1] == "CELL"}) == 1


def test_articles_and_loose_brackets_are_no_part_of_a_mention(
    found: Callable[..., list[tuple[str, str, str | None]]],
) -> None:
    rows = found("We saw the zorblatt (in mice).", {"the zorblatt (": "THERAPY"})
    assert ("zorblatt", "THERAPY", None) in rows


@pytest.mark.parametrize(
    ("text", "therapies"),
    [
        ("CSF1R inhibition, CCR2/CCR5 blockade and CD40 agonism are tried.", 3),
        ("An anti-PD-1 antibody was given.", 1),
        ("Treg depletion was complete.", 1),
        ("The inhibition was weak.", 0),
        ("PD-L1 expression rose.", 0),
    ],
)
def test_composed_therapies(nlp: Language, text: str, therapies: int) -> None:
    assert len(list(targeted(nlp(text)))) == therapies


@given(st.lists(st.sampled_from(["PD-1", "CTLA-4", "blockade", "inhibitors", "anti-CD40", "antibody", "therapy",
                                  "Treg", "cells", "depletion", "rose", "."]), max_size=25))  # fmt: skip
def test_composed_therapies_are_looked_for_only_where_they_can_be(nlp: Language, words: list[str]) -> None:
    doc = Doc(nlp.vocab, words=words)
    everywhere = sorted(match[1:] for match in _matcher(nlp.vocab)(doc)) if words else []
    assert [(f.start, f.end) for f in targeted(doc)] == everywhere


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "Irradiation NN nsubj attracts\nattracts VBZ ROOT attracts\nmonocytes NNS dobj attracts",
            "Irradiation",
        ),
        ("CSF1R NN compound inhibition\ninhibition NN ROOT inhibition", "CSF1R inhibition"),
    ],
)
def test_a_therapy_ends_where_a_clause_begins(finder: MentionFinder, written: str, words: str) -> None:
    doc = tree(written)
    doc.spans["model:therapy"] = [Span(doc, 0, len(doc), label="THERAPY")]
    found = [f for f in finder.find(doc) if f.type is MentionType.THERAPY]
    assert [doc[f.start : f.end].text for f in found] == [words]


@pytest.mark.parametrize(
    ("written", "act"),
    [
        ("Antibodies NNS nsubj deplete\ndeplete VBP ROOT deplete\nTAMs NNS dobj deplete", True),
        ("TAMs NNS nsubj deplete\ndeplete VBP ROOT deplete\nstores NNS dobj deplete", False),
        ("Antibodies NNS nsubj see\nsee VBP ROOT see\nTAMs NNS dobj see", False),
        (
            "TAMs NNS nsubjpass depleted\nwere VBD auxpass depleted be\ndepleted VBN ROOT depleted deplete",
            True,
        ),
    ],
)
def test_an_act_on_a_cell_is_a_mechanism(written: str, act: bool) -> None:
    doc = tree(written)
    at = next(t.i for t in doc if t.text == "TAMs")
    cell = Found(at, at + 1, MentionType.CELL, "model", 1.0)
    assert [f.type for f in acts_on(doc, [cell])] == ([MentionType.MECHANISM] if act else [])


@pytest.mark.parametrize(
    ("label", "type_"),
    [
        ("Gene_or_gene_product", MentionType.GENE),
        ("GGP", MentionType.GENE),
        ("CELL_TYPE", MentionType.CELL),
        ("CL", MentionType.CELL),
        ("SIMPLE_CHEMICAL", MentionType.CHEMICAL),
        ("Disease", MentionType.DISEASE),
        ("TAXON", MentionType.ORGANISM),
        ("SO", None),
        ("ENTITY", None),
    ],
)
def test_labels_of_scispacys_models(label: str, type_: MentionType | None) -> None:
    assert type_of(label) is type_


def test_brackets_cost_what_their_number_says(nlp: Language) -> None:
    doc = nlp("natural killer (NK) cells " * 2000)
    rows = mark_abbreviations(doc)._.abbreviations
    assert [r["short_text"] for r in rows] == ["NK"]


def test_answers_are_kept_only_where_the_document_did_not_matter(
    nlp: Language, finder: MentionFinder
) -> None:
    context = Context({"liver", "stellate"})
    liver = finder._ground("HSC", MentionType.CELL, {}, context)
    blood = finder._ground("HSC", MentionType.CELL, {}, Context({"hematopoietic", "stem", "marrow"}))
    assert liver.curie != blood.curie
    assert ("HSC", MentionType.CELL, None, None) not in finder._grounded
    finder._ground("Kupffer cells", MentionType.CELL, {}, context)
    assert finder._grounded["Kupffer cells", MentionType.CELL, None, None].curie == "CL:0000091"


def test_ents_are_the_longest_first_flattening(nlp: Language, finder: MentionFinder) -> None:
    doc: Doc = nlp("CSF1R inhibition works.")
    doc.spans["model:gene"] = [Span(doc, 0, 1, label="Gene_or_gene_product")]
    doc = finder(mark_abbreviations(doc))
    assert [e.text for e in doc.ents] == ["CSF1R inhibition"]
    assert {s.text for s in doc.spans["mentions"]} >= {"CSF1R inhibition", "CSF1R"}
