"""Queues that share people, interval by interval: their load as one, and who is there for them."""

from math import nan
from typing import NamedTuple

import numpy as np

from kernels.layout import F8, I8
from kernels.required import AHT, MAX_ABANDONED, MAX_ASA, MAX_OCCUPANCY, MIN_LEVEL, PATIENCE, RATE
from kernels.required import WITHIN as AT_T
from schemas.keys import BUCKET_MS
from streams.planning.curves import Curves, Flags, totals
from streams.planning.models import MOST_CONTACTS
from streams.planning.pools import Pools
from streams.planning.presence import Presence

_DAYS = 1 << 12
"""More buckets than a plan's interval may have, and a day."""


class Spans(NamedTuple):
    """The remaining intervals of pools, by pool and time; float64 (spans,) unless said otherwise."""

    pool: I8
    start: I8
    end: I8
    shared: Flags
    """Whether several queues share the pool."""
    sound: Flags
    """Whether all its people take is forecast, in intervals that do not overlap."""
    shrinkage: F8
    low: F8
    high: F8
    """FTE required, unloaded: all queues as one, and each alone."""


class Staff(NamedTuple):
    """Who is expected to be there, FTE; float64. NaN: not known."""

    own: F8
    """For each queue's interval: its own people and its part of the shared ones (intervals,)."""
    pool: F8
    """In each pool's interval (spans,)."""
    gift: I8
    """Of each pair of a gift and an interval of its pool: which gift (pairs,),"""
    span: I8
    """which interval,"""
    there: F8
    """how many are expected,"""
    heads: F8
    """and how many are scheduled."""


def spans_of(curves: Curves, pools: Pools, row: I8, demand: F8) -> tuple[I8, Spans]:
    """Place of each queue's interval among those of the pools, and these."""
    pool, start, end = pools.pool[curves.owner[row]], curves.start[row], curves.end[row]
    base = int(start.min()) if len(start) else 0
    code = (pool * _DAYS + (start - base) // BUCKET_MS) * _DAYS + (end - start) // BUCKET_MS
    _, first, span = np.unique(code, return_index=True, return_inverse=True)
    span = span.reshape(-1)
    of, begins, ends = pool[first], start[first], end[first]
    sound = np.array(pools.whole, np.bool_)
    overlap = (of[1:] == of[:-1]) & (begins[1:] < ends[:-1])
    sound[of[1:][overlap]] = False
    several = np.bincount(pools.pool, minlength=len(pools.whole)) > 1
    weight = demand[:, RATE] * demand[:, AHT] + 1e-9
    lost = totals(span, weight * curves.shrinkage[row], len(of))
    lost /= totals(span, weight, len(of))
    nothing = np.full(len(of), nan)
    return span, Spans(of, begins, ends, several[of], sound[of], lost, nothing, nothing)


def pooled(demand: F8, span: I8, count: int) -> F8:
    """The queues of each of `count` spans as one, rows of kernels.required (shared.pooled)."""
    rate = totals(span, demand[:, RATE], count)
    every = rate[span]
    part = np.divide(demand[:, RATE], every, out=np.zeros(len(span)), where=every > 0)
    found = np.zeros((count, demand.shape[1]))
    found[:, RATE] = rate
    for mean in (AHT, PATIENCE, MIN_LEVEL):
        found[:, mean] = totals(span, part * demand[:, mean], count)
    longest = np.divide(MOST_CONTACTS, rate, out=np.full(count, np.inf), where=rate > 0)
    found[:, PATIENCE] = np.minimum(found[:, PATIENCE], longest)
    left = totals(span, part * np.minimum(demand[:, MAX_ABANDONED], 1.0), count)
    found[:, MAX_ABANDONED] = np.where(left < 1.0, left, np.inf)
    some = demand[:, RATE] > 0
    for loosest in (AT_T, MAX_ASA, MAX_OCCUPANCY):
        np.maximum.at(found[:, loosest], span[some], demand[some, loosest])
    return found


def with_own_t(together: F8, demand: F8) -> F8:
    """Pools' rows with the T of each queue."""
    found = together.copy()
    found[:, AT_T] = demand[:, AT_T]
    return found


def staff_of(
    pools: Pools, people: Presence, owner: I8, span: I8, spans: Spans, required: F8, demand: F8
) -> Staff:
    """Who is there for each queue's interval and in each pool's.

    Shared people are split by what each queue lacks beside its own; where nothing lacks, by need.
    """
    gift, at, there, heads = _gifts(pools, people, spans)
    alone, count = pools.queue[gift] >= 0, len(spans.pool)
    place = _place(owner, span, at[alone], pools.queue[gift[alone]], len(pools.pool))
    own = totals(place[place >= 0], there[alone][place >= 0], len(owner))
    common = totals(at[~alone], there[~alone], count)
    told = np.bincount(at, minlength=count) > 0
    common = np.where(told & spans.sound, common, nan)
    need = np.where(np.isfinite(required), required, demand[:, RATE] * demand[:, AHT])
    lack = np.maximum(0.0, need - own)
    lacks = totals(span, lack, count)[span]
    needs = totals(span, need, count)[span]
    equal = 1.0 / np.bincount(span, minlength=count)[span]
    by_need = np.divide(need, needs, out=equal, where=needs > 0)
    part = np.divide(lack, lacks, out=by_need, where=lacks > 0)
    pool = common + totals(span, own, count)
    return Staff(own + common[span] * part, pool, gift, at, there, heads)


def _gifts(pools: Pools, people: Presence, spans: Spans) -> tuple[I8, I8, F8, F8]:
    """Each gift in each interval of its pool: which, where, FTE expected, FTE scheduled."""
    numbers = np.arange(len(pools.whole))
    first = np.searchsorted(spans.pool, numbers)
    count = (np.searchsorted(spans.pool, numbers, side="right") - first)[pools.to]
    gift = np.repeat(np.arange(len(pools.to)), count)
    before = np.cumsum(count) - count
    at = np.arange(len(gift)) + np.repeat(first[pools.to] - before, count)
    there, heads = people.fte(
        pools.group[gift], spans.start[at], spans.end[at], spans.shrinkage[at]
    )
    return gift, at, there * pools.part[gift], heads * pools.part[gift]


def _place(owner: I8, span: I8, at: I8, queue: I8, queues: int) -> I8:
    """Places of a queue's interval in a span among the intervals; -1: it has none there."""
    code = span * queues + owner
    order = np.argsort(code)
    wanted = at * queues + queue
    if not len(code):
        return np.full(len(wanted), -1)
    found = order[np.minimum(np.searchsorted(code[order], wanted), len(code) - 1)]
    return np.where(code[found] == wanted, found, -1)
