"""Examples in inline markup: ``[Kupffer cells](CELL) drive [fibronectin deposition](MECHANISM)``."""

from __future__ import annotations

import re

_MARK = re.compile(r"\[([^\[\]]+)\]\((CELL|MECHANISM|THERAPY)\)")


def parse_example(marked: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The plain sentence, and (start, end, type) of each mark in its characters.

    >>> parse_example("[NK cells](CELL) [kill](MECHANISM).")
    ('NK cells kill.', [(0, 8, 'CELL'), (9, 13, 'MECHANISM')])
    """
    text, marks, position = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[position : match.start()]
        marks.append((len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        position = match.end()
    return text + marked[position:], marks
