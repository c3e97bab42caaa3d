"""How far reality is from the plan, and whether that is more than noise (M5; definitions 6.2).

Percent of the forecast, signed. An interval that is still open is compared with the part of its
forecast that should have come by now, and "now" is how far the feeds have promised: what has not
been heard of is not missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.targets import Plan
from streams.planning.beside import Beside, groups, queues
from streams.view import CellKey, Curve, View


class Deviation(NamedTuple):
    """An interval's actual beside its forecast. Volume: contacts; AHT: seconds; staff: FTE."""

    key: CellKey
    """`start_ms` is the interval's."""
    end_ms: int
    elapsed: float
    """Share of the interval's forecast that should have come by now; 1 once it is over."""
    forecast: float
    """Of the whole interval."""
    expected: float
    """What should have come by now."""
    actual: float | None
    """None: unknown."""
    noise: float | None
    """Standard deviation that chance alone gives `expected`; None where nothing says."""
    contacts: int = 0
    """Of an AHT: those that `actual` is the mean of."""

    @property
    def ratio(self) -> float | None:
        """(actual - expected) / expected; None where either is missing."""
        if self.actual is None or self.expected <= 0:
            return None
        return (self.actual - self.expected) / self.expected

    @property
    def score(self) -> float | None:
        """Deviations of chance (z of volume, t of AHT); None where nothing says."""
        if self.actual is None or not self.noise:
            return None
        return (self.actual - self.expected) / self.noise


class Deviations(NamedTuple):
    """Of every interval of the day that has begun, in the order of time for each queue."""

    volume: tuple[Deviation, ...]
    aht: tuple[Deviation, ...]
    staff: tuple[Deviation, ...]


class Compared(NamedTuple):
    """The same of all queues and groups as arrays: what a scrape reads of them."""

    volume: Beside
    aht: Beside
    staff: Beside


def deviations(view: View, plan: Plan) -> Deviations:
    """M5 of a view's day against the official version of the plan."""
    return against(view, plan, view.day_plan.official)


def against(view: View, plan: Plan, curves: Mapping[CellKey, Curve]) -> Deviations:
    """The same against other curves of the day, by queue or group."""
    return Deviations(*map(each, compared(view, plan, curves)))


def compared(view: View, plan: Plan, curves: Mapping[CellKey, Curve]) -> Compared:
    """What `against` says one by one."""
    programs = {key.program for key in curves}
    phi = {name: plan.program(name).overdispersion for name in programs}
    return Compared(*queues(view, curves, phi), groups(view, curves))


def each(of: Beside, where: NDArray[np.bool_] | None = None) -> tuple[Deviation, ...]:
    """Intervals one by one; those of a mask (n,), or all.

    AHT is of the forecast's own basis; clipped time has no count of contacts, so it has no mean. No
    column holds the spread of handle times: theirs is taken as large as their mean, as with
    exponential ones, which most are less spread than.
    """
    chosen = slice(None) if where is None else where
    at = of.at[chosen]
    numbers = (of.of.end[at], *(part[chosen] for part in (of.elapsed, of.forecast, of.expected)))
    told = zip(
        map(of.of.each.__getitem__, at.tolist()),
        *(column.tolist() for column in numbers),
        (None if isnan(value) else value for value in of.actual[chosen].tolist()),
        (value or None for value in of.noise[chosen].tolist()),
        of.contacts[chosen].tolist(),
        strict=True,
    )
    return tuple(map(Deviation._make, told))


def days(volume: Beside) -> dict[CellKey, Deviation]:
    """The intervals of each queue together (so_far); its key has `start_ms` 0."""
    if not len(volume.at):
        return {}
    owner = volume.of.owner[volume.at]
    first = np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1])))
    last = np.concatenate((first[1:], [len(owner)])) - 1
    expected, forecast, actual, variance = (
        np.add.reduceat(of, first)
        for of in (volume.expected, volume.forecast, volume.actual, volume.noise**2)
    )
    elapsed = np.divide(expected, forecast, out=np.ones_like(expected), where=forecast != 0)
    ends = volume.of.end[volume.at[last]]
    columns = (ends, elapsed, forecast, expected, actual, np.sqrt(variance))
    rows = zip(*(column.tolist() for column in columns), strict=True)
    keys = [volume.of.keys[at] for at in owner[first].tolist()]
    return {
        key: Deviation._make((key, *told, noise or None, 0))
        for key, (*told, noise) in zip(keys, rows, strict=True)
    }


def holding(of: Beside, moment_ms: int) -> tuple[Deviation, ...]:
    """The intervals that hold a moment."""
    start, end = of.of.start[of.at], of.of.end[of.at]
    return each(of, (start <= moment_ms) & (moment_ms < end))


def by_queue(found: Iterable[Deviation]) -> dict[CellKey, list[Deviation]]:
    """The intervals of each queue or group, whose key has `start_ms` 0."""
    by: dict[CellKey, list[Deviation]] = {}
    for one in found:
        by.setdefault(one.key._replace(start_ms=0), []).append(one)
    return by


def so_far(volume: Sequence[Deviation]) -> Deviation:
    """The volume of a queue's intervals, at least one, as that of one interval."""
    first, last = volume[0], volume[-1]
    expected = sum(one.expected for one in volume)
    forecast = sum(one.forecast for one in volume)
    noise = sqrt(sum((one.noise or 0.0) ** 2 for one in volume)) or None
    actual = sum(one.actual or 0.0 for one in volume)
    elapsed = expected / forecast if forecast else 1.0
    return Deviation(first.key, last.end_ms, elapsed, forecast, expected, actual, noise)


def mean_so_far(aht: Sequence[Deviation]) -> Deviation | None:
    """The handle time of a queue's intervals as that of one, each weighted by its contacts.

    None where no contact of them has one.
    """
    contacts = sum(one.contacts for one in aht)
    if not contacts:
        return None
    first, last = aht[0], aht[-1]
    due = sum(one.contacts * one.forecast for one in aht) / contacts
    came = sum(one.contacts * (one.actual or 0.0) for one in aht) / contacts
    noise = sqrt(sum(one.contacts * one.forecast**2 for one in aht)) / contacts or None
    return Deviation(first.key, last.end_ms, 1.0, due, due, came, noise, contacts)


def within(found: Sequence[Deviation], start_ms: int, end_ms: int) -> list[Deviation]:
    """Those of a queue's intervals that fill [start, end) ms and are over; [] where they do not."""
    inside = [one for one in found if start_ms <= one.key.start_ms and one.end_ms <= end_ms]
    covered = sum(one.end_ms - one.key.start_ms for one in inside if one.elapsed >= 1)
    return inside if covered == end_ms - start_ms else []
