"""The one place where a document's text is put together, so that every reader keeps the same promises.

A Prose is in NFC; holds no control character but the newline (and, in a text that was taken to the
character, the tab), no lone surrogate; a newline in it is always a border that no sentence crosses; and
its sections are in range, in order, and do not overlap.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.records import Section

# What Arrow, XML or a terminal cannot carry. The two byte-order non-characters are illegal in XML 1.0.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_UNPRINTABLE_OR_RETURN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r(?!\n)|[\u2028\u2029\x0b\x0c]")
# Soft hyphen, zero-width space, word joiner, byte order mark: marks for typesetting that split words unseen.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_SPACES = re.compile(r"\s+")
_SECTION_NAME_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Prose:
    """A text and its sections, checked once when made."""

    text: str
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        if not unicodedata.is_normalized("NFC", self.text):
            raise ValueError("the text is not in NFC")
        if _UNPRINTABLE.search(self.text):
            raise ValueError("the text holds control characters")
        end = 0
        for section in self.sections:
            if not end <= section.start < section.end <= len(self.text):
                raise ValueError(f"section {section} is empty, out of range or overlaps its neighbour")
            end = section.end


def fold(text: str) -> str:
    """One paragraph as one line: NFC, every run of white space a single space, nothing unprintable.

    >>> fold(" CD8+\\n\\tT cells ")
    'CD8+ T cells'
    """
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    text = _INVISIBLE.sub("", _UNPRINTABLE.sub(" ", text))
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text).strip())


def section_name(name: str, default: str = "text") -> str:
    """``name`` folded and of bounded length; ``default`` where nothing is left of it."""
    return fold(name)[:_SECTION_NAME_CHARACTERS].strip() or default


def compose(parts: Iterable[tuple[str, Iterable[str]]]) -> Prose:
    """Build the text from (section name, paragraphs): each paragraph one line, empty ones left out.

    >>> compose([("title", ["Kupffer cells"]), ("abstract", ["They eat."])]).sections[1]
    Section(name='abstract', start=14, end=23)
    """
    lines: list[str] = []
    sections: list[Section] = []
    position = 0
    for name, paragraphs in parts:
        start = position
        for paragraph in paragraphs:
            line = fold(paragraph)
            if line:
                lines.append(line)
                position += len(line) + 1
        if position > start:
            sections.append(Section(section_name(name), start, position - 1))
    return Prose("\n".join(lines), tuple(sections))


def exactly(text: str) -> str:
    """``text`` to the character where it is in NFC, so that other people's offsets stay valid.

    A control character or lone surrogate becomes one space, a line end of another system one newline.
    """
    text = _UNPRINTABLE_OR_RETURN.sub(" ", _LINE_END.sub("\n", text.replace("\r\n", " \n")))
    return unicodedata.normalize("NFC", text)


def verbatim(text: str, title: str | None = None) -> Prose:
    """A Prose of ``text`` kept exactly; one section "text", after a section "title" if its first line is one.

    >>> verbatim("Kupffer cells\\nThey eat.", title="Kupffer cells").sections[1].start
    14
    """
    text = exactly(text)
    cut = 0
    heading = exactly(title).strip() if title else ""
    if heading and text.startswith(heading + "\n"):
        cut = len(heading) + 1
    sections = [Section("title", 0, cut - 1)] if cut else []
    if text[cut:].strip():
        sections.append(Section("text", cut, len(text)))
    return Prose(text, tuple(sections))
