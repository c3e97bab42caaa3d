"""What the plan says of one local day: the official version, and the newest where it was edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from schemas.actions import Action
from schemas.forecasts import AHT_BASES, OWN_SOURCE
from schemas.keys import BUCKET_MS
from streams.planning.book import newest, official
from streams.view import NO_PLAN, STAFF_CHANNEL, CellKey, Curve, DayPlan, Planned

if TYPE_CHECKING:
    from streams.shard import Shard

REACH_MS = 50 * 3_600_000
"""Local days of all zones that hold a moment lie within so much before and after it."""


def left_out_around(actions: Iterable[Action], at_ms: int) -> tuple[Action, ...]:
    """Ranges of the local day that holds a moment, of any zone, that somebody has marked as one-offs."""
    return tuple(
        one
        for one in actions
        if one.leaves_out and one.start - REACH_MS <= at_ms < one.end + REACH_MS
    )


def day_plan(shard: Shard, now_ms: int) -> DayPlan:
    """The plan of the local day that holds `now_ms`, of every queue and group with figures."""
    at = (shard.forecasts.changed, len(shard.names.queues), now_ms // BUCKET_MS)
    if shard.day_plan[0] != at:
        told = _worked_out(shard, now_ms)
        # The same day of the same plan stays the same object: readers keep what they made of it.
        shard.day_plan = (at, told if told != shard.day_plan[1] else shard.day_plan[1])
    return shard.day_plan[1]


def day_plan_as_of(shard: Shard, moment_ms: int, as_of_ms: int) -> DayPlan:
    """The plan of the local day that holds a moment, of the versions published up to another one."""
    return _worked_out(shard, moment_ms, as_of_ms)


def _worked_out(shard: Shard, now_ms: int, as_of_ms: int | None = None) -> DayPlan:
    rows = shard.forecasts.between(now_ms - REACH_MS, now_ms + REACH_MS)
    if as_of_ms is not None:
        rows = rows[rows["published"] <= as_of_ms]
    if not len(rows):
        return NO_PLAN
    names = shard.names
    zones = [shard.plan.zone(key.program) for key in names.queues]
    begins = np.array([_midnight(zone, now_ms) for zone in zones], np.int64)
    ends = np.array([_midnight(zone, now_ms, 1) for zone in zones], np.int64)
    queue = rows["queue"]
    rows = rows[(rows["start"] >= begins[queue]) & (rows["start"] < ends[queue])]
    stands, last = official(rows, begins[rows["queue"]]), newest(rows)
    curves = _curves(shard, stands)
    edited = curves if np.array_equal(stands, last) else _curves(shard, last)
    changed = {key: curve for key, curve in edited.items() if curve != curves[key]}
    own = [code for code, note in enumerate(shard.forecasts.notes) if note.source == OWN_SOURCE]
    told = _curves(shard, newest(rows[~np.isin(rows["note"], own)])) if own else {}
    return DayPlan(curves, changed, {k: v for k, v in told.items() if v != edited[k]})


def _curves(shard: Shard, rows: NDArray[np.void]) -> dict[CellKey, Curve]:
    found: dict[tuple[int, int], list[Planned]] = defaultdict(list)
    queues, sites = shard.names.queues, shard.names.sites
    of_groups = [key.channel == STAFF_CHANNEL for key in queues]
    for (
        queue,
        site,
        start,
        end,
        version,
        published,
        _,
        amount,
        aht,
        basis,
        lost,
        held,
        _,
    ) in rows.tolist():
        of_group = of_groups[queue]
        found[queue, site].append(
            Planned(
                start,
                end,
                amount / 1000,
                None if of_group or not aht else aht / 1000,
                "" if of_group else AHT_BASES[basis],
                lost / 1000,
                held / 1000,
                version,
                published,
            )
        )
    return {
        CellKey(*queues[queue], sites[site], 0): tuple(curve)
        for (queue, site), curve in found.items()
    }


def _midnight(zone: ZoneInfo, now_ms: int, days: int = 0) -> int:
    return _cached_midnight(zone.key, now_ms // 900_000, days)


@lru_cache(maxsize=4096)
def _cached_midnight(zone: str, bucket: int, days: int) -> int:
    """Start of the local day that holds a bucket, or of one `days` after it, ms UTC."""
    local = datetime.fromtimestamp(bucket * 900, ZoneInfo(zone))
    day = datetime.fromordinal(local.date().toordinal() + days)
    return round(day.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
