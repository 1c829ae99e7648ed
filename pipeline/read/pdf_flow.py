"""From the lines of a PDF to its sections: furniture out, headings told by their type, paragraphs joined."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from pipeline.read.headings import is_back_matter, is_known, path, without_number
from pipeline.read.pdf_page import Line
from pipeline.read.prose import fold

Parts = list[tuple[str, list[str]]]

_TOP, _BOTTOM = 0.1, 0.9  # shares of the page's height where running heads and feet stand
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?(?:\d{1,5}|[ivxl]{1,6}|[a-z]?\d{1,5})(?:\s*(?:of|/)\s*\d+)?", re.IGNORECASE
)
_NOTE = re.compile(
    r"[*†‡§¶#]|\d{1,2}\s?[A-Z]|abbreviations|correspond|e-?mail|received|©|copyright|address", re.I
)
_CAPTION = re.compile(
    r"(?P<kind>Fig(?:ure)?|Table|Box|Scheme)\b\.?\s*(?P<number>S?\d+)\s*(?P<mark>[.:|—–-]?)", re.I
)
_SENTENCE_END = re.compile(r"[.!?:][\"'”’)\]\d,–-]*$")
_ABSTRACT = re.compile(r"(abstract|summary)\s*(?:[.:—–|-]\s*|$)", re.IGNORECASE)
_HYPHEN = re.compile(r"(?P<word>[^\s-]+(?:-[^\s-]+)*)[-\u2010\u00ad]$")
_HEADING_CHARACTERS = 120
_LONGEST_NOTE = 12
# What follows a hyphen that the author wrote: "KC-mediated", not "mediat-ed".
_SECOND_PARTS = frozenset(
    [
        "mediated",
        "induced",
        "driven",
        "derived",
        "dependent",
        "independent",
        "associated",
        "related",
        "specific",
        "positive",
        "negative",
        "like",
        "rich",
        "deficient",
        "expressing",
        "producing",
        "secreting",
        "free",
        "targeted",
        "treated",
        "activated",
        "resident",
        "infiltrating",
        "bearing",
        "tumor",
        "tumour",
        "inflammatory",
        "apoptotic",
        "fibrotic",
        "metastatic",
        "angiogenic",
        "based",
        "type",
        "cell",
        "cells",
        "mesenchymal",
    ]
)
_FIRST_PARTS = frozenset(
    [
        "anti",
        "pro",
        "non",
        "self",
        "cell",
        "well",
        "low",
        "high",
        "short",
        "long",
        "self-renewing",
        "t",
        "b",
        "nk",
    ]
)


def sections_of(lines: Sequence[Line]) -> tuple[str | None, Parts]:
    """(title, sections) of a document; captions come last, as sections of their own."""
    lines = [line for line in lines if line.text.strip()]
    body = _body_size(lines)
    lines = _without_furniture(lines, body)
    title, rest = _take_title(lines, body)
    joined = _Joiner(line.text for line in lines)
    captions: Parts = []
    flow = _Flow(joined, body, captions, indents=_indents(lines))
    for line in _from_abstract(rest, has_title=title is not None):
        flow.add(line)
    return title, flow.finish()


def _body_size(lines: Sequence[Line]) -> float:
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 10.0


def _without_furniture(lines: list[Line], body: float) -> list[Line]:
    """Without running heads and feet, page numbers, footnotes, table rows and the lettering of figures."""
    seen: Counter[tuple[bool, str]] = Counter()
    for key in {(line.page, _zone(line), _shape(line)) for line in lines if _zone(line) is not None}:
        seen[(bool(key[1]), key[2])] += 1
    largest = max((line.size for line in lines if line.page == 0), default=body)
    kept = []
    for number, line in enumerate(lines):
        zone = _zone(line)
        if zone is not None and line.size < max(largest, body + 0.5):
            apart = _gap_inwards(lines, number, zone) >= 2.0 * line.size and not is_known(line.text)
            repeated = seen[(zone, _shape(line))] > 1
            if repeated or apart or line.size <= body - 0.75 or _PAGE_NUMBER.fullmatch(line.text.strip()):
                continue
        if line.gaps >= 2 or line.size < 0.72 * body:
            continue
        kept.append(line)
    return _without_footnotes(kept, body)


def _zone(line: Line) -> bool | None:
    """True at the top of the page, False at its bottom, None between."""
    return True if line.place < _TOP else False if line.place > _BOTTOM else None


def _shape(line: Line) -> str:
    return re.sub(r"\d+", "#", fold(line.text).casefold())


def _gap_inwards(lines: list[Line], number: int, top: bool) -> float:
    line = lines[number]
    same = [o for o in lines if o.page == line.page and o.x0 < line.x1 and o.x1 > line.x0]
    if top:
        return min((o.top - line.bottom for o in same if o.top >= line.bottom - 1), default=0.0)
    return min((line.top - o.bottom for o in same if o.bottom <= line.top + 1), default=0.0)


def _without_footnotes(lines: list[Line], body: float) -> list[Line]:
    out: set[int] = set()
    for number, line in enumerate(lines):
        last = number + 1 == len(lines) or (lines[number + 1].page, lines[number + 1].block) != (
            line.page,
            line.block,
        )
        if not last:
            continue
        start = number
        while start >= 0 and lines[start].size <= body - 0.75 and _same_block(lines[start], line):
            start -= 1
        run = range(start + 1, number + 1)
        if not run or start < 0 or not _same_block(lines[start], line) or lines[run[0]].place < 0.55:
            continue
        first = lines[run[0]].text
        if not _CAPTION.match(first) and len(run) <= (_LONGEST_NOTE if _NOTE.match(first) else 6):
            out.update(run)
    return [line for number, line in enumerate(lines) if number not in out]


def _same_block(one: Line, other: Line) -> bool:
    return (one.page, one.block) == (other.page, other.block)


def _take_title(lines: list[Line], body: float) -> tuple[str | None, list[Line]]:
    """The largest type in the upper half of the first page, and the lines without it."""
    upper = [line for line in lines if line.page == 0 and line.place < 0.5]
    size = max((line.size for line in upper), default=0.0)
    if size < body + 1.5:
        return None, lines
    numbers = [
        n for n, line in enumerate(lines) if line.page == 0 and line.place < 0.5 and line.size >= size - 0.5
    ]
    run = [n for k, n in enumerate(numbers) if n == numbers[0] + k]
    title = fold(" ".join(lines[n].text for n in run))
    if is_known(title) or len(title) > 400:
        return None, lines
    return title, [line for n, line in enumerate(lines) if n not in run]


def _from_abstract(lines: list[Line], *, has_title: bool) -> list[Line]:
    """Without authors and addresses: what stands between the title and the abstract's heading."""
    if has_title:
        for number, line in enumerate(lines):
            if line.page == 0 and _ABSTRACT.match(line.text):
                return lines[number:]
            if line.page > 0:
                break
    return lines


