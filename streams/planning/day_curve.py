"""A day interval by interval: forecast, what came, what is projected, required, scheduled, there."""

from collections.abc import Iterator
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from schemas.groups import Roll
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.planning.ahead import patience_of
from streams.planning.came import Came
from streams.planning.curves import totals
from streams.planning.deviation import Deviations
from streams.planning.models import required_of, rows
from streams.planning.rest import Rest
from streams.planning.sharing import pooled
from streams.view import CellKey, View

_NOBODY = None, None, None
_Aht = dict[tuple[CellKey, int], float | None]


class Interval(NamedTuple):
    """One interval of a queue's day. None: unknown, or not of this interval.

    Staff are FTE, required ones unloaded: of what came where the interval is over, of what is projected
    where it is not. `required` is of the queue alone, `required_low` and `required_high` of its pool,
    whose people the others count: all who take the queue's contacts.
    """

    start_ms: int
    end_ms: int
    forecast: float | None
    """Contacts of the official version."""
    actual: float | None
    projected: float | None
    """Contacts of the whole interval as it is going to end, and the band of those to come."""
    projected_low: float | None
    projected_high: float | None
    aht_s: float | None
    """Of what came, on the forecast's basis; projected where it is not over."""
    required: float | None
    required_low: float | None
    required_high: float | None
    loaded_high: float | None
    """`required_high` with the forecast's shrinkage: people to schedule."""
    scheduled: float | None
    expected: float | None
    there: float | None
    """Those who were there, so far."""
    level: float | None
    """Service level and abandonment of those who came."""
    abandonment: float | None
    level_low: float | None
    level_high: float | None
    abandonment_low: float | None
    abandonment_high: float | None
    occupancy: float | None
    """Predicted with those expected."""
    model: str


def day_curve(
    view: View, plan: Plan, rest: Rest, found: Deviations, of: Came, queue: int
) -> list[Interval]:
    """The day of the queue at this place of `rest.curves.keys`, in order of time."""
    curves, key = rest.curves, rest.curves.keys[queue]
    mine = np.flatnonzero(curves.owner == queue)
    official = {one.start_ms: one.amount for one in view.day_plan.official[key]}
    aht = {(one.key._replace(start_ms=0), one.key.start_ms): one.actual for one in found.aht}
    places = range(rest.rows(queue).start, rest.rows(queue).stop)
    ahead = {int(rest.ahead.volume.row[place]): place for place in places}
    over, nothing = _required(rest, queue, aht, of), _Over(None, None, None)
    told = []
    for row in mine.tolist():
        start, end = int(curves.start[row]), int(curves.end[row])
        known = int(rest.today.known_ms[queue])
        actual = of.of_queue(key, start, end) if start < known else None
        shrinkage, needed = float(curves.shrinkage[row]), over.get(start, nothing)
        one = Interval(
            *(start, end, official.get(start)),
            *(None if actual is None else float(actual["offered"]), None, None, None),
            *(aht.get((key, start)), *needed),
            None if needed.high is None else needed.high / (1.0 - shrinkage),
            *_people(plan, rest, queue, of, start, min(end, known)),
            *_outcome(actual),
            *(None,) * 5,
            model=rest.models(places.start) if places else "",
        )
        told.append(_projected(one, rest, ahead[row]) if row in ahead else one)
    return told


def _outcome(actual: dict[str, int] | None) -> tuple[float | None, float | None]:
    if actual is None or not actual["offered"]:
        return None, None
    return actual["ans_in_T1"] / actual["offered"], actual["abn"] / actual["offered"]


class _Over(NamedTuple):
    """FTE that what came would have required: of the queue, of its pool as one and each alone."""

    queue: float | None
    low: float | None
    high: float | None


