"""A person's day as planned: when the shift is and what interrupts it."""

from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple

from streams.simulator.curve import local_ms, open_span
from streams.simulator.draws import Draws
from streams.simulator.settings import SimulatorSettings

MINUTE_MS = 60_000
_GRID_MS = 5 * MINUTE_MS
SHIFTS = ((0.0, 0.75), (0.125, 0.875), (0.25, 1.0))
"""Begin and end as parts of the open hours; people take them in turn."""
CLEAR_UP_MS = 15 * MINUTE_MS
_ROUND_THE_CLOCK = (time(6), time(14), time(22))
_ROUND_MS = 480 * MINUTE_MS
_BREAKS = (("break", 0.22, 15), ("meal", 0.48, 60), ("break", 0.76, 15))
"""(activity, part of the shift, minutes), each moved a little from person to person."""
_SOME = (
    ("meeting", 0.34, 30, 0.15),
    ("training", 0.63, 60, 0.08),
    ("customer_work", 0.63, 30, 0.06),
)
"""The same, and the share of shifts that have it."""
_SPREAD = 0.2
"""How far apart, as a part of the shift, the same break of two people may lie."""
_SPREAD_IN_TURNS = 0.36
"""The same where they take it in turns."""
_SHORTEST_WITH_BREAKS_MS = 240 * MINUTE_MS


class Piece(NamedTuple):
    """An activity from `start_ms` until `end_ms`."""

    activity: str
    start_ms: int
    end_ms: int
    paid: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """Work from `start_ms` to `end_ms`, but for the breaks, in order, that lie on top of it."""

    start_ms: int
    end_ms: int
    breaks: tuple[Piece, ...] = ()

    def rows(self) -> tuple[Piece, ...]:
        """As a schedule lists it: the whole shift as work, then what lies on top."""
        return (Piece("work", self.start_ms, self.end_ms), *self.breaks)

    def pieces(self) -> tuple[Piece, ...]:
        """As it is meant: one after the other, nothing on top of anything."""
        pieces, since_ms = [], self.start_ms
        for one in self.breaks:
            pieces += [Piece("work", since_ms, one.start_ms), one]
            since_ms = one.end_ms
        pieces.append(Piece("work", since_ms, self.end_ms))
        return tuple(piece for piece in pieces if piece.end_ms > piece.start_ms)

    def moved(self, by_ms: int) -> "Shift":
        """All of it earlier or later."""
        breaks = tuple(_moved(one, by_ms) for one in self.breaks)
        return Shift(self.start_ms + by_ms, self.end_ms + by_ms, breaks)

    def since(self, moment_ms: int) -> "Shift | None":
        """What of it lies behind a moment; None if nothing does."""
        if self.end_ms <= moment_ms:
            return None
        breaks = tuple(one for one in self.breaks if one.start_ms >= moment_ms)
        return Shift(max(self.start_ms, moment_ms), self.end_ms, breaks)

    def with_break_moved(self, index: int, by_ms: int) -> "Shift | None":
        """One break earlier or later; None if it would leave the shift or meet another."""
        changed = _moved(self.breaks[index], by_ms)
        others = (*self.breaks[:index], *self.breaks[index + 1 :])
        free = all(
            changed.end_ms <= one.start_ms or one.end_ms <= changed.start_ms for one in others
        )
        if not free or not self.start_ms < changed.start_ms < changed.end_ms < self.end_ms:
            return None
        breaks = sorted((*others, changed), key=lambda one: one.start_ms)
        return Shift(self.start_ms, self.end_ms, tuple(breaks))


def shift_spans(settings: SimulatorSettings, day: date) -> list[tuple[int, int]]:
    """The shifts that begin on a local day, (start, end) in UTC ms."""
    if settings.around_the_clock:
        starts = [local_ms(day, start, settings.zone) for start in _ROUND_THE_CLOCK]
        return [(start, start + _ROUND_MS) for start in starts]
    opens, closes = open_span(day, settings.opens, settings.closes, settings.zone)
    edges = [
        (_on_grid(opens + begin * (closes - opens)), _on_grid(opens + end * (closes - opens)))
        for begin, end in SHIFTS
    ]
    # Who works until the house closes stays to serve those who still wait.
    return [(start, end + (CLEAR_UP_MS if end == closes else 0)) for start, end in edges]


def planned_shift(
    span: tuple[int, int], paid_meals: bool, draws: Draws, place: float | None = None
) -> Shift:
    """A person's shift over a span, with what interrupts it.

    Breaks are early or late by chance, or by a place in a queue of colleagues, 0 to 1.
    """
    start, end = span
    wanted, shift = list(_BREAKS), _SPREAD * (draws.uniform() - 0.5)
    if place is not None:
        shift = _SPREAD_IN_TURNS * (place - 0.5)
    for activity, part, minutes, share in _SOME:
        if draws.chance(share):
            wanted.append((activity, part, minutes))
    breaks: list[Piece] = []
    since = start
    for activity, part, minutes in sorted(wanted, key=lambda one: one[1]):
        at = _on_grid(start + (part + shift) * (end - start))
        until = at + minutes * MINUTE_MS
        if since < at and until < end and end - start >= _SHORTEST_WITH_BREAKS_MS:
            breaks.append(Piece(activity, at, until, paid_meals or activity != "meal"))
            since = until
    return Shift(start, end, tuple(breaks))


def _on_grid(time_ms: float) -> int:
    return round(time_ms / _GRID_MS) * _GRID_MS


def _moved(piece: Piece, by_ms: int) -> Piece:
    return piece._replace(start_ms=piece.start_ms + by_ms, end_ms=piece.end_ms + by_ms)