class _Joiner:
    """Joins wrapped lines; the rest of the document shows whether a line-end hyphen is the author's."""

    def __init__(self, texts: object) -> None:
        self._known: Counter[str] = Counter()
        for text in texts:  # type: ignore[attr-defined]
            words = text.split()
            # The last word may be half of one.
            for word in words[:-1] if _HYPHEN.search(text) else words:
                self._known[word.strip(".,;:()[]").casefold()] += 1

    def join(self, paragraph: str, line: str) -> str:
        found = _HYPHEN.search(paragraph)
        if not found or not line[:1].isalnum():
            return f"{paragraph} {line}"
        first, second = found["word"].lstrip("([\"'“"), re.match(r"[\w-]*", line)[0]  # type: ignore[index]
        stem = paragraph[: found.end("word")]
        if paragraph.endswith("\u00ad"):
            return stem + line
        if second.casefold() in ("and", "or", "to", "nor"):
            return f"{stem}- {line}"
        whole, hyphened = (self._known[(first + sep + second).casefold()] for sep in ("", "-"))
        if whole != hyphened:
            return stem + ("" if whole > hyphened else "-") + line
        own = (
            not second[:1].islower()
            or not first[-1:].islower()
            or first.casefold() in _FIRST_PARTS
            or second.casefold().split("-")[0] in _SECOND_PARTS
            or any(c.isupper() for c in first[1:])
        )
        return stem + ("-" if own else "") + line


