"""Who will be there: the schedule, and how much of it has been kept today (definitions 6.3).

A schedule that plans breaks and training says itself what is lost of it; of one that plans work only
the forecast's shrinkage is lost. What is expected so is corrected by what came of it today: the
share of scheduled work that was worked. Of the interval that is open those count who are there now,
where anything is told of people: a site that is lost is not expected back by the schedule.
"""

from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.columns import STAFF_ROW
from kernels.layout import F8, I8
from schemas.groups import Roll
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.days import local_day_start
from streams.view import View

PRIOR_MS = 8 * 3_600_000
"""A shift of one person: so much of a kept schedule the expectation weighs against what was seen."""
_KEPT = [STAFF_ROW.index(name) for name in ("staffed_ms", "sched_work_ms")]
AT_WORK = ("available", "ringing", "handling", "acw")
_SEEN = STAFF_ROW.index("logged_in_ms")


class Presence(NamedTuple):
    """The schedules of the plan's groups; NaN: nobody of the group has one."""

    first_ms: int
    heads: F8
    work: F8
    """Time scheduled, and scheduled for work, up to the edge of each bucket, ms, float64
    (groups, buckets + 1)."""
    leaves_out: NDArray[np.bool_]
    """Whether a group's schedule plans anything but work, bool (groups,)."""
    kept: F8
    """Share of what was expected of a group today that was there, damped, float64 (groups,)."""
    at_ms: int
    now: F8
    """People there at this moment, float64 (groups,); NaN: nothing is told of people."""

    def fte(self, group: I8, start: I8, end: I8, lost: F8) -> tuple[F8, F8]:
        """FTE expected, and scheduled, on the average of what is left of [start, end); float64 of the
        arguments' shape. `lost`: share of scheduled time."""
        most = self.heads.shape[1] - 1
        since = np.clip((start - self.first_ms) // BUCKET_MS, 0, most)
        until = np.clip((end - self.first_ms) // BUCKET_MS, 0, most)
        length = np.maximum((until - since) * BUCKET_MS, 1)
        heads, work = (
            (edges[group, until] - edges[group, since]) / length
            for edges in (self.heads, self.work)
        )
        planned = np.where(self.leaves_out[group], work, heads * (1.0 - lost)) * self.kept[group]
        begun = (start <= self.at_ms) & (self.at_ms < end) & ~np.isnan(self.now[group])
        return np.where(begun, self.now[group], planned), heads


def presence(view: View, plan: Plan) -> Presence:
    """The schedules of the plan's groups, each over its sites."""
    scheduled = view.scheduled
    first_ms = max((one.first_ms for one in scheduled.values()), default=0)
    buckets = max((len(one.heads) for one in scheduled.values()), default=0)
    sums = np.full((2, len(plan.groups), buckets + 1), nan)
    roll = Roll(plan.groups)
    for key, one in scheduled.items():
        at = roll.place(key.program, key.queue, key.site)
        if at is None:
            continue
        if np.isnan(sums[0, at, 0]):
            sums[:, at] = 0.0
        gone = (first_ms - one.first_ms) // BUCKET_MS
        for kind, booked in enumerate((one.heads[gone:], one.work[gone:])):
            total = np.cumsum(booked)
            sums[kind, at, 1 : 1 + len(total)] += total
            sums[kind, at, 1 + len(total) :] += booked.sum()
    heads, work = sums
    cells = view.day_staff
    # Where nothing at all is told of people, nobody is missing.
    seen = {key.program for key, ms in zip(cells.keys, cells.columns[:, _SEEN], strict=True) if ms}
    kept, now = _kept(view, plan, roll, seen), _now(view, plan, roll, seen)
    return Presence(first_ms, heads, work, heads[:, -1] > work[:, -1], kept, view.at_ms, now)


def _now(view: View, plan: Plan, roll: Roll, seen: set[str]) -> F8:
    found = np.array([0.0 if group.program in seen else nan for group in plan.groups])
    for key, states in view.people.items():
        at = roll.place(key.program, key.queue, key.site)
        if at is not None:
            found[at] += sum(states[state].staff for state in AT_WORK if state in states)
    return found


def _kept(view: View, plan: Plan, roll: Roll, seen: set[str]) -> F8:
    midnight = {
        name: local_day_start(plan, name, view.at_ms) for name in {g.program for g in plan.groups}
    }
    sums = np.full((len(plan.groups), 2), PRIOR_MS, np.int64)
    cells = view.day_staff
    for key, row in zip(cells.keys, cells.columns[:, _KEPT], strict=True):
        at = roll.place(key.program, key.queue, key.site)
        if at is not None and key.program in seen and key.start_ms >= midnight[key.program]:
            sums[at] += row
    kept: F8 = sums[:, 0] / sums[:, 1]
    return kept
