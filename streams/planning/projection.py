"""Intervals to ask "what if" of: those recorded as they were, the others as they are now expected (M9).

What is to come today is what the outlook says; of a later day, and of one of which nothing live is
known, it is the newest forecast at the damped rate of the recorded intervals before it, but for those
of ranges that were marked as one-offs.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.actions import Action
from schemas.targets import Program
from streams.planning.diagnosis import measured_patience
from streams.planning.outlook import Expected, Rate
from streams.planning.recorded import REQUESTED, REQUIRED, SCHEDULED, Interval
from streams.planning.scenario import Measured, Slot
from streams.planning.shared import pooled
from streams.planning.staffing import Goals, Load

COMING = (SCHEDULED, REQUIRED, REQUESTED)
"""Who is expected to be there, the first that there is: people scheduled, or as many as were planned."""
NO_HANDLE_TIME = "no handle time"
NO_STAFF = "nothing says who is there"


class Rates(NamedTuple):
    """How the recorded intervals went against the forecast; 1 where nothing can be compared."""

    volume: float
    aht: float


class Now(NamedTuple):
    """What is known of a queue's day that runs."""

    expected: Mapping[int, Expected] = {}
    """Intervals of the day by their start, ms (outlook.days_of): those count that are not recorded yet."""
    left_out: tuple[Action, ...] = ()
    """Ranges of the queue that nothing is learnt from."""
    patience_s: float | None = None
    """As the rest of the day has it; None: not known there."""


NOTHING_LIVE = Now()


class Projected(NamedTuple):
    """Intervals in order of time, and those that nothing can be said of, with the reason."""

    slots: tuple[Slot, ...]
    left_out: tuple[tuple[Interval, str], ...]
    rates: Rates
    patience_s: float | None


def beside(of: Projected, others: Sequence[Projected]) -> Projected | None:
    """The slots of a queue with what others ask of the same people; None: not known of all of them."""
    by_span = [{(one.start_ms, one.end_ms): one.load for one in other.slots} for other in others]
    slots = list[Slot]()
    for slot in of.slots:
        loads = [loads.get((slot.start_ms, slot.end_ms)) for loads in by_span]
        known = [load for load in loads if load is not None]
        if len(known) < len(loads):
            return None
        slots.append(slot._replace(beside=pooled(known)))
    return of._replace(slots=tuple(slots))


def rates(intervals: Sequence[Interval], of: Program, left_out: Sequence[Action] = ()) -> Rates:
    """Damped rates of volume and handle time over recorded intervals with a forecast."""
    both = [
        (one, one.planned)
        for one in intervals
        if one.offered is not None
        and one.planned
        and not any(range_.touches(one.start_ms, one.end_ms) for range_ in left_out)
    ]
    prior = of.reforecast_prior
    came = sum(one.offered or 0 for one, _ in both)
    due = sum(load.contacts for _, load in both)
    volume = Rate(prior, came, due).damped
    timed = [(one, load) for one, load in both if one.aht_s is not None and one.offered]
    contacts = sum(one.offered or 0 for one, _ in timed)
    if not contacts:
        return Rates(volume, 1.0)
    handled = sum((one.offered or 0) * (one.aht_s or 0.0) for one, _ in timed)
    planned = sum((one.offered or 0) * load.aht_s for one, load in timed)
    return Rates(volume, Rate(prior * planned / contacts, handled, planned).damped)


def projected(
    intervals: Sequence[Interval], of: Program, staff: float | None = None,
    patience_s: float | None = None, loss: float = 0.0, occupancy: float | None = None,
    now: Now = NOTHING_LIVE,
) -> Projected:  # fmt: skip
    """Slots of intervals in order of time. `staff` FTE stand in for what is known of people; of those
    scheduled in an interval to come the share `loss` is not there; patience is measured in the
    intervals if not given; `occupancy` caps."""
    found = rates(intervals, of, now.left_out)
    mean = patience_s or now.patience_s or measured_patience(intervals)
    slots, left_out = list[Slot](), list[tuple[Interval, str]]()
    for one in intervals:
        there = staff if staff is not None else _people(one, loss)
        load = _load(one, found, mean, now.expected.get(one.start_ms))
        if load is None or there is None:
            left_out.append((one, NO_HANDLE_TIME if load is None else NO_STAFF))
            continue
        measured = None
        if one.offered is not None:
            measured = Measured(
                one.offered, one.in_time, one.abandoned, one.answered, one.waited_ms[0] / 1000
            )
        goals = Goals.of(one.target, occupancy)
        slots.append(Slot(one.start_ms, one.end_ms, load, there, goals, measured))
    return Projected(tuple(slots), tuple(left_out), found, mean)


def _people(one: Interval, loss: float) -> float | None:
    """FTE that were there; of an interval to come, or where nobody tells of people, as planned."""
    if one.offered is not None and one.staff is not None:
        return one.staff
    scheduled = one.planned_staff.get(SCHEDULED)
    if scheduled is not None:
        return scheduled * (1 - loss)
    planned = (one.planned_staff.get(source) for source in COMING)
    return next((fte for fte in planned if fte is not None), None)


def _load(
    one: Interval, rates: Rates, patience_s: float | None, expected: Expected | None
) -> Load | None:
    planned = one.planned
    if one.offered is not None:
        aht_s = one.aht_s if one.aht_s is not None else planned and planned.aht_s
        if aht_s is None:
            return None
        held = one.concurrency or (planned.concurrency if planned else 1.0)
        return Load(one.offered, one.seconds, aht_s, patience_s, held)
    if planned is None:
        return None
    contacts, aht_s = planned.contacts * rates.volume, planned.aht_s * rates.aht
    if expected is not None:
        contacts, aht_s = expected.contacts, expected.aht_s or aht_s
    held = one.concurrency or planned.concurrency
    return Load(contacts, planned.interval_s, aht_s, patience_s, held)
