"""A curator's sheet that came back: its verdicts, whatever program saved it. `pipeline.claims.curators` keeps them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.export.sheet import as_typed
from pipeline.export.source import Row

_ACCEPTED = frozenset({"yes", "y", "true", "t", "1", "accepted", "correct", "right", "ok", "x", "✓", "✔"})
_REJECTED = frozenset({"no", "n", "false", "f", "0", "rejected", "incorrect", "wrong", "✗", "✘"})
_LONGEST_CELL = 1_000_000


class SheetError(ValueError):
    """A sheet that cannot be taken back; the message names file, line and cure."""


@dataclass(frozen=True)
class Verdicts:
    """What a sheet says: rows of ``triple_id, verdict, comment``, and lines whose comment has no verdict."""

    rows: list[Row]
    unjudged: list[int] = field(default_factory=list)


def read_sheet(path: Path) -> Verdicts:
    """The verdicts of a sheet that `write_sheet` wrote and somebody filled in, whatever program saved it.

    Columns may have moved or gone, as long as ``triple_id`` and ``correct`` are there; commas, semicolons and
    tabs separate. Rows with nothing in ``correct`` are passed over. One bad row refuses the whole sheet.

    Raises:
        SheetError: columns are missing, a verdict is no yes or no, or one triple is judged both ways.
        OSError: the file cannot be read.
    """
    rows: dict[str, Row] = {}
    unjudged = []
    for line, cells in _lines(path):
        triple, said = cells["triple_id"].strip(), cells["correct"].strip()
        comment = as_typed(cells.get("comment", "").strip()) or None
        if not said:
            if comment:
                unjudged.append(line)
            continue
        verdict = _verdict(as_typed(said))
        if verdict is None:
            raise SheetError(
                f"{path}: line {line} has {said!r} in `correct`; write yes or no, or leave it empty."
            )
        if not triple:
            raise SheetError(
                f"{path}: line {line} is judged but has no triple_id; take it from the sheet as exported."
            )
        before = rows.setdefault(triple, {"triple_id": triple, "verdict": verdict, "comment": comment})
        if before["verdict"] != verdict:
            raise SheetError(
                f"{path}: line {line} judges {triple} against an earlier line; leave one of the two."
            )
    return Verdicts(list(rows.values()), unjudged)


def _verdict(said: str) -> str | None:
    word = said.casefold()
    return "accepted" if word in _ACCEPTED else "rejected" if word in _REJECTED else None


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, cells by column); cells that a short row lacks are empty."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError(f"{path}: is not CSV in UTF-8; save it as “CSV UTF-8” and give it again.") from None
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        columns = [name.strip() for name in next(reader, [])]
        if missing := {"triple_id", "correct"} - set(columns):
            raise SheetError(
                f"{path}: has no column {' or '.join(sorted(missing))}; give a sheet that `kupffer export "
                "--format csv` wrote."
            )
        for cells in reader:
            padded = cells + [""] * (len(columns) - len(cells))
            yield reader.line_num, dict(zip(columns, padded, strict=False))
    except csv.Error as error:
        raise SheetError(
            f"{path}: line {reader.line_num} is not CSV ({error}); save the sheet again."
        ) from None
