"""An append-only byte stream in segment files: what cannot be read again is kept here first."""

import errno
import os
from itertools import pairwise
from pathlib import Path

from streams import logs
from streams.sources.base import SourceError

SEGMENT = 16 * 1024 * 1024
"""Bytes from which the next append begins a new segment."""
_SUFFIX = ".journal"


class Journal:
    """Segments `<name>-<position of the first byte>.journal` in `folder`, made where missing.

    `start`..`end` are the positions that can be read; `end` is on disk. A write that fails is taken
    back and raised as SourceError: what was appended before is safe.
    """

    def __init__(self, folder: Path, name: str, position: int = 0) -> None:
        self._folder, self._name = folder, name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._segments = self._sizes()
        except OSError as error:
            raise self._failed(error) from None
        self.end = max((start + size for start, size in self._segments.items()), default=position)
        if self.end < position:
            logs.warn(
                "journal_behind",
                f"the journal {folder} ends at byte {self.end}, before the checkpoint's {position}",
                source=name,
            )
            self.end = position
        self._handle: int | None = None
        self._open_start = 0

    @property
    def start(self) -> int:
        """The first byte that is kept."""
        return min(self._segments, default=self.end)

    def append(self, data: bytes) -> None:
        """Write and force to disk; only then does `end` move."""
        try:
            handle = self._writable()
            written = 0
            while written < len(data):
                written += os.write(handle, data[written:])
            os.fsync(handle)
        except OSError as error:
            self._take_back()
            raise self._failed(error) from None
        self.end += len(data)
        self._segments[self._open_start] = self.end - self._open_start

    def read(self, position: int, count: int) -> bytes:
        """Up to `count` bytes from a position on; none at the end."""
        for start in sorted(self._segments):
            if start <= position < start + self._segments[start]:
                count = min(count, start + self._segments[start] - position)
                try:
                    with self._path(start).open("rb") as segment:
                        segment.seek(position - start)
                        return segment.read(count)
                except OSError as error:
                    raise self._failed(error) from None
        return b""

    def forget(self, position: int) -> None:
        """Delete the segments that lie before a position whole."""
        for start in sorted(self._segments):
            if start + self._segments[start] > position or start == self._open_start_now:
                continue
            self._path(start).unlink(missing_ok=True)
            del self._segments[start]

    def close(self) -> None:
        """Let go of the open segment."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def _open_start_now(self) -> int:
        return self._open_start if self._handle is not None else -1

    def _sizes(self) -> dict[int, int]:
        """Bytes of each segment; what reaches into the next one was taken back."""
        sizes = {start: path.stat().st_size for start, path in sorted(self._found())}
        starts = list(sizes)
        for start, following in pairwise(starts):
            sizes[start] = min(sizes[start], following - start)
        return sizes

    def _found(self) -> list[tuple[int, Path]]:
        prefix = f"{self._name}-"
        found = []
        for path in self._folder.glob(f"{self._name}-*{_SUFFIX}"):
            digits = path.name.removeprefix(prefix).removesuffix(_SUFFIX)
            if digits.isdigit():
                found.append((int(digits), path))
        return found

    def _path(self, start: int) -> Path:
        return self._folder / f"{self._name}-{start:020d}{_SUFFIX}"

    def _writable(self) -> int:
        full = self.end - self._open_start >= SEGMENT
        if self._handle is not None and full:
            self.close()
        if self._handle is None:
            # Never append to a segment of an earlier run: its last bytes may not be on disk whole.
            self._handle = os.open(
                self._path(self.end), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
            )
            self._open_start = self.end
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return self._handle

    def _take_back(self) -> None:
        if self._handle is not None:
            try:
                os.ftruncate(self._handle, self.end - self._open_start)
            except OSError:
                self.close()

    def _failed(self, error: OSError) -> SourceError:
        hint = "let floorwatch write there"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "make room; what was taken before is kept, the rest waits in the pipe"
        return SourceError(f"the journal in {self._folder} failed: {error.strerror}", hint)
