"""A shard's deferred work: folding, what time makes of it, forgetting, live gauges, snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from kernels import cases, sweep
from kernels.case_layout import CasePlan, make_case_plan, make_case_scratch, make_cases
from kernels.layout import BUCKET_MS, VISITS_USED, Visits
from kernels.state import with_room_for
from schemas.deferred import DEFERRED_CHANNEL
from schemas.targets import Queue
from streams import visit_pools
from streams.decode import Batch
from streams.view import CasesNow, QueueKey
from streams.visit_pools import Arrays

if TYPE_CHECKING:
    from streams.shard import Shard

MORE_CELLS = 1500
"""For the case with most events, and all days of its life."""
YEAR_MS = 31_556_952_000
"""Of the Gregorian calendar, in the mean: a year of UTC may be missed by two days at its edges."""
LAST_YEAR = 9990


@dataclass
class Cases:
    """Beside the cells of kernels.layout.State: what they were counted from."""

    pool: Visits = field(default_factory=make_cases)
    plan: CasePlan = field(default_factory=make_case_plan)
    years: frozenset[int] = frozenset()
    """Years in which a case may have begun: the ends of their days are in the plan."""


def learn_names(shard: Shard) -> None:
    """Bring the kernels' table up to the names and years known."""
    names, years = shard.names, shard.cases.years
    table = make_case_plan(len(names.programs), len(names.queues))
    parts: list[int] = []
    places: dict[str, tuple[int, int]] = {}
    for code, program in enumerate(names.programs if years else ()):
        zone = shard.plan.zone(program)
        if zone.key not in places:
            ends = sorted({end for year in _reached(years) for end in _midnights(zone, year)})
            places[zone.key] = len(parts), len(ends)
            parts += ends
        table.start[code], table.count[code] = places[zone.key]
    for code, key in enumerate(names.queues):
        if key.channel != DEFERRED_CHANNEL:
            continue
        if not key.queue:
            table.no_queue[names.program(key.program)] = code
        listed = shard.plan.queues.get(key.queue) or Queue(program=key.program)
        table.soon[code] = round(listed.due_soon_s * 1000)
    shard.cases.plan = table._replace(ends=np.array(parts, np.int64))


def _reached(years: frozenset[int]) -> set[int]:
    """Years that a case that begins in one of these may live in, and one before: years are counted
    by their mean length."""
    return {min(year + n, LAST_YEAR) for year in years for n in range(-1, 4)}


@lru_cache(maxsize=2048)
def _midnights(zone: ZoneInfo, year: int) -> tuple[int, ...]:
    """Starts of the local days of a year, ms UTC, at edges of buckets as streams.days has them."""
    first = datetime(year, 1, 1).toordinal()
    days = range(first, datetime(year + 1, 1, 1).toordinal())
    local = (datetime.fromordinal(day).replace(tzinfo=zone) for day in days)
    return tuple(round(each.timestamp() * 1000) // BUCKET_MS * BUCKET_MS for each in local)


def _years_of(times: NDArray[np.int64]) -> frozenset[int]:
    return frozenset((np.unique(times // YEAR_MS) + 1970).tolist())


def fold(shard: Shard, batch: Batch) -> NDArray[np.uint8]:
    """Send a batch's cases through the kernels; what became of each event."""
    if batch.cases is None:
        return np.zeros(0, np.uint8)
    given = batch.cases.input
    fates = np.zeros(len(given), np.uint8)
    known = shard.cases
    known.pool = with_room_for(known.pool, len(given))
    scratch = make_case_scratch(len(given))
    years = known.years | _years_of(given["event"]["time"])
    if years != known.years:
        known.years = years
        learn_names(shard)
    floor = shard.state.programs.floor
    count = cases.take_cases(
        given, fates, known.pool, scratch, shard.state.cases, known.plan, floor
    )
    _settle(shard, scratch, count)
    return fates


def _settle(shard: Shard, scratch: Any, count: int) -> None:
    known = shard.cases
    visit_pools.settle(shard, "cases", MORE_CELLS, count, lambda s, done: cases.settle_cases(
        known.pool, scratch, done, count, s.cases, known.plan, s.programs))  # fmt: skip


def expire(shard: Shard) -> None:
    """Settle what the watermarks make another: due times and ends of days that were reached."""
    known, state = shard.cases, shard.state
    scratch = make_case_scratch(int(known.pool.used[VISITS_USED]))
    count = cases.due_cases(known.pool, scratch, state.cases, known.plan, state.programs)
    _settle(shard, scratch, count)


def forget(shard: Shard) -> None:
    """Recycle cases that are closed and recorded for good."""
    if cases.forget_cases(shard.cases.pool, shard.state.programs.floor):
        sweep.reindex_visits(shard.cases.pool)


def now(shard: Shard, now_ms: int) -> dict[QueueKey, CasesNow]:
    """What is open, due soon and overdue of every queue of cases, listed or seen."""
    gauges = np.zeros((len(shard.names.queues), cases.GAUGES), np.int64)
    soon = shard.cases.plan.soon
    cases.cases_now(shard.cases.pool, soon, now_ms, gauges)
    return {
        key: CasesNow(count, due_soon, overdue, late_ms, None if earliest < 0 else earliest)
        for key, (count, due_soon, overdue, late_ms, earliest) in zip(
            shard.names.queues, gauges.tolist(), strict=True
        )
        if key.queue and key.channel == DEFERRED_CHANNEL
    }


def packed(shard: Shard) -> Arrays:
    """What a snapshot keeps of cases, by name."""
    return visit_pools.packed(shard.cases.pool)


def restore(shard: Shard, arrays: Arrays) -> None:
    """Take over what `packed` gave."""
    pool = visit_pools.restored(arrays)
    # Of a block that is not full the rest is what it held before, or 0: more years, no wrong ones.
    shard.cases = Cases(pool, years=_years_of(pool.events["time"]))
    learn_names(shard)
