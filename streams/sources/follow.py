"""Files of one log: the one being written, and those that rotation moved away from it."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from streams.sources.base import SourceError
from streams.sources.file import DAMAGED, skip, uncompressed

HEAD = 1024
"""Bytes at the beginning that tell one log file from another."""
_ROTATED = re.compile(r"[.-][0-9][0-9T:_.-]*(\.gz|\.zst)?")
_COMPRESSED = (".gz", ".zst")


@dataclass
class Place:
    """A byte of a file, and what the file is known by."""

    device: int
    inode: int
    offset: int
    """Of the next line, in the uncompressed file."""
    head: str
    """SHA-256 of the first `head_bytes` bytes, none of which lies behind `offset`."""
    head_bytes: int
    modified_ns: int

    def state(self) -> dict[str, Any]:
        """As JSON values."""
        return dict(vars(self))


class LogFile:
    """An open log file. It stays readable when it is renamed or deleted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Unbuffered: bytes read ahead would be stale after a truncation.
        self._raw = cast(BinaryIO, path.open("rb", buffering=0))
        self._stream: BinaryIO = uncompressed(self._raw)
        self.plain = self._stream is self._raw
        status = os.fstat(self._raw.fileno())
        self.device, self.inode = status.st_dev, status.st_ino
        self._opened_ns = status.st_mtime_ns

    @property
    def size(self) -> int:
        """Bytes on disk now."""
        return os.fstat(self._raw.fileno()).st_size

    @property
    def modified_ns(self) -> int:
        """Last change of content."""
        return os.fstat(self._raw.fileno()).st_mtime_ns

    def head(self, count: int) -> str:
        """Digest of the first `count` bytes, "" if there are fewer. Compressed: moves the position."""
        data = self._first(count)
        return hashlib.sha256(data).hexdigest() if len(data) == count else ""

    def place(self) -> Place:
        """The beginning of this file. A compressed one is complete, so its head is known at once."""
        data = b"" if self.plain else self._first(HEAD)
        digest = hashlib.sha256(data).hexdigest()
        self.seek(0)
        # Its time when it was opened: what changed since may have been copied away already.
        return Place(self.device, self.inode, 0, digest, len(data), self._opened_ns)

    def _first(self, count: int) -> bytes:
        if self.plain:
            return os.pread(self._raw.fileno(), count, 0)
        self._rewind()
        return self._stream.read(count)

    def seek(self, offset: int) -> bool:
        """Go to a byte; False if the file is shorter."""
        if self.plain:
            self._stream.seek(offset)
            return offset <= self.size
        self._rewind()
        return skip(self._stream, offset)

    def read(self, count: int) -> bytes:
        """The next bytes, none at the end for now."""
        return self._stream.read(count)

    def is_the_file_of(self, place: Place) -> bool:
        """Whether `place` is a place of this file, by its beginning and its length."""
        try:
            return self.head(place.head_bytes) == place.head and self.seek(place.offset)
        except DAMAGED:
            return False

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()

    def _rewind(self) -> None:
        self._raw.seek(0)
        self._stream = uncompressed(self._raw)


def rotated(path: Path) -> Iterator[Path]:
    """Files beside `path` that rotation may have made of it: queue_log.1, queue_log-20260101.gz."""
    try:
        names = os.listdir(path.parent)
    except OSError:
        return
    for name in sorted(names):
        if not name.startswith(path.name) or not _ROTATED.fullmatch(name[len(path.name) :]):
            continue
        stem, dot, suffix = name.rpartition(".")
        if dot + suffix in _COMPRESSED and stem in names:
            continue  # still being compressed
        yield path.parent / name


def open_log(path: Path) -> LogFile | None:
    """The file, or None while it is absent. Raises SourceError where it may not be read."""
    try:
        return LogFile(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {error.strerror}", "let the user of floorwatch read the log"
        ) from None


def find(path: Path, place: Place) -> LogFile | None:
    """The file of `place`, wherever rotation put it, open at its offset. Needs a head to compare."""
    files = [file for file in map(open_log, [path, *rotated(path)]) if file]
    files.sort(key=lambda file: (file.inode, file.device) != (place.inode, place.device))
    found = next((file for file in files if file.is_the_file_of(place)), None)
    for file in files:
        if file is not found:
            file.close()
    return found


def written_after(path: Path, moment_ns: int) -> list[LogFile]:
    """Rotated files that were changed after `moment_ns`, oldest first.

    By modification time: rotation schemes number up, number down or write dates. Files rotated
    within one tick of the file system's clock are taken in the order of their names.
    """
    files = []
    for candidate in rotated(path):
        file = open_log(candidate)
        if file is not None and file.size and file.modified_ns > moment_ns:
            files.append(file)
        elif file is not None:
            file.close()
    return sorted(files, key=lambda file: (file.modified_ns, file.path.name))


def newer(path: Path, than: LogFile, head: Place) -> list[LogFile]:
    """Files with lines behind those of `than`, oldest first, the one at `path` last."""
    files = []
    for file in written_after(path, than.modified_ns):
        packed_copy = not file.plain and head.head_bytes and file.is_the_file_of(head)
        if file.inode == than.inode or packed_copy:
            file.close()
        else:
            file.seek(0)
            files.append(file)
    current = open_log(path)
    if current is not None and current.inode != than.inode and current.size:
        files.append(current)
    elif current is not None:
        current.close()
    return files


def inode_at(path: Path) -> int | None:
    """Inode of the file at a path, None where there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None
