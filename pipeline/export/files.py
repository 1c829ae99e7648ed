"""A file that is there whole or not at all."""

from __future__ import annotations

import os
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
