"""How good the forecasts of a day were, told afterwards from the ledger and the versions kept (2.5.2.b).

At a quarter, half and three quarters of the day's forecast contacts, four forecasts of what was still
to come are compared with what came: the original (the official version), the newest published by then,
our projection from what was known then, and a naive one: the same weekday a week before, or where
that is not in the ledger the original at the plain run rate.

WAPE is the sum of the intervals' absolute errors over the contacts that came, so that all forecasts
are measured by one number; bias is the signed sum over the same. M5 divides by the forecast instead.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from schemas.actions import Action
from schemas.keys import BUCKET_MS, Basis
from streams.close import Record
from streams.planning.outlook import outlooks
from streams.planning.past_day import LATEST_MS, Closed, Kept, of_queues, view_of
from streams.view import CellKey, Curve, DayPlan, Planned

SHARES = (0.25, 0.5, 0.75)
METHODS = ("original", "published", "projected", "last_week", "run_rate")
"""`last_week` and `run_rate` are the naive ones, of which the first that can be told stands."""
COLUMNS = (
    "program", "queue", "share", "at", "method", "queues", "intervals", "told", "actual", "wape", "bias",
    "in_band", "rest_in_band",
)  # fmt: skip
LeftOut = Callable[[int], tuple[Action, ...]]
"""Ranges that were marked as one-offs by a moment, ms."""
Bands = list[tuple[float, float]]


class Told(NamedTuple):
    """A forecast of the intervals still to come, and what came in them."""

    contacts: list[float]
    actual: list[float]
    bands: Bands
    """Of each interval; empty without."""
    rest: tuple[float, float] | None
    """Band of all of them together."""


class Day(NamedTuple):
    """What the ledger says of one queue: contacts offered by bucket."""

    key: CellKey
    curve: Curve
    """Official."""
    records: Sequence[Record]
    offered: dict[int, int]
    closed: Closed
    zone: ZoneInfo

    def came(self, one: Planned, days_before: int = 0) -> float | None:
        """Contacts of an interval, or of the same local time some days before; None: not closed."""
        start, end = (self._before(at, days_before) for at in (one.start_ms, one.end_ms))
        if end - start != one.end_ms - one.start_ms:
            return None  # an hour that a change of clocks took away, or gave twice
        if not self.closed.holds(self.key.program, self.key.queue, start, end):
            return None
        return float(sum(self.offered.get(at, 0) for at in range(start, end, BUCKET_MS)))

    def _before(self, moment_ms: int, days: int) -> int:
        if not days:
            return moment_ms
        local = datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(self.zone)
        then = (local.replace(tzinfo=None) - timedelta(days=days)).replace(tzinfo=self.zone)
        return round(then.timestamp() * 1000)


def scored(
    kept: Kept, left_out: LeftOut, day_ms: int, program: str | None = None, queue: str | None = None
) -> list[dict[str, Any]]:
    """Rows of the local day that holds `day_ms`, `at` ms UTC; those of all queues together last.

    Of one program or queue where it is named.
    What is not closed has rows without figures.
    """
    by_queue: dict[tuple[str, str], list[Record]] = {}
    for one in of_queues(kept.records):
        by_queue.setdefault((one.program, one.queue), []).append(one)
    closed = Closed(kept.records, kept.plan)
    rows, pooled = [], dict[tuple[float, str], list[Told]]()
    for key, curve in sorted(kept.planned(day_ms, LATEST_MS).forecasts().items()):
        if program not in (None, key.program) or queue not in (None, key.queue):
            continue
        records = by_queue.get((key.program, key.queue), [])
        offered: dict[int, int] = {}
        for one in records:
            if one.basis == Basis.ARRIVAL:
                came = offered.get(one.bucket_ms, 0) + one.columns.get("offered", 0)
                offered[one.bucket_ms] = came
        zone = kept.plan.zone(key.program)
        day = Day(key, curve, records, offered, closed, zone)
        for share in SHARES:
            at = reached(curve, share)
            for method, told in _of(day, kept, left_out, at).items():
                head = {"program": key.program, "queue": key.queue, "share": share, "at": at}
                rows.append(head | {"method": method} | figures([told] if told else []))
                if told:
                    pooled.setdefault((share, method), []).append(told)
    for (share, method), each in sorted(pooled.items(), key=_in_order):
        if len(each) > 1:
            head = {"program": "", "queue": "", "share": share, "method": method}
            rows.append(head | figures(each))
    return [{column: row.get(column) for column in COLUMNS} for row in rows]


def _in_order(pooled: tuple[tuple[float, str], Any]) -> tuple[float, int]:
    (share, method), _ = pooled
    return share, METHODS.index(method)


def reached(curve: Curve, share: float) -> int:
    """End of the interval in which a share of a day's forecast is reached, ms UTC."""
    total, so_far = sum(one.amount for one in curve), 0.0
    for one in curve:
        so_far += one.amount
        if so_far >= share * total:
            return one.end_ms
    return curve[-1].end_ms


