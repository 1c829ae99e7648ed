"""One page of a PDF as lines in reading order: columns are told by the white space between them."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_GUTTER = 7.0  # points; the narrowest white space between two columns, wider than any between words
_LEAST_COLUMN = 90.0  # points
_LEAST_LINES = 4
_NEAR = 0.15  # of the font size: pieces nearer than this are one word
_TABLE_GAP = 1.8  # of the font size: wider than justified text ever spreads its words
_BOLD = re.compile(r"bold|black|heavy|cmbx|[-.,]b$|\bbd\b", re.IGNORECASE)
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_CITATION = re.compile(r"\d{1,3}(?:\s*[,;–—-]\s*\d{1,3})*[,;]?|[*†‡§¶#,]+")
_UNIT = re.compile(r"(?:^|[^A-Za-zµμ])(?:[cmnkµμ]?m|s|R|r|χ|x|\d)$")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters of one font, in points from the top left of the page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a column. ``left`` and ``right`` are its column's edges, ``block`` its column's number.

    ``place`` is the middle of the line as a share of the page's height, from the top; ``gaps`` counts the
    wide spaces in it that make it a row of a table.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool
    page: int
    block: int
    left: float
    right: float
    place: float
    gaps: int


def words_of(page: Any) -> list[Word]:
    """The upright words of a pdfplumber page; fake bold (the same character twice) counted once."""
    seen: dict[tuple[str, int], list[float]] = {}

    def is_new(item: dict[str, Any]) -> bool:
        if not item.get("upright", True):
            return False
        # The library's own dedupe_chars is quadratic: a second for a page.
        places = seen.setdefault((item.get("text", ""), round(item["top"])), [])
        twice = item["object_type"] == "char" and any(abs(item["x0"] - x0) < 1 for x0 in places)
        places.append(item["x0"])
        return not twice

    found = page.filter(is_new).extract_words(x_tolerance_ratio=_NEAR, extra_attrs=["size", "fontname"])
    words = []
    for word in found:
        text = _UNMAPPED.sub("", word["text"]).translate(_LIGATURES)
        if text.strip() and _is_on(page, word):
            x0, x1, top, bottom, size = (float(word[k]) for k in ("x0", "x1", "top", "bottom", "size"))
            words.append(Word(text, x0, x1, top, bottom, size, bool(_BOLD.search(str(word["fontname"])))))
    return words


def _is_on(page: Any, word: dict[str, Any]) -> bool:
    left, top, right, bottom = page.bbox
    return bool(word["x0"] >= left - 1 and word["x1"] <= right + 1 and top <= word["bottom"] <= bottom + 1)


def unmapped_share(page: Any) -> float:
    """The share of characters whose font does not say which letters they are."""
    chars = page.chars
    return sum(len(char["text"]) > 4 for char in chars) / len(chars) if chars else 0.0


def lines_of(words: Sequence[Word], page: int, height: float) -> list[Line]:
    """The lines of a page in the order in which they are read."""
    lines: list[Line] = []
    for number, block in enumerate(_blocks(list(words), depth=2)):
        left = min(word.x0 for word in block)
        right = max(word.x1 for word in block)
        lines.extend(_line(row, page, number, left, right, height) for row in _rows(block))
    return lines


def _blocks(words: list[Word], depth: int) -> list[list[Word]]:
    """Stretches of one column each: what runs across, then the columns below it from left to right."""
    if not words:
        return []
    split = _gutter(words) if depth else None
    if split is None:
        return [words]
    x, stretches = split
    blocks: list[list[Word]] = []
    rest = sorted(words, key=lambda word: word.top)
    for start, end in stretches:
        before = [word for word in rest if (word.top + word.bottom) / 2 <= start]
        inside = [word for word in rest if start < (word.top + word.bottom) / 2 < end]
        rest = [word for word in rest if (word.top + word.bottom) / 2 >= end]
        blocks += [before] if before else []
        blocks += _blocks([word for word in inside if word.x0 < x], depth - 1)
        blocks += _blocks([word for word in inside if word.x0 >= x], depth - 1)
    return blocks + ([rest] if rest else [])


def _gutter(words: list[Word]) -> tuple[float, list[tuple[float, float]]] | None:
    """The x of the best gutter and the stretches (top, bottom) where two columns stand beside it."""
    left, right = min(word.x0 for word in words), max(word.x1 for word in words)
    scored: list[tuple[float, float, list[tuple[float, float]]]] = []
    x = left + _LEAST_COLUMN
    while x + _GUTTER <= right - _LEAST_COLUMN:
        stretches = _stretches(words, x)
        if stretches:
            scored.append((sum(end - start for start, end in stretches), x, stretches))
        x += max(3.0, (right - left) / 200)
    if not scored:
        return None
    best = max(score for score, _, _ in scored)
    plateau = [item for item in scored if item[0] >= 0.98 * best]
    _, x, stretches = plateau[len(plateau) // 2]
    return x + _GUTTER / 2, stretches


def _stretches(words: list[Word], x: float) -> list[tuple[float, float]]:
    crossing = sorted((w.top, w.bottom) for w in words if w.x0 < x + _GUTTER and w.x1 > x)
    edges = [min(w.top for w in words) - 1.0]
    free: list[tuple[float, float]] = []
    for top, bottom in crossing:
        if top > edges[-1]:
            free.append((edges[-1], top))
        edges.append(max(edges[-1], bottom))
    free.append((edges[-1], max(w.bottom for w in words) + 1.0))
    least = _LEAST_LINES * min(w.size for w in words)
    return [(start, end) for start, end in free if end - start > least and _two_columns(words, x, start, end)]


def _two_columns(words: list[Word], x: float, start: float, end: float) -> bool:
    inside = [word for word in words if start < (word.top + word.bottom) / 2 < end]
    sides = ([w for w in inside if w.x1 <= x], [w for w in inside if w.x0 >= x + _GUTTER])
    for side in sides:
        rows = {round(word.bottom / 4) for word in side}
        if len(rows) < _LEAST_LINES:
            return False
        # Prose fills its column: a column of numbers or labels beside a text does not.
        if sum(word.x1 - word.x0 for word in side) < 25.0 * len(rows):
            return False
    return True


def _rows(block: list[Word]) -> list[list[Word]]:
    """The words of a column by line. Raised and lowered ones go to the line that they touch."""
    usual = statistics.median(word.size for word in block)
    main = [word for word in block if word.size >= 0.8 * usual]
    rows = _clusters(main)
    apart: list[Word] = []
    for word in block:
        if word.size >= 0.8 * usual:
            continue
        touching = [(_overlap(word, row), number) for number, row in enumerate(rows)]
        share, number = max(touching, default=(0.0, -1))
        if share >= 0.3 * (word.bottom - word.top):
            rows[number].append(word)
        else:
            apart.append(word)
    rows += _clusters(apart)
    rows.sort(key=lambda row: statistics.median(word.bottom for word in row))
    return [sorted(row, key=lambda word: word.x0) for row in rows]


def _clusters(words: list[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.bottom):
        if rows and _overlap(word, rows[-1]) >= 0.5 * (word.bottom - word.top):
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _overlap(word: Word, row: list[Word]) -> float:
    top = statistics.median(w.top for w in row)
    bottom = statistics.median(w.bottom for w in row)
    return min(word.bottom, bottom) - max(word.top, top)


def _line(row: list[Word], page: int, block: int, left: float, right: float, height: float) -> Line:
    lengths: dict[float, int] = {}
    for word in row:
        size = round(word.size * 2) / 2
        lengths[size] = lengths.get(size, 0) + len(word.text)
    size = max(lengths, key=lambda known: (lengths[known], known))
    full = [word for word in row if word.size >= 0.85 * size] or row
    base = statistics.median(word.bottom for word in full)
    text, gaps, edge = "", 0, row[0].x0
    for word in row:
        gap = word.x0 - edge
        edge = max(edge, word.x1)
        raised = word.size < 0.85 * size and word.bottom < base - 0.15 * size
        if raised and text and _CITATION.fullmatch(word.text) and not _UNIT.search(text):
            continue
        gaps += gap > _TABLE_GAP * size
        text += (" " if text and gap >= _NEAR * size else "") + word.text
    top = min(word.top for word in full)
    bottom = max(word.bottom for word in full)
    lettered = [word for word in full if any(map(str.isalpha, word.text))]
    bold = bool(lettered) and all(word.bold for word in lettered)
    return Line(
        text,
        row[0].x0,
        edge,
        top,
        bottom,
        size,
        bold,
        page,
        block,
        left,
        right,
        (top + bottom) / 2 / height,
        gaps,
    )
