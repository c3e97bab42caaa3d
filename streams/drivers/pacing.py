"""Pacing what is sent: as fast as it goes, at a rate, or at the pace of its event clock."""

import time
from threading import Event

SOON_S = 0.005
"""Shorter waits are not worth a system call."""


class Pace:
    """Holds back until an event is due. `rate`: events/s; `speed`: times the event clock."""

    def __init__(self, start_ms: int, rate: float | None = None, speed: float | None = None):
        self._start_ms, self._rate, self._speed = start_ms, rate, speed
        self._begun_s = time.monotonic()
        self._count = 0

    def wait(self, at_ms: int, stopping: Event) -> None:
        """Until the next event, of this time, is due, or until stopped."""
        due_s = 0.0
        if self._rate:
            due_s = self._count / self._rate
        if self._speed:
            due_s = max(due_s, (at_ms - self._start_ms) / 1000 / self._speed)
        self._count += 1
        left_s = self._begun_s + due_s - time.monotonic()
        if left_s > SOON_S:
            stopping.wait(left_s)
