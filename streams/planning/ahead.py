"""Every remaining interval of all queues at once: volume, handle time, required and predicted figures.

The same as streams.planning.outlook, staffing and shared say of one interval, over arrays.
"""

from math import nan
from typing import NamedTuple

import numpy as np

from kernels.layout import F8, I8
from kernels.required import PATIENCE
from streams.planning.curves import Curves, Flags, totals
from streams.planning.models import Figures, figures_of, required_of, rows
from streams.planning.outlook import projected
from streams.planning.pools import Pools
from streams.planning.presence import Presence
from streams.planning.sharing import Spans, Staff, pooled, spans_of, staff_of, with_own_t
from streams.planning.spread import Days
from streams.planning.staffing import spread


class Today(NamedTuple):
    """How the day has gone so far, of each queue, float64 (queues,)."""

    known_ms: I8
    """Up to when its feeds have told, ms UTC; -1: they have told nothing."""
    came: F8
    due: F8
    """Contacts so far, and those that should have come by the figures of `curves`."""
    prior: F8
    """Contacts that the forecast weighs (Program.reforecast_prior)."""
    days: Days
    """What the rest learns from; of the intervals to come nothing is needed."""
    elapsed: F8
    """Of the interval that is open: share that should have come."""
    aht_rate: F8
    """Damped handle time so far against the forecast; 1 where nothing is known."""
    patience_s: F8
    """NaN: not known."""
    concurrency: F8
    """NaN: as forecast."""
    undone: F8
    """Contacts of a deferred queue that are not done."""
    due_s: F8
    """Time in which one of them is to be done."""


class Volume(NamedTuple):
    """What is still to come, by queue and time; float64 (intervals,) unless said otherwise."""

    row: I8
    """Place of each interval in the curves."""
    owner: I8
    """Place of its queue."""
    since: I8
    """From when on it remains, ms UTC."""
    contacts: F8
    low: F8
    high: F8
    """The band of `contacts`."""
    aht_s: F8
    """NaN: unknown."""


class Ahead(NamedTuple):
    """The remaining intervals, by queue and time; float64 (intervals,) unless said otherwise.

    NaN: unknown. What a queue that shares its people gets lies between two models: alone with a part
    of the staff, and all queues as one with all of it; `low` and `high` are the lesser and the greater.
    """

    volume: Volume
    required: F8
    """FTE of the queue alone, unloaded; inf: no staff meets what is promised."""
    staff: F8
    """FTE expected to be there for it; where people are shared its part of them."""
    level_low: F8
    level_high: F8
    abandonment_low: F8
    abandonment_high: F8
    occupancy: F8
    """Of all who take the queue's contacts."""
    impatient: Flags
    """Whether Erlang A says so; otherwise it is Erlang C."""
    span: I8
    """Place of each interval among those of the pools."""
    spans: Spans
    given: Staff


def volume(curves: Curves, today: Today) -> Volume:
    """Contacts and handle time of the intervals that are not over (outlook.outlook)."""
    known = today.known_ms[curves.owner]
    row = np.flatnonzero((curves.end > known) & (known >= 0))
    owner, begun = curves.owner[row], curves.start[row] < known[row]
    due = curves.contacts[row] * np.where(begun, 1.0 - today.elapsed[owner], 1.0)
    since = np.maximum(curves.start[row], known[row])
    place = np.arange(len(row)) - np.searchsorted(owner, owner)
    left = np.zeros((len(curves.keys), int(place.max(initial=-1)) + 1))
    left[owner, place] = due
    comes = projected(today.days._replace(left=left), today.prior)
    aht_s = curves.aht_s[row] * today.aht_rate[owner]
    return Volume(
        *(row, owner, since, comes.mean[owner, place]),
        *(comes.low[owner, place], comes.high[owner, place], aht_s),
    )


