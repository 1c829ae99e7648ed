"""Two builds, of two copies of the tree made at other times under other masks, give the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.supply.wheel import ROOT, build, committed

EPOCH = 1_700_000_000
LARGE = 200_000  # bytes; a wheel of what is smaller is built in a moment, and nothing else would differ


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The files that git knows or does not ignore, as they are now; large ones cut short."""
    named = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True
    ).stdout
    folder = tmp_path / "one" / "source"
    for name in filter(None, named.decode().split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file() and not name.startswith(("tests/", "corpus/")):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes()[:LARGE])
    return folder


def test_two_builds_are_the_same_bytes(tree: Path, tmp_path: Path):
    other = tmp_path / "two" / "elsewhere"
    shutil.copytree(tree, other)
    for number, path in enumerate(sorted(other.rglob("*"))):
        os.utime(path, (number, 1_000_000_000 + number))
    wheels = [build(source, source.parent / "built", EPOCH) for source in (tree, other)]
    digests = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}
    assert len(digests) == 1
    names = set(zipfile.ZipFile(wheels[0]).namelist())
    assert {
        "pipeline/cli.py",
        "pipeline/annotate/model/SHA256SUMS",
        "pipeline/annotate/model/parser/model",
        "pipeline/relate/SHA256SUMS",
        "pipeline/relate/weights.json",
    } <= names
    assert not any(name.startswith("tests/") for name in names)


def test_what_is_built_is_the_last_commit(tmp_path: Path):
    assert committed(tmp_path / "source") > EPOCH
    assert (tmp_path / "source" / "pyproject.toml").is_file()
    assert not (tmp_path / "source" / ".git").exists()
