"""Weights are the ones that were shipped, or one sentence says which are not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import annotate, checksums
from pipeline.relate import scorer

ROOT = Path(__file__).parents[2]


def test_the_lists_are_of_the_files_in_the_repository():
    """Fails after new weights: `python -m pipeline.checksums` writes the lists again."""
    checksums.verify(checksums.MODEL)
    checksums.verify(checksums.SCORER.parent)
    listed = {
        line.split("  ")[1] for line in (checksums.MODEL / checksums.LIST).read_text("utf-8").splitlines()
    }
    there = {path.relative_to(checksums.MODEL).as_posix() for path in checksums.MODEL.rglob("*.*")}
    assert {"config.cfg", "vocab/strings.json"} <= listed & there
    assert {"parser/model", "tok2vec/model", "kupffer_recognizer/model", "vocab/vectors"} <= listed


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    for name, content in {"cfg": "a", "parser/model": "weights", "card.json": "{}"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    checksums.sign_folder(folder)
    return folder


def test_an_untouched_folder_passes_and_its_card_may_change(copied: Path):
    (copied / "card.json").write_text('{"corrected": true}')
    checksums.verify(copied)
    done = subprocess.run(["sha256sum", "-c", checksums.LIST], cwd=copied, capture_output=True, check=False)
    assert done.returncode == 0


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: flip(folder / "parser" / "model"), "model is not what was shipped"),
        (lambda folder: (folder / "parser" / "model").write_bytes(b""), "model is not what was shipped"),
        (lambda folder: (folder / "parser" / "model").unlink(), "model is missing"),
        (lambda folder: (folder / checksums.LIST).unlink(), "SHA256SUMS is missing"),
        (lambda folder: (folder / checksums.LIST).write_text(""), "SHA256SUMS is damaged"),
        (lambda folder: (folder / checksums.LIST).write_text("no list\n"), "SHA256SUMS is damaged"),
    ],
)
def test_whatever_is_wrong_is_one_sentence_with_the_cure(copied: Path, harm, said: str):
    harm(copied)
    with pytest.raises(checksums.ChecksumError, match=said) as caught:
        checksums.verify(copied)
    assert "reinstall Kupffer" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_loading_checks_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "model"
    shutil.copytree(annotate.MODEL, folder)
    flip(folder / "tagger" / "model")
    monkeypatch.setattr(annotate, "MODEL", folder)
    with pytest.raises(ValueError, match="tagger/model is not what was shipped"):
        annotate.load()


def test_loading_checks_the_scorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checksums, "SCORER", tmp_path / "weights.json")
    checksums.SCORER.write_text("{}")
    checksums.sign_file(checksums.SCORER)
    checksums.SCORER.write_text("{ }")
    scorer.scorers.cache_clear()
    try:
        with pytest.raises(checksums.ChecksumError, match=r"weights\.json is not what was shipped"):
            scorer.scorers()
    finally:
        scorer.scorers.cache_clear()


def test_the_command_checks_and_knows_its_usage():
    def run(*arguments: str) -> int:
        command = [sys.executable, "-m", "pipeline.checksums", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode

    assert (run("--check"), run("--nonsense")) == (0, 2)