class _Flow:
    """Takes lines in reading order and makes paragraphs and sections of them."""

    def __init__(self, joiner: _Joiner, body: float, captions: Parts, *, indents: bool) -> None:
        self._indents = indents
        self._joiner = joiner
        self._body = body
        self._captions = captions
        self._parts: Parts = []
        self._names: list[tuple[float, str]] = []
        self._paragraphs: list[str] = []
        self._last: Line | None = None
        self._heading: Line | None = None
        self._caption: Line | None = None
        self._left_out = False

    def add(self, line: Line) -> None:
        if self._goes_on_caption(line):
            name, paragraphs = self._captions[-1]
            paragraphs[-1] = self._joiner.join(paragraphs[-1], line.text)
            self._caption = line
            return
        self._caption = None
        caption = _CAPTION.match(line.text)
        if caption and (caption["mark"] or line.size <= self._body - 0.4 or line.bold):
            kind = caption["kind"].capitalize()
            name = f"{'Figure' if kind.startswith('Fig') else kind} {caption['number']}"
            self._captions.append((name, [line.text[caption.end() :].lstrip(" .:|—–-")]))
            self._caption = line
            return
        abstract = _ABSTRACT.match(line.text)
        if abstract and line.page == 0 and not self._parts and not self._is_heading(line):
            self._open("abstract", 1.0, line)
            self._heading = None
            rest = line.text[abstract.end() :]
            if rest:
                self._paragraphs.append(rest)
                self._last = line
            return
        if self._is_heading(line):
            self._add_heading(line)
            return
        self._heading = None
        if self._left_out:
            return
        if self._last is None or not self._paragraphs or self._is_new_paragraph(self._last, line):
            self._paragraphs.append(line.text)
        else:
            self._paragraphs[-1] = self._joiner.join(self._paragraphs[-1], line.text)
        self._last = line

    def finish(self) -> Parts:
        self._close()
        parts = [(name, [p for p in paragraphs if fold(p)]) for name, paragraphs in self._parts]
        if parts and parts[0][0] == "text":
            # Names and addresses that no heading told from the text.
            parts[0] = ("text", [p for p in parts[0][1] if len(p) > 200 or _SENTENCE_END.search(p)])
        return [part for part in parts if part[1]] + self._captions

    def _close(self) -> None:
        self._parts.append((path([name for _, name in self._names]) or "text", self._paragraphs))
        self._paragraphs = []
        self._last = None

    def _open(self, name: str, level: float, line: Line) -> None:
        self._close()
        self._names = [known for known in self._names if known[0] < level] + [(level, name)]
        self._heading = line
        self._left_out = is_back_matter(name)

    def _add_heading(self, line: Line) -> None:
        before = self._heading
        name, depth = without_number(line.text)
        if before is not None and not depth and self._names and _is_wrapped(before, line):
            level, start = self._names[-1]
            self._names[-1] = (level, self._joiner.join(start, name))
            self._heading = line
            return
        if depth:
            level = float(depth)
        elif is_known(name) or line.size > self._body + 0.5:
            level = 1.0 if is_known(name) else 1.0 + 1.0 / line.size
        else:
            level = 2.0
        plain = name.strip(" .:")
        self._open("abstract" if plain.lower() == "abstract" else plain, level, line)

    def _is_heading(self, line: Line) -> bool:
        text = fold(line.text)
        if not 1 < len(text) <= _HEADING_CHARACTERS or not any(map(str.isalpha, text)):
            return False
        if is_known(text):
            return True
        if text.endswith((".", ",", ";", "-")) or not (text[0].isupper() or text[0].isdigit()):
            return False
        return line.size >= self._body + 0.8 or (line.bold and line.size >= self._body - 0.25)

    def _goes_on_caption(self, line: Line) -> bool:
        last = self._caption
        if last is None or not _same_block(last, line) or _CAPTION.match(line.text):
            return False
        pitch = line.top - last.top
        return abs(line.size - last.size) < 0.5 and 0 < pitch < 1.8 * line.size and not self._is_heading(line)

    def _is_new_paragraph(self, last: Line, line: Line) -> bool:
        ended = _SENTENCE_END.search(last.text) is not None
        if not _same_block(last, line):
            # At the top of a column only an indent tells; where a document has none, the sentence end does.
            return ended and (_is_indented(line) or not self._indents)
        if line.top - last.top > 1.75 * line.size or abs(line.size - last.size) > 0.6:
            return True
        indented = (
            0.6 * line.size < line.x0 - line.left < 5 * line.size and last.x0 - last.left < 0.6 * line.size
        )
        short = last.x1 < last.right - 0.15 * (last.right - last.left)
        return indented or (short and ended)


def _is_indented(line: Line) -> bool:
    return 0.6 * line.size < line.x0 - line.left < 5 * line.size


def _indents(lines: Sequence[Line]) -> bool:
    """Whether paragraphs start with an indent in this document."""
    starts = [
        line
        for last, line in itertools.pairwise(lines)
        if _same_block(last, line) and _is_indented(line) and not _is_indented(last)
    ]
    return len(starts) >= 3


def _is_wrapped(heading: Line, line: Line) -> bool:
    """Whether ``line`` goes on the heading above it: same column, same type, next line."""
    same_type = abs(heading.size - line.size) < 0.5 and heading.bold == line.bold
    return _same_block(heading, line) and same_type and line.top - heading.top < 2 * line.size
