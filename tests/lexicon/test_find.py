"""Finding terms in token sequences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lexicon import Lexicon, load_lexicon
from pipeline.records import MentionType

TEXT = (
    "Kupffer cells ( KCs ) drive KC - mediated fibronectin deposition and MDSC - driven T-cell exhaustion ;"
    " CSF1R inhibition and nivolumab act on CD8+ T lymphocytes in hepatocellular carcinoma of the liver ."
)
SENTENCE = TEXT.split()


def found(lexicon: Lexicon, words: list[str], type: MentionType) -> dict[str, str]:
    return {
        " ".join(words[m.start : m.end]): m.candidates[0].curie
        for m in lexicon.find(words)
        if m.candidates[0].type == type
    }


def test_cells_are_found_by_name_abbreviation_and_variant(lexicon: Lexicon) -> None:
    cells = found(lexicon, SENTENCE, MentionType.CELL)
    assert cells["Kupffer cells"] == "CL:0000091"
    assert cells["MDSC"] == "CL:0000889"
    assert cells["CD8+ T lymphocytes"] == "CL:0000625"


def test_each_type_is_found(lexicon: Lexicon) -> None:
    assert found(lexicon, SENTENCE, MentionType.MECHANISM)["T-cell exhaustion"] == "MESH:D000094383"
    assert found(lexicon, SENTENCE, MentionType.THERAPY)["nivolumab"] == "MESH:D000077594"
    assert found(lexicon, SENTENCE, MentionType.GENE)["CSF1R"] == "HGNC:2433"
    assert found(lexicon, SENTENCE, MentionType.DISEASE)["hepatocellular carcinoma"] == "MONDO:0007256"
    assert found(lexicon, SENTENCE, MentionType.ANATOMY)["liver"] == "UBERON:0002107"
    assert found(lexicon, ["serum", "cholesterol"], MentionType.CHEMICAL)["cholesterol"] == "CHEBI:16113"


def test_general_words_ground_but_are_not_found(lexicon: Lexicon) -> None:
    words = ["growth", "development", "response", "activation", "expression", "of", "cell", "cells"]
    assert not found(lexicon, words, MentionType.MECHANISM)
    assert not found(lexicon, words, MentionType.CELL)
    assert lexicon.ground("growth", "MECHANISM") is not None


@pytest.mark.parametrize(
    ("text", "type"),
    [
        *((text, MentionType.CELL) for text in ("GBC", "merozoites", "TEM", "MDP")),
        *(
            (text, MentionType.THERAPY)
            for text in (
                "placebo",
                "mitogen",
                "combination treatment",
                "drug delivery systems",
                "tissue engineering",
                "neutralising antibodies",
                "cryopreservation",
                "adrenergic",
                "antineoplastic",
                "precision medicine",
                "drug carriers",
                "natural compounds",
            )
        ),
    ],
)
def test_what_is_mostly_something_else_is_not_found_but_named(
    lexicon: Lexicon, text: str, type: MentionType
) -> None:
    assert text not in found(lexicon, ["the", *text.split(), "here"], type)
    assert lexicon.ground(text, type) is not None


@pytest.mark.parametrize(
    ("text", "curie"),
    [
        ("mitosis", "GO:0000278"),
        ("olfactory", "GO:0007608"),
        ("insulin release", "GO:0030073"),
        ("synapse formation", "GO:0007416"),
        ("endocytic", "GO:0006897"),
        ("localization", None),
        ("immunoreactivity", None),
        ("tumor suppressors", None),
    ],
)
def test_processes_are_found_in_other_words_too(lexicon: Lexicon, text: str, curie: str | None) -> None:
    assert found(lexicon, ["the", *text.split(), "here"], MentionType.MECHANISM).get(text) == curie


def test_short_forms_want_their_case(lexicon: Lexicon) -> None:
    assert "NETs" in found(lexicon, ["NETs"], MentionType.MECHANISM)
    assert not found(lexicon, ["nets", "cast", "net"], MentionType.MECHANISM)
    assert not found(lexicon, ["met", "kit", "rest"], MentionType.GENE)


def test_matches_keep_within_sentence_signs(lexicon: Lexicon) -> None:
    assert not found(lexicon, ["Kupffer", ",", "cells"], MentionType.CELL)


def test_a_term_goes_on_behind_its_abbreviation(lexicon: Lexicon) -> None:
    text = "natural killer ( NK ) cells kill ; Kupffer cells ( KCs ) do not"
    words = text.split()
    cells = found(lexicon, words, MentionType.CELL)
    assert cells == {
        "natural killer ( NK ) cells": "CL:0000623",
        "Kupffer cells": "CL:0000091",
        "KCs": "CL:0000091",
    }
    text = "natural killer ( which is what they are called by most ) cells"
    long = text.split()
    assert "natural killer" in found(lexicon, long, MentionType.CELL)


def test_no_words_no_matches(lexicon: Lexicon) -> None:
    assert lexicon.find([]) == []
    assert lexicon.find(["", "-", "  "]) == []


LEXICON = load_lexicon()
WORDS = st.sampled_from(
    [*SENTENCE, "T", "cell", "cells", "-", "", "β", "CD8+CD25+", "of", "(", ")", "natural", "killer", "tumor"]
)


@settings(deadline=None)  # the first call measures all terms
@given(st.lists(WORDS | st.text(max_size=6), max_size=25))
def test_matches_are_in_range_and_never_overlap_within_a_type(words: list[str]) -> None:
    ends: dict[MentionType, int] = {}
    for match in LEXICON.find(words):
        types = {candidate.type for candidate in match.candidates}
        assert len(types) == 1
        type_ = types.pop()
        assert 0 <= match.start < match.end <= len(words)
        assert match.start >= ends.get(type_, 0)
        ends[type_] = match.end
