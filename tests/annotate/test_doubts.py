"""What a weaker source proposes where the model, which read the text, marked nothing."""

from __future__ import annotations

import pytest
import spacy
from spacy.tokens import Doc, Span

from pipeline.annotate.candidates import ABBREVIATED, LEXICON, MODEL, REPEATED, Found
from pipeline.annotate.doubts import believed
from pipeline.lexicon import Lexicon, load_lexicon
from pipeline.lexicon.tables import Row
from pipeline.records import MentionType

CELL, GENE, MECHANISM, THERAPY = (MentionType(t) for t in ("CELL", "GENE", "MECHANISM", "THERAPY"))


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def doc_of(*words: str, read: tuple[str, ...] = ("cell", "mechanism", "therapy")) -> Doc:
    doc = Doc(spacy.blank("en").vocab, list(words))
    for head in read:
        doc.spans[f"model:{head}"] = []
    return doc


@pytest.mark.parametrize(
    ("type", "score", "kept"),
    [
        (THERAPY, 0.49, False),
        (THERAPY, 0.5, True),
        (MECHANISM, 0.79, False),
        (MECHANISM, 0.8, True),
        (CELL, 0.1, True),
    ],
)
def test_an_abbreviation_is_as_sure_as_its_long_form(
    lexicon: Lexicon, type: MentionType, score: float, kept: bool
) -> None:
    found = Found(0, 1, type, ABBREVIATED, score)
    assert believed(doc_of("IPF"), lexicon, [found]) == ([found] if kept else [])


def test_a_name_is_repeated_where_the_model_marked_it_mostly(lexicon: Lexicon) -> None:
    doc = doc_of("NLR", "NLR", "nlr")
    marked = [Found(i, i + 1, THERAPY, MODEL, 0.9) for i in range(2)]
    repeated = [Found(i, i + 1, THERAPY, REPEATED, 0.9) for i in range(3)]
    assert believed(doc, lexicon, [*marked, repeated[2]]) == [*marked, repeated[2]]
    assert believed(doc, lexicon, [marked[0], *repeated[1:]]) == [marked[0]]


def test_a_cell_in_the_name_of_a_gene_is_none(lexicon: Lexicon) -> None:
    doc = doc_of("fibroblast", "growth", "factor")
    cell, gene = Found(0, 1, CELL, LEXICON, 1.0), Found(0, 3, GENE, LEXICON, 1.0)
    assert believed(doc, lexicon, [cell, gene]) == [gene]
    assert believed(doc, lexicon, [cell]) == [cell]


def test_a_treatment_that_only_mesh_knows_or_that_a_process_is_named_by_is_none(lexicon: Lexicon) -> None:
    doc = doc_of("castration", "pembrolizumab", "resistance")
    mesh, drug = Found(0, 1, THERAPY, LEXICON, 1.0), Found(1, 2, THERAPY, LEXICON, 1.0)
    process = Found(1, 3, MECHANISM, MODEL, 0.9)
    assert believed(doc, lexicon, [mesh, drug]) == [drug]
    assert believed(doc, lexicon, [drug, process]) == [process]


def test_what_a_user_names_is_believed() -> None:
    row = Row(
        text="castration", curie="KUPFFER:x", name="castration", type=THERAPY, match="lower", source="mine"
    )
    found = Found(0, 1, THERAPY, LEXICON, 1.0)
    assert believed(doc_of("castration"), Lexicon([row]), [found]) == [found]


def test_of_a_model_without_slots_all_is_believed(lexicon: Lexicon) -> None:
    found = [Found(0, 1, THERAPY, LEXICON, 1.0), Found(1, 2, THERAPY, ABBREVIATED, 0.1)]
    doc = doc_of("castration", "XYZ", read=())
    doc.spans["model:cg"] = [Span(doc, 0, 1, "X")]
    assert believed(doc, lexicon, found) == found
