"""The rest of the day: what each queue will need and get, worked out beside the fold."""

import logging
from collections.abc import Callable, Mapping, Sequence
from math import nan
from threading import Event, Lock
from typing import Any, NamedTuple

import numpy as np

from kernels.columns import ARRIVAL_ROW
from kernels.layout import F8
from schemas.targets import DAY_S, Plan
from streams.days import local_day_start
from streams.planning.ahead import Ahead, Today, ahead
from streams.planning.curves import Curves, curves_of, totals
from streams.planning.deviation import Deviation, Deviations, by_queue, deviations
from streams.planning.habits import Habits, habits
from streams.planning.month import Month, month_so_far
from streams.planning.outlook import Begun, days_begun, handling, learnt
from streams.planning.pools import Pools, pools_of
from streams.planning.presence import presence
from streams.planning.spread import Days
from streams.view import CellKey, DayPlan, Planned, QueueKey, View

log = logging.getLogger(__name__)
EVERY_MS = 60_000
"""What was worked out counts until the next full minute, or until the plan changes."""
_SO_FAR = [ARRIVAL_ROW.index(name) for name in ("offered", "ans_in_T1")]


class Levels(NamedTuple):
    """Service level of the local day of each queue, float64 (queues,); NaN: unknown, or no target."""

    offered: F8
    in_t: F8
    """So far."""
    rest: F8
    """Contacts to come."""
    needed: F8
    """Level of the rest with which the day reaches its target; above 1: it cannot any more."""
    low: F8
    high: F8
    """The day as it is going to end."""
    month_low: F8
    month_high: F8
    """The local month up to then."""
    month: Month


class Rest(NamedTuple):
    """The rest of the day of all queues with a forecast, as it stood at `at_ms`."""

    at_ms: int
    curves: Curves
    habits: Habits
    today: Today
    pools: Pools
    ahead: Ahead
    levels: Levels
    open_came: F8
    """Contacts so far of each queue's open interval, float64 (queues,)."""

    def open_contacts(self, queue: int) -> float:
        """Contacts of the queue's open interval as it is going to end."""
        return float(self.open_came[queue] + self.ahead.volume.contacts[self.rows(queue).start])

    def rows(self, queue: int) -> slice:
        """Places of the remaining intervals of the queue at this place of `curves.keys`."""
        first, last = np.searchsorted(self.ahead.volume.owner, [queue, queue + 1]).tolist()
        return slice(first, last)

    def models(self, place: int) -> str:
        """What says the figures of an interval: `erlang_a`, `erlang_c_alone..pooled`, `workload`.

        `_shared_time` where a person has several chats at once: approximate (shared.chat_bounds).
        """
        of, owner = self.ahead, self.ahead.volume.owner[place]
        if self.curves.deferred[owner]:
            return "workload"
        model = "erlang_a" if of.impatient[place] else "erlang_c"
        seen = self.today.concurrency[owner]
        held = self.curves.concurrency[of.volume.row[place]] if np.isnan(seen) else seen
        model += "_shared_time" if held > 1 else ""
        return f"{model}_alone..pooled" if of.spans.shared[of.span[place]] else model


def rest_of_day(view: View, plan: Plan, curves: Curves, found: Deviations | None = None) -> Rest:
    """The rest of a view's day. `curves`: of its plan."""
    pools = pools_of(plan, curves.keys)
    of = habits(view, plan, curves.keys, pools.pool)
    found = found or deviations(view, plan)
    today = _today(view, plan, curves, of, found)
    told = ahead(curves, today, pools, presence(view, plan))
    levels = _levels(view, plan, curves, told)
    return Rest(
        view.at_ms,
        curves,
        of,
        today,
        pools,
        told,
        levels,
        _open(curves, today, by_queue(found.volume)),
    )


_ByQueue = dict[CellKey, list[Deviation]]


def _open(curves: Curves, today: Today, volume: _ByQueue) -> F8:
    came = np.zeros(len(curves.keys))
    for at, (key, known) in enumerate(zip(curves.keys, today.known_ms.tolist(), strict=True)):
        begun = volume.get(key)
        if begun and begun[-1].end_ms > known:
            came[at] = begun[-1].actual or 0.0
    return came


def _today(view: View, plan: Plan, curves: Curves, of: Habits, found: Deviations) -> Today:
    begun = days_begun(view, plan, found)
    silent = {
        key: Begun((), (), (), plan.program(key.program), view.known_ms(key.program))
        for key in curves.keys
    }
    days = [begun.get(key, silent[key]) for key in curves.keys]
    ahead = [[one for one in day.curve if one.end_ms > day.known_ms] for day in days]
    told = [_so_far(day, rest) for day, rest in zip(days, ahead, strict=True)]
    came, due, prior, elapsed, phi, factor_sd, aht_rate = np.array(told).reshape(-1, 7).T
    learns = Days(*learnt(list(zip(days, ahead, strict=True))), np.zeros((0, 0)), phi, factor_sd)
    waits = [_undone(view, plan, key) for key in curves.keys]
    undone, due_s = np.array(waits, np.float64).reshape(-1, 2).T
    known_ms = np.array([day.known_ms for day in days], np.int64)
    seen = (came, due, prior, learns, elapsed, aht_rate)
    return Today(known_ms, *seen, of.patience_s, of.concurrency, undone, due_s)


