"""The wheel, byte for byte the same whoever builds it, when, where and in which checkout.

    python -m tests.supply.wheel [--out dist]

It is built from the files of the last commit alone, put aside with fixed permissions and the commit's time: what
lies in the working tree, left over from other builds or not yet committed, is no part of it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BUILD = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir"]


def build(source: Path, out: Path, epoch: int) -> Path:
    """Build a wheel of the tree in ``source`` into ``out``; ``epoch``, in seconds, is the time of its files.

    Raises:
        subprocess.CalledProcessError: the build failed; its output has gone to stderr.
    """
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
    subprocess.run([sys.executable, *BUILD, out, source], env=environment, check=True)
    (wheel,) = out.glob("*.whl")
    return wheel


def committed(folder: Path) -> int:
    """Put the files of the last commit into ``folder``; returns its time, in seconds."""
    git = ["git", "-C", str(ROOT), "-c", "tar.umask=0022"]
    packed = folder.with_suffix(".tar")
    subprocess.run([*git, "archive", "--output", packed, "HEAD"], check=True)
    with tarfile.open(packed) as archive:
        # Python before 3.11.4 (Debian's is 3.11.2) has no filters; what git itself packed needs none.
        filters: dict[str, Any] = {"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}
        archive.extractall(folder, **filters)
    said = subprocess.run([*git, "log", "-1", "--format=%ct"], check=True, capture_output=True, text=True)
    return int(said.stdout)


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply.wheel", description="Build the wheel.")
    parser.add_argument("--out", type=Path, default=Path("dist"), help="folder for the wheel")
    out: Path = parser.parse_args(arguments).out
    with tempfile.TemporaryDirectory() as folder:
        epoch = committed(Path(folder) / "source")
        built = build(Path(folder) / "source", Path(folder) / "built", epoch)
        out.mkdir(parents=True, exist_ok=True)
        data = built.read_bytes()
        (out / built.name).write_bytes(data)
    print(f"{hashlib.sha256(data).hexdigest()}  {out / built.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
