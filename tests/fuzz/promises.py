"""What must hold whatever the input: of what a reader gives, and of the tables that come out at the end."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.records import Document, Failure


class Broken(AssertionError):
    """A promise that was not kept, in words."""


def document(found: Document) -> None:
    """Raise Broken unless a document is what records.py and prose.py promise."""
    text = found.text
    if not text.strip():
        raise Broken("a document without text")
    if not unicodedata.is_normalized("NFC", text):
        raise Broken("a text that is not in NFC")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n" for c in text):
        raise Broken("a text with control characters or half a surrogate pair")
    end = 0
    for section in found.sections:
        if not end <= section.start < section.end <= len(text):
            raise Broken(f"a wrong offset: section {section} of a text of {len(text)} characters")
        if not section.name or "\n" in section.name:
            raise Broken(f"a section named {section.name!r}")
        end = section.end
    if not found.doc_id or set(found.doc_id) & set("/\\\n\r\0") or not found.doc_id.strip("._ "):
        raise Broken(f"an id that is no safe name: {found.doc_id!r}")
    for value in (
        found.doc_id,
        found.title,
        found.journal,
        found.source,
        found.license,
        found.doi,
        *found.authors,
    ):
        if value is not None:
            value.encode()  # half a surrogate pair could not be stored


def failure(found: Failure) -> None:
    """Raise Broken unless a failure is one clear sentence."""
    if "\n" in found.message or "\r" in found.message or not found.message.endswith("."):
        raise Broken(f"a message that is not one sentence: {found.message!r}")
    if "\x1b" in found.message or (found.path and "\x1b" in found.path):
        raise Broken("a message with a terminal's commands")
    found.message.encode()
    if len(found.message) > 2000:
        raise Broken(f"a message of {len(found.message)} characters")


def nets(found: Iterable[Document | Failure]) -> list[str]:
    """Messages of the last nets: what nobody foresaw, and which a user is asked to report."""
    failures = [one for one in found if isinstance(one, Failure)]
    return [
        one.message
        for one in failures
        if (one.error == "broken" and "open it to check it" in one.message)
        or (one.stage not in ("read", "fetch") and one.error not in ("too-slow", "too-large"))
    ]


def tables(
    texts: Mapping[str, str], mentions: Iterable[Mapping[str, Any]], triples: Iterable[Mapping[str, Any]]
) -> None:
    """Raise Broken unless every mention, slot and sentence equals its stretch of text."""
    known = set()
    for row in mentions:
        _stretch(texts[row["doc_id"]], row["start"], row["end"], row["text"], "mention")
        known.add((row["doc_id"], row["start"], row["end"], row["type"]))
    identifiers = set()
    for row in triples:
        text = texts[row["doc_id"]]
        _stretch(text, row["evidence_start"], row["evidence_end"], row["sentence"], "sentence")
        for slot in ("cell", "mechanism", "therapy"):
            if row[f"{slot}_text"] is not None:
                _stretch(text, row[f"{slot}_start"], row[f"{slot}_end"], row[f"{slot}_text"], slot)
                if (row["doc_id"], row[f"{slot}_start"], row[f"{slot}_end"], slot.upper()) not in known:
                    raise Broken(f"a {slot} of a triple that is no mention")
        if not 0 <= row["confidence"] <= 1:
            raise Broken(f"a confidence of {row['confidence']}")
        if row["triple_id"] in identifiers:
            raise Broken("two triples with one id")
        identifiers.add(row["triple_id"])


def _stretch(text: str, start: int, end: int, said: str, what: str) -> None:
    if not 0 <= start < end <= len(text) or text[start:end] != said:
        raise Broken(f"a wrong offset: the {what} {said[:80]!r} does not stand at {start} to {end}")


def nothing_outside(folder: Path, expected: Iterable[str]) -> None:
    """Raise Broken if ``folder`` holds anything but what is ``expected`` in it."""
    others = {path.name for path in folder.iterdir()} - set(expected)
    if others:
        raise Broken(f"a file outside the output folder: {sorted(others)[:3]}")
