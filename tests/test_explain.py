from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipeline import cli
from pipeline.explain import as_json, explain, show
from pipeline.explain.nearly import nearly_fired, path_in_words
from pipeline.records import Document
from pipeline.relate.graph import Graph
from pipeline.relate.paths import Position, Rule, parse_path
from tests.evaluate.parsed import parsed
from tests.relate.hand import tree


@pytest.fixture
def sentence():
    document, doc = parsed()
    (found,) = explain(doc, document)
    return found


def test_mentions_say_whether_they_fill_a_slot(sentence):
    left_out = {named.mention.text: named.left_out for named in sentence.mentions}
    assert left_out == {
        "MDSCs": None,
        "exhaustion": None,
        "CCR2 blockade": None,
        "CCR2": "no slot for its type",
    }


def test_tree_and_graph_are_shown_as_they_are(sentence):
    assert [(w.text, w.dep, w.head_text) for w in sentence.words][:2] == [
        ("MDSCs", "nsubj", "drive"),
        ("drive", "ROOT", "drive"),
    ]
    edges = {(e.head, e.label, e.child) for e in sentence.edges}
    assert {("drive", "nsubj", "MDSCs"), ("drive", "dobj", "exhaustion")} <= edges


def test_every_pair_says_what_fired_and_what_became_of_it(sentence):
    pairs = {(p.source, p.mechanism): p for p in sentence.pairs}
    assert set(pairs) == {("MDSCs", "exhaustion"), ("CCR2 blockade", "exhaustion")}
    pair = pairs["MDSCs", "exhaustion"]
    best = pair.fired[0]
    assert (best.path, best.sign, best.role) == ("MDSCs <nsubj drive >dobj exhaustion", 1, "drives")
    assert pair.way == best.path
    for pair in pairs.values():
        rows = [t for t in sentence.triples if pair.source in (t["cell_text"], t["therapy_text"])]
        assert bool(rows) == pair.makes_row
        assert ("makes no row" in pair.verdict) == (not pair.makes_row)


def test_an_index_beyond_the_end_is_refused():
    document, doc = parsed()
    assert len(explain(doc, document, 0)) == 1
    with pytest.raises(IndexError, match="0 to 0"):
        explain(doc, document, 1)


@pytest.mark.parametrize(
    ("path", "steps", "reason"),
    [
        ("<nsubj V >prep_to M", 1, "no >prep_to leads on from 'drive'"),
        ("<nsubj V >dobj N >prep_of M", 2, "no >prep_of leads on from 'exhaustion'"),
        ("<nsubj V >prep_* M", 1, ">prep_* leads to 'blockade', not to 'exhaustion'"),
        ("<nsubj V[suppress|block] >dobj M", 0, "'drive' (VBP, drive) is not a verb among block, suppress"),
        ("<nsubj N >dobj M", 0, "'drive' (VBP, drive) is not a noun"),
    ],
)
def test_a_rule_that_nearly_fired_says_what_stopped_it(path, steps, reason):
    _, doc = parsed()
    rule = Rule("near.miss", tuple(parse_path(path, {})), Position.AGENT)
    (near,) = nearly_fired(doc, Graph(doc[:]), 0, 2, [rule], frozenset())
    assert (near.rule, near.steps, near.stopped_by) == ("near.miss", steps, reason)


@pytest.mark.parametrize("path", ["<dobj V >nsubj M", "<nsubj V >dobj M", "~ M"])
def test_rules_that_never_began_or_that_fired_are_not_near(path):
    _, doc = parsed()
    rule = Rule("no.miss", tuple(parse_path(path, {})), Position.AGENT)
    assert nearly_fired(doc, Graph(doc[:]), 0, 2, [rule], frozenset()) == []


def test_another_cell_on_the_way_stops_a_rule():
    _, doc = parsed()
    rule = Rule("near.miss", tuple(parse_path("<nsubj V >prep_* N >amod M", {})), Position.AGENT)
    (near,) = nearly_fired(doc, Graph(doc[:]), 0, 2, [rule], frozenset({5}))
    assert near.stopped_by == "'blockade' belongs to another cell or therapy"


def test_paths_are_written_as_rules_are():
    _, doc = parsed()
    graph = Graph(doc[:])
    assert path_in_words(doc, graph, [0, 1, 2]) == "MDSCs <nsubj drive >dobj exhaustion"
    assert path_in_words(doc, graph, [0, 2]) == "MDSCs .. exhaustion"


def test_it_is_shown_and_written(sentence):
    out = io.StringIO()
    show(sentence, Console(file=out, width=100))
    shown = " ".join(out.getvalue().split())
    for part in ("mentions", "tree", "graph", "MDSCs and exhaustion", "fired", "scorer", "triples"):
        assert part in shown
    plain = json.loads(json.dumps(as_json(sentence)))
    assert plain["pairs"][0]["verdict"] == sentence.pairs[0].verdict
    assert plain["mentions"][0]["mention"]["text"] == "MDSCs"


@pytest.mark.parametrize("arguments", [[], ["A text.", "--doc", "a.txt"]])
def test_wrong_usage_is_status_2(arguments):
    result = CliRunner().invoke(cli.app, ["explain", *arguments])
    assert result.exit_code == 2
    assert "give a sentence, or --doc FILE" in " ".join(result.stderr.split())


@pytest.mark.slow
def test_the_command_explains_a_documents_sentence(tmp_path):
    (tmp_path / "a.txt").write_text("Fibrosis is common in the liver. Kupffer cells drive fibrosis.")
    kupffer = Path(sys.executable).with_name("kupffer")
    done = subprocess.run(
        [kupffer, "explain", "--doc", tmp_path / "a.txt", "--sentence", "1", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    (sentence,) = map(json.loads, done.stdout.splitlines())
    assert (sentence["doc_id"], sentence["index"]) == ("a", 1)
    assert "Kupffer cells" in [named["mention"]["text"] for named in sentence["mentions"]]


def test_what_the_words_say_outright_is_told():
    doc = tree(
        """
        Cells NNS nsubj suppress cell
        may MD aux suppress
        suppress VB ROOT suppress
        growth NN dobj suppress
        """,
        {"Cells": "CELL", "growth": "MECHANISM"},
    )
    doc._.mentions = [
        {
            "start": span.start_char,
            "end": span.end_char,
            "text": span.text,
            "type": span.label_,
            "id": None,
            "name": None,
            "source": "test",
            "score": 1.0,
        }
        for span in doc.spans["mentions"]
    ]
    (found,) = explain(doc, Document("1", doc.text))
    (pair,) = found.pairs
    assert pair.role == "suppresses"
    assert pair.speculation is not None and pair.speculation.certain
    console = Console(file=io.StringIO(), width=100)
    show(found, console)
    shown = console.file.getvalue()
    assert "speculated: cue 'may', on the way itself" in shown
    assert ("by the words it is suppresses" in shown) == (pair.scored_role != "suppresses")