def _required(rest: Rest, queue: int, aht: _Aht, of: Came) -> dict[int, _Over]:
    """Actually required (M6) of the intervals that are over, by their start, ms."""
    curves, pools = rest.curves, rest.pools
    mine = pools.pool[curves.owner] == pools.pool[queue]
    at = np.flatnonzero(mine & (curves.end <= rest.today.known_ms[curves.owner]))
    owner, start = curves.owner[at], curves.start[at]
    contacts, handling = np.full(len(at), nan), np.full(len(at), nan)
    for place, (member, since, until) in enumerate(
        zip(owner.tolist(), start.tolist(), curves.end[at].tolist(), strict=True)
    ):
        came = of.of_queue(curves.keys[member], since, until)
        contacts[place] = nan if came is None else came["offered"]
        handling[place] = aht.get((curves.keys[member], since)) or nan
    idle = contacts == 0  # without contacts there is no handle time, and nobody is required
    known = (idle | ~np.isnan(contacts + handling)) & curves.promised[at] & ~curves.deferred[owner]
    seen = rest.today.concurrency[owner]
    demand = rows(
        np.where(known, contacts, 0.0), (curves.end[at] - start) / 1000,
        np.where(known & ~idle, handling, 0.0), patience_of(curves, rest.today, pools)[owner],
        np.where(np.isnan(seen), curves.concurrency[at], seen), curves.within_s[at],
        level=curves.level[at], asa_s=curves.asa_s[at], abandonment=curves.abandonment[at],
        occupancy=curves.occupancy[at],
    )  # fmt: skip
    fte = np.where(known, required_of(demand).fte, nan)
    starts, span = np.unique(start, return_inverse=True)
    high = totals(span, fte, len(starts))
    low = np.minimum(required_of(pooled(demand, span, len(starts))).fte, high)
    own = {int(start[place]): finite(fte[place]) for place in np.flatnonzero(owner == queue)}
    bounds = zip(starts.tolist(), low.tolist(), high.tolist(), strict=True)
    return {s: _Over(own.get(s), finite(a), finite(b)) for s, a, b in bounds}


def _people(
    plan: Plan, rest: Rest, queue: int, of: Came, start: int, until: int
) -> tuple[float | None, float | None, float | None]:
    """Scheduled, expected (unknown here) and there of all who take a queue's contacts, so far."""
    if until <= start:
        return _NOBODY
    pools, roll = rest.pools, Roll(plan.groups)
    gifts = np.flatnonzero(pools.to == pools.pool[queue])
    groups = {int(pools.group[gift]): float(pools.part[gift]) for gift in gifts}
    staffed = scheduled = 0.0
    seen = False
    for bucket in range(start, until, BUCKET_MS):
        for key in _at(of, bucket):
            place = roll.place(key.program, key.queue, key.site)
            if place in groups:
                seen = True
                staffed += groups[place] * of.staff[key].get("staffed_ms", 0)
                scheduled += groups[place] * of.staff[key].get("sched_ms", 0)
    if not seen:
        return _NOBODY
    passed, programs = until - start, {plan.groups[place].program for place in groups}
    planned = any(map(of.tells_of_schedules, programs))
    told = any(map(of.tells_of_people, programs))
    return scheduled / passed if planned else None, None, staffed / passed if told else None


def _at(of: Came, bucket: int) -> Iterator[CellKey]:
    return (key for key in of.staff if key.start_ms == bucket)


def _projected(one: Interval, rest: Rest, place: int) -> Interval:
    """An interval that is not over with what is predicted of it."""
    of, volume, span = rest.ahead, rest.ahead.volume, int(rest.ahead.span[place])
    spans, came = of.spans, one.actual or 0.0
    mine = of.given.span == span
    return one._replace(
        projected=came + float(volume.contacts[place]),
        projected_low=came + float(volume.low[place]),
        projected_high=came + float(volume.high[place]),
        aht_s=finite(volume.aht_s[place]),
        required=finite(of.required[place]),
        required_low=finite(spans.low[span]),
        required_high=finite(spans.high[span]),
        loaded_high=finite(spans.high[span] / (1.0 - spans.shrinkage[span])),
        scheduled=finite(of.given.heads[mine].sum()) if mine.any() else None,
        expected=finite(of.given.pool[span]),
        level_low=finite(of.level_low[place]),
        level_high=finite(of.level_high[place]),
        abandonment_low=finite(of.abandonment_low[place]),
        abandonment_high=finite(of.abandonment_high[place]),
        occupancy=finite(of.occupancy[place]),
        model=rest.models(place),
    )


def finite(value: Any) -> float | None:
    """A figure of the arrays; None where it is NaN, or no staff will do (inf)."""
    return float(value) if isfinite(value) else None
