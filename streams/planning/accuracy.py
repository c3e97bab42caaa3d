"""How good forecasts were: staff that what came required against staff that they required (M6-M8).

Of each interval the version counts that was the newest so many days before its local day began: what
was known later could no longer be hired, or scheduled, for. `Actually required` is the model run again
with what came; the staff who were there do not matter. Source: definitions 6.2, 6.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.chats import CHANNELS
from schemas.forecasts import AHT_BASES
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.close import Record
from streams.days import local_day_start
from streams.planning.book import Book, newest
from streams.planning.curves import goals_of
from streams.planning.habits import LEAST_ABANDONED, held_at_once
from streams.planning.models import required_of, rows
from streams.planning.patience import patience
from streams.planning.recorded import Columns, handle_time
from streams.view import STAFF_CHANNEL, QueueKey

DAY_MS = 24 * 3_600_000
PPM = 1_000_000
PEAK = 4
"""Buckets of the band of a peak: an hour."""


class Seen(NamedTuple):
    """Columns of the ledger by (queue, bucket), of all sites and bases, and habits of each queue."""

    columns: dict[tuple[QueueKey, int], dict[str, int]]
    patience_s: dict[QueueKey, float]
    concurrency: Mapping[QueueKey, float] = {}
    """Chats that people held at once, where it was measured or is a setting."""


class Forecast(NamedTuple):
    """An interval of the version with the lag, what came in it, and FTE (unloaded; NaN: unknown)."""

    key: QueueKey
    start_ms: int
    end_ms: int
    day_ms: int
    contacts: float
    came: float
    forecast: float
    actual: float


class Pair(NamedTuple):
    """A day: hours of staff that the forecast required, and that what came did."""

    day_ms: int
    forecast_h: float
    actual_h: float


def seen(records: Iterable[Record], plan: Plan) -> Seen:
    """What ledger records (newest revisions) say of queues."""
    columns: dict[tuple[QueueKey, int], dict[str, int]] = {}
    waits: dict[QueueKey, list[int]] = {}
    people = list[tuple[tuple[str, str, str], int, int]]()
    for record in records:
        key = QueueKey(record.program, record.queue, record.channel)
        if record.channel == STAFF_CHANNEL:
            who = record.program, record.queue, record.site
            held, busy = (record.columns.get(n, 0) for n in ("sess_ms", "chat_busy_union_ms"))
            people.append((who, held, busy))
        if record.channel == STAFF_CHANNEL or not record.queue:
            continue
        row = columns.setdefault((key, record.bucket_ms), {})
        for name, count in record.columns.items():
            row[name] = row.get(name, 0) + count
        sums = waits.setdefault(key, [0, 0, 0])
        for at, name in enumerate(("abn", "wait_ans_ms", "wait_abn_ms")):
            sums[at] += record.columns.get(name, 0)
    found: dict[QueueKey, float] = {}
    for key, sums in waits.items():
        listed = plan.queues.get(key.queue)
        told = patience(*sums) if sums[0] >= LEAST_ABANDONED else None
        setting = listed.patience_s if listed is not None else None
        found[key] = setting or (told.mean_s if told is not None else nan)
    return Seen(
        columns, found, _at_once(people, plan, [key for key in waits if key.channel in CHANNELS])
    )


def _at_once(
    people: Sequence[tuple[tuple[str, str, str], int, int]], plan: Plan, chats: Sequence[QueueKey]
) -> dict[QueueKey, float]:
    seen_so = held_at_once(people, plan, [key[:2] for key in chats]).tolist()
    listed = [plan.queues.get(key.queue) for key in chats]
    told = [(of.concurrency if of is not None else None) or nan for of in listed]
    pairs = zip(chats, np.where(np.isnan(told), seen_so, told).tolist(), strict=True)
    return {key: float(value) for key, value in pairs if np.isfinite(value)}


def forecasts(
    book: Book, queues: Sequence[QueueKey], plan: Plan, of: Seen, lag_days: Mapping[str, int],
    span: tuple[int, int],
) -> list[Forecast]:  # fmt: skip
    """Intervals of local days within `span` (ms) that have a version with the lag of their program."""
    kept = book.between(*span)
    kept = kept[[queues[code].channel != STAFF_CHANNEL for code in kept["queue"].tolist()]]
    days = [local_day_start(plan, queues[row["queue"]].program, int(row["start"])) for row in kept]
    lags = [lag_days[queues[code].program] * DAY_MS for code in kept["queue"].tolist()]
    chosen = newest(kept, np.array(days, np.int64) - np.array(lags, np.int64))
    told, demand = [], list[tuple[float, ...]]()
    for row in chosen:
        key, start, end = queues[row["queue"]], int(row["start"]), int(row["end"])
        sums = _sums(of, key, start, end)
        contacts, aht_s = int(row["amount"]) / 1000, int(row["aht"]) / 1000
        came, handled_s = _came(sums, AHT_BASES[row["basis"]])
        goals = _goals(plan, key, start)
        head, held = (
            ((end - start) / 1000, of.patience_s.get(key, nan)),
            max(1.0, row["concurrency"] / 1000),
        )
        demand.append((contacts, aht_s or nan, *head, held, *goals))
        held = max(1.0, of.concurrency.get(key, held))
        demand.append((came, 0.0 if came == 0 else handled_s, *head, held, *goals))
        day = local_day_start(plan, key.program, start)
        told.append(Forecast(key, start, end, day, contacts, came, nan, nan))
    fte = _required(np.array(demand, np.float64).reshape(-1, 10)).reshape(-1, 2).tolist()
    pairs = zip(told, fte, strict=True)
    return [one._replace(forecast=was, actual=came) for one, (was, came) in pairs]


def _required(asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where something is not known, or nothing promised."""
    level, asa_s, left, cap = asked[:, 6:].T
    known = ~np.isnan(asked[:, :2]).any(axis=1)
    known &= (level > 0) | np.isfinite(asked[:, 7:]).any(axis=1)
    many, aht, span, wait, held, within = np.where(
        known, asked[:, :6].T, [[0], [0], [1], [1], [1], [0]]
    )
    demand = rows(
        many,
        span,
        aht,
        wait,
        held,
        within,
        level=level,
        asa_s=asa_s,
        abandonment=left,
        occupancy=cap,
    )
    return np.where(known, required_of(demand).fte, nan)


