"""When calls come: a rate that changes every half hour, and a day that is busy or calm."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_SHAPE = (
    0.30, 0.36, 0.42, 0.62, 0.76, 0.84, 0.98, 1.00, 0.90, 0.84, 0.86, 0.90,
    0.92, 0.90, 0.87, 0.84, 0.82, 0.78, 0.62, 0.58, 0.52, 0.32, 0.28, 0.24,
)  # fmt: skip
"""Relative rate over the open hours: late morning peak, dip at noon, quiet evening."""
LEVEL_SHAPE = (0.90, 1.00, 1.10, 1.05, 0.95, 1.00) * 8


def local_ms(day: date, clock: time, zone: ZoneInfo) -> int:
    """The UTC ms of a local moment."""
    return round(datetime.combine(day, clock, zone).timestamp() * 1000)


def open_span(day: date, opens: time, closes: time, zone: ZoneInfo) -> tuple[int, int]:
    """The open hours of a local day as UTC ms; 00:00 as closing time is the day's end."""
    end_day = day + timedelta(days=1) if closes <= opens else day
    return local_ms(day, opens, zone), local_ms(end_day, closes, zone)


class Rise(NamedTuple):
    """Something that grows evenly, over `rises_ms` from `since_ms` on, to `times` the usual."""

    since_ms: int
    rises_ms: int
    times: float

    def reached(self, now_ms: int) -> float:
        """Which part of it is there, 0 to 1."""
        return min(1.0, (now_ms - self.since_ms) / self.rises_ms) if self.rises_ms else 1.0

    def factor(self, now_ms: int) -> float:
        """How many times the usual it is now."""
        return 1 + (self.times - 1) * self.reached(now_ms)


class Curve:
    """Arrivals of one queue on one day: a piecewise constant rate over the open hours."""

    def __init__(self, span: tuple[int, int], shape: Sequence[float], calls: float) -> None:
        start, end = span
        count = len(shape)
        self._edges = [start + (end - start) * i // count for i in range(count + 1)]
        step = (end - start) / count
        self._rates = [calls * weight / sum(shape) / step for weight in shape]

    def next_after(self, moment_ms: int, units: float) -> int | None:
        """Where the rate, summed up from `moment_ms`, reaches `units`; None past the day.

        With `units` exponential of mean 1 these are the points of a Poisson process.
        """
        moment = float(max(moment_ms, self._edges[0]))
        for i in range(max(0, bisect_right(self._edges, moment) - 1), len(self._rates)):
            room = (self._edges[i + 1] - moment) * self._rates[i]
            if units < room:
                return int(moment + units / self._rates[i])
            units -= room
            moment = float(self._edges[i + 1])
        return None