def _of(day: Day, kept: Kept, left_out: LeftOut, at: int) -> dict[str, Told | None]:
    rest = [one for one in day.curve if one.start_ms >= at]
    begun = [one for one in day.curve if one.start_ms < at]
    actual, so_far = _known(map(day.came, rest)), _known(map(day.came, begun))
    if not rest or actual is None or so_far is None:
        return {"original": None, "projected": None}
    plan, key = kept.planned(at - 1, at), day.key
    original = [one.amount for one in rest]
    found: dict[str, Told | None] = {"original": Told(original, actual, [], None)}
    published = _at(plan.lasting(key), rest)
    if published is not None and published != original:
        found["published"] = Told(published, actual, [], None)
    found["projected"] = _projected(day, kept, plan, left_out(at), (at, rest, actual))
    week = _known([day.came(one, days_before=7) for one in rest])
    due = sum(one.amount for one in begun)
    if week is not None:
        found["last_week"] = Told(week, actual, [], None)
    elif due:
        found["run_rate"] = Told([one * sum(so_far) / due for one in original], actual, [], None)
    return found


def _projected(
    day: Day,
    kept: Kept,
    plan: DayPlan,
    left_out: tuple[Action, ...],
    of: tuple[int, Sequence[Planned], list[float]],
) -> Told | None:
    """What the rest of the day was worked out to be by the versions and values of that moment."""
    (at, rest, actual), key = of, day.key
    curves = (plan.official, plan.edited, plan.told)
    own = DayPlan(*({k: curve for k, curve in each.items() if k == key} for each in curves))
    found = outlooks(view_of(day.records, own, at, left_out), kept.plan).get(key)
    if found is None:
        return None
    expected = {one.start_ms: one for one in found.rest}
    if any(one.start_ms not in expected for one in rest):
        return None
    each = [expected[one.start_ms] for one in rest]
    bands = [(one.low, one.high) for one in each]
    return Told([one.contacts for one in each], actual, bands, (found.low, found.high))


def _at(curve: Curve, rest: Iterable[Planned]) -> list[float] | None:
    amounts = {one.start_ms: one.amount for one in curve}
    return _known([amounts.get(one.start_ms) for one in rest])


def _known(values: Iterable[float | None]) -> list[float] | None:
    told = list(values)
    known = [one for one in told if one is not None]
    return known if len(known) == len(told) else None


def figures(each: Sequence[Told]) -> dict[str, Any]:
    """Contacts told and come, WAPE, bias and cover of forecasts pooled; {} of none."""
    if not each:
        return {}
    told = sum(sum(one.contacts) for one in each)
    actual = sum(sum(one.actual) for one in each)
    off = sum(abs(a - b) for one in each for a, b in zip(one.contacts, one.actual, strict=True))
    inside = [
        low <= came <= high
        for one in each
        for (low, high), came in zip(one.bands, one.actual, strict=bool(one.bands))
    ]
    rest = [one.rest[0] <= sum(one.actual) <= one.rest[1] for one in each if one.rest is not None]
    return {
        "queues": len(each),
        "intervals": sum(len(one.actual) for one in each),
        "told": told,
        "actual": actual,
        "wape": off / actual if actual else None,
        "bias": (told - actual) / actual if actual else None,
        "in_band": sum(inside) / len(inside) if inside else None,
        "rest_in_band": sum(rest) / len(rest) if rest else None,
    }
