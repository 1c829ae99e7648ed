"""Bytes to characters: UTF-8, or what a byte order mark names; anything else is told, not guessed."""

from __future__ import annotations

from typing import BinaryIO

from pipeline.read.kinds import encoding_of
from pipeline.read.trouble import Trouble

_SAMPLE = 1 << 16
_USUAL = ["cp1252", "cp1250", "cp1251", "mac_roman", "gb18030", "shift_jis", "euc_kr"]


def decoded(stream: BinaryIO, max_characters: int) -> str:
    """The whole stream as text, line ends as "\\n". Raises Trouble where it is longer or not UTF-8."""
    data = bytearray()
    while chunk := stream.read(1 << 16):
        data += chunk
        if len(data) > 4 * max_characters + 4:
            raise too_long(max_characters)
    encoding = encoding_of(bytes(data[:4]))
    try:
        text = bytes(data).decode(encoding)
    except UnicodeError as error:
        raise not_decodable(bytes(data), encoding, error) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def too_long(max_characters: int, doc_id: str | None = None) -> Trouble:
    """The Trouble of a document beyond the limit."""
    what = f"holds a document {doc_id} of" if doc_id else "has"
    return Trouble(
        "too-long",
        f"{what} more than {max_characters:,} characters: split it, or raise KUPFFER_MAX_CHARACTERS",
        doc_id,
    )


def not_decodable(data: bytes, encoding: str, error: UnicodeError, offset: int = 0) -> Trouble:
    """The Trouble of bytes in another encoding: where the first stands, and which encoding it looks like."""
    place = ""
    if isinstance(error, UnicodeDecodeError) and error.start < len(data):
        byte = data[error.start]
        place = f" (byte 0x{byte:02X} at offset {offset + error.start:,})"
    name = "UTF-8" if encoding.startswith("utf-8") else encoding.upper()
    likely = _likely_encoding(data)
    cure = f"it may be {likely}: iconv -f {likely} -t utf-8" if likely else "save it again as UTF-8"
    return Trouble("encoding", f"is not valid {name}{place}: {cure}")


def _likely_encoding(data: bytes) -> str | None:
    # A guess is good enough for advice but not for reading: one wrong byte in UTF-8 looks like cp1252.
    from charset_normalizer import from_bytes

    matches = from_bytes(data[:_SAMPLE], cp_isolation=_USUAL)
    likely = [match for match in matches if match.chaos <= 0.02] if len(data) >= 64 else []
    # Western text is valid in many code pages: the usual one is the better advice.
    return min((match.encoding for match in likely), key=_USUAL.index, default=None)
