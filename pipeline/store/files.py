"""Files that outlast a crash: written whole, synced, and put under their name by one rename."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

# What file systems without hard links answer: some network shares, FAT, mounts that cross devices.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS, errno.EINVAL})


def sync(path: Path) -> None:
    """Make what was written, or renamed into this folder, outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` under ``path`` so that whoever looks sees the old file or the new one, never half of one."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    sync(temporary)
    os.replace(temporary, path)  # noqa: PTH105 (the tests count these calls by this name)
    sync(path.parent)


def share(source: Path, target: Path) -> None:
    """Give ``source`` a second name, or a copy where the file system knows no second names."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copy2(source, target)  # with its times, by which `shared` knows it again
        sync(target)


def shared(source: Path, target: Path) -> bool:
    """Whether ``target`` is what `share` made of ``source``."""
    try:
        one, other = source.stat(), target.stat()
    except FileNotFoundError:
        return False
    same_file = (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
    return same_file or (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def put(source: Path, target: Path) -> None:
    """Let ``target`` be ``source``'s content from one moment to the next; ``source`` stays.

    The second name is made beside ``source``, and no reader of ``target``'s folder meets it.
    """
    if shared(source, target):  # a rename between two names of one file would do nothing and leave both
        return
    between = source.with_name(f".{source.name}.link")
    between.unlink(missing_ok=True)
    share(source, between)
    os.replace(between, target)  # noqa: PTH105
