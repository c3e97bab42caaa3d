"""What every in-process source offers: chunks of lines, each with the place it can resume from."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from streams.errors import UserError


class SourceError(UserError):
    """A source that cannot be read. What was handed out before stands."""


class LongLine(NamedTuple):
    """A line over the limit: not kept, so that no input can fill the memory."""

    position: int
    length: int
    """Bytes, without the line end."""
    digest: str
    """SHA-256 of the line, hexadecimal."""

    def named(self) -> bytes:
        """What is kept instead of the line."""
        return f"sha256:{self.digest} bytes:{self.length}".encode()


@dataclass(frozen=True)
class Chunk:
    """Some whole lines of a source, without line ends and without blank lines.

    Positions are byte offsets of line starts in the source's (uncompressed) stream. `fetched_from`
    is where this chunk begins, `next_position` where the next one does: nothing lies between.
    """

    name: str
    fetched_from: int
    offsets: list[int]
    lines: list[bytes]
    next_position: int
    too_long: list[LongLine] = field(default_factory=list)
    """Lines to reject as `line_too_long`; they are not among `lines`."""


class Source(Protocol):
    """Something that hands out lines once, in order, and can go on where it stopped."""

    @property
    def name(self) -> str:
        """Stable name, under which its state is kept."""
        ...

    @property
    def ended(self) -> bool:
        """Whether no further line can come."""
        ...

    def read(self, limit: int) -> Chunk | None:
        """At most `limit` lines, or None if there is nothing now. Raises SourceError."""
        ...

    def state(self) -> dict[str, Any]:
        """Where to go on behind the last chunk, as JSON values, for the checkpoint."""
        ...

    def forget(self, state: dict[str, Any]) -> None:
        """A checkpoint with this state is safe: nothing before it will be asked for again."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...
