"""Net staff of each staffing group, interval by interval: expected to be there less required."""

from math import nan
from typing import NamedTuple

import numpy as np

from kernels.layout import F8, I8
from streams.planning.ahead import Ahead
from streams.planning.curves import totals
from streams.planning.pools import Pools


class Net(NamedTuple):
    """By group and time; float64 (rows,) unless said otherwise. NaN: unknown. FTE, unloaded but for
    `heads`.

    What a pool requires falls on its groups as they are scheduled: a site that is lost lacks its part.
    Where nothing says who is scheduled, as they are there; where nobody is, in equal parts.
    """

    group: I8
    """Place of the group in the plan."""
    start: I8
    end: I8
    heads: F8
    """People scheduled: to be compared with `loaded`."""
    there: F8
    """Of these, on the average, those expected to be there for contacts."""
    low: F8
    high: F8
    """Required."""
    loaded_low: F8
    loaded_high: F8
    """Required to be scheduled, the forecast's shrinkage added."""

    def at(self, group: int, moment_ms: int) -> int | None:
        """Place of the group's interval that holds a moment."""
        held = (self.group == group) & (self.start <= moment_ms) & (moment_ms < self.end)
        found = np.flatnonzero(held)
        return int(found[0]) if len(found) else None


def net_staff(pools: Pools, told: Ahead) -> Net:
    """Each group of the plan in the remaining intervals of its pools."""
    spans, given = told.spans, told.given
    pool, count = given.pool[given.span], len(spans.pool)
    gifts = np.bincount(given.span, minlength=count)[given.span]
    heads = totals(given.span, given.heads, count)[given.span]
    part = np.divide(given.there, pool, out=1.0 / gifts, where=pool > 0)
    part = np.divide(given.heads, heads, out=part, where=heads > 0)
    part = np.where(np.isnan(pool), nan, part)
    group = pools.group[given.gift]
    start, end = spans.start[given.span], spans.end[given.span]
    order = np.lexsort((end, start, group))
    keys = np.stack((group, start, end))[:, order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    row, rows = np.cumsum(first) - 1, int(first.sum())
    low, high = (part * of[given.span] for of in (spans.low, spans.high))
    kept = 1.0 - spans.shrinkage[given.span]
    there = np.where(np.isnan(pool), nan, given.there)
    columns = (given.heads, there, low, high, low / kept, high / kept)
    summed = (totals(row, column[order], rows) for column in columns)
    return Net(*keys[:, first], *summed)
