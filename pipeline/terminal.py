"""What a person sees: documents with their sentences and triples, as rich tables."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import IO, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.records import Document, Mention

Row = dict[str, Any]

STYLES = {"cell": "green", "mechanism": "magenta", "therapy": "cyan"}
_PAGE = 120
_WIDE = 100  # columns of a terminal that has room for identifiers under the names


class Terminal(Console):
    """A rich console that leaves a closed pipe (``| head``) to the caller."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def show_document(
    console: Console, document: Document, mentions: Sequence[Mention], rows: Sequence[Row]
) -> None:
    """One document: its id and title, then each sentence that says something, with its triples under it."""
    heading = Text(document.doc_id, style="bold")
    if document.title and document.title != document.doc_id:
        heading.append(f"  {document.title}", style="not bold")
    console.print(heading)
    if not rows:
        named = "cells {}, mechanisms {}, therapies {}".format(*distinct(mentions))
        console.print(Padding(Text(f"no triples; named are {named}", style="dim"), (0, 0, 1, 2)))
        return
    show_triples(console, [], header=True)
    for _, group in groupby(rows, key=lambda row: (row["evidence_start"], row["evidence_end"])):
        same = list(group)
        console.print(marked_sentence(same), width=page_width(console))
        show_triples(console, same)
    console.print()


def show_triples(console: Console, rows: Sequence[Row], *, header: bool = False) -> None:
    """Triples of one sentence under it, indented."""
    width = page_width(console)
    console.print(Padding(triple_table(rows, width, header=header), (0, 0, 0, 2)), width=width)


def page_width(console: Console) -> int:
    """Columns to fill: a wider terminal would only tear a line's ends apart."""
    return min(console.width, _PAGE)


def triple_table(rows: Sequence[Row], width: int, *, header: bool = False) -> Table:
    """Triples of one sentence, one line each; columns stand at the same place in every such table."""
    table = Table(
        box=None, show_header=header, header_style="dim", expand=True, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for title, room in (("cell", None), ("", 11), ("mechanism", None), ("", 9), ("therapy", None), ("", 10)):
        table.add_column(title, ratio=None if room else 1, width=room, overflow="fold")
    table.add_column("conf", justify="right", width=4)
    for row in rows:
        cells = [
            _slot(row, "cell", width),
            Text(f"{row['cell_role']}→" if row["cell_role"] else ""),
            _slot(row, "mechanism", width),
            Text(f"←{row['therapy_role']}" if row["therapy_role"] else ""),
            _slot(row, "therapy", width),
            Text("\n".join(flags(row)), style="yellow"),
            Text(f"{row['confidence']:.2f}"),
        ]
        table.add_row(*cells)
    return table


def flags(row: Row) -> list[str]:
    """What keeps a row from being a plain assertion, as words."""
    words = [flag for flag in ("negated", "speculated") if row[flag]]
    return [*words, "linked"] if row["level"] == "linked" else words


def marked_sentence(rows: Sequence[Row]) -> Text:
    """The evidence that ``rows`` share, with their slots in colour."""
    start = rows[0]["evidence_start"]
    sentence = Text(rows[0]["sentence"].replace("\n", " ").rstrip())
    for row in rows:
        for slot, style in STYLES.items():
            if row[f"{slot}_start"] is not None:
                sentence.stylize(
                    style, max(row[f"{slot}_start"] - start, 0), max(row[f"{slot}_end"] - start, 0)
                )
    return sentence


def distinct(mentions: Iterable[Mention]) -> tuple[int, int, int]:
    """How many different cells, mechanisms and therapies a text names.

    >>> distinct([])
    (0, 0, 0)
    """
    names = Counter(str(kind) for kind, _ in {(mention.type, mention.text.lower()) for mention in mentions})
    return names["CELL"], names["MECHANISM"], names["THERAPY"]


def _slot(row: Row, slot: str, width: int) -> Text:
    text = Text(row[f"{slot}_text"] or "", style=STYLES[slot])
    if row[f"{slot}_id"] and width >= _WIDE:
        text.append(f"\n{row[f'{slot}_id']}", style="dim")
    return text


def write_json(rows: Iterable[Row], out: IO[str]) -> None:
    """One JSON object a line, in the columns of ``outputs/triples``."""
    for row in rows:
        print(json.dumps(row, ensure_ascii=False, default=_plain), file=out, flush=True)


class CsvRows:
    """Rows as CSV that a spreadsheet opens without running anything out of somebody's text.

    Lists are joined with ``; ``. Text that a spreadsheet would take for a formula (it begins with
    ``= + - @`` or a control character) gets a leading apostrophe, after OWASP's advice on CSV injection.
    """

    def __init__(self, columns: Sequence[str], out: IO[str]) -> None:
        self._out = out
        self._writer = csv.DictWriter(out, columns, lineterminator="\n")
        self._writer.writeheader()

    def write(self, rows: Iterable[Row]) -> None:
        """Write ``rows`` and let them through at once."""
        self._writer.writerows({column: _cell(value) for column, value in row.items()} for row in rows)
        self._out.flush()


def _cell(value: object) -> object:
    if isinstance(value, list):
        value = "; ".join(value)
    elif isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r\n"):
        return f"'{value}"
    return value


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