def _so_far(day: Begun, rest: Sequence[Planned]) -> tuple[float, ...]:
    handled = handling(day, rest)
    return (
        sum(one.actual or 0.0 for one in day.volume),
        sum(one.expected for one in day.volume),
        day.of.reforecast_prior,
        day.volume[-1].elapsed if day.volume else 0.0,
        day.of.overdispersion,
        day.of.day_factor_sd,
        handled.damped if handled is not None else 1.0,
    )


def _undone(view: View, plan: Plan, key: CellKey) -> tuple[float, float]:
    """Contacts of a queue that wait, and the time in which deferred ones are to be done, s."""
    now, listed = view.now.get(QueueKey(*key[:3])), plan.queues.get(key.queue)
    due_s = listed.due_s if listed is not None else None
    return (now.waiting if now is not None else 0, due_s or DAY_S)


def _levels(view: View, plan: Plan, curves: Curves, told: Ahead) -> Levels:
    """What came, and what is predicted, together. A day may have parts with different targets."""
    count = len(curves.keys)
    place = {key[:3]: at for at, key in enumerate(curves.keys)}
    programs = {key.program for key in curves.keys}
    midnight = {name: local_day_start(plan, name, view.at_ms) for name in programs}
    so_far, goal = np.zeros((count, 2)), np.zeros(count)
    parts = view.day_arrival
    for key, (offered, in_t) in zip(parts.keys, parts.columns[:, _SO_FAR].tolist(), strict=True):
        at = place.get(key[:3])
        if at is None or not offered or key.start_ms < midnight[key.program]:
            continue
        so_far[at] += offered, in_t
        promised = plan.target_at(key.queue, key.start_ms).service_level
        goal[at] += offered * (nan if promised is None else promised)
    owner, row, contacts = told.volume.owner, told.volume.row, told.volume.contacts
    promised_rest = np.where(curves.level[row] > 0, curves.level[row], nan)
    rest = totals(owner, contacts, count)
    goal += totals(owner, np.where(contacts > 0, contacts * promised_rest, 0.0), count)
    needed = np.divide(goal - so_far[:, 1], rest, out=np.full(count, nan), where=rest > 0)
    ends, young = [], np.zeros(count)
    for key, waiting_in_t in view.waiting_in_T.items():
        if key[:3] in place:
            young[place[key[:3]]] += waiting_in_t
    for level, waiting in ((told.level_low, np.zeros(count)), (told.level_high, young)):
        served = totals(owner, np.where(contacts > 0, contacts * level, 0.0), count)
        whole = so_far[:, 0] + rest
        in_time = so_far[:, 1] + waiting + served
        ends.append(np.divide(in_time, whole, out=np.full(count, nan), where=whole > 0))
    month = month_so_far(view, plan, curves.keys)
    low, high = ends
    return Levels(
        so_far[:, 0],
        so_far[:, 1],
        rest,
        np.maximum(needed, 0.0),
        low,
        high,
        _up_to(month, so_far[:, 0] + rest, low),
        _up_to(month, so_far[:, 0] + rest, high),
        month,
    )


def _up_to(month: Month, contacts: F8, level: F8) -> F8:
    """Level of a month with today's contacts at this level; NaN where a day of it is not known."""
    in_time = month.in_t + np.where(contacts > 0, contacts * level, 0.0)
    whole = np.where(month.recorded == month.past, month.offered + contacts, 0.0)
    found: F8 = np.divide(in_time, whole, out=np.full(len(whole), nan), where=whole > 0)
    return found


class RestOfDay:
    """The newest rest of the day. Whoever reads it never waits while `keep` runs."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lock = Lock()
        self._kept = False
        self._of: tuple[Any, ...] = ()
        self._curves: tuple[DayPlan, Curves] | None = None
        self._newest: Rest | None = None

    def __call__(self, view: View) -> Rest | None:
        """What is known of this view's day; None before anything is, or without a plan of today."""
        if not view.day_plan.official:
            return None
        if not self._kept:
            self.refresh(view)
        return self._newest

    def refresh(self, view: View) -> None:
        """Work it out if the minute is over or the plan has changed."""
        with self._lock:
            now = view.at_ms // EVERY_MS
            if self._of and self._of[0] == now and self._same(view):
                return
            if self._curves is None or not _same_plan(self._curves[0], view.day_plan):
                self._curves = (view.day_plan, curves_of(view.day_plan, self._plan))
            self._newest = rest_of_day(view, self._plan, self._curves[1])
            self._of = (now, view.scheduled)

    def keep(self, view_source: Callable[[], View], stopping: Event, every_s: float = 1.0) -> None:
        """Keep it fresh until stopped; for a thread of its own, so that no scrape pays for it."""
        self._kept = True
        while not stopping.wait(every_s):
            try:
                self.refresh(view_source())
            except TimeoutError:  # catching up takes all of the worker: the next round asks again
                log.warning(
                    "the shards are too busy to show the day: its rest is not known for now"
                )
                self._newest = None
            except Exception:  # whatever fails: what is old must not pass for new
                log.exception("working out the rest of the day failed")
                self._newest = None

    def _same(self, view: View) -> bool:
        known = self._curves is not None and _same_plan(self._curves[0], view.day_plan)
        return known and _same(self._of[1], view.scheduled)


def _same_plan(one: DayPlan, other: DayPlan) -> bool:
    pairs = zip(one, other, strict=True)
    return all(_same(of, before) for of, before in pairs)


def _same(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    """Whether two hold the very same things; views are made anew, what they hold is not."""
    if one is other:
        return True
    return len(one) == len(other) and all(other.get(key) is held for key, held in one.items())
