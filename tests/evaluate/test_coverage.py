"""The share of gold's mentions that the lexicon grounds, and the lexicon's speed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import annotate, cli
from pipeline.evaluate import Marked, MarkedMention
from pipeline.evaluate.coverage import Covered, coverage
from pipeline.evaluate.lexicon_speed import main, measure
from pipeline.lexicon import load_lexicon
from pipeline.records import MentionType

TEXT = "Kupffer cells (KpCs) die. KpCs undergo apoptosis; frobnication by zzyzumab of KpCs."


def marked(*marks: tuple[str, str]) -> Marked:
    return Marked(
        "a", TEXT, tuple(MarkedMention(t, TEXT.rindex(w), TEXT.rindex(w) + len(w)) for t, w in marks)
    )


GOLD = marked(
    ("CELL", "KpCs"),
    ("CELL", "Kupffer cells"),
    ("MECHANISM", "apoptosis"),
    ("MECHANISM", "frobnication"),
    ("THERAPY", "zzyzumab"),
    ("GENE", "die"),
)


def test_mentions_are_grounded_with_the_documents_abbreviations() -> None:
    covered = coverage(load_lexicon(), annotate.load(), [GOLD])
    assert list(covered) == [MentionType.CELL, MentionType.MECHANISM, MentionType.THERAPY]
    assert (covered[MentionType.MECHANISM].mentions, covered[MentionType.MECHANISM].grounded) == (2, 1)
    assert covered[MentionType.MECHANISM].missing == {"frobnication": 1}
    assert covered[MentionType.THERAPY].share == 0
    assert covered[MentionType.CELL].mentions == 2
    assert covered[MentionType.CELL].steps["lexicon:abbreviation"] == 1
    assert covered[MentionType.CELL].met is None


def test_no_mentions_are_no_share() -> None:
    assert Covered().share == 0


def gold_file(path: Path) -> Path:
    mentions = [{"type": m.type, "start": m.start, "end": m.end} for m in GOLD.mentions]
    path.write_text(json.dumps({"id": "a", "text": TEXT, "mentions": mentions, "triples": []}) + "\n")
    return path


@pytest.mark.slow
def test_the_command_also_counts_what_the_pipeline_found(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli.app, ["lexicon", "coverage", str(gold_file(tmp_path / "g.jsonl")), "--found", "--json"]
    )
    assert result.exit_code == 0, result.output
    rows = {row["type"]: row for row in json.loads(result.stdout)}
    assert rows["MECHANISM"]["grounded"] == 0.5
    assert 0 < rows["CELL"]["found and grounded"] <= 1


def test_the_command_prints_shares_and_refuses_what_matches_nothing(tmp_path: Path) -> None:
    file = gold_file(tmp_path / "g.jsonl")
    result = CliRunner().invoke(cli.app, ["lexicon", "coverage", str(file)])
    assert result.exit_code == 0, result.output
    assert "0.500" in result.stdout
    assert "found" not in result.stdout
    none = CliRunner().invoke(cli.app, ["lexicon", "coverage", str(file), "--only-ids", "zz"])
    assert none.exit_code == 1
    assert "no document whose id" in none.stderr


def test_speed_is_counted_by_the_clock() -> None:
    """Every look at this clock is a second later."""
    seconds = iter(range(100))
    speed = measure(["Kupffer cells eat ."], least_tokens=8, clock=lambda: next(seconds))
    assert (speed.load_seconds, speed.tokens) == (1, 8)
    assert (speed.first_per_second, speed.lookup_per_second, speed.tokenizer_per_second) == (4, 8, 8)
    assert speed.ratio == 1
    assert speed.surface_forms > 200_000
    assert speed.file_bytes < 8_000_000  # what the wheel carries


def test_bench_prints_a_line_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pipeline.evaluate.lexicon_speed.measure", lambda texts: measure(texts, least_tokens=1)
    )
    (tmp_path / "a.txt").write_text("Kupffer cells eat what flows by and present what matters.")
    assert main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"surface forms", "load seconds", "ratio"} <= {line[:22].strip() for line in lines}
    (tmp_path / "none").mkdir()
    assert main([str(tmp_path / "none")]) == 1
