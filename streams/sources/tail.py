"""A growing text file, followed through rotation, truncation, absence and restarts."""

from pathlib import Path
from typing import Any

from streams import logs
from streams.sources.base import Chunk
from streams.sources.file import DAMAGED
from streams.sources.follow import (
    HEAD,
    LogFile,
    Place,
    find,
    inode_at,
    newer,
    open_log,
    written_after,
)
from streams.sources.lines import BLOCK, LineCutter

FOREVER_NS = 2**63
"""Later than every file: a first start reads the file at the path and nothing older."""


class TailSource:
    """Hands out the lines of a log, each once, in order, whatever rotation does to its files.

    A file that was moved away, copied and truncated, or compressed is read to its end before the
    next one is begun; it is found beside `path` by inode and by its first bytes. Where it is gone,
    `holes` counts it and a warning says what may be missing. An incomplete last line waits until it
    is complete, or until its file was left by the writer.

    Positions count the bytes of all files of the log, so they only grow. Raises SourceError.
    """

    def __init__(
        self, path: Path, state: dict[str, Any] | None = None, name: str | None = None
    ) -> None:
        self._path = path
        self._name = name or str(path)
        self.holes = 0
        """Files that were gone before they were read to their end."""
        self._file: LogFile | None = None
        self._next: list[LogFile] = []
        self._left = False  # nothing more can be read from the file
        self._base = int(state["base"]) if state else 0
        self._place = Place(**{k: v for k, v in state.items() if k != "base"}) if state else None
        self._cutter = LineCutter(
            self._name, self._base + (self._place.offset if self._place else 0)
        )

    @property
    def name(self) -> str:
        """The path, unless another name was given."""
        return self._name

    @property
    def ended(self) -> bool:
        """Never: a log goes on."""
        return False

    def read(self, limit: int) -> Chunk | None:
        """Up to `limit` complete lines, None if there is none now."""
        if self._file is None and not self._begin():
            return None
        while True:
            while self._cutter.ready < limit and (block := self._block()):
                self._cutter.feed(block)
                self._remember()
            chunk = self._cutter.take(limit)
            if chunk is not None or not self._go_on():
                return chunk

    def state(self) -> dict[str, Any]:
        """File, place in it, and what the file is known by."""
        if self._place is None:
            return {}
        place = self._place.state() | {"offset": self._cutter.position - self._base}
        return place | {"base": self._base}

    def forget(self, state: dict[str, Any]) -> None:
        """Nothing to do: the log is not ours."""

    def close(self) -> None:
        """Close every file."""
        for file in [self._file, *self._next]:
            if file is not None:
                file.close()
        self._file, self._next = None, []

    def _begin(self) -> bool:
        """Open the file to go on with; False while there is none."""
        place = self._place
        if place is not None and place.head_bytes:
            found = find(self._path, place)
            if found is not None:
                self._file = found
                return True
        self._next = self._after(place.modified_ns if place else FOREVER_NS)
        if not self._next:
            return False
        if place is not None and place.head_bytes:
            self._hole(place.offset)
        self._switch()
        return True

    def _switch(self) -> None:
        """Go on with the next file."""
        if self._file is not None:
            self._file.close()
        self._file = file = self._next.pop(0)
        self._left = False
        self._base = self._cutter.read_to
        self._cutter = LineCutter(self._name, self._base)
        try:
            self._place = file.place()
        except DAMAGED as error:
            self._place = Place(file.device, file.inode, 0, "", 0, file.modified_ns)
            self._damaged(file, error)

    def _block(self) -> bytes:
        file, place = self._file, self._place
        assert file is not None and place is not None
        if self._left or (not place.head_bytes and self._overtaken(file, place)):
            return b""
        try:
            block = file.read(BLOCK)
        except DAMAGED as error:
            self._damaged(file, error)
            return b""
        # Checked after the read: what was read from a file truncated meanwhile is not its sequel.
        if file.plain and self._truncated(file, place, len(block)):
            self._after_truncation()
            return b""
        return block

    def _overtaken(self, file: LogFile, place: Place) -> bool:
        """Whether an empty file was filled, copied away and truncated since it was last seen."""
        if file.modified_ns == place.modified_ns:
            return False
        files = self._after(place.modified_ns)
        place.modified_ns = file.modified_ns
        if all(one.inode in (file.inode, inode_at(self._path)) for one in files):
            for one in files:
                one.close()
            return False
        self._left = True
        self._next = files
        return True

    def _after(self, moment_ns: int) -> list[LogFile]:
        """Rotated files changed after a moment, and the one at the path."""
        files = written_after(self._path, moment_ns)
        current = open_log(self._path)
        return files if current is None else [*files, current]

    def _truncated(self, file: LogFile, place: Place, more: int) -> bool:
        if file.size < self._cutter.read_to - self._base + more:
            return True
        return file.head(place.head_bytes) != place.head

    def _after_truncation(self) -> None:
        """Go on in the copy that was made before, or, where there is none, in what is there now."""
        assert self._place is not None and self._file is not None
        self._place.offset = self._cutter.read_to - self._base
        copy = find(self._path, self._place)
        if copy is not None:
            self._file.close()
            self._file = copy
            self._place.device, self._place.inode = copy.device, copy.inode
        else:
            self._hole(self._place.offset)
            self._left = True
            current = open_log(self._path)
            self._next = [current] if current is not None else []

    def _damaged(self, file: LogFile, error: Exception) -> None:
        logs.warn("source_damaged", f"{file.path}: {error or 'cut short'}", source=self._name)
        self._hole(self._cutter.read_to - self._base)
        self._left = True

    def _remember(self) -> None:
        """Keep what tells this file from others."""
        file, place = self._file, self._place
        assert file is not None and place is not None
        place.modified_ns = file.modified_ns
        read = self._cutter.read_to - self._base
        if file.plain and place.head_bytes < min(HEAD, read):
            place.head_bytes = min(HEAD, read)
            place.head = file.head(place.head_bytes)

    def _go_on(self) -> bool:
        """At the end of what the file has: whether there is something to read now."""
        file, place = self._file, self._place
        assert file is not None and place is not None
        if self._next:
            # It was read to its end after the writer was seen in a newer file: it is complete.
            self._cutter.finish()
            if not self._cutter.ready:
                self._switch()
            return True
        if inode_at(self._path) == file.inode:
            return False
        self._next = newer(self._path, file, place)
        return bool(self._next)

    def _hole(self, offset: int) -> None:
        self.holes += 1
        logs.warn(
            "source_hole",
            f"{self._path}: the file read up to byte {offset} is gone; "
            "lines written behind that may be missing",
            source=self._name,
            position=self._cutter.position,
        )
