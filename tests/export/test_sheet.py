from __future__ import annotations

import csv
import re
import tracemalloc

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.claims.curators import add_corrections, latest, read_corrections
from pipeline.cli import app
from pipeline.export.choice import Choice
from pipeline.export.corrections import SheetError, read_sheet
from pipeline.export.licenses import is_open
from pipeline.export.sheet import COLUMNS, as_typed, harmless, write_sheet
from pipeline.export.source import Source
from pipeline.store import open_outputs
from pipeline.store.lock import only_writer
from tests.export.conftest import paper, triple, write

ALL = Choice(ungrounded=True, linked=True, retracted=True, rejected=True, open_only=True)


def kupffer(*args):
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def sheet(outputs, tmp_path):
    path = tmp_path / "sheet.csv"
    assert kupffer("export", "--format", "csv", outputs, "-o", path) == (0, f"3 rows in {path}.")
    return path


def cells(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def filled(path, verdicts, *, separator=",", encoding="utf-8-sig"):
    """The sheet as a spreadsheet saves it, with (correct, comment) by triple."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for triple_id, (correct, comment) in verdicts.items():
        frame.loc[frame.triple_id == triple_id, ["correct", "comment"]] = [correct, comment]
    frame.to_csv(path, index=False, sep=separator, encoding=encoding)
    return path


def test_every_row_is_there_with_its_paper_and_two_columns_to_fill(sheet):
    rows = cells(sheet)
    assert tuple(rows[0]) == COLUMNS
    assert [row["triple_id"] for row in rows] == ["a", "b", "c"]
    assert {(row["correct"], row["comment"]) for row in rows} == {("", "")}
    assert (rows[0]["pmid"], rows[0]["year"], rows[0]["confidence"], rows[0]["negated"]) == (
        "1",
        "2021",
        "0.9",
        "no",
    )
    assert (rows[2]["retracted"], rows[2]["negated"], rows[2]["cell_id"]) == ("yes", "yes", "")


def test_nothing_in_it_is_a_formula(sheet):
    rows = cells(sheet)
    assert rows[0]["title"] == "'=cmd|'/c calc'!A0"
    assert rows[1]["sentence"] == "'@Treg, so;' =1+1\nmore \"quoted\" text"
    assert rows[1]["rules"] == "x;' -y"


@given(st.text(alphabet="=+-@;\t\r\n \",a＝\0'", max_size=12))
def test_no_text_becomes_a_formula_however_cells_are_cut(text):
    cell = harmless(text)
    for piece in re.split(r"[;\t\r\n]", cell):
        assert not re.match(r'[\s"]*[=+\-@＝]', piece)
    assert cell[:1] not in ("\t", "\r", "\n")


@pytest.mark.parametrize("text", ["=1", "-", "+x", "'it'", "plain", " @x"])
def test_an_apostrophe_that_was_put_there_is_taken_away(text):
    assert as_typed(harmless(text)) == text


def test_open_only_leaves_sentences_out_and_rows_in(outputs, tmp_path):
    with open_outputs(outputs) as tables:
        assert write_sheet(Source(tables, ALL), tmp_path / "open.csv") == {"row": 3}
    frame = pd.read_csv(tmp_path / "open.csv", keep_default_na=False)
    assert list(frame.sentence) == ["Kupffer cells drive fibrosis.", "", ""]


@pytest.mark.parametrize(
    ("license", "may"),
    [
        ("CC BY", True), ("cc by 4.0", True), ("CC-BY-SA", True), ("CC0", True), ("MIT", True), ("public domain", True),
        ("https://creativecommons.org/licenses/by/4.0/", True),
        ("http://creativecommons.org/publicdomain/zero/1.0/", True),
        ("cc by-nc", False), ("CC BY-ND 4.0", False), ("https://creativecommons.org/licenses/by-nc-nd/4.0/", False),
        ("Creative Commons Attribution-NonCommercial License", False), ("open access", False),
        ("", False), (None, False),
        ("© The Publisher. All rights reserved.", False), ("permitted by the publisher", False),
    ],
)  # fmt: skip
def test_whose_sentences_may_be_passed_on(license, may):
    assert is_open(license) is may


def test_a_curators_work_is_not_written_over(outputs, sheet):
    filled(sheet, {"a": ("yes", "")})
    status, said = kupffer("export", "--format", "csv", outputs, "-o", sheet)
    assert status == 2 and "is there already; name another with -o, or write over it with --force" in said
    assert len(read_sheet(sheet).rows) == 1
    assert kupffer("export", "--format", "csv", outputs, "-o", sheet, "--force")[0] == 0
    assert read_sheet(sheet).rows == []


def test_a_failed_export_leaves_nothing(tmp_path):
    status, said = kupffer("export", "--format", "csv", tmp_path / "none", "-o", tmp_path / "sheet.csv")
    assert status == 1 and "no such table; run `kupffer refresh` first" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_sheet_comes_back_as_any_program_saves_it(sheet, separator, encoding):
    filled(sheet, {"a": ("Yes", "'=odd"), "c": ("FALSE", "β, γ; δ")}, separator=separator, encoding=encoding)
    assert read_sheet(sheet).rows == [
        {"triple_id": "a", "verdict": "accepted", "comment": "=odd"},
        {"triple_id": "c", "verdict": "rejected", "comment": "β, γ; δ"},
    ]


def test_verdicts_are_kept_and_the_latest_counts(outputs, sheet):
    filled(sheet, {"a": ("yes", ""), "b": ("no", "wrong cell")})
    assert kupffer("corrections", sheet, "--out", outputs, "--by", "Ada") == (
        0,
        f"1 accepted, 1 rejected; 2 new in {outputs}.",
    )
    assert kupffer("corrections", sheet, "--out", outputs)[1].endswith("0 new in " + f"{outputs}.")
    filled(sheet, {"a": ("no", "")})
    assert kupffer("corrections", sheet, "--out", outputs)[0] == 0
    kept = read_corrections(outputs)
    assert kept.column("by").to_pylist() == ["Ada", "Ada", None]
    assert {key: row["verdict"] for key, row in latest(kept).items()} == {"a": "rejected", "b": "rejected"}


def test_the_tables_are_as_they_were_and_verdicts_outlast_a_run(outputs, sheet):
    filled(sheet, {"a": ("yes", "")})
    kupffer("corrections", sheet, "--out", outputs)
    write(outputs, [paper("9")], [triple("z", "9")])
    with open_outputs(outputs) as tables:
        assert tables.rows("triples") == 1
    assert read_corrections(outputs).num_rows == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("triple_id,comment\na,x\n", "has no column correct"),
        ("triple_id,correct\na,maybe\n", "line 2 has 'maybe' in `correct`; write yes or no"),
        ("triple_id,correct\na,yes\na,no\n", "line 3 judges a against an earlier line"),
        ("triple_id,correct\n,yes\n", "line 2 is judged but has no triple_id"),
        ("", "has no column correct or triple_id"),
    ],
)
def test_a_bad_sheet_is_refused_whole(outputs, tmp_path, text, said):
    (tmp_path / "bad.csv").write_text(text)
    status, answer = kupffer("corrections", tmp_path / "bad.csv", "--out", outputs)
    assert status == 2 and said in answer
    assert read_corrections(outputs).num_rows == 0


def test_other_encodings_and_missing_sheets_are_one_sentence(outputs, tmp_path):
    (tmp_path / "old.csv").write_bytes("triple_id,correct,comment\na,yes,naïve\n".encode("latin-1"))
    with pytest.raises(SheetError, match="save it as “CSV UTF-8”"):
        read_sheet(tmp_path / "old.csv")
    assert kupffer("corrections", tmp_path / "none.csv", "--out", outputs)[0] == 2


def test_comments_without_verdicts_and_unknown_triples_are_told(outputs, tmp_path):
    (tmp_path / "s.csv").write_text("triple_id,correct,comment\na,,hm\ngone,yes,\nb\n")
    status, said = kupffer("corrections", tmp_path / "s.csv", "--out", outputs)
    assert status == 0
    assert "line 2 has a comment and no verdict" in said and "1 of the rows judged are not in" in said


def test_corrections_wait_for_a_run_that_writes(outputs):
    with only_writer(outputs):
        status, said = kupffer("corrections", _one(outputs), "--out", outputs)
    assert status == 1 and "another run" in said


def _one(outputs):
    path = outputs.parent / "one.csv"
    path.write_text("triple_id,correct\na,yes\n")
    return path


def test_a_damaged_log_is_not_written_over(outputs):
    (outputs / "corrections.parquet").write_bytes(b"PAR1")
    assert kupffer("corrections", _one(outputs), "--out", outputs)[0] == 1
    assert (outputs / "corrections.parquet").read_bytes() == b"PAR1"


def test_many_rows_stream(tmp_path):
    rows = [triple(f"t{number}", sentence="Kupffer cells drive fibrosis. " * 10) for number in range(20_000)]
    outputs = write(tmp_path / "many", [paper("1")], rows)
    del rows
    with open_outputs(outputs) as tables:
        tracemalloc.start()
        assert write_sheet(Source(tables), tmp_path / "many.csv") == {"row": 20_000}
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 60e6


def test_added_twice_is_added_once(outputs):
    rows = [{"triple_id": "a", "verdict": "accepted", "comment": None}]
    assert [add_corrections(outputs, rows), add_corrections(outputs, rows)] == [1, 0]