def ahead(curves: Curves, today: Today, pools: Pools, people: Presence) -> Ahead:
    """The rest of the day of all queues. Raises ValueError for loads that cannot be."""
    of = volume(curves, today)
    late = curves.deferred[of.owner]
    demand = _demand(curves, today, pools, of)
    asks = curves.promised[of.row] | np.isfinite(curves.occupancy[of.row])
    required = np.where(asks & ~np.isnan(of.aht_s), required_of(demand).fte, nan)
    if late.any():
        required = np.where(late, _deferred(curves, today, of), required)
    span, spans = spans_of(curves, pools, of.row, demand)
    together = pooled(demand, span, len(spans.pool))
    spans = _bounded(spans, span, together, required, late)
    given = staff_of(pools, people, of.owner, span, spans, required, demand)
    unseen = np.isnan(of.aht_s) | late
    alone = _figures(demand, given.own, unseen)
    shared = spans.shared[span]
    as_one = _figures(
        with_own_t(together[span[shared]], demand[shared]),
        *(given.pool[span[shared]], unseen[shared]),
    )
    figures = [np.stack((one, one)) for one in alone]
    for both, one in zip(figures, as_one, strict=True):
        both[1, shared] = one
    level, left, busy = figures
    told = (*_sorted(level), *_sorted(left), busy[1])
    return Ahead(of, required, given.own, *told, demand[:, PATIENCE] > 0, span, spans, given)


def patience_of(curves: Curves, today: Today, pools: Pools) -> F8:
    """Patience of each queue, s, float64 (queues,): NaN of all of a pool where one is not known.

    One model says all of a pool: what A says of one queue is no bound of what C says of another.
    """
    lacks = np.zeros(len(pools.whole), np.bool_)
    lacks[pools.pool[np.isnan(today.patience_s) & ~curves.deferred]] = True
    return np.where(lacks[pools.pool], nan, today.patience_s)


def _demand(curves: Curves, today: Today, pools: Pools, of: Volume) -> F8:
    """Rows of kernels.required of each queue alone; work that nobody waits for asks nothing."""
    patience = patience_of(curves, today, pools)[of.owner]
    seen = today.concurrency[of.owner]
    held = np.where(np.isnan(seen), curves.concurrency[of.row], seen)
    idle = np.isnan(of.aht_s) | curves.deferred[of.owner]
    seconds = (curves.end[of.row] - of.since) / 1000
    return rows(
        of.contacts, seconds, np.where(idle, 0.0, of.aht_s), patience, held,
        curves.within_s[of.row], level=curves.level[of.row], asa_s=curves.asa_s[of.row],
        abandonment=curves.abandonment[of.row], occupancy=curves.occupancy[of.row],
    )  # fmt: skip


def _bounded(spans: Spans, span: I8, together: F8, required: F8, late: Flags) -> Spans:
    """The FTE that pools require: as one queue, and each alone (shared.bounds); deferred work is added
    to both."""
    high = totals(span, required, len(spans.pool))
    work = totals(span, np.where(late, required, 0.0), len(spans.pool))
    low = high.copy()
    as_one = required_of(together[spans.shared]).fte + work[spans.shared]
    low[spans.shared] = np.minimum(as_one, high[spans.shared])
    return spans._replace(low=np.where(np.isnan(high), nan, low), high=high)


def _figures(demand: F8, staff: F8, unseen: Flags) -> tuple[F8, F8, F8]:
    """Level, abandonment and occupancy; NaN where load or staff are not known."""
    unknown = unseen | np.isnan(staff)
    found: Figures = figures_of(demand, np.where(unknown, 0.0, staff))
    level, left, busy = (
        np.where(unknown, nan, part) for part in (found.level, found.abandonment, found.occupancy)
    )
    return level, left, busy


def _sorted(both: F8) -> tuple[F8, F8]:
    return both.min(axis=0), both.max(axis=0)


def _deferred(curves: Curves, today: Today, of: Volume) -> F8:
    """FTE of deferred work, float64 (intervals,): what is not done and what comes, until it is due.

    What is not done came evenly over the time that it may take. What is due after today's last
    interval is left to tomorrow. Unknown for a queue whose intervals
    are not of one length.
    """
    found = np.full(len(of.row), nan)
    for queue in np.unique(of.owner[curves.deferred[of.owner]]).tolist():
        mine = np.flatnonzero(of.owner == queue)
        length = np.unique(curves.end[of.row[mine]] - curves.start[of.row[mine]])
        if len(length) > 1 or np.isnan(of.aht_s[mine]).any():
            continue
        later = round(float(today.due_s[queue]) * 1000 / int(length[0]))
        due = np.zeros(len(mine) + later)
        due[later:] = of.contacts[mine] * of.aht_s[mine]
        due[: later + 1] += today.undone[queue] * of.aht_s[mine[0]] / (later + 1)
        cap = min(1.0, float(curves.occupancy[of.row[mine[0]]]))
        found[mine] = spread(due[: len(mine)], int(length[0]) / 1000, cap)
    return found
