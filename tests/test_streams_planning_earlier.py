"""A day is compared with its plan as a whole, also where its morning is day sums only by now."""

from typing import Any

import pytest

from schemas.targets import Plan
from streams.planning.deviation import Deviations, deviations
from streams.shard import Shard
from streams.snapshot import captured, compressed
from tests.shards import fed
from tests.test_streams_planning_book import forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls

HALVES = 20
EVENING = START + HALVES * HALF_HOUR_MS
PLAN = [forecast(START + n * HALF_HOUR_MS, 1, 0, 10) for n in range(HALVES + 4)]
REQUIRED = {
    "type": "fte_required", "v": 1, "id": "r", "time": 0, "source": "wfm", "program": "bank",
    "group": "desk", "site": "B", "version": 1, "start": START, "end": EVENING, "milli_fte": 2000,
}  # fmt: skip


def beat(source: str, at_ms: int) -> dict[str, Any]:
    return {"type": "heartbeat", "time": at_ms, "source": source, "program": "bank"}


def worked(closed: bool, until: int = HALVES) -> Shard:
    """A day of ten hours, closed half an hour after the other or never."""
    shard = Shard(Plan())
    fed(shard, [*PLAN, REQUIRED], "plan")
    person = {
        "type": "staff_state", "v": 1, "id": "s", "time": START, "source": "hr", "staff": "ana",
        "program": "bank", "group": "desk", "site": "B", "state": "available",
    }  # fmt: skip
    fed(shard, [person], "staff")
    for n in range(until):
        fed(shard, calls(8 + n % 5, START + n * HALF_HOUR_MS))
        now = START + (n + 1) * HALF_HOUR_MS
        fed(shard, [beat("acd", now)])
        fed(shard, [beat("hr", now)], "staff")
        if closed:
            shard.close(now)
    return shard


def found(shard: Shard) -> Deviations:
    return deviations(shard.view(EVENING), shard.plan)


def test_intervals_that_have_left_the_live_tables_are_still_compared_with_the_plan() -> None:
    closed, live = worked(True), worked(False)
    assert min(key.start_ms for key in closed.view(EVENING).arrival.keys) > START + 4 * HALF_HOUR_MS
    assert found(closed) == found(live)
    assert sum(one.actual or 0 for one in found(closed).volume) == 200


def test_a_restart_forgets_nothing_of_the_day() -> None:
    shard = worked(True)
    again = Shard(Plan())
    again.restore(shard.snapshot())
    assert found(again) == found(shard)


def test_of_a_state_that_did_not_keep_it_the_morning_is_unknown_and_not_empty() -> None:
    shard = worked(True)
    kept = captured(shard)
    bare = {n: a for n, a in kept.arrays.items() if not n.startswith("earlier.")}
    again = Shard(Plan())
    again.restore(compressed(kept._replace(arrays=bare)))
    of = found(again)
    assert 0 < len(of.volume) < HALVES
    assert all((one.actual or 0) >= 8 for one in of.volume)
    assert of.staff == ()  # its interval began before


def test_what_left_little_by_little_is_what_a_restart_finds_at_once() -> None:
    shard = worked(True)
    again = Shard(Plan())
    again.restore(shard.snapshot())
    assert again.view(EVENING).past == shard.view(EVENING).past
    kept = shard.view(EVENING).past
    assert kept.offered and kept.handled and kept.staffed
    assert shard.view(EVENING + 60_000).past is kept


def test_what_lies_a_day_back_is_dropped() -> None:
    shard = worked(True)
    shard.earlier.forget_before(EVENING // 900_000)
    assert shard.view(EVENING).past[1:] == ({}, {}, {})
    assert sum(one.actual or 0 for one in found(shard).volume) == pytest.approx(
        sum(int(row[0]) for row in shard.view(EVENING).arrival.columns)
    )
