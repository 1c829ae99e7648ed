"""JSON and JSON Lines: records with id and text, or BioC documents, one at a time in constant memory."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from pipeline.read.bioc import json_draft
from pipeline.read.decoding import not_decodable
from pipeline.read.draft import Draft
from pipeline.read.kinds import encoding_of
from pipeline.read.lines import lines
from pipeline.read.rows import draft_of
from pipeline.read.trouble import Trouble

# Where a collection keeps its documents: BioC, and the web service of PubTator 3.
_COLLECTIONS = ("documents", "PubTator3")
_COLLECTION_KEY = re.compile(r"\"(?:documents|PubTator3)\"\s*:\s*\[")
_CHUNK = 1 << 16
_SPACE = re.compile(r"\s*")


def read_json(stream: BinaryIO, head: bytes, stem: str, line_bytes: int) -> Iterator[Draft | Trouble]:
    """A Draft for each record or document, a Trouble for each that is none.

    Raises Trouble where the JSON is broken; in JSON Lines only the broken line is lost.
    """
    if _is_json_lines(head):
        for line in lines(stream, line_bytes):
            if isinstance(line, Trouble):
                yield line
            elif line.text.strip():
                yield from _line(line.text, f"line {line.number}", stem)
        return
    values = _Values(stream, encoding_of(head), line_bytes)
    for number, value in enumerate(values.items(), start=1):
        yield from _drafts(value, f"number {number}", stem)


def _is_json_lines(head: bytes) -> bool:
    encoding = encoding_of(head)
    if not encoding.startswith("utf-8"):
        return False
    filled = [line.strip() for line in head.split(b"\n") if line.strip(codecs.BOM_UTF8 + b" \t\r")]
    first = filled[0].removeprefix(codecs.BOM_UTF8).lstrip()
    if not first.startswith(b"{") or _COLLECTION_KEY.search(first.decode("utf-8", "replace")):
        return False
    return (
        first.endswith(b"}") or (len(filled) > 1 and filled[1].startswith(b'{"')) or len(first) > _CHUNK / 2
    )


def _line(text: str, where: str, stem: str) -> Iterator[Draft | Trouble]:
    try:
        value = json.loads(text)
    except RecursionError:
        yield Trouble("too-deep", f"has JSON nested too deeply ({where}): mend or remove that line")
    except ValueError as error:
        yield Trouble("not-json", f"has broken JSON in {where} ({_reason(error)}): mend or remove that line")
    else:
        yield from _drafts(value, where, stem)


def _drafts(value: Any, where: str, stem: str) -> Iterator[Draft | Trouble]:
    if not isinstance(value, dict):
        yield Trouble("record", f"has something other than a record ({where}): each must be a JSON object")
        return
    for key in _COLLECTIONS:
        if isinstance(value.get(key), list):
            for document in value[key]:
                yield from _drafts(document, where, stem)
            return
    yield json_draft(value, stem) if isinstance(value.get("passages"), list) else draft_of(value, where)


def _reason(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


class _Values:
    """The values in one JSON text, handed out as they end: items of a list, documents of a collection."""

    def __init__(self, stream: BinaryIO, encoding: str, limit: int) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._encoding = encoding
        self._limit = limit
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._bytes = 0

    def items(self) -> Iterator[Any]:
        first = self._peek()
        if first == "[":
            yield from self._list()
        else:
            yield from self._object()
        if self._peek():
            raise self._broken("more text after its end")

    def _list(self) -> Iterator[Any]:
        self._take("[")
        if self._peek() == "]":
            self._take("]")
            return
        while True:
            yield self._value()
            if self._peek() == "]":
                self._take("]")
                return
            self._take(",")

    def _object(self) -> Iterator[Any]:
        self._take("{")
        record: dict[str, Any] = {}
        collection = False
        while self._peek() != "}":
            key = self._value()
            self._take(":")
            if key in _COLLECTIONS and self._peek() == "[":
                collection = True
                yield from self._list()
            else:
                record[key] = self._value()
            if self._peek() != "}":
                self._take(",")
        self._take("}")
        if not collection:
            yield record

    def _peek(self) -> str:
        while True:
            found = _SPACE.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more(_CHUNK):
                return ""

    def _take(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise self._broken(f"'{wanted}' is missing")
        self._at += 1

    def _value(self) -> Any:
        self._peek()
        more = _CHUNK
        while True:
            try:
                value, end = json.JSONDecoder().raw_decode(self._buffer, self._at)
                # A number at the end of what is there may go on in what is not.
                if end < len(self._buffer) or self._ended:
                    self._at = end
                    return value
            except RecursionError as error:
                raise Trouble("too-deep", "has JSON nested too deeply: check where it came from") from error
            except ValueError as error:
                if self._ended:
                    raise self._broken(_reason(error)) from error
            if len(self._buffer) - self._at > self._limit:
                raise Trouble(
                    "too-long",
                    f"is broken JSON or has a record of more than {self._limit:,} characters: "
                    "mend it, or raise KUPFFER_MAX_CHARACTERS",
                )
            self._more(more)
            more *= 2

    def _more(self, size: int) -> bool:
        if self._ended:
            return False
        data = self._stream.read(size)
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeError as error:
            raise not_decodable(data, self._encoding, error, self._bytes) from error
        self._bytes += len(data)
        self._ended = not data
        self._buffer = self._buffer[self._at :] + text
        self._at = 0
        return not self._ended

    def _broken(self, reason: str) -> Trouble:
        return Trouble("not-json", f"is broken JSON ({reason}): get it again or mend it there")
