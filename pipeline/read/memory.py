"""What is remembered of inputs between runs, so that a file that did not change is not opened again.

A `Listing` is all that is needed of a file to choose among files: ids, versions, hashes, failures - no texts.
Which of two texts with one id wins is decided over all inputs each time, from what was read and from listings
alike.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.read.choice import Newness
from pipeline.read.trouble import Trouble
from pipeline.records import Document

Key = tuple[Hashable, ...]

_SETTLED_NS = 2_000_000_000  # a file may change again within one tick of its clock, and look the same
_PASSING = frozenset({"unreadable", "missing", "too-large"})  # a disk, a permission, too little memory


class Stamp(NamedTuple):
    """What tells without opening a file that it is the one that was read."""

    size: int
    mtime_ns: int
    ctime_ns: int


class Entry(NamedTuple):
    """One text of a file. ``key`` is what the caller compares documents by."""

    doc_id: str
    pmid: str | None
    pmcid: str | None
    full_text: bool
    newness: Newness | None
    digest: str
    key: Key


class Lost(NamedTuple):
    """One thing of a file that could not be read: a Trouble."""

    error: str
    what: str
    doc_id: str | None


Scanned = tuple[str, Newness] | str
"""A MEDLINE record as (PMID, newness), or a withdrawn PMID."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One file: how it is known again, what format it is in (None: unknown), what the first pass saw, what it holds.

    Without ``stamp`` it is known by its content alone.
    """

    stamp: Stamp | None
    sha256: str
    kind: str | None
    scanned: tuple[Scanned, ...] = ()
    items: tuple[Entry | Lost, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Stands for a Document that was not read, because its file is as it was and the caller holds its text."""

    doc_id: str
    source: str
    key: Key


@dataclass
class Memory:
    """Listings of the last run in, listings of this run out.

    Args:
        key_of: What documents are compared by, as plain data.
        holds: Whether the caller has the document of this id and key, and needs no more than to hear of it.
        listings: By path as it is written; those of files that are not met again are dropped.
    """

    key_of: Callable[[Document], Key]
    holds: Callable[[str, Key], bool]
    listings: dict[str, Listing] = field(default_factory=dict)
    met: dict[str, Listing] = field(default_factory=dict)

    def find(self, path: Path, name: str) -> Listing | None:
        """The listing of a file that is still what it was; by its content where its times have changed."""
        known, stamp = self.listings.get(name), stamp_of(path)
        if known is None or stamp is None:
            return None
        if known.stamp == stamp:
            self.met[name] = known
            return known
        if (known.stamp is not None and known.stamp.size != stamp.size) or sha256_of(path) != known.sha256:
            return None
        found = Listing(_settled(stamp), known.sha256, known.kind, known.scanned, known.items)
        self.met[name] = found
        return found


class Recorder:
    """Writes the listing of one file while it is read."""

    def __init__(self, memory: Memory, path: Path, name: str) -> None:
        self._memory = memory
        self._path = path
        self._name = name
        self._spoiled = False
        self._before = stamp_of(path)
        self.scanned: list[Scanned] = []
        self.items: list[Entry | Lost] = []

    def entry(self, document: Document, digest: bytes, *, full_text: bool, newness: Newness | None) -> None:
        """Note a text."""
        self.items.append(
            Entry(
                document.doc_id,
                document.pmid,
                document.pmcid,
                full_text,
                newness,
                digest.hex(),
                self._memory.key_of(document),
            )
        )

    def lost(self, trouble: Trouble) -> None:
        """Note what could not be read. Where that may be the machine's fault, the file is not remembered."""
        self._spoiled |= trouble.error in _PASSING
        self.items.append(Lost(trouble.error, trouble.what, trouble.doc_id))

    def done(self, kind: str | None) -> None:
        """The file was read to its end; it is remembered unless it was written to meanwhile."""
        if self._spoiled:
            return
        digest = sha256_of(self._path)
        if self._before is not None and digest is not None and stamp_of(self._path) == self._before:
            self._memory.met[self._name] = Listing(
                _settled(self._before), digest, kind, tuple(self.scanned), tuple(self.items)
            )


def _settled(stamp: Stamp) -> Stamp | None:
    latest = max(stamp.mtime_ns, stamp.ctime_ns)
    return stamp if latest + _SETTLED_NS < time.time_ns() else None


def stamp_of(path: Path) -> Stamp | None:
    """A file's stamp, or None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 (half the time of Path's, for each of many files)
    except OSError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def sha256_of(path: Path) -> str | None:
    """Hex digest of a file's bytes, or None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def plain(listing: Listing) -> list[Any]:
    """A listing as JSON holds it; `listing_of` is the way back."""
    return [
        listing.stamp,
        listing.sha256,
        listing.kind,
        listing.scanned,
        [[isinstance(item, Entry), *item] for item in listing.items],
    ]


def listing_of(data: list[Any]) -> Listing:
    """The listing that `plain` made ``data`` of."""
    stamp, sha256, kind, scanned, items = data
    return Listing(
        Stamp(*stamp) if stamp else None,
        sha256,
        kind,
        tuple(one if isinstance(one, str) else (one[0], _newness(one[1])) for one in scanned),
        tuple(_entry(fields) if is_entry else Lost(*fields) for is_entry, *fields in items),
    )


def _entry(fields: list[Any]) -> Entry:
    doc_id, pmid, pmcid, full_text, newness, digest, key = fields
    return Entry(doc_id, pmid, pmcid, full_text, _newness(newness) if newness else None, digest, tuple(key))


def _newness(values: list[int]) -> Newness:
    version, revised, place = values
    return version, revised, place
