"""The day's forecasts of all queues as arrays of intervals, with what is promised in each."""

from itertools import chain
from math import inf, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.layout import F8, I8
from schemas.targets import Plan, Queue, Target
from streams.view import CellKey, Curve, DayPlan

Flags = NDArray[np.bool_]


class Curves(NamedTuple):
    """What each queue's rest is worked out from (DayPlan.base), interval by interval, by queue and time.

    Arrays are float64 (intervals,) unless said otherwise.
    """

    keys: tuple[CellKey, ...]
    owner: I8
    """Place of an interval's queue in `keys`."""
    start: I8
    end: I8
    """ms UTC."""
    contacts: F8
    aht_s: F8
    """NaN: not forecast."""
    shrinkage: F8
    concurrency: F8
    within_s: F8
    level: F8
    asa_s: F8
    abandonment: F8
    occupancy: F8
    """What is promised, as kernels.required reads it: 0 for a level, inf for the others ask nothing."""
    promised: Flags
    """Whether the target in force asks for a level, an ASA or an abandonment."""
    deferred: Flags
    """Of each queue, bool (queues,): its work is to be done by a time, nobody waits for it."""


def curves_of(day: DayPlan, plan: Plan) -> Curves:
    """What is expected now of every queue with a forecast."""
    keys = tuple(day.forecasts())
    each = [day.base(key) for key in keys]
    told = [
        (one.start_ms, one.end_ms, one.amount, nan if one.aht_s is None else one.aht_s,
         one.shrinkage, max(1.0, one.concurrency))
        for one in chain.from_iterable(each)
    ]  # fmt: skip
    table = np.array(told, np.float64).reshape(-1, 6)
    owner = np.repeat(np.arange(len(keys)), [len(curve) for curve in each])
    goals = [_goals(key, curve, plan) for key, curve in zip(keys, each, strict=True)]
    asked = np.concatenate([np.zeros((0, 6)), *goals])
    listed = [plan.queues.get(key.queue) for key in keys]
    start, end, contacts, aht_s, shrinkage, concurrency = table.T
    within_s, level, asa_s, abandonment, occupancy, promised = asked.T
    return Curves(
        keys,
        owner,
        start.astype(np.int64),
        end.astype(np.int64),
        *(contacts, aht_s, shrinkage, concurrency),
        *(within_s, level, asa_s, abandonment, occupancy),
        promised > 0,
        np.array([one is not None and one.deferred for one in listed], np.bool_),
    )


def totals(of: I8, values: F8, count: int) -> F8:
    """Sums of values (n,) by their owner (n,), float64 (count,)."""
    return np.bincount(of, weights=values, minlength=count).astype(np.float64)


def _goals(key: CellKey, curve: Curve, plan: Plan) -> F8:
    """Of each interval by the target in force when it begins, float64 (intervals, 6)."""
    listed = plan.queues.get(key.queue)
    targets = plan.targets_of(key.queue)
    rows = np.array([(*goals_of(target, listed), _promises(target)) for target in targets])
    begins = np.array([target.valid_from_ms for target in targets], np.int64)
    starts = np.array([one.start_ms for one in curve], np.int64)
    chosen: F8 = rows[np.maximum(np.searchsorted(begins, starts, side="right") - 1, 0)]
    return chosen


def goals_of(target: Target, listed: Queue | None) -> tuple[float, ...]:
    """T, level, ASA, abandonment and occupancy that a queue's target asks for, as in Curves."""
    cap = listed.occupancy_max if listed is not None else None
    most = (inf if goal is None else goal for goal in (target.asa_s, target.abandonment, cap))
    return (target.thresholds_s[0], target.service_level or 0.0, *most)


def _promises(target: Target) -> bool:
    goals = (target.service_level, target.asa_s, target.abandonment)
    return any(goal is not None for goal in goals)
