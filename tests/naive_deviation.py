"""M5 the slow way: interval by interval, bucket by bucket, out of dictionaries."""

from math import sqrt
from typing import Any

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW, STAFF_ROW

BUCKET_MS = 900_000
Sums = dict[Any, list[int]]
_OFFERED = (*map(ARRIVAL_ROW.index, ("offered", "cohort_handle_ms", "cohort_handled")),)
_END = (*map(HANDLING_ROW.index, ("talk_ms", "hold_ms", "acw_ms", "handled")),)
_STAFFED = (STAFF_ROW.index("staffed_ms"),)


def against(view: Any, plan: Any, curves: Any) -> list[list[tuple[Any, ...]]]:
    """Volume, handle time, staff: each interval as the fields of a Deviation."""
    past = view.past
    arrived = sums(view.arrival, _OFFERED), past.offered
    handled = sums(view.handling, _END), past.handled
    staffed = sums(view.staff, _STAFFED, by_site=True), past.staffed
    found: list[list[tuple[Any, ...]]] = [[], [], []]
    for key, curve in curves.items():
        known_ms = view.known_ms(key.program)
        heard_ms = view.heard_from.get(key.program)
        if heard_ms is None:
            heard_ms = curve[0].start_ms if curve else 0
        if key.channel == "staff":
            known = tuple(one for one in curve if one.start_ms >= past.since_ms)
            found[2].extend(_staff(key, known, staffed, (heard_ms, known_ms)))
            continue
        phi = plan.program(key.program).overdispersion
        for at, planned in enumerate(curve):
            if planned.start_ms >= known_ms:
                break
            if (
                planned.start_ms < past.since_ms
                or planned.end_ms <= heard_ms
                or known_ms <= heard_ms
            ):
                continue
            elapsed = share(curve, at, known_ms)
            if planned.start_ms < heard_ms:
                elapsed -= share(curve, at, heard_ms)
            offered = total(arrived, key, planned)
            found[0].append(_volume(key, planned, elapsed, offered[0], phi))
            if planned.aht_s is not None:
                found[1].append(_aht(key, planned, elapsed, offered, total(handled, key, planned)))
    return found


def _volume(key: Any, planned: Any, elapsed: float, offered: int, phi: float) -> tuple[Any, ...]:
    expected = planned.amount * elapsed
    noise = sqrt(phi * expected) or None
    at = key._replace(start_ms=planned.start_ms)
    return (at, planned.end_ms, elapsed, planned.amount, expected, float(offered), noise, 0)


def _aht(
    key: Any, planned: Any, elapsed: float, offered: list[int], handled: list[int]
) -> tuple[Any, ...]:
    counts = {"end": (sum(handled[:3]), handled[3]), "cohort": (offered[1], offered[2])}
    total_ms, contacts = counts.get(planned.basis, (0, 0))
    actual = total_ms / 1000 / contacts if contacts else None
    forecast = planned.aht_s or 0.0
    noise = forecast / sqrt(contacts) if contacts else None
    at = key._replace(start_ms=planned.start_ms)
    return (at, planned.end_ms, elapsed, forecast, forecast, actual, noise, contacts)


def _staff(key: Any, curve: Any, staffed: tuple[Sums, Sums], told: tuple[int, int]) -> Any:
    heard_ms, known_ms = told
    for planned in curve:
        if planned.start_ms >= known_ms:
            return
        if planned.end_ms <= heard_ms or known_ms <= heard_ms:
            continue
        passed = min(planned.end_ms, known_ms) - max(planned.start_ms, heard_ms)
        there = total(staffed, key, planned)[0] / passed
        elapsed = passed / (planned.end_ms - planned.start_ms)
        at = key._replace(start_ms=planned.start_ms)
        yield (at, planned.end_ms, elapsed, planned.amount, planned.amount, there, None, 0)


def share(curve: Any, at: int, now_ms: int) -> float:
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


def sums(cells: Any, columns: tuple[int, ...], by_site: bool = False) -> Sums:
    """Some columns by (program, queue, channel, site, start ms), summed over sites unless asked."""
    found: Sums = {}
    for key, row in zip(cells.keys, cells.columns[:, list(columns)].tolist(), strict=True):
        at = key if by_site else key._replace(site="")
        held = found.get(at)
        found[at] = row if held is None else [a + b for a, b in zip(held, row, strict=True)]
    return found


def total(of: tuple[Sums, Sums], key: Any, planned: Any) -> list[int]:
    """The sums over an interval's 15-minute buckets, those live and those that have left."""
    result = [0] * 4
    for start in range(planned.start_ms, planned.end_ms, BUCKET_MS):
        at = key._replace(start_ms=start)
        for held in of:
            for place, value in enumerate(held.get(at, ())):
                result[place] += value
    return result
