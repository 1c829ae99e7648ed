"""Every rule finds what its examples mark and leaves its counterexamples alone, on the bundled parser's trees."""

from __future__ import annotations

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.records import MentionType
from pipeline.relate.examples import parse_example
from pipeline.relate.grammar import RuleRow, rule_rows, rules
from pipeline.relate.graph import Graph
from pipeline.relate.nodes import sentence_nodes
from pipeline.relate.paths import parse_path, walk
from pipeline.relate.words import words

ROWS = {row.id: row for row in rule_rows()}
EXAMPLES = [(row.id, example) for row in rule_rows() for example in row.examples]
COUNTEREXAMPLES = [(row.id, example) for row in rule_rows() for example in row.counterexamples]


def marked(nlp: Language, example: str) -> Doc:
    text, marks = parse_example(example)
    doc = nlp(text)
    doc.spans["mentions"] = [doc.char_span(start, end, label=type_) for start, end, type_ in marks]
    return doc


def finds(doc: Doc, rule_id: str) -> bool:
    """Does the rule tie any cell or therapy of the Doc to any mechanism?"""
    nodes = sentence_nodes(doc, list(doc.spans["mentions"]))
    ends = frozenset(n.root for n in nodes if n.type is MentionType.MECHANISM)
    for sent in doc.sents:
        graph = Graph(sent)
        for node in nodes:
            if node.type is not MentionType.MECHANISM and sent.start <= node.root < sent.end:
                own = [rule for rule in rules()[node.type] if rule.id == rule_id]
                if any(walk(graph, node.root, own, ends, frozenset())):
                    return True
    return False


@pytest.mark.parametrize(("rule_id", "example"), EXAMPLES)
def test_rule_finds_its_example(trees: Language, rule_id: str, example: str) -> None:
    assert finds(marked(trees, example), rule_id)


@pytest.mark.parametrize(("rule_id", "example"), COUNTEREXAMPLES)
def test_rule_leaves_its_counterexample(trees: Language, rule_id: str, example: str) -> None:
    assert not finds(marked(trees, example), rule_id)


@pytest.mark.parametrize("row", rule_rows(), ids=lambda row: row.id)
def test_labels_are_the_parsers(trees: Language, row: RuleRow) -> None:
    """A label of another scheme would fail silently: it would never match."""
    known = set(trees.get_pipe("parser").labels) | {"agent"}
    written = [row.path] if isinstance(row.path, str) else row.path
    for path in (p for text in written for p in parse_path(text, words().lists)):
        for step in path:
            for label in step.labels:
                assert label in known or label.startswith(("prep_", "prepc_")), label
