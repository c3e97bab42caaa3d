"""The only place that reads the time."""

import time
from typing import Protocol


class Clock(Protocol):
    """Milliseconds since 1970-01-01 UTC."""

    @property
    def speed(self) -> float:
        """How much of its time passes in as much of the machine's."""
        ...

    def now_ms(self) -> int:
        """The present moment, ms UTC."""
        ...


class WallClock:
    """The machine's clock."""

    speed = 1.0

    def now_ms(self) -> int:
        """The present moment, ms UTC."""
        return time.time_ns() // 1_000_000


class ScaledClock:
    """Starts at `start_ms` and runs `speed` times as fast as the machine's clock: demonstrations."""

    def __init__(self, start_ms: int, speed: float, base: Clock | None = None) -> None:
        self._base = base or WallClock()
        self._start_ms, self.speed = start_ms, speed
        self._origin_ms = self._base.now_ms()

    def now_ms(self) -> int:
        """The moment reached, ms UTC."""
        return self._start_ms + round((self._base.now_ms() - self._origin_ms) * self.speed)


class ManualClock:
    """A clock that stands until it is set: tests and event-time replay."""

    speed = 1.0

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """The moment last set, ms UTC."""
        return self._now_ms

    def set(self, now_ms: int) -> None:
        """Move the clock to `now_ms`."""
        self._now_ms = now_ms
