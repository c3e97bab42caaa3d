"""The simulated center as a source: events as its clock reaches them."""

from typing import Any

import msgspec

from streams.clock import Clock
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.sources.base import Chunk

NAME = "simulator"
_STEP_MS = 60_000


class SimulatedSource:
    """Hands out what the center sends up to now, in steps of a minute. Positions count events.

    The center is a pure function of settings and start, so going on means simulating up to the
    place again.
    """

    def __init__(
        self,
        settings: SimulatorSettings,
        clock: Clock,
        start_ms: int,
        state: dict[str, Any] | None = None,
    ) -> None:
        self._clock = clock
        self._start_ms = state["start_ms"] if state else start_ms
        self._center = Center(settings)
        self._center.begin(self._start_ms)
        self._sent = 0
        if state:
            self._sent = len(self._center.advance(state["until_ms"]))

    @property
    def name(self) -> str:
        """`simulator`."""
        return NAME

    @property
    def ended(self) -> bool:
        """A center never closes for good."""
        return False

    def read(self, limit: int) -> Chunk | None:
        """The events of the next minute, or up to now; None if the clock has not moved.

        `limit` does not cut: a place in the middle of a moment could not be simulated again.
        """
        until = min(self._clock.now_ms(), self._center.now_ms + _STEP_MS)
        if until <= self._center.now_ms:
            return None
        lines = [msgspec.json.encode(event) for event in self._center.advance(until)]
        if not lines:
            return None
        first = self._sent
        self._sent += len(lines)
        return Chunk(NAME, first, list(range(first, self._sent)), lines, self._sent)

    def state(self) -> dict[str, Any]:
        """Start and moment reached."""
        return {"start_ms": self._start_ms, "until_ms": self._center.now_ms}

    def forget(self, state: dict[str, Any]) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""
