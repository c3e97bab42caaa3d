"""The event clock: a heap of what is to happen, and the present moment."""

import heapq
from collections.abc import Callable
from typing import Any

_Entry = tuple[int, int, int, Callable[..., None], tuple[Any, ...]]


class Agenda:
    """Runs calls in order of time, then of appointment; `last` ones after all of their moment."""

    def __init__(self) -> None:
        self.now_ms = 0
        self._heap: list[_Entry] = []
        self._count = 0

    def at(self, time_ms: int, call: Callable[..., None], *args: Any, last: bool = False) -> None:
        """Appoint `call(*args)` for `time_ms`, which must not have passed."""
        if time_ms < self.now_ms:
            raise ValueError(f"{time_ms} has passed: it is {self.now_ms}")
        self._count += 1
        heapq.heappush(self._heap, (time_ms, int(last), self._count, call, args))

    def after(self, delay_ms: int, call: Callable[..., None], *args: Any) -> None:
        """Appoint `call(*args)` for `delay_ms` from now."""
        self.at(self.now_ms + delay_ms, call, *args)

    def run(self, until_ms: int) -> None:
        """Do everything up to and including `until_ms`; then it is `until_ms`."""
        heap = self._heap
        while heap and heap[0][0] <= until_ms:
            self.now_ms, _, _, call, args = heapq.heappop(heap)
            call(*args)
        self.now_ms = until_ms
