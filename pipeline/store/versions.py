"""What the results of a run hang on besides the texts: the reader, the model with the lexicon, the rules.

Each is a fingerprint of files by content, code among them, so that an edited rule or a retrained model is seen
whether or not somebody counted a version up. Nothing is imported or loaded to take them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path

from pipeline import __version__

PACKAGE = Path(__file__).parents[1]

# Whose versions may change what is read, and what is found.
_READING = (
    "lxml",
    "pdfplumber",
    "pdfminer.six",
    "py3langid",
    "charset-normalizer",
    "markdown-it-py",
    "pyarrow",
)
_ANNOTATING = ("spacy", "scispacy", "thinc")

_CHARACTERS = 32
_NOT_CONTENT = frozenset({"__pycache__"})


@dataclass(frozen=True, slots=True)
class Versions:
    """Fingerprints; a document is done when its text was worked on under the same ``annotate`` and ``relate``."""

    read: str
    annotate: str
    relate: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def versions(
    model: str | None = None,
    lexicon: Path | None = None,
    *,
    reading: Iterable[object] = (),
    annotating: Iterable[object] = (),
) -> Versions:
    """The fingerprints of this installation.

    Args:
        model: An installed model to take mentions from beside the bundled one, or the folder of one.
        lexicon: The user's own TSV.
        reading: Settings that decide what is read.
        annotating: Settings that decide what is found.
    """
    return Versions(
        read=fingerprint_of(
            [__version__, *map(_named, _READING), *map(str, reading)],
            [PACKAGE / "read", PACKAGE / "records.py"],
        ),
        annotate=fingerprint_of(
            [
                __version__,
                *map(_named, _ANNOTATING),
                *([_named(model)] if model else []),
                *map(str, annotating),
            ],
            [PACKAGE / "annotate", PACKAGE / "lexicon", *_guest(model), *([lexicon] if lexicon else [])],
        ),
        relate=fingerprint_of([__version__], [PACKAGE / "relate"]),
    )


def _named(distribution: str) -> str:
    return f"{distribution} {_version_of(distribution)}"


def _version_of(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except (metadata.PackageNotFoundError, ValueError):
        return ""


def _guest(model: str | None) -> list[Path]:
    """The files of a model that is given as a folder, or as a package without a version."""
    if model is None:
        return []
    if Path(model).is_dir():
        return [Path(model)]
    try:
        found = util.find_spec(model) if not _version_of(model) else None
    except (ImportError, ValueError):
        found = None
    return [Path(place) for place in (found.submodule_search_locations or ())] if found else []


def fingerprint_of(words: Iterable[str], places: Iterable[Path]) -> str:
    """A hash of words and of files, each by its name inside its place and by its content."""
    total = hashlib.sha256()
    for word in words:
        total.update(f"{len(word)}:{word};".encode())
    for place in places:
        files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
        for file in files:
            if _NOT_CONTENT.isdisjoint(file.parts):
                name = file.relative_to(place).as_posix()
                total.update(f"{len(name)}:{name};{file_sha256(file)};".encode())
    return total.hexdigest()[:_CHARACTERS]


def file_sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
