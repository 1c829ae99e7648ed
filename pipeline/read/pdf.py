"""PDF with a text layer. Scans are not read: the message says how to give them one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.read.decoding import too_long
from pipeline.read.draft import Draft, safe_id
from pipeline.read.pdf_flow import Parts, sections_of
from pipeline.read.pdf_page import Line, lines_of, unmapped_share, words_of
from pipeline.read.pdf_process import parts_apart
from pipeline.read.prose import compose
from pipeline.read.trouble import Trouble

_FEWEST_CHARACTERS = 20
_OCR = "give it one by OCR (ocrmypdf in.pdf out.pdf)"


def read_pdf(file: BinaryIO, stem: str, max_characters: int, seconds: float, memory: int) -> Iterator[Draft]:
    """One Draft, made in a process of its own that may take ``seconds`` of processor and ``memory`` bytes.

    Raises Trouble for a PDF that is broken, encrypted, too long, too large, or has no text layer.
    """
    title, parts = parts_apart(file, max_characters, seconds, memory)
    yield Draft(safe_id(stem), compose([("title", [title or ""]), *parts]), {"title": title})


def parts_of(file: BinaryIO, max_characters: int) -> tuple[str | None, Parts]:
    """(title, sections) of a PDF, here. Raises Trouble, and MemoryError."""
    # Imported on use: 0.2 s. It reports each oddity of a PDF as a warning on stderr, which helps nobody.
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    import pdfplumber

    lines: list[Line] = []
    characters = 0
    unmapped = []
    try:
        with pdfplumber.open(file) as pdf:  # type: ignore[arg-type]
            for number, page in enumerate(pdf.pages):
                unmapped.append(unmapped_share(page))
                lines += lines_of(words_of(page), number, float(page.height) or 1.0)
                page.close()
                characters = sum(len(line.text) for line in lines)
                if characters > 2 * max_characters:
                    raise too_long(max_characters)
    except (Trouble, MemoryError):
        raise
    except Exception as error:
        raise _unreadable(error) from error
    if characters < _FEWEST_CHARACTERS:
        raise Trouble("no-text", f"is a PDF without a text layer (a scan?): {_OCR}")
    if sum(unmapped) / len(unmapped) > 0.3:
        raise Trouble(
            "no-text", f"is a PDF whose fonts do not say which letters they draw: {_OCR} --force-ocr"
        )
    title, parts = sections_of(lines)
    if not parts:
        raise Trouble("no-text", f"is a PDF without prose: {_OCR}, or give the text itself")
    return title, parts


def _unreadable(error: Exception) -> Trouble:
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(inner, MemoryError | SystemError):  # native code out of memory is told as either
        raise MemoryError
    name = type(inner).__name__
    if "Password" in name or "Encryption" in name:
        return Trouble("encrypted", "is an encrypted PDF: save it without password (qpdf --decrypt) first")
    return Trouble(
        "broken", f"is a damaged PDF ({name}): get it again, or repair it with qpdf or Ghostscript"
    )
