"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole(path: Path, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """A text file to write, put under ``path`` by one rename on leaving the block; gone when the block raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("w", encoding=encoding, newline="") as out:
            yield out
        os.replace(temporary, path)  # noqa: PTH105 (as in the store)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to write into; its files go into ``path`` on leaving the block, and nowhere when the block raises.

    Where ``path`` is there already, files of the same names are replaced and others stay.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        path.mkdir(exist_ok=True)
        for file in sorted(temporary.iterdir()):
            os.replace(file, path / file.name)  # noqa: PTH105
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
