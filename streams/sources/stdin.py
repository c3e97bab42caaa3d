"""Standard input: it cannot be read again, so it is journaled before it is handed out."""

import os
import select
import sys
from pathlib import Path
from typing import Any

from streams import logs
from streams.sources.base import Chunk
from streams.sources.journal import Journal
from streams.sources.lines import BLOCK, LineCutter

AHEAD = 4 * 1024 * 1024
"""Bytes journaled and not yet handed out, from which the pipe has to wait."""


class StdinSource:
    """Lines of a pipe, handed out once their bytes are on disk in `folder`.

    After a restart the lines behind `state` come from the journal before new ones are taken. A line
    that the former process left incomplete ends there: the next writer begins a line of its own.
    Positions count the bytes of all runs. Raises SourceError where the journal cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        state: dict[str, Any] | None = None,
        name: str = "stdin",
        stream: int | None = None,
    ) -> None:
        self._name = name
        self._stream = sys.stdin.fileno() if stream is None else stream
        position = int(state["position"]) if state else 0
        self._journal = Journal(folder, name, position)
        self._waiting = b""  # taken from the pipe, not yet in the journal
        self._closed = False
        self.holes = 0
        """Stretches of the journal that were gone before they were read."""
        if self._journal.start > position:
            self._hole(position)
            position = self._journal.start
        self._cutter = LineCutter(name, position)
        if self._journal.end > position and self._journal.read(self._journal.end - 1, 1) != b"\n":
            self._journal.append(b"\n")

    @property
    def name(self) -> str:
        """`stdin`, unless another name was given."""
        return self._name

    @property
    def ended(self) -> bool:
        """Whether the pipe was closed and every line handed out."""
        done = self._cutter.read_to == self._journal.end and not self._waiting
        return self._closed and done and not self._cutter.ready

    def read(self, limit: int, wait_s: float = 0.0) -> Chunk | None:
        """Up to `limit` lines; None if there are none within `wait_s` seconds."""
        behind = self._journal.end - self._cutter.read_to
        if not self._closed and behind < AHEAD:
            self._take(0.0 if behind or self._cutter.ready else wait_s)
        while self._cutter.ready < limit:
            block = self._journal.read(self._cutter.read_to, BLOCK)
            if not block:
                break
            self._cutter.feed(block)
        return self._cutter.take(limit)

    def state(self) -> dict[str, Any]:
        """Position behind the last chunk."""
        return {"position": self._cutter.position}

    def forget(self, state: dict[str, Any]) -> None:
        """A checkpoint with this state is safe: delete the segments before it."""
        self._journal.forget(int(state["position"]))

    def close(self) -> None:
        """Close the journal; the pipe is not ours."""
        self._journal.close()

    def _take(self, wait_s: float) -> None:
        """Move what the pipe has to the journal, with one write to disk for all of it."""
        blocks = [self._waiting] if self._waiting else []
        size = len(self._waiting)
        while size < AHEAD and select.select([self._stream], [], [], 0 if blocks else wait_s)[0]:
            block = os.read(self._stream, BLOCK)
            if not block:
                self._closed = True
                break
            blocks.append(block)
            size += len(block)
        self._waiting = b"".join(blocks)
        if self._closed and not self._ends_whole():
            self._waiting += b"\n"
        if self._waiting:
            self._journal.append(self._waiting)
            self._waiting = b""

    def _ends_whole(self) -> bool:
        if self._waiting:
            return self._waiting.endswith(b"\n")
        end = self._journal.end
        return end == self._journal.start or self._journal.read(end - 1, 1) == b"\n"

    def _hole(self, position: int) -> None:
        self.holes += 1
        logs.warn(
            "source_hole",
            f"the journal of {self._name} begins at byte {self._journal.start}; "
            f"what was taken from byte {position} on is missing",
            source=self._name,
            position=position,
        )
