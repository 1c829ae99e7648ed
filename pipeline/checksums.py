"""The sha256 of the files that were learned: written when they are made, checked when they are loaded.

A download that broke off, a disk that lies or a hand that changed a weight is told in one sentence, where the model
would otherwise give other triples in silence. The list is in the format of ``sha256sum -c``.

    python -m pipeline.checksums            # write the lists again, after new weights
    python -m pipeline.checksums --check    # exit status 1 if a file is not the one in its list
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIST = "SHA256SUMS"
CARD = frozenset(
    {"card.json", "CARD.md", LIST}
)  # what is said of a model may be corrected; it is not the model
PACKAGE = Path(__file__).parent
MODEL = PACKAGE / "annotate" / "model"
SCORER = PACKAGE / "relate" / "weights.json"


class ChecksumError(ValueError):
    """A file is not the one that was shipped; the message says which and what mends it."""


def sign_folder(folder: Path) -> None:
    """Write the list of every file under ``folder`` but the model's card.

    >>> sign_folder(MODEL)  # doctest: +SKIP
    """
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in CARD)
    _write(folder, sorted(path.relative_to(folder) for path in files))


def sign_file(path: Path) -> None:
    """Write the list, beside ``path``, of that file alone."""
    _write(path.parent, [Path(path.name)])


def verify(folder: Path) -> None:
    """Check every file that the list in ``folder`` names; 20 MB take some 50 ms.

    Raises:
        ChecksumError: there is no list, or a file is missing or another than the one that was shipped.
    """
    try:
        lines = (folder / LIST).read_text(encoding="utf-8").splitlines()
    except OSError:
        raise ChecksumError(_sentence(folder / LIST, "is missing")) from None
    listed = [line.split("  ", 1) for line in lines if line]
    if not listed or any(len(pair) != 2 for pair in listed):
        raise ChecksumError(_sentence(folder / LIST, "is damaged"))
    with ThreadPoolExecutor(2) as pool:  # hashing lets go of the interpreter
        found = pool.map(_sha256, [folder / name for _, name in listed])
        for (wanted, name), digest in zip(listed, found, strict=True):
            if digest != wanted:
                raise ChecksumError(
                    _sentence(folder / name, "is missing" if digest is None else "is not what was shipped")
                )


def _write(folder: Path, names: Iterable[Path]) -> None:
    lines = [f"{_sha256(folder / name)}  {name.as_posix()}\n" for name in names]
    (folder / LIST).write_text("".join(lines), encoding="utf-8", newline="\n")


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _sentence(path: Path, what: str) -> str:
    return (
        f"{path} {what}: reinstall Kupffer, or run `python -m pipeline.checksums` if you put new weights there "
        "yourself."
    )


def main(arguments: list[str]) -> int:
    """The command; returns its exit status."""
    try:
        if arguments == ["--check"]:
            verify(MODEL)
            verify(SCORER.parent)
        elif arguments:
            print("usage: python -m pipeline.checksums [--check]", file=sys.stderr)
            return 2
        else:
            sign_folder(MODEL)
            sign_file(SCORER)
    except ChecksumError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
