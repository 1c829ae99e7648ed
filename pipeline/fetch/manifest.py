"""What lies in a fetched folder and where it came from: ``manifest.json``.

    {"format": 1, "query": {...}, "last_good": "2026-11-25T03:00:00+00:00", "unfinished": null,
     "records": {"29768149": {"source": "pubmed", "id": "29768149", "file": "29768149.xml", "version": "1 20220410",
                              "sha256": "…", "license": null, "fetched_at": "…", "deleted_at": null, "reason": null}}}

A record that its source deleted keeps its entry, with ``deleted_at`` and ``reason``, and loses its file.
A file is in place before the manifest names it: after a cut the folder may hold a file too many, never one
too few.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

FILE = "manifest.json"
INCOMING = ".incoming"
_FORMAT = 1


class ManifestError(ValueError):
    """The manifest cannot be used; the message names it and the cure."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the folder. ``sha256`` is of the file's bytes; times are UTC."""

    source: str
    id: str
    file: str
    sha256: str
    fetched_at: datetime
    version: str | None = None
    license: str | None = None
    deleted_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that did not come to its end: when it began, and from which change on it asked (None: all).

    ``renewed``: the query was another before, and what it no longer finds is to go.
    """

    started: datetime
    since: datetime | None
    renewed: bool = False


@dataclass(slots=True)
class Manifest:
    """The manifest of one folder, in memory; `save` puts it in place whole."""

    folder: Path
    query: dict[str, Any] | None = None
    last_good: datetime | None = None
    unfinished: Unfinished | None = None
    records: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """The folder's manifest, or an empty one.

        Raises:
            ManifestError: there is one, but not of ours or of a newer Kupffer.
        """
        path = folder / FILE
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(folder)
        except (ValueError, UnicodeError) as error:
            raise ManifestError(_unusable(path, "is no JSON")) from error
        if not isinstance(given, dict) or given.get("format") != _FORMAT:
            raise ManifestError(_unusable(path, "has a format that this Kupffer does not know"))
        try:
            cut = given["unfinished"]
            return cls(
                folder,
                given["query"],
                _time(given["last_good"]),
                _unfinished(cut) if cut else None,
                {key: _entry(row) for key, row in given["records"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ManifestError(_unusable(path, "lacks something")) from error

    def save(self) -> None:
        """Put the manifest in place: whole, and after a power cut too."""
        rows = {key: asdict(entry) for key, entry in sorted(self.records.items())}
        content = {
            "format": _FORMAT,
            "query": self.query,
            "last_good": self.last_good,
            "unfinished": asdict(self.unfinished) if self.unfinished else None,
            "records": rows,
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, default=datetime.isoformat)
        temporary = self.folder / f".{FILE}.new"
        write_synced(temporary, f"{text}\n".encode())
        temporary.replace(self.folder / FILE)
        _sync(self.folder)

    def held(self) -> Iterator[tuple[str, Entry]]:
        """The records that are not deleted."""
        return ((key, entry) for key, entry in self.records.items() if entry.deleted_at is None)

    def mark_deleted(self, key: str, reason: str, at: datetime) -> None:
        """Keep the entry, say why, and remove its file."""
        entry = self.records[key]
        (self.folder / entry.file).unlink(missing_ok=True)
        self.records[key] = replace(entry, deleted_at=at, reason=reason)


def sha256(data: bytes) -> str:
    """Hex digest of ``data``."""
    return hashlib.sha256(data).hexdigest()


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and have it on the disk before this returns."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entry(row: dict[str, Any]) -> Entry:
    file = str(row["file"])
    if Path(file).name != file or file.startswith("."):
        raise ValueError(f"{file!r} is no file of the folder")
    times = {
        "fetched_at": datetime.fromisoformat(row["fetched_at"]),
        "deleted_at": _time(row["deleted_at"]),
    }
    return Entry(**{**row, **times})


def _unfinished(row: dict[str, Any]) -> Unfinished:
    return Unfinished(datetime.fromisoformat(row["started"]), _time(row["since"]), bool(row["renewed"]))


def _time(given: str | None) -> datetime | None:
    return datetime.fromisoformat(given) if given is not None else None


def _unusable(path: Path, what: str) -> str:
    return f"{path}: {what}: take it back from a copy, or move the folder away and fetch it again."
