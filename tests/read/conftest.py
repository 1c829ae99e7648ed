"""Small inputs in, documents and failures out."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.read import read
from pipeline.records import Document, Failure
from pipeline.settings import Settings

Read = Callable[..., list[Document | Failure]]


def check(document: Document) -> Document:
    """What every document promises, whatever it was read from."""
    text = document.text
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n" for c in text)
    end = 0
    for section in document.sections:
        assert end <= section.start < section.end <= len(text)
        assert section.name and "\n" not in section.name
        end = section.end
    assert document.doc_id and not set(document.doc_id) & set("/\\\n\0")
    text.encode()
    return document


@pytest.fixture
def files(tmp_path: Path) -> Read:
    """Write files (name -> text or bytes) into one folder and read the folder, or the names in ``order``."""

    def run(
        contents: dict[str, str | bytes], order: list[str] | None = None, **settings: Any
    ) -> list[Document | Failure]:
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths = [tmp_path / name for name in order] if order is not None else [tmp_path]
        found = list(read(paths, settings=Settings(**settings)))
        for item in found:
            if isinstance(item, Document):
                check(item)
            else:
                assert item.stage == "read"
                assert item.path and "\n" not in item.path + item.message
        return found

    return run


@pytest.fixture
def one(files: Read) -> Callable[..., Document]:
    """Read one file that gives one document."""

    def run(content: str | bytes, name: str = "text.txt", **settings: Any) -> Document:
        (found,) = files({name: content}, [name], **settings)
        assert isinstance(found, Document), found
        return found

    return run


@pytest.fixture
def failure(files: Read) -> Callable[..., Failure]:
    """Read one file that gives one failure, whose message names the file and is one sentence."""

    def run(content: str | bytes, name: str = "text.txt", **settings: Any) -> Failure:
        (found,) = files({name: content}, [name], **settings)
        assert isinstance(found, Failure), found
        assert name in found.message and found.message.endswith(".") and ": " in found.message
        return found

    return run


def by_section(document: Document) -> dict[str, str]:
    """The text of each section by its name."""
    return {section.name: document.text[section.start : section.end] for section in document.sections}


def piped(content: bytes, **settings: Any) -> list[Document | Failure]:
    """Read ``content`` from the standard input."""
    return list(read(["-"], settings=Settings(**settings), stdin=io.BytesIO(content)))
