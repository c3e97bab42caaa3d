"""How far reality is from the plan, and whether that is more than noise (M5; definitions 6.2).

Percent of the forecast, signed. An interval that is still open is compared with the part of its
forecast that should have come by now, and "now" is how far the feeds have promised: what has not
been heard of is not missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW, STAFF_ROW
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.view import STAFF_CHANNEL, CellKey, Cells, Curve, Planned, View

Sums = dict[CellKey, list[int]]
_OFFERED = ARRIVAL_ROW.index("offered")
_COHORT = tuple(map(ARRIVAL_ROW.index, ("cohort_handle_ms", "cohort_handled")))
_END = tuple(map(HANDLING_ROW.index, ("talk_ms", "hold_ms", "acw_ms", "handled")))
_STAFFED = STAFF_ROW.index("staffed_ms")


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


def deviations(view: View, plan: Plan) -> Deviations:
    """M5 of a view's day against the official version of the plan."""
    return against(view, plan, view.day_plan.official)


def against(view: View, plan: Plan, curves: Mapping[CellKey, Curve]) -> Deviations:
    """The same against other curves of the day, by queue or group."""
    if not curves:
        return Deviations((), (), ())
    past = view.past
    arrived = sums(view.arrival, (_OFFERED, *_COHORT)), past.offered
    handled = sums(view.handling, _END), past.handled
    staffed = sums(view.staff, (_STAFFED,), by_site=True), past.staffed
    found: tuple[list[Deviation], list[Deviation], list[Deviation]] = ([], [], [])
    for key, curve in curves.items():
        known_ms = view.known_ms(key.program)
        if key.channel == STAFF_CHANNEL:
            known = tuple(one for one in curve if one.start_ms >= past.since_ms)
            found[2].extend(_staff(key, known, staffed, known_ms))
            continue
        phi = plan.program(key.program).overdispersion
        for at, planned in enumerate(curve):
            if planned.start_ms >= known_ms:
                break
            if planned.start_ms < past.since_ms:
                continue
            elapsed = share(curve, at, known_ms)
            offered = total(arrived, key, planned)
            found[0].append(_volume(key, planned, elapsed, offered[0], phi))
            if planned.aht_s is not None:
                found[1].append(_aht(key, planned, elapsed, offered, total(handled, key, planned)))
    return Deviations(*map(tuple, found))


def _volume(key: CellKey, planned: Planned, elapsed: float, offered: int, phi: float) -> Deviation:
    expected = planned.amount * elapsed
    noise = sqrt(phi * expected) or None
    at = key._replace(start_ms=planned.start_ms)
    return Deviation(at, planned.end_ms, elapsed, planned.amount, expected, float(offered), noise)


def _aht(
    key: CellKey, planned: Planned, elapsed: float, offered: list[int], handled: list[int]
) -> Deviation:
    """AHT of the forecast's own basis; clipped time has no count of contacts, so it has no mean.

    No column holds the spread of handle times: theirs is taken as large as their mean, as with
    exponential ones, which most are less spread than.
    """
    counts = {"end": (sum(handled[:3]), handled[3]), "cohort": (offered[1], offered[2])}
    total_ms, contacts = counts.get(planned.basis, (0, 0))
    actual = total_ms / 1000 / contacts if contacts else None
    forecast = planned.aht_s or 0.0
    noise = forecast / sqrt(contacts) if contacts else None
    at = key._replace(start_ms=planned.start_ms)
    return Deviation(at, planned.end_ms, elapsed, forecast, forecast, actual, noise, contacts)


def _staff(
    key: CellKey, curve: Curve, staffed: tuple[Sums, Sums], known_ms: int
) -> Iterable[Deviation]:
    for planned in curve:
        if planned.start_ms >= known_ms:
            return
        passed = min(planned.end_ms, known_ms) - planned.start_ms
        there = total(staffed, key, planned)[0] / passed
        elapsed = passed / (planned.end_ms - planned.start_ms)
        at = key._replace(start_ms=planned.start_ms)
        yield Deviation(at, planned.end_ms, elapsed, planned.amount, planned.amount, there, None)


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


def share(curve: Curve, at: int, now_ms: int) -> float:
    """Share of an interval's contacts that should have come by `now_ms`.

    The rate changes over the interval as it does from the one before to the one behind it.
    """
    one = curve[at]
    if now_ms >= one.end_ms:
        return 1.0
    passed = (now_ms - one.start_ms) / (one.end_ms - one.start_ms)
    before = curve[at - 1].amount if at and curve[at - 1].end_ms == one.start_ms else one.amount
    touches = at + 1 < len(curve) and curve[at + 1].start_ms == one.end_ms
    after = curve[at + 1].amount if touches else one.amount
    slope = (after - before) / (2 * one.amount) if one.amount else 0.0
    slope = max(-2.0, min(2.0, slope))
    return max(0.0, passed + slope / 2 * (passed * passed - passed))


def sums(cells: Cells, columns: tuple[int, ...], by_site: bool = False) -> Sums:
    """Some columns by (program, queue, channel, site, start ms), summed over sites unless asked."""
    found: Sums = {}
    for key, row in zip(cells.keys, cells.columns[:, list(columns)].tolist(), strict=True):
        at = key if by_site else key._replace(site="")
        held = found.get(at)
        found[at] = row if held is None else [a + b for a, b in zip(held, row, strict=True)]
    return found


def total(of: tuple[Sums, Sums], key: CellKey, planned: Planned) -> list[int]:
    """The sums over an interval's 15-minute buckets, those live and those that have left."""
    result = [0] * 4
    for start in range(planned.start_ms, planned.end_ms, BUCKET_MS):
        at = key._replace(start_ms=start)
        for held in of:
            for place, value in enumerate(held.get(at, ())):
                result[place] += value
    return result
