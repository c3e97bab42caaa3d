"""What every bridge offers: source records in, wire events out, ids that never vary."""

from typing import Protocol


class Rejected(Exception):
    """A source record that cannot be used: `reason` is a short stable word, `detail` says why."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Bridge(Protocol):
    """Translates the lines of one source, in its order.

    Visit and event ids are pure functions of the record, so a file read twice gives the same ids.
    """

    def translate(self, line: bytes, position: int) -> list[bytes]:
        """Wire events (JSON) of one line without its line end; raises Rejected."""
        ...

    def heartbeats(self, until_ms: int) -> list[bytes]:
        """Promises that everything up to `until_ms` was sent, one for each program seen.

        In front of them the events that time alone has brought about (after-call work that ended).
        """
        ...

    def end(self) -> list[bytes]:
        """What to send after the last line of a complete file."""
        ...

    def snapshot(self) -> bytes:
        """What must be remembered between lines, as JSON."""
        ...

    def restore(self, state: bytes) -> None:
        """Go on as if the lines behind `state` had just been translated."""
        ...


def told_waiting(bridge: Bridge | None) -> str:
    """That a bridge holds records until more follows, and what to do; empty if it holds none."""
    held = int(getattr(bridge, "waiting", 0))
    return (
        f"{held:,} records wait for what may come before them; --complete takes them"
        if held
        else ""
    )