def _goals(plan: Plan, key: QueueKey, start_ms: int) -> tuple[float, ...]:
    target, listed = plan.target_at(key.queue, start_ms), plan.queues.get(key.queue)
    if listed is not None and listed.deferred:
        return 0.0, 0.0, inf, inf, inf
    return goals_of(target, listed)


def _sums(of: Seen, key: QueueKey, start_ms: int, end_ms: int) -> dict[str, int] | None:
    """Of an interval; None unless every bucket of it is recorded."""
    parts = [of.columns.get((key, at)) for at in range(start_ms, end_ms, BUCKET_MS)]
    if any(part is None for part in parts):
        return None
    names = {name for part in parts if part is not None for name in part}
    return {name: sum(part.get(name, 0) for part in parts if part) for name in names}


def _came(sums: Columns | None, basis: str) -> tuple[float, float]:
    """Contacts and handle time (s) on the forecast's basis; NaN: unknown."""
    if sums is None:
        return nan, nan
    aht_s = handle_time(sums, basis)
    return float(sums.get("offered", 0)), nan if aht_s is None else aht_s


def staffing(told: Sequence[Forecast]) -> list[Pair]:
    """Days of queues that are taken together, of which every interval is known and something was
    forecast (M6)."""
    days: dict[int, list[Forecast]] = {}
    for one in told:
        days.setdefault(one.day_ms, []).append(one)
    pairs = []
    for day, parts in sorted(days.items()):
        hours = [(one.end_ms - one.start_ms) / 3_600_000 for one in parts]
        was = sum(one.forecast * h for one, h in zip(parts, hours, strict=True))
        came = sum(one.actual * h for one, h in zip(parts, hours, strict=True))
        if was > 0 and np.isfinite(came):
            pairs.append(Pair(day, was, came))
    return pairs


def staffing_columns(pairs: Sequence[Pair]) -> dict[str, int]:
    """Columns of M6."""
    off = sum(round(abs(one.actual_h - one.forecast_h) / one.forecast_h * PPM) for one in pairs)
    return {"fc_dev_ppm": off, "fc_period_ppm": PPM * len(pairs)}


def scheduling_columns(told: Sequence[Forecast], band: tuple[float, float]) -> dict[str, int]:
    """Columns of M7: intervals known, and those in which no more than so much below or above was
    required. An interval that forecasts nobody is met where nobody was required."""
    known = [one for one in told if np.isfinite([one.forecast, one.actual]).all()]
    below, above = band
    met = [
        one
        for one in known
        if one.forecast * (1 - below) <= one.actual <= one.forecast * (1 + above)
    ]
    return {"fc_int": len(known), "fc_int_in": len(met)}


def peak_columns(told: Sequence[Forecast], of: Seen, tolerance: float) -> dict[str, int]:
    """Columns of M8, of queues that are taken together: the busiest contiguous hour of each day."""
    days: dict[int, tuple[dict[int, float], dict[int, float]]] = {}
    for one in told:
        was, came = days.setdefault(one.day_ms, ({}, {}))
        buckets = range(one.start_ms, one.end_ms, BUCKET_MS)
        for bucket in buckets:
            row = of.columns.get((one.key, bucket))
            was[bucket] = was.get(bucket, 0.0) + one.contacts / len(buckets)
            came[bucket] = came.get(bucket, 0.0) + (nan if row is None else row.get("offered", 0))
    peaks = [(_peak(was), _peak(came)) for was, came in days.values()]
    known = [(was, came) for was, came in peaks if was > 0 and np.isfinite(came)]
    met = [1 for was, came in known if abs(came - was) <= tolerance * was]
    return {"fc_day": len(known), "fc_day_in": len(met)}


def _peak(of: Mapping[int, float]) -> float:
    """Of the hour that has most; NaN where something is unknown."""
    if not all(map(np.isfinite, of.values())):
        return nan
    return max(
        sum(of.get(start + at * BUCKET_MS, 0.0) for at in range(PEAK)) for start in sorted(of)
    )
