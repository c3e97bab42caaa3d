"""Probes: alive is the age of the loop's heartbeat and nothing else, ready is a list of reasons.

A broker that is down must not restart the workers, so liveness asks no one outside the process.
"""

from streams.clock import Clock


class Health:
    """State behind /live and /ready. `beat` is called by the loop, the rest by the server.

    `silence_ms`: age of the last beat from which the process counts as dead. Not ready until every
    name in `awaits` has been reported as `done`.
    """

    def __init__(
        self, clock: Clock, silence_ms: int = 30_000, awaits: tuple[str, ...] = ("start",)
    ) -> None:
        self._clock = clock
        self._silence_ms = silence_ms
        self._beat_ms = clock.now_ms()
        self._missing = dict.fromkeys(awaits)

    def beat(self) -> None:
        """The loop has come round."""
        self._beat_ms = self._clock.now_ms()

    def done(self, awaited: str) -> None:
        """Something that readiness waited for is there."""
        self._missing.pop(awaited, None)

    def await_again(self, awaited: str) -> None:
        """Unready until `done(awaited)`: a shutdown, a rebalance."""
        self._missing[awaited] = None

    def live(self) -> str:
        """Why the process counts as dead; empty while it lives."""
        age_ms = self._clock.now_ms() - self._beat_ms
        return f"no heartbeat for {age_ms / 1000:.0f} s" if age_ms > self._silence_ms else ""

    def ready(self) -> str:
        """What is still missing; empty when ready."""
        return f"waiting for {', '.join(self._missing)}" if self._missing else ""
