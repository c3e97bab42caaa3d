"""A complete file, plain, gzip or Zstandard, read once from a position to its end."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import zstandard

from streams.sources.base import Chunk, SourceError
from streams.sources.lines import BLOCK, LineCutter

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_IDENTITY_BYTES = 4096
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)
"""What reading a damaged compressed file raises."""


def uncompressed(raw: BinaryIO) -> BinaryIO:
    """The stream inside an open file; told by its first bytes, not by its name."""
    magic = raw.read(4)
    raw.seek(0)
    if magic.startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="rb"))
    if magic == _ZSTD:
        return cast(BinaryIO, io.BufferedReader(_Zstandard(raw), BLOCK))
    return raw


class _Zstandard(io.RawIOBase):
    """The stream inside Zstandard frames. zstandard's own reader ends silently where a frame is cut."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            block = self._frame.unused_data if self._frame.eof else b""
            block = block or self._raw.read(BLOCK)
            if not block and not self._frame.eof:
                raise EOFError("it ends inside a frame")
            if not block:
                return 0
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._left = memoryview(self._frame.decompress(block))
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def open_file(path: Path) -> BinaryIO:
    """Open for reading; what fails is named."""
    try:
        if path.is_dir():
            raise SourceError(f"{path} is a folder", "name the files in it")
        if path.exists() and not path.is_file():
            raise SourceError(f"{path} is no regular file", "for a pipe: floorwatch run -")
        return path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}", "check the name") from None


def skip(stream: BinaryIO, count: int) -> bool:
    """Pass over `count` bytes of a stream from its beginning; False if it is shorter."""
    while count:
        block = stream.read(min(count, BLOCK))
        if not block:
            return False
        count -= len(block)
    return True


class FileSource:
    """Reads `path` from where `state` (of an earlier run) says. A blank line is passed over.

    Raises SourceError for a file that is missing, damaged, or no longer the one of `state`.
    """

    def __init__(
        self, path: Path, state: dict[str, Any] | None = None, name: str | None = None
    ) -> None:
        self._path = path
        self._name = name or str(path)
        position = int(state["position"]) if state else 0
        self._raw = open_file(path)
        self.bytes_total = path.stat().st_size
        """Size on disk: what `bytes_done` counts towards."""
        self._identity = self._fingerprint(self.bytes_total)
        if state and not self._has_only_grown(state["identity"]):
            self._raw.close()
            raise SourceError(
                f"{path} has changed since it was read up to byte {position}",
                "replay it into another store, or bring the file back",
            )
        self._stream = uncompressed(self._raw)
        self._cutter = LineCutter(self._name, position)
        self._at_end = False
        self._seek(position)

    @property
    def name(self) -> str:
        """The path, unless another name was given."""
        return self._name

    @property
    def ended(self) -> bool:
        """Whether every line was handed out."""
        return self._at_end and not self._cutter.ready

    @property
    def bytes_done(self) -> int:
        """Bytes of the file on disk read so far."""
        return self._raw.tell()

    def read(self, limit: int) -> Chunk | None:
        """The next `limit` lines, fewer at the end, None behind it."""
        while not self._at_end and self._cutter.ready < limit:
            block = self._block()
            if block:
                self._cutter.feed(block)
            else:
                self._cutter.finish()
                self._at_end = True
        return self._cutter.take(limit)

    def chunks(self, limit: int = 1000) -> Iterator[Chunk]:
        """Every chunk to the end."""
        while (chunk := self.read(limit)) is not None:
            yield chunk

    def state(self) -> dict[str, Any]:
        """Position behind the last chunk and what tells this file from another."""
        return {"position": self._cutter.position, "identity": self._identity}

    def forget(self, state: dict[str, Any]) -> None:
        """Nothing to do: the file stays."""

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._raw.close()

    def _fingerprint(self, size: int) -> dict[str, Any]:
        """Of the first `size` bytes: their number, first and last part, to tell another file."""
        digest = hashlib.sha256()
        for start in (0, max(0, size - _IDENTITY_BYTES)):
            self._raw.seek(start)
            digest.update(self._raw.read(min(_IDENTITY_BYTES, size - start)))
        self._raw.seek(0)
        return {"size": size, "digest": digest.hexdigest()[:32]}

    def _has_only_grown(self, identity: dict[str, Any]) -> bool:
        """Whether the file begins with all that it held when `identity` was taken."""
        size = int(identity["size"])
        return size <= self.bytes_total and self._fingerprint(size) == identity

    def _seek(self, position: int) -> None:
        if self._stream is self._raw:
            self._raw.seek(position)
            return
        try:
            skip(self._stream, position)
        except DAMAGED as error:
            raise self._damaged(error) from None

    def _block(self) -> bytes:
        try:
            return self._stream.read(BLOCK)
        except DAMAGED as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> SourceError:
        return SourceError(
            f"{self._path} is damaged behind byte {self._cutter.read_to} "
            f"of its content: {error or 'it ends too early'}",
            "copy or download the file again",
        )


def first_line(path: Path) -> bytes:
    """The first line of a file that is not blank, uncompressed; empty if there is none."""
    source = FileSource(path)
    try:
        chunk = source.read(1)
    finally:
        source.close()
    return chunk.lines[0] if chunk and chunk.lines else b""
