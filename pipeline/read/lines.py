"""The lines of a UTF-8 stream, one at a time, whatever their bytes and however long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pipeline.read.decoding import not_decodable
from pipeline.read.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end, and its number from 1."""

    number: int
    text: str


def lines(stream: BinaryIO, limit: int) -> Iterator[Line | Trouble]:
    """Each line; a Trouble in place of one that is not UTF-8 or longer than ``limit`` bytes."""
    number = 0
    offset = 0
    while data := stream.readline(limit + 1):
        number += 1
        start, offset = offset, offset + len(data)
        if len(data) > limit and not data.endswith(b"\n"):
            while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
                offset += len(rest)
            offset += len(rest)
            yield Trouble(
                "too-long",
                f"has a line of more than {limit:,} bytes (line {number}): split it, or raise "
                "KUPFFER_MAX_CHARACTERS",
            )
            continue
        try:
            yield Line(number, data.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n"))
        except UnicodeDecodeError as error:
            yield not_decodable(data, "utf-8", error, start)
