"""What a format's reader hands up: a text and what is known about it, before language and ids are settled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from pipeline.read.prose import Prose, fold

_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]+")
_ID_CHARACTERS = 200
_PMCID = re.compile(r"(?:PMC)?\s*(\d{1,9})(?:\.\d+)?", re.IGNORECASE)
_PMID = re.compile(r"\d{1,9}")
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as its reader sees it.

    ``about`` holds the fields of Document that describe the text (pmid, journal, year, ...).
    ``language`` is the declared one, in any spelling; None lets the text decide. ``newness`` is set for
    MEDLINE records only: (version, date revised as YYYYMMDD, place in the file).
    """

    doc_id: str
    prose: Prose
    about: dict[str, Any] = field(default_factory=dict)
    language: str | None = None
    full_text: bool = False
    newness: tuple[int, int, int] | None = None


def safe_id(name: str, default: str = "document") -> str:
    """An id that may stand in a path or a table: no separators, no control characters, not "..".

    >>> safe_id("../reviews/KC\\n1")
    '.._reviews_KC_1'
    """
    name = unicodedata.normalize("NFC", _UNSAFE.sub("_", name)).strip()[:_ID_CHARACTERS].strip()
    return name if name.strip("._ ") else default


def pmid_of(value: object) -> str | None:
    """``value`` as a PMID (digits without leading zeros), or None."""
    text = str(value if value is not None else "").strip()
    if text.endswith(".0"):  # pandas writes an integer column with gaps as floats
        text = text[:-2]
    return (text.lstrip("0") or None) if _PMID.fullmatch(text) else None


def pmcid_of(value: object) -> str | None:
    """``value`` as a PMCID with its prefix ("PMC3102344"), or None."""
    found = _PMCID.fullmatch(str(value if value is not None else "").strip())
    return f"PMC{found[1]}" if found else None


def doi_of(value: object) -> str | None:
    """``value`` as a bare DOI ("10.1000/xyz"), or None."""
    found = _DOI.fullmatch(fold(str(value if value is not None else "")))
    return found[1] if found else None


def year_of(value: object) -> int | None:
    """The first plausible year in ``value``, or None."""
    found = re.search(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)", str(value if value is not None else ""))
    return int(found[1]) if found else None
