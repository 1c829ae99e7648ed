"""Precision of rows that curators judged, from a filled sheet or from the verdicts beside the tables."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.evaluate.verdicts import COLUMNS, Judged, figures, wilson
from tests.export.conftest import paper, triple, write

IMATINIB = {"therapy_text": "imatinib", "therapy_id": None, "therapy_role": "inhibits"}
ROWS = [
    triple("a", confidence=0.95, rules=["active", "of"]),
    triple("b", confidence=0.9, rules=["active"]),
    triple("c", "2", confidence=0.7, rules=["of"], **IMATINIB, negated=True),
    triple("d", "2", confidence=0.65, rules=["of"], **IMATINIB, level="linked"),
    triple("e", "2", confidence=0.2, rules=["pair"], speculated=True, sentence="One\tline\nor two."),
    triple("unjudged"),
]


@pytest.fixture
def kupffer():
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


SAID = {"a": "yes", "b": "no", "c": "yes", "d": "no", "e": "no", "unjudged": ""}


@pytest.fixture
def folder(tmp_path, kupffer):
    write(tmp_path / "outputs", [paper("1"), paper("2", text_sha256="2")], ROWS)
    done = kupffer("export", "--format", "csv", tmp_path / "outputs", "-o", tmp_path / "sheet.csv")
    assert done.exit_code == 0
    with (tmp_path / "sheet.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with (tmp_path / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "correct": SAID[row["triple_id"]], "comment": "why"} for row in rows)
    return tmp_path


def judged(kupffer, *arguments):
    done = kupffer("evaluate", *arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def precisions(said, group):
    return {one["name"]: (one["right"], one["judged"]) for one in said["precision"][group]}


def test_a_filled_sheet_by_confidence_rule_and_slot(folder, kupffer):
    said = judged(kupffer, folder / "sheet.csv", "--predictions", folder / "outputs")
    assert (said["rows"], said["judged"], said["judged elsewhere"]) == (6, 5, 0)
    assert precisions(said, "all") == {"all judged rows": (2, 5)}
    assert precisions(said, "confidence") == {
        "0.9 to 1.0": (1, 2),
        "0.6 to 0.8": (1, 2),
        "0.0 to 0.4": (0, 1),
    }
    assert next(iter(precisions(said, "confidence"))) == "0.9 to 1.0"
    assert precisions(said, "rule") == {"of": (2, 3), "active": (1, 2), "pair": (0, 1)}
    assert precisions(said, "slots") == {"cell + mechanism": (1, 3), "cell + mechanism + therapy": (1, 2)}
    assert precisions(said, "slot") == {
        "cell drives": (2, 5),
        "cell, with identifier": (2, 5),
        "mechanism, with identifier": (2, 5),
        "therapy inhibits": (1, 2),
        "therapy, without identifier": (1, 2),
    }
    assert precisions(said, "level") == {"asserted": (2, 4), "linked": (0, 1)}
    assert precisions(said, "said") == {"negated": (1, 1), "plainly": (1, 3), "speculated": (0, 1)}
    (whole,) = said["precision"]["all"]
    low, high = whole["interval"]
    assert low < whole["precision"] == 0.4 < high
    assert whole["mean confidence"] == pytest.approx(0.68)


def test_the_verdicts_that_are_kept_say_the_same(folder, kupffer):
    sheet, outputs = folder / "sheet.csv", folder / "outputs"
    assert kupffer("corrections", sheet, "--out", outputs).exit_code == 0
    by_sheet = judged(kupffer, sheet, "--predictions", outputs)
    assert judged(kupffer, outputs) == judged(kupffer, outputs / "corrections.parquet") == by_sheet


def test_the_table_fits_and_rejected_rows_are_listed_with_comments(folder, kupffer):
    done = kupffer(
        "evaluate",
        folder / "sheet.csv",
        "--predictions",
        folder / "outputs",
        "--errors",
        folder / "wrong.tsv",
    )
    assert done.exit_code == 0, done.output
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "5 of 6 rows judged"
    assert "of 3 2 0.667 0.21-0.94 0.77" in lines
    assert max(map(len, done.stdout.splitlines())) <= 80
    with (folder / "wrong.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [(row["triple_id"], row["comment"]) for row in rows] == [("b", "why"), ("d", "why"), ("e", "why")]
    assert rows[2]["sentence"] == "One line or two."


def test_some_documents_only_and_no_intervals(folder, kupffer):
    said = judged(
        kupffer, folder / "sheet.csv", "--predictions", folder / "outputs", "--only-ids", "2", "--no-interval"
    )
    assert said["precision"]["all"] == [
        {
            "name": "all judged rows",
            "judged": 3,
            "right": 1,
            "precision": pytest.approx(1 / 3),
            "mean confidence": pytest.approx(0.517, abs=1e-3),
        }
    ]


@pytest.mark.parametrize(
    ("text", "more", "status", "said"),
    [
        ("triple_id,correct\na,\n", [], 1, "no row is judged in it; write yes or no in `correct`"),
        ("triple_id,correct\ngone,yes\n", [], 1, "none of its 1 judged rows is in outputs; name the tables"),
        ("triple_id,correct\na,perhaps\n", [], 2, "line 2 has 'perhaps' in `correct`"),
        ("triple_id\na\n", [], 2, "has no column correct"),
        ("triple_id,correct\na,yes\n", ["--rules-only"], 2, "leave out --rules-only"),
        ("triple_id,correct\na,yes\n", ["--only-ids", "["], 1, "not a regular expression"),
        ("triple_id,correct\na,yes\n", ["--only-ids", "9"], 1, "whose id has a match of '9' is in outputs"),
        (
            "triple_id,correct\na,yes\n",
            ["--predictions", "nowhere"],
            1,
            "no such table; run `kupffer refresh`",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(folder, kupffer, monkeypatch, text, more, status, said):
    monkeypatch.chdir(folder)
    (folder / "bad.csv").write_text(text)
    done = kupffer(
        "evaluate", "bad.csv", *(more if "--predictions" in more else ["--predictions", "outputs", *more])
    )
    assert done.exit_code == status
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.output


def test_rows_that_the_tables_no_longer_have_are_told(folder, kupffer):
    (folder / "old.csv").write_text("triple_id,correct\na,yes\ngone,no\n")
    done = kupffer("evaluate", folder / "old.csv", "--predictions", folder / "outputs")
    assert done.exit_code == 0
    assert "1 of its 2 judged rows are not in" in " ".join(done.stderr.split())


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_the_share_and_more_rows_narrow_it(counts):
    right, of = counts
    low, high = wilson(right, of)
    assert 0 <= low <= right / of <= high <= 1
    narrow = wilson(4 * right, 4 * of)
    assert narrow[1] - narrow[0] < high - low


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_every_judged_row_is_in_one_band(rows):
    found = [Judged({**dict.fromkeys(COLUMNS), **triple("x"), "confidence": c}, ok) for c, ok in rows]
    bands = figures(found, len(found), 0).groups["confidence"]
    assert sum(band.judged for band in bands) == len(rows)
    assert sum(band.right for band in bands) == sum(ok for _, ok in rows)
