"""What a fetch did, query by query."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.records import Failure


@dataclass(slots=True)
class QueryReport:
    """What was done for one query, counted in papers.

    ``found`` is what the search found since the last good run, ``held`` what the folder holds now, ``skipped`` what
    was found and not taken, by reason. ``complete``: the next run asks only for what changes from now on.
    ``unreachable``: the source gave no answer. ``files``: where the papers that this run brought lie, by key.
    """

    name: str
    folder: Path
    found: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    held: int = 0
    limited: bool = False
    complete: bool = False
    unreachable: bool = False
    skipped: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)

    def fail(self, key: str | None, error: str, message: str) -> None:
        """Note what could not be done; ``message`` is one sentence with the cure."""
        self.failures.append(Failure(key, str(self.folder), "fetch", error, message))

    @property
    def summary(self) -> str:
        """One line.

        >>> QueryReport("liver", Path("corpus/liver"), new=2, held=7).summary
        'liver: 2 new, 0 changed, 0 deleted; 7 held in corpus/liver'
        """
        text = f"{self.name}: {self.new} new, {self.changed} changed, {self.deleted} deleted; "
        text += f"{self.held} held in {self.folder}"
        if self.skipped:
            reasons = ", ".join(f"{why} {count}" for why, count in sorted(self.skipped.items()))
            text += f"; not taken: {reasons}"
        return text + (f"; only the newest of {self.found:,} found (limit)" if self.limited else "")


@dataclass(slots=True)
class FetchReport:
    """What was done for all queries of a run."""

    queries: list[QueryReport] = field(default_factory=list)

    @property
    def new(self) -> int:
        """Papers that were not held before."""
        return sum(query.new for query in self.queries)

    @property
    def changed(self) -> int:
        """Papers whose text was replaced."""
        return sum(query.changed for query in self.queries)

    @property
    def deleted(self) -> int:
        """Papers whose file was removed because their source, or their query, no longer has them."""
        return sum(query.deleted for query in self.queries)

    @property
    def failures(self) -> list[Failure]:
        """What could not be done, with stage "fetch"."""
        return [failure for query in self.queries for failure in query.failures]

    @property
    def complete(self) -> bool:
        """Whether every query came to its end."""
        return all(query.complete for query in self.queries)
