"""What the services hand on: records to keep, and what is not to be had."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pipeline.fetch.queries import Query


@dataclass(frozen=True, slots=True)
class Record:
    """One text as a service sent it, not yet looked into.

    ``key`` is what the folder knows it by: its PMID, else its PMCID, else Europe PMC's own id ("PPR123456").
    ``id`` is what it was asked by at ``source``, ``version`` whatever that source tells of its age.
    """

    key: str
    source: str
    id: str
    file: str
    data: bytes
    version: str | None = None
    license: str | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """A paper that was found but whose text is not to be had. ``why`` is a short code, ``message`` a sentence.

    ``gone``: the source says so for good, and what is held of it is to go. ``passing``: it may be had later.
    """

    key: str
    why: str
    message: str
    gone: bool = False
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of what a search found: ``listed`` are the keys it named, ``found`` is how many there are in all."""

    items: list[Record | Absent]
    found: int
    listed: Collection[str]


class Service(Protocol):
    """What a run needs of a source."""

    name: str

    def batches(self, query: Query, since: date | None, fresh: Collection[str]) -> Iterator[Batch]:
        """What ``query`` finds, newest first; only what changed since ``since``; nothing of ``fresh`` again.

        Raises ServiceError where the list cannot be had to its end.
        """

    def known(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that the source still has."""

    def again(self, keys: Iterable[str], open_access_only: bool) -> Iterator[Record | Absent]:
        """These papers, whatever any query finds."""
