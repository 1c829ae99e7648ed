"""From paths to sources: files as named, folders sorted and to the bottom."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.read.source import Source
from pipeline.read.trouble import Trouble

# In a folder these lie beside the texts and are none: settings, code, other people's annotation files.
_NOT_TEXTS = re.compile(
    r"\.(ya?ml|toml|ini|cfg|conf|ann|py|pyc|sh|r|log|lock|md5|sha256|css|js|bib|ris)", re.IGNORECASE
)
_ABOUT_THE_FOLDER = frozenset({"readme", "license", "licence", "changelog"})
_MANIFEST = "manifest.json"  # what `kupffer fetch` writes beside the texts it brings

Found = Source | tuple[Source, Trouble]


def find(paths: Iterable[str | os.PathLike[str]], limit: int, stdin: BinaryIO | None) -> Iterator[Found]:
    """The inputs behind ``paths`` in order; a pair where there is one that cannot be read, and why.

    A folder is walked sorted by name; hidden files, special files, symbolic links that lead back to
    a folder above, READMEs, manifests of fetched texts and files whose suffix says that they are settings or
    code are passed over.
    A file that is named itself is always taken. ``limit`` is in bytes.
    """
    stdin_taken = False
    for given in paths:
        if os.fspath(given) == "-":
            here = Source(None, limit, stdin)
            if stdin is None or stdin_taken:
                yield here, Trouble("missing", "is not there to read: give it once, and pipe a text into it")
            else:
                stdin_taken = True
                yield here
            continue
        path = Path(given)
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            yield Source(path, limit), _no_stat(error)
            continue
        if stat.S_ISDIR(mode):
            yield from _folder(path, limit)
        elif stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
            yield from _pipe(path, limit)
        else:
            yield Source(path, limit)


def _pipe(path: Path, limit: int) -> Iterator[Found]:
    try:
        yield Source(path, limit, path.open("rb", buffering=0))
    except OSError as error:
        yield Source(path, limit), _no_stat(error)


def _folder(folder: Path, limit: int) -> Iterator[Found]:
    found = False
    for item in _walk(folder, limit, frozenset()):
        found = True
        yield item
    if not found:
        yield (
            Source(folder, limit),
            Trouble("empty", "is a folder without texts: put files in it or name another"),
        )


def _walk(folder: Path, limit: int, above: frozenset[tuple[int, int]]) -> Iterator[Found]:
    try:
        status = folder.stat()
        names = sorted(os.listdir(folder))  # noqa: PTH208 (names, so that the order is by name)
    except OSError as error:
        yield Source(folder, limit), _no_stat(error)
        return
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    for name in names:
        if name.startswith("."):
            continue
        path = folder / name
        try:
            mode = path.stat().st_mode
        except OSError as error:
            if error.errno != errno.ELOOP:
                yield Source(path, limit), _no_stat(error)
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(path, limit, above | {here})
        elif stat.S_ISREG(mode) and _may_hold_text(path):
            yield Source(path, limit)


def _may_hold_text(path: Path) -> bool:
    return (
        not _NOT_TEXTS.fullmatch(path.suffix)
        and path.stem.lower() not in _ABOUT_THE_FOLDER
        and path.name != _MANIFEST
    )


def _no_stat(error: Exception) -> Trouble:
    if isinstance(error, FileNotFoundError):
        return Trouble("missing", "does not exist: check the spelling of the path")
    reason = getattr(error, "strerror", None) or error
    return Trouble("unreadable", f"cannot be opened ({reason}): check the path and its permissions")
