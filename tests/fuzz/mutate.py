"""Damage: what transfers, disks, editors, converters and malice do to the bytes of a sound file."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from random import Random

from tests.fuzz.words import piece

TOKENS = (
    b"<", b">", b"</", b"/>", b"&", b";", b"&#x0;", b"&a;", b"<![CDATA[", b"]]>", b"<!DOCTYPE a [", b"<!ENTITY a 'b'>", b"<?x?>",
    b"<p>", b"</p>", b"<sec>", b"<article>", b"</article>", b"<PMID>", b"<passage>", b"<document>", b"{", b"}", b"[", b"]", b'"',
    b"\\", b"\\u", b"\\ud800", b",", b":", b"null", b"-1", b"1e999", b"|t|", b"|a|", b"\t", b"\n", b"\r", b"\0", b"\xff",
    b"\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x1f\x8b\x08", b"PAR1", b"%PDF-", b"endstream", b"endobj",
    b"xref", b"/Length 99999999", b"/Kids", b"/FlateDecode", b"startxref", b"(", b")", b"id,text", b"---\n", b"#", b"```",
)  # fmt: skip

Mutator = Callable[[bytearray, Random], None]


def _place(data: bytearray, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _flip(data: bytearray, random: Random) -> None:
    for _ in range(random.choice((1, 1, 4, 32))):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _cut(data: bytearray, random: Random) -> None:
    start = _place(data, random)
    del data[start : start + random.choice((1, 2, 10, 100, 1000))]


def _truncate(data: bytearray, random: Random) -> None:
    del data[_place(data, random) :]


def _repeat(data: bytearray, random: Random) -> None:
    start = _place(data, random)
    part = data[start : start + random.choice((1, 5, 20, 100, 500))]
    at = _place(data, random)
    data[at:at] = part * random.choice((1, 2, 10, 200))


def _token(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at : at + random.choice((0, 0, 1, 5))] = random.choice(TOKENS) * random.choice((1, 1, 1, 3, 100))


def _word(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = piece(random).encode("utf-8", "replace")


def _noise(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = random.randbytes(random.choice((1, 4, 50)))


def _swap(data: bytearray, random: Random) -> None:
    size = random.choice((1, 8, 64))
    one, two = sorted((_place(data, random), _place(data, random)))
    if one + size <= two:
        data[one : one + size], data[two : two + size] = data[two : two + size], data[one : one + size]


def _number(data: bytearray, random: Random) -> None:
    digits = [at for at, byte in enumerate(data) if 48 <= byte < 58]
    if digits:
        at = random.choice(digits)
        data[at : at + 1] = random.choice(
            (b"0", b"-1", b"4294967296", b"99999999999999999999", b"1.5", b"\xd9\xa3")
        )


def _nest(data: bytearray, random: Random) -> None:
    depth = random.choice((10, 100, 300, 2000))
    opening, closing = random.choice(
        (
            (b"<sec>", b"</sec>"),
            (b"<p>", b"</p>"),
            (b"<b>", b"</b>"),
            (b"[", b"]"),
            (b'{"a":', b"}"),
            (b"(", b")"),
            (b"> ", b""),
        )
    )
    at = _place(data, random)
    data[at:at] = (
        opening * depth + random.choice((b"", b"x")) + closing * random.choice((depth, 0, depth - 1))
    )


def _encode(data: bytearray, random: Random) -> None:
    text = bytes(data).decode("utf-8", "replace")
    data[:] = text.encode(
        random.choice(("utf-16-le", "utf-16", "utf-32", "latin-1", "cp1252", "utf-7", "utf-8-sig")), "replace"
    )


def _line_ends(data: bytearray, random: Random) -> None:
    data[:] = bytes(data).replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b"\xe2\x80\xa8", b" ")))


def _pack(data: bytearray, random: Random) -> None:
    packed = bytearray(gzip.compress(bytes(data), 1, mtime=0))
    if random.random() < 0.5:
        random.choice((_flip, _truncate, _noise))(packed, random)
    data[:] = packed


MUTATORS: tuple[Mutator, ...] = (
    _flip, _flip, _cut, _truncate, _repeat, _token, _token, _word, _noise, _swap, _number, _nest, _encode, _line_ends, _pack,
)  # fmt: skip


def mutated(data: bytes, random: Random) -> bytes:
    """``data`` after one to eight mutations."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        random.choice(MUTATORS)(changed, random)
        del changed[2_000_000:]
    return bytes(changed)
