"""What a refresh found, counted while it runs, and as a page for the terminal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import nlargest
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flows.release import ReleaseReport
from pipeline.extraction import Extracted
from pipeline.records import Failure
from pipeline.store import State, Work, triple_rows
from pipeline.terminal import distinct, marked_sentence, page_width, show_triples

BEST = 10
"""Triples that the page shows; the tables hold them all."""

_DOCUMENTS_SHOWN = 40
_FAILURES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DocumentCount:
    """One line of the page's list of documents."""

    doc_id: str
    title: str
    cells: int
    mechanisms: int
    therapies: int
    triples: int
    linked: int


@dataclass
class Report:
    """Counts of one run, by stage and by document, its failures and its best triples.

    ``documents`` and all that is counted of them are those that were worked on; ``states`` and ``works`` count
    every document, as `pipeline.store.State` and `Work`. ``written`` holds the rows of each table, or None when
    the old tables were left as they were. ``seconds`` is the time of the flow's own work, ``seconds_by_stage`` what
    was timed of it. ``fetched`` counts papers, where any were asked for. ``release`` is the run's report, once
    there is one, and ``page`` the file of what it found, to look at; ``as_before``: it would show what the last
    run's page shows.
    """

    outputs: Path
    documents: int = 0
    triples: int = 0
    characters: int = 0
    mentions: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    per_document: list[DocumentCount] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    best: list[dict[str, Any]] = field(default_factory=list)
    written: dict[str, int] | None = None
    page: Path | None = None
    states: Counter[str] = field(default_factory=Counter)
    works: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    seconds_by_stage: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    fetched: dict[str, int] = field(default_factory=dict)
    release: ReleaseReport | None = None
    as_before: bool = False

    def add(self, result: Extracted) -> None:
        """Count one document."""
        document, mentions, triples = result
        rows = triple_rows(document, triples)
        linked = sum(row["level"] == "linked" for row in rows)
        self.documents += 1
        self.characters += len(document.text)
        self.triples += len(rows)
        self.mentions.update(str(mention.type) for mention in mentions)
        self.kinds["asserted"] += len(rows) - linked
        self.kinds["linked"] += linked
        self.kinds.update(flag for row in rows for flag in ("negated", "speculated") if row[flag])
        named = distinct(mentions)
        self.per_document.append(
            DocumentCount(document.doc_id, document.title or "", *named, triples=len(rows), linked=linked)
        )
        self.best = nlargest(BEST, _one_a_sentence([*self.best, *rows]), key=_worth)

    def fail(self, failure: Failure) -> None:
        """Count one thing left out."""
        self.failures.append(failure)

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to ``stage``."""
        begun = perf_counter()
        try:
            yield
        finally:
            self.seconds_by_stage[stage] += perf_counter() - begun

    @property
    def read(self) -> int:
        """Documents that were read, whether or not there was anything to do for them."""
        return sum(count for state, count in self.states.items() if state != State.DELETED)

    def outcome(self) -> str:
        """One line: documents by state, how many were worked on, and how long it took."""
        states = ", ".join(f"{self.states[state]} {state}" for state in State if self.states[state])
        worked = self.works[Work.ANNOTATED] + self.works[Work.RELATED]
        rules = f", {self.works[Work.RELATED]} by rules alone" if self.works[Work.RELATED] else ""
        return f"{states or 'no documents'}; {worked} processed{rules}, in {self.seconds:.1f} s"

    def show(self, console: Console) -> None:
        """Print the page: the best triples with their sentences, counts, failures, where the files are."""
        if self.best:
            console.print(
                _heading(
                    f"{len(self.best)} of {self.triples} triples, one a sentence, those with a therapy first"
                )
            )
            show_triples(console, [], header=True)
            for row in self.best:
                source = Text(f" [{row['doc_id']}]", style="dim")
                console.print(marked_sentence([row]).append_text(source), width=page_width(console))
                show_triples(console, [row])
        console.print(_heading("By stage"), self._stages())
        if self.per_document:
            console.print(_heading("By document"), self._documents(), sep="\n", width=page_width(console))
        if self.failures:
            console.print(_heading(f"Left out ({len(self.failures)})"))
            for failure in self.failures[:_FAILURES_SHOWN]:
                console.print(Padding(Text(failure.message, style="yellow"), (0, 0, 0, 2)))
            if (more := len(self.failures) - _FAILURES_SHOWN) > 0:
                console.print(f"  and {more} more; {self.outputs / 'failures'} lists them all.")
        console.print(_heading("Files"))
        if self.written is None:
            console.print(f"  Nothing was read, so the tables in {self.outputs} were left as they were.")
        for table, count in (self.written or {}).items():
            console.print(
                Text(f"  {self.outputs / table}  ({count} row{'' if count == 1 else 's'})"), soft_wrap=True
            )
        if self.page is not None:
            console.print(Text(f"  {self.page}  (to look at)"), soft_wrap=True)

    def _stages(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=True)
        if self.fetched:
            table.add_row("fetch", ", ".join(f"{count} {kind}" for kind, count in self.fetched.items()))
        table.add_row("corpus", self.outcome())
        table.add_row("read", f"{self.documents} documents, {self.characters:,} characters")
        by_type = ", ".join(f"{kind} {count}" for kind, count in self.mentions.most_common())
        table.add_row("annotate", f"{sum(self.mentions.values())} mentions ({by_type or 'none'})")
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.kinds.most_common())
        table.add_row("relate", f"{self.triples} triples ({kinds or 'none'})")
        if self.release is not None:
            about = ", ".join(f"{kind} {count}" for kind, count in self.release.stages["claims"].items())
            table.add_row("claims", about)
            if self.release.previous is not None:
                table.add_row("last run", f"triples {self.release.triples}; claims {self.release.claims}")
        by_stage = Counter(failure.stage for failure in self.failures)
        if by_stage:
            table.add_row(
                "left out", ", ".join(f"{stage} {count}" for stage, count in sorted(by_stage.items()))
            )
        return table

    def _documents(self) -> Table:
        table = Table(box=None, header_style="dim", expand=True, padding=(0, 0, 0, 1))
        table.add_column("document", no_wrap=True, max_width=20, overflow="ellipsis")
        table.add_column("title", no_wrap=True, overflow="ellipsis", ratio=1)
        for column in ("cells", "mechanisms", "therapies", "triples", "linked"):
            table.add_column(column, justify="right", no_wrap=True)
        for line in self.per_document[:_DOCUMENTS_SHOWN]:
            numbers = (line.cells, line.mechanisms, line.therapies, line.triples, line.linked)
            table.add_row(line.doc_id, Text(line.title), *map(str, numbers))
        if (more := len(self.per_document) - _DOCUMENTS_SHOWN) > 0:
            table.add_row(f"and {more} more")
        return table


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _one_a_sentence(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The row of most worth of each sentence: a list of ten is for looking around."""
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=_worth, reverse=True):
        best.setdefault((row["doc_id"], row["sentence"]), row)
    return list(best.values())


def _worth(row: dict[str, Any]) -> tuple[Any, ...]:
    """Asserted first, plain first, then with all three slots, then by confidence; ids decide the rest."""
    whole = row["cell_text"] is not None and row["therapy_text"] is not None
    plain = not (row["negated"] or row["speculated"])
    return (row["level"] == "asserted", plain, whole, row["confidence"], row["triple_id"])
