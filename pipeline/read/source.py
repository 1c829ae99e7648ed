"""One input as a stream of unpacked bytes that can be opened again, never longer than the limit."""

from __future__ import annotations

import gzip
import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from pipeline.read.trouble import Trouble, shown

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_BYTES = 1 << 16
_IN_MEMORY = 1 << 23
_GZIP_MAGIC = b"\x1f\x8b"


class _Kept:
    """A pipe of which everything that was read is kept in a temporary file, so that it can be read again."""

    def __init__(self, stream: BinaryIO | IO[bytes]) -> None:
        self._stream = stream
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (closed by close)
        self._length = 0

    def read(self, at: int, size: int) -> bytes:
        if at < self._length:
            self._file.seek(at)
            return self._file.read(min(size, self._length - at))
        # read1 hands on what a slow pipe has so far, so that its first record need not wait for the last.
        data = getattr(self._stream, "read1", self._stream.read)(size) or b""
        self._file.seek(self._length)
        self._file.write(data)
        self._length += len(data)
        return data

    def close(self) -> None:
        self._file.close()


class _Cursor(io.RawIOBase):
    """One reading of a kept pipe, from its start."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._kept.read(self._at, len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Bounded(io.RawIOBase):
    """Passes a stream on until ``limit`` bytes; tells what breaks as Trouble."""

    def __init__(self, stream: BinaryIO | IO[bytes], limit: int, *, packed: bool) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit
        self._packed = packed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._stream.read(min(len(view), 1 << 17))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Trouble("gzip", f"is a damaged gzip file ({error}): get it again") from error
        except OSError as error:
            raise Trouble("unreadable", f"cannot be read ({error.strerror or error}): check it") from error
        self._left -= len(data)
        if self._left < 0:
            raise too_large(self._limit, packed=self._packed)
        view[: len(data)] = data
        return len(data)


def too_large(limit: int, *, packed: bool) -> Trouble:
    """The Trouble of an input that is longer than ``limit`` bytes once unpacked."""
    what = "unpacks to" if packed else "has"
    return Trouble(
        "too-large",
        f"{what} more than {limit:,} bytes: split it, or raise KUPFFER_MAX_FILE_BYTES if you trust it",
    )


def _is_packed(raw: io.BufferedReader) -> bool:
    try:
        return raw.peek(2)[:2] == _GZIP_MAGIC
    except (OSError, ValueError) as error:  # a failing disk, a stream that was closed
        reason = getattr(error, "strerror", None) or error
        raise Trouble("unreadable", f"cannot be read ({reason}): check it") from error


class Source:
    """A file, a pipe, or the standard input.

    ``path`` is what is printed and stored; ``stem`` its name without suffixes, for an id; ``suffix`` the
    last suffix in lower case, ".gz" not counted.
    """

    def __init__(self, path: Path | None, limit: int, pipe: BinaryIO | IO[bytes] | None = None) -> None:
        self._path = path
        self._limit = limit
        self._pipe = _Kept(pipe) if pipe is not None else None
        self.path = shown(str(path)) if path is not None else "-"
        self.name = self.path if path is not None else "standard input"
        name = path.name if path is not None else "stdin"
        if name.lower().endswith(".gz"):
            name = name[:-3]
        self.suffix = Path(name).suffix.lower()
        self.stem = Path(name).stem

    @property
    def file(self) -> Path | None:
        """The file behind it; None for a pipe."""
        return self._path if self._pipe is None else None

    @contextmanager
    def open(self) -> Iterator[io.BufferedReader]:
        """The unpacked bytes from the start; gzip is told by its magic bytes, once. Raises Trouble."""
        raw = self._raw()
        try:
            packed = _is_packed(raw)
            stream: BinaryIO | IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
            bounded = _Bounded(stream, self._limit, packed=packed)
            yield io.BufferedReader(bounded, HEAD_BYTES)
        finally:
            raw.close()

    @contextmanager
    def open_seekable(self) -> Iterator[BinaryIO]:
        """The unpacked bytes as a file with random access; a copy on disk where it is packed or a pipe."""
        with self.open() as stream:
            if self._path is not None and self._pipe is None and not self._packed():
                with self._path.open("rb") as file:
                    yield file
                return
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
                while chunk := stream.read(1 << 20):
                    copy.write(chunk)
                copy.seek(0)
                yield copy  # type: ignore[misc]

    def head(self) -> bytes:
        """The first unpacked bytes, at most 65,536."""
        with self.open() as stream:
            return stream.read(HEAD_BYTES) if self._pipe is None else stream.peek(HEAD_BYTES)

    def close(self) -> None:
        """Let go of what was kept of a pipe."""
        if self._pipe is not None:
            self._pipe.close()

    def _packed(self) -> bool:
        with self._raw() as raw:
            return _is_packed(raw)

    def _raw(self) -> io.BufferedReader:
        if self._pipe is not None:
            return io.BufferedReader(_Cursor(self._pipe))
        assert self._path is not None
        try:
            if self._path.stat().st_size > self._limit:
                raise too_large(self._limit, packed=False)
            return self._path.open("rb")
        except FileNotFoundError as error:
            raise Trouble("missing", "does not exist: check the spelling of the path") from error
        except OSError as error:
            raise Trouble(
                "unreadable", f"cannot be opened ({error.strerror or error}): check its permissions"
            ) from error
