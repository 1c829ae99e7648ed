"""The whole report: on a hand-made parse, and by the command on marks in files."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from typer.testing import CliRunner

from pipeline import cli
from pipeline.evaluate import Marked, MarkedTriple, MarksError, evaluate
from pipeline.evaluate.causes import Cause
from pipeline.evaluate.runs import Annotated, ablate, only, predict, rules_of_links
from tests.evaluate.parsed import parsed


@pytest.fixture
def item() -> Annotated:
    return Annotated(*parsed())


@pytest.fixture
def kupffer():
    def call(*arguments: object):
        return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])

    return call


def test_a_run_gives_what_the_tables_would_hold(item):
    found = predict(item, scored=False)
    cell, mechanism = (0, 5), (12, 22)
    (row,) = [t for t in found.triples if t.cell == cell]
    assert (row.mechanism, row.cell_role, row.negated) == (mechanism, "drives", False)
    assert set(row.rules) >= set(rules_of_links(item)["cell", cell, mechanism])
    assert {m.type for m in found.mentions} == {"CELL", "MECHANISM", "THERAPY", "GENE"}


def test_ablation_says_what_each_rule_gives(item):
    gold = Marked("a", item.document.text, (), (MarkedTriple((0, 5), (12, 22), None, "drives"),))
    scores = evaluate([gold], [predict(item, scored=False)], draws=0)
    rule = rules_of_links(item)["cell", (0, 5), (12, 22)][0]
    by_rule = {a.rule: a for a in ablate([item], scores, scored=False)}
    without = evaluate([gold], [predict(item, scored=False, without={rule})], draws=0)
    assert by_rule[rule].documents == 1
    for view, change in by_rule[rule].change.items():
        assert change == without[view].f1 - scores[view].f1


def test_documents_are_chosen_by_id():
    documents = [Marked(id_, "x") for id_ in ("17", "18", "71")]
    assert [d.id for d in only(documents, "[78]$")] == ["17", "18"]
    assert [d.id for d in only(documents, None)] == ["17", "18", "71"]
    with pytest.raises(MarksError, match="not a regular expression"):
        only(documents, "[")


@pytest.fixture
def files(tmp_path, gold):
    other = replace(gold, id="b", triples=gold.triples[:1])
    for name, documents in (("gold", [gold, replace(gold, id="b")]), ("found", [gold, other])):
        lines = [json.dumps(asdict(document)) + "\n" for document in documents]
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))
    return tmp_path


def test_the_command_scores_files(kupffer, files):
    result = kupffer(
        "evaluate", files / "gold.jsonl", "--predictions", files / "found.jsonl", "--format", "json",
        "--errors", files / "errors.tsv",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["documents"] == 2
    assert (said["scores"]["any"]["right"], said["scores"]["any"]["gold"]) == (3, 4)
    low, high = said["scores"]["any"]["intervals"]["recall"]
    assert low <= 0.75 <= high
    assert said["errors"][Cause.NOT_LINKED] == 1
    assert len((files / "errors.tsv").read_text().splitlines()) == 2


def test_the_table_names_every_view(kupffer, files):
    result = kupffer(
        "evaluate", files / "gold.jsonl", "--predictions", files / "found.jsonl", "--no-interval", "--only-ids", "b"
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "1 document"
    assert "any 1.000 0.500 0.667 1 1 2" in lines
    for view in ("pair", "pair, signed", "full", "mech-therapy", "negated", "cells, exact", "not linked"):
        assert any(line.startswith(f"{view} ") for line in lines), view
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["absent.jsonl"], 2, "absent.jsonl"),
        (["gold.jsonl", "--only-ids", "z"], 1, "no document whose id has a match of 'z'"),
        (["gold.jsonl", "--only-ids", "["], 1, "not a regular expression"),
        (["gold.jsonl", "--predictions", "found.jsonl", "--rules-only"], 2, "--rules-only"),
        (["gold.jsonl", "--predictions", "."], 1, "no such table"),
    ],
)
def test_what_is_wrong_is_one_sentence(kupffer, files, monkeypatch, arguments, status, said):
    monkeypatch.chdir(files)
    result = kupffer("evaluate", *arguments)
    assert result.exit_code == status
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
