"""Cuts a byte stream into lines with positions."""

import hashlib

import numpy as np

from streams.sources.base import Chunk, LongLine

LINE_LIMIT = 64 * 1024
"""Longest line kept, bytes. Longer ones are counted and digested as they pass."""
BLOCK = 256 * 1024


class LineCutter:
    """Takes blocks of a stream that begins at `position`, gives chunks of whole lines.

    Holds the lines not yet taken and at most LINE_LIMIT bytes of the line that is not complete.
    """

    def __init__(self, name: str, position: int = 0) -> None:
        self._name = name
        self._from = position
        self._start = position  # of the line that is not complete
        self._rest = b""
        self._long: _Digest | None = None
        self._offsets: list[int] = []
        self._lines: list[bytes] = []
        self._too_long: list[LongLine] = []

    @property
    def position(self) -> int:
        """Where the next chunk begins."""
        return self._from

    @property
    def read_to(self) -> int:
        """End of the bytes fed so far."""
        return self._start + (self._long.length if self._long else len(self._rest))

    @property
    def ready(self) -> int:
        """Lines that wait to be taken."""
        return len(self._lines) + len(self._too_long)

    def feed(self, block: bytes) -> None:
        """Append the next bytes of the stream."""
        if self._long is not None:
            tail, end, block = block.partition(b"\n")
            self._long.update(tail)
            if not end:
                return
            self._end_long_line()
        whole = self._rest + block
        pieces = whole.split(b"\n")
        self._rest = pieces.pop()
        self._keep(pieces, b"\r" in whole)
        if len(self._rest) > LINE_LIMIT:
            self._long = _Digest()
            self._long.update(self._rest)
            self._rest = b""

    def finish(self) -> None:
        """The stream is complete: what is left is a line although nothing ends it."""
        if self._long is not None:
            self._end_long_line(ending=0)
        elif self._rest:
            self._keep([self._rest], True, ending=0)
            self._rest = b""

    def take(self, limit: int) -> Chunk | None:
        """Up to `limit` lines as one chunk, or None if nothing is left to take."""
        if not self._lines:
            if not self._too_long and self._start == self._from:
                return None
            upto = self._start
        else:
            upto = self._offsets[limit] if len(self._lines) > limit else self._start
        long_count = sum(line.position < upto for line in self._too_long)
        chunk = Chunk(
            self._name,
            self._from,
            self._offsets[:limit],
            self._lines[:limit],
            upto,
            self._too_long[:long_count],
        )
        del self._offsets[:limit], self._lines[:limit], self._too_long[:long_count]
        self._from = upto
        return chunk

    def _keep(self, pieces: list[bytes], carriage_returns: bool, ending: int = 1) -> None:
        if not pieces:
            return
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        ends = self._start + np.cumsum(lengths + ending)
        starts = [self._start, *ends.tolist()]
        self._start = starts.pop()
        if lengths.max() > LINE_LIMIT:
            starts, pieces = self._without_long(starts, pieces)
        if carriage_returns:
            pieces = [piece.removesuffix(b"\r") for piece in pieces]
        if (carriage_returns and not all(pieces)) or not lengths.min(initial=1):
            kept = [index for index, piece in enumerate(pieces) if piece]
            starts, pieces = [starts[i] for i in kept], [pieces[i] for i in kept]
        self._offsets += starts
        self._lines += pieces

    def _without_long(
        self, starts: list[int], pieces: list[bytes]
    ) -> tuple[list[int], list[bytes]]:
        kept = []
        for index, (start, piece) in enumerate(zip(starts, pieces, strict=True)):
            if len(piece) > LINE_LIMIT:
                digest = hashlib.sha256(piece).hexdigest()
                self._too_long.append(LongLine(start, len(piece), digest))
            else:
                kept.append(index)
        return [starts[i] for i in kept], [pieces[i] for i in kept]

    def _end_long_line(self, ending: int = 1) -> None:
        assert self._long is not None
        self._too_long.append(self._long.line(self._start))
        self._start += self._long.length + ending
        self._long = None


class _Digest:
    """A line too long to keep, as it passes."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.length = 0

    def update(self, block: bytes) -> None:
        self._hash.update(block)
        self.length += len(block)

    def line(self, position: int) -> LongLine:
        return LongLine(position, self.length, self._hash.hexdigest())
