"""Scheduled time that is lost: what the plan took for granted, what is seen, what to go on with (6.3)."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from streams.planning.recorded import HEADS, SCHEDULED, Interval

MOST = 0.95
"""More than this is not expected of any day to come."""


class Shrinkage(NamedTuple):
    """Shares of all scheduled time, breaks of the schedule among it. None: nothing says."""

    planned: float | None
    seen: float | None
    expected: float | None
    loss: float
    """Share of the time scheduled at work that is expected to be lost; 0 where nothing says."""


class _Hours(NamedTuple):
    """FTE seconds: scheduled, of them at work, there."""

    scheduled: float
    work: float
    there: float


def shrinkage(intervals: Sequence[Interval], zone: tzinfo) -> Shrinkage:
    """Shrinkage of intervals, those to come among them, re-forecast from those recorded.

    What the plan says weighs as much as one of the days seen. Lost is what was scheduled at work and
    not there; breaks in the schedule are lost as planned, when they are planned.
    """
    known = [one for one in intervals if _scheduled(one)]
    seen = [one for one in known if one.offered is not None and one.staff is not None]
    said = [one for one in known if one.shrinkage is not None]
    whole, told, past = _hours(known), _hours(said), _hours(seen)
    planned = None
    if told.scheduled:
        lost = sum((one.shrinkage or 0.0) * _scheduled(one) * one.seconds for one in said)
        planned = lost / told.scheduled
    loss = _loss(planned, whole, past, len({_day(one, zone) for one in seen}))
    return Shrinkage(
        planned,
        1 - past.there / past.scheduled if past.scheduled else None,
        1 - whole.work * (1 - loss) / whole.scheduled if whole.scheduled else None,
        loss,
    )


def _loss(planned: float | None, whole: _Hours, past: _Hours, days: int) -> float:
    meant = None
    if planned is not None and whole.work:
        meant = max(0.0, 1 - (1 - planned) * whole.scheduled / whole.work)
    if not past.work:
        return meant or 0.0
    lost = past.work - past.there
    prior = past.work / days if meant is not None else 0.0
    return min(MOST, (prior * (meant or 0.0) + lost) / (prior + past.work))


def _hours(intervals: Sequence[Interval]) -> _Hours:
    return _Hours(
        sum(_scheduled(one) * one.seconds for one in intervals),
        sum((one.planned_staff.get(SCHEDULED) or 0.0) * one.seconds for one in intervals),
        sum((one.staff or 0.0) * one.seconds for one in intervals),
    )


def _scheduled(one: Interval) -> float:
    return one.planned_staff.get(HEADS) or 0.0


def _day(one: Interval, zone: tzinfo) -> object:
    return datetime.fromtimestamp(one.start_ms / 1000, zone).date()
