"""A hole in a source makes the intervals it touches incomplete, and no others."""

from typing import Any

import pytest

from schemas.targets import Plan, Queue
from streams.settings import SourceSettings
from streams.shard import Shard
from tests.shards import fed
from tests.test_streams_shard_edges import HOUR_MS, T, call, promise

PLAN = Plan(queues={"sales": Queue(program="shop")})
QUARTER_MS = HOUR_MS // 4


def completeness(shard: Shard) -> dict[int, float | None]:
    """Of the sales queue's arrivals, by number of the interval after T."""
    records = shard.close(T + 24 * HOUR_MS)
    return {
        (record.bucket_ms - T) // QUARTER_MS: record.completeness
        for record in records
        if record.basis == "arrival" and record.queue == "sales"
    }


def with_hole(since: int, until: int, **how: Any) -> Shard:
    """Calls every 5 minutes; what was sent between the two moments never arrives."""
    shard = Shard(PLAN, live=True, **how)
    before = [event for at in range(0, since, 300_000) for event in call(f"a{at}", T + at)]
    after = [event for at in range(until, 4 * HOUR_MS, 300_000) for event in call(f"b{at}", T + at)]
    fed(shard, [*before, promise(T + since)])
    shard.skip("acd", shard.positions["acd"] + 100)
    fed(shard, [promise(T + until), *after, promise(T + 8 * HOUR_MS)])
    return shard


def test_the_share_of_an_interval_that_a_hole_covers_is_missing_from_its_completeness() -> None:
    shard = with_hole(HOUR_MS + QUARTER_MS // 3, HOUR_MS + 2 * QUARTER_MS + QUARTER_MS // 2)
    found = completeness(shard)
    assert [found[i] for i in range(3, 8)] == pytest.approx([1, 1 / 3, 0, 1 / 2, 1])
    assert shard.holes == 1


def test_without_a_hole_every_interval_is_complete() -> None:
    shard = Shard(PLAN, live=True)
    calls = [event for at in range(0, HOUR_MS, 300_000) for event in call(f"a{at}", T + at)]
    fed(shard, [*calls, promise(T + 8 * HOUR_MS)])
    found = completeness(shard)
    assert [found[i] for i in range(4)] == [1.0] * 4


def test_a_hole_that_no_promise_has_ended_reaches_to_the_present() -> None:
    shard = Shard(PLAN, live=True)
    fed(shard, [*call("a", T), promise(T + HOUR_MS + QUARTER_MS // 2)])
    shard.skip("acd", 500)
    assert shard.feeds.gaps() == {"shop": [(T + HOUR_MS + QUARTER_MS // 2, 2**63 - 1)]}


def test_a_hole_survives_a_restart() -> None:
    shard = with_hole(HOUR_MS, HOUR_MS + QUARTER_MS)
    again = Shard(PLAN, live=True)
    again.restore(shard.snapshot())
    assert again.feeds.gaps() == shard.feeds.gaps() != {}
    assert completeness(again)[4] == 0


def test_a_source_without_heartbeats_ends_its_gap_with_its_next_event() -> None:
    sources = {"acd": SourceSettings(heartbeats=False, disorder_s=60)}
    shard = Shard(PLAN, sources=sources)
    fed(shard, call("a", T))
    shard.skip("acd", 100)
    fed(shard, call("b", T + HOUR_MS))
    ((start, end),) = shard.feeds.gaps()["shop"]
    assert (start, end) == (T + 10_000, T + HOUR_MS)


def test_a_gap_is_forgotten_once_no_open_interval_lies_before_its_end() -> None:
    shard = with_hole(HOUR_MS, HOUR_MS + QUARTER_MS)
    fed(shard, [promise(T + 60 * HOUR_MS)])
    for _ in range(2):
        shard.close(T + 60 * HOUR_MS)
    assert shard.feeds.gaps() == {}
