"""Plain text: paragraphs between blank lines, wrapped lines joined, title and headings where they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.read.decoding import decoded
from pipeline.read.draft import Draft, safe_id
from pipeline.read.headings import is_back_matter, is_known, path, without_number
from pipeline.read.prose import compose, fold
from pipeline.read.trouble import Trouble

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_BULLET = re.compile(r"\s*(?:[-*•–·]|\(?\d{1,2}[.)]|\([a-z]\))\s+\S")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*$")
_GOES_ON = re.compile(r"[,;(\[–—/&-]$")
_TITLE_CHARACTERS = 300
_HEADING_CHARACTERS = 100
# No editor wraps wider than this: longer lines are paragraphs that happen to have no blank line between.
_WIDEST_WRAP = 120
_NARROWEST_WRAP = 40


def read_plain(stream: BinaryIO, stem: str, max_characters: int) -> Iterator[Draft]:
    """One Draft. Raises Trouble where there is no text, it is too long, or it is not UTF-8."""
    text = decoded(stream, max_characters)
    parts = split_sections(
        re.split(r"\n[^\S\n]*\n|\f", text.replace("\u2028", "\n").replace("\u2029", "\n\n"))
    )
    prose = compose(parts)
    if not prose.sections:
        raise Trouble("no-text", "holds no text: give a file with text")
    title = prose.text[: prose.sections[0].end] if prose.sections[0].name == "title" else None
    yield Draft(safe_id(stem), prose, {"title": title})


def split_sections(blocks: list[str]) -> list[tuple[str, list[str]]]:
    """Sections from the blocks of a text, each some lines that stand together."""
    filled = [block.strip("\n") for block in blocks if block.strip()]
    parts: list[tuple[str, list[str]]] = []
    title = _title(filled)
    if title:
        parts.append(("title", [title]))
        del filled[0]
    names: list[tuple[int, str]] = []
    paragraphs: list[str] = []
    left_out = False
    for block in filled:
        heading = _heading(block)
        if heading is None:
            if not left_out:
                paragraphs += join_lines(block.split("\n"))
            continue
        parts.append((path([name for _, name in names]) or "text", paragraphs))
        paragraphs = []
        name, depth = heading
        names = [known for known in names if known[0] < max(depth, 1)] + [(max(depth, 1), name)]
        left_out = is_back_matter(name)
    parts.append((path([name for _, name in names]) or "text", paragraphs))
    return parts


def _title(blocks: list[str]) -> str | None:
    """The first block where it reads as a title: short, alone, no sentence, and with text after it."""
    if len(blocks) < 2:
        return None
    title = " ".join(join_lines(blocks[0].split("\n")))
    ends = _SENTENCE_END.search(title)
    sentence = ends is not None and not title.endswith("?")
    if sentence or len(title) > _TITLE_CHARACTERS or blocks[0].count("\n") > 2 or _heading(blocks[0]):
        return None
    return None if _BULLET.match(blocks[0]) or title.endswith((":", ",", ";")) else title


def _heading(block: str) -> tuple[str, int] | None:
    """(name, depth) of a line that is a heading: a usual name, a numbered one, or one in capitals."""
    line = fold(block)
    if "\n" in block.strip() or not 1 < len(line) <= _HEADING_CHARACTERS or _SENTENCE_END.search(line):
        return None
    name, depth = without_number(line)
    capitals = name.isupper() and len(name) > 4 and " " in name
    numbered = depth > 0 and name[:1].isupper() and len(name.split()) <= 12 and not name.endswith((",", ";"))
    if is_known(name) or capitals or numbered:
        return name.strip(" :"), depth
    return None


def join_lines(lines: list[str]) -> list[str]:
    """The paragraphs of a block: wrapped lines are joined with a space, other line ends are borders.

    >>> join_lines(["Kupffer cells clear", "bacteria."])
    ['Kupffer cells clear bacteria.']
    """
    lines = [line.strip() for line in lines if line.strip()]
    width = max(map(len, lines), default=0)
    paragraphs: list[str] = []
    for number, line in enumerate(lines):
        if number == 0 or _is_border(lines[number - 1], line, width):
            paragraphs.append(line)
        elif paragraphs[-1].endswith("-") and _breaks_at_hyphen(paragraphs[-1], line):
            paragraphs[-1] += line
        else:
            paragraphs[-1] += " " + line
    return paragraphs


def _is_border(line: str, following: str, width: int) -> bool:
    if width > _WIDEST_WRAP or _BULLET.match(following):
        return True
    if width < _NARROWEST_WRAP or _GOES_ON.search(line) or not following[:1].isupper():
        return False
    # A wrapped line is full: the next word had no room in it. A title or a last line is short.
    return len(line) + 1 + len(following.split(" ", 1)[0]) <= 0.7 * width


def _breaks_at_hyphen(line: str, following: str) -> bool:
    # Editors break after the hyphen of a compound ("anti-/inflammatory"); "pro- and anti-" has its space.
    return (
        len(line) > 1
        and line[-2].isalnum()
        and following[:1].isalnum()
        and following.split(" ", 1)[0].lower() not in ("and", "or", "to", "nor", "but")
    )
