"""The one table that `make bench` prints, and the same figures for a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

Figures = dict[str, Any]


class Report:
    """Rows as they are measured: a name and four cells, under titles."""

    def __init__(self) -> None:
        self.figures: dict[str, Any] = {}
        self._rows: list[tuple[str, ...]] = []

    def _title(self, text: str, *columns: str) -> None:
        if self._rows:
            self._rows.append(())
        self._rows.append((f"[bold]{text}[/bold]", *(f"[dim]{column}[/dim]" for column in columns)))

    def comparison(
        self,
        title: str,
        words: int,
        runs: Mapping[str, Sequence[Figures]],
        wrong: Mapping[str, str],
        *,
        first: str,
    ) -> None:
        """Contenders over the same texts; the ratio says how many times as fast ``first`` is, pair by pair."""
        documents = next((run["documents"] for those in runs.values() for run in those), 0)
        self._title(
            f"{title} ({documents:,} texts, {words:,} words)",
            "words/s",
            "texts/s",
            f"{first.split(',')[0]} is",
            "peak MB",
        )
        kept: dict[str, Any] = {}
        for name, those in runs.items():
            per_second = median(1 / run["seconds"] for run in those)
            faster = [
                run["seconds"] / our["seconds"] for run, our in zip(those, runs.get(first, ()), strict=False)
            ]
            ratio = f"{median(faster):.2f}x as fast" if faster and name != first else ""
            peak = median(run["peak"] for run in those)
            self._rows.append(
                (name, f"{words * per_second:,.0f}", f"{documents * per_second:,.1f}", ratio, f"{peak:,.0f}")
            )
            kept[name] = {"runs": list(those), "times as fast": median(faster) if faster else None}
        for name, why in wrong.items():
            self._rows.append((name, why))
            kept[name] = why
        self.figures[title] = kept

    def stages(self, figures: Figures | None, why: str) -> None:
        """Each stage's share of the time from files to tables."""
        self._title("stages, files to Parquet", "share", "ms/text")
        self.figures["stages"] = figures or why
        if figures is None:
            self._rows.append((why,))
            return
        for name, seconds in sorted(figures["stages"].items(), key=lambda item: -item[1]):
            share = seconds / figures["seconds"]
            self._rows.append((name, f"{share:.1%}", f"{1000 * seconds / figures['documents']:.2f}"))

    def start_up(self, seconds: Mapping[str, Sequence[tuple[float, float]]]) -> None:
        """Seconds by the clock and by the processor; ratios to spaCy's import of the same turn."""
        self._title("start-up", "s, clock", "s, processor", "of import spacy")
        *_, base = seconds.values()
        for name, those in seconds.items():
            ratio = median(one[1] / other[1] for one, other in zip(those, base, strict=True))
            clock, processor = (median(one[which] for one in those) for which in (0, 1))
            self._rows.append((name, f"{clock:.2f}", f"{processor:.2f}", f"{ratio:.2f}x"))
        self.figures["start-up"] = {name: list(those) for name, those in seconds.items()}

    def growth(self, figures: Figures | None, why: str) -> None:
        """Time a text and memory along one process; ratios to its first 2,000 texts or, of fewer, its first row."""
        self._title("growth in one process, texts", "ms/text", "ratio", "peak MB", "ratio")
        self.figures["growth"] = figures or why
        if figures is None:
            self._rows.append((why,))
            return
        rows = figures["rows"]
        start = next((row for row in rows if row["documents"] >= 2_000), rows[0])
        for row in rows:
            time, peak = row["ms"] / start["ms"], row["peak"] / start["peak"]
            self._rows.append(
                (
                    f"to {row['documents']:,}",
                    f"{row['ms']:.1f}",
                    f"{time:.2f}x",
                    f"{row['peak']:,.0f}",
                    f"{peak:.2f}x",
                )
            )

    def scores(self, rows: Mapping[str, Figures | str]) -> None:
        """Pair F1 of both ways to parse."""
        self._title("kept abstracts, parsing", "pair F1", "signed", "full")
        self.figures["scores"] = dict(rows)
        for name, found in rows.items():
            if isinstance(found, str):
                self._rows.append((name, found))
            else:
                f1 = found["scores"]
                cells = (f"{100 * f1[level]['f1']:.1f}" for level in ("pair", "pair+sign", "full"))
                self._rows.append((name, *cells))

    def lines(self, title: str, lines: Sequence[str]) -> None:
        """Lines of a name and a figure, two spaces or more between them."""
        self._title(title)
        self.figures[title] = list(lines)
        for line in lines:
            name, _, value = line.rpartition("  ")
            self._rows.append((name.strip(), value.strip()) if name else (value,))

    def show(self, file: TextIO) -> None:
        """Print it."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        for _ in range(4):
            table.add_column(justify="right")
        for row in self._rows:
            table.add_row(*row)
        Console(file=file, highlight=False, width=120).print(table)
