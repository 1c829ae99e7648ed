"""Mappings of a run."""

from pipeline.lexicon.sssom import COLUMNS, sssom
from pipeline.records import Mention, MentionType


def mention(text: str, curie: str | None, source: str, score: float) -> Mention:
    return Mention(0, len(text), text, MentionType.CELL, curie, "macrophage", source, score)


def test_each_mapping_is_said_once_with_its_reason() -> None:
    mentions = [
        mention("macrophages", "CL:0000235", "model|lexicon:normal", 0.95),
        mention("macrophages", "CL:0000235", "lexicon:normal", 0.9),
        mention("lung\nmacrophages", "CL:0000235", "lexicon:head", 0.6),
        mention("odd macrophages", "CL:0000235", "model|lexicon:exact:broader", 0.9),
        mention("odd cells", None, "model", 0.5),
    ]
    lines = list(sssom(mentions, "0.1"))
    table = [line.split("\t") for line in lines if not line.startswith("#")]
    assert table[0] == list(COLUMNS)
    assert [row[0] for row in table[1:]] == ["lung macrophages", "macrophages", "odd macrophages"]
    by_label = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in table[1:]}
    assert by_label["macrophages"]["predicate_id"] == "skos:exactMatch"
    assert by_label["macrophages"]["mapping_justification"] == "semapv:LexicalSimilarityThresholdMatching"
    assert by_label["odd macrophages"]["predicate_id"] == "skos:broadMatch"
    assert by_label["odd macrophages"]["mapping_justification"] == "semapv:LexicalMatching"
    assert by_label["macrophages"]["confidence"] == "0.950"
    assert by_label["macrophages"]["other"] == "type=CELL|mentions=2"
    assert by_label["lung macrophages"]["predicate_id"] == "skos:broadMatch"
    assert all(row[1] == "rdfs literal" for row in table[1:])
