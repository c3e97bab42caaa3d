"""Sending a simulated span to Kafka: as fast as it goes, at a rate, or at the pace of its clock."""

import time
from collections.abc import Iterator
from threading import Event

from streams.drivers.sending import Poster
from streams.simulator.feed import Delivery, Label

SOON_S = 0.005
"""Shorter waits are not worth a system call."""


class Pace:
    """Holds back until a delivery is due. `rate`: events/s; `speed`: times the event clock."""

    def __init__(self, start_ms: int, rate: float | None = None, speed: float | None = None):
        self._start_ms, self._rate, self._speed = start_ms, rate, speed
        self._begun_s = time.monotonic()
        self._count = 0

    def wait(self, at_ms: int, stopping: Event) -> None:
        """Until the next delivery, of this event time, is due, or until stopped."""
        due_s = 0.0
        if self._rate:
            due_s = self._count / self._rate
        if self._speed:
            due_s = max(due_s, (at_ms - self._start_ms) / 1000 / self._speed)
        self._count += 1
        left_s = self._begun_s + due_s - time.monotonic()
        if left_s > SOON_S:
            stopping.wait(left_s)


def sending(
    arriving: Iterator[Delivery], poster: Poster, pace: Pace, stopping: Event
) -> Iterator[Delivery]:
    """Passes on what it has sent, until stopped. Raises NotAcknowledged."""
    for delivery in arriving:
        pace.wait(delivery.at_ms, stopping)
        if stopping.is_set():
            break
        # Broken copies too: a worker has to see what a source may send.
        poster.send_as_is(delivery.raw)
        if delivery.label is Label.HEARTBEAT:
            poster.sent.events -= 1
            poster.sent.heartbeats += 1
        yield delivery
    poster.flush()
