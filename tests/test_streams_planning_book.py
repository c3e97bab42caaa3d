"""Every version of the plan is kept; which one counts follows from when it was published."""

import random
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.targets import Plan
from streams.planning.book import newest, official
from streams.shard import Shard
from tests.shards import fed
from tests.test_naive import MODERATE

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def forecast(start: int, version: int, time: int, contacts: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "forecast", "v": 1, "id": f"{version}/{start}", "time": time, "source": "wfm",
        "program": "bank", "queue": "cards", "version": version, "start": start,
        "end": start + 2 * 900_000, "milli_contacts": contacts * 1000, "aht_ms": 180_000, **more,
    }  # fmt: skip


events = st.builds(
    forecast,
    start=st.integers(0, 5).map(lambda n: DAY_MS + n * 1_800_000),
    version=st.integers(1, 3),
    time=st.integers(0, 4).map(lambda n: n * DAY_MS // 2),
    contacts=st.integers(0, 3),
    queue=st.sampled_from(["cards", "loans"]),
)


def rows(shard: Shard) -> list[Any]:
    """What stands, with codes put back into names."""
    names = shard.names.queues
    return sorted(
        (names[row["queue"]].queue, *[int(row[n]) for n in ("start", "version", "published", "amount")])
        for row in shard.forecasts.rows()
    )  # fmt: skip


@MODERATE
@given(st.lists(events, max_size=20), st.integers(0, 9), st.integers(1, 20))
def test_any_order_repeats_and_batches_keep_the_same_versions(
    told: list[dict[str, Any]], seed: int, size: int
) -> None:
    wanted: dict[Any, Any] = {}
    for event in told:
        key = (event["queue"], event["start"], event["version"])
        value = (event["time"], event["milli_contacts"])
        wanted[key] = max(wanted.get(key, value), value)
    shuffled = [*told, *told[::3]]
    random.Random(seed).shuffle(shuffled)
    shard = Shard(Plan())
    for at in range(0, len(shuffled), size):
        fed(shard, shuffled[at : at + size], "plan")
        shard.forecasts.rows()
    assert rows(shard) == sorted((*key, *value) for key, value in wanted.items())
    other = Shard(Plan())
    other.restore(shard.snapshot())
    assert rows(other) == rows(shard)
    assert other.forecasts.notes == shard.forecasts.notes


@MODERATE
@given(st.lists(events, max_size=20))
def test_the_official_version_is_the_greatest_published_before_the_day_or_else_the_least(
    told: list[dict[str, Any]],
) -> None:
    shard = fed(Shard(Plan()), told, "plan")
    kept = shard.forecasts.rows()
    stands = official(kept, np.full(len(kept), DAY_MS))
    last = newest(kept)
    groups: dict[Any, list[Any]] = {}
    for row in kept:
        groups.setdefault((int(row["queue"]), int(row["start"])), []).append(row)
    for of, by in (
        (stands, lambda g: [r for r in g if r["published"] < DAY_MS]),
        (last, lambda g: g),
    ):
        found = {(int(r["queue"]), int(r["start"])): int(r["version"]) for r in of}
        wanted = {
            key: max(int(r["version"]) for r in by(group))
            if by(group)
            else min(int(r["version"]) for r in group)
            for key, group in groups.items()
        }
        assert found == wanted


def test_figures_of_a_span_that_ends_before_it_begins_or_is_too_long_are_rejected() -> None:
    bad = [forecast(DAY_MS, 1, 0, 5, end=DAY_MS), forecast(DAY_MS, 1, 0, 5, end=40 * DAY_MS)]
    shard = fed(Shard(Plan()), bad, "plan")
    assert [reject.reason for reject in shard.take_rejects()] == ["invalid", "invalid"]
    assert not len(shard.forecasts.rows())


def test_a_forecast_for_another_programs_queue_is_rejected() -> None:
    plan = Plan.model_validate({"queues": {"cards": {"program": "shop"}, "b": {"program": "bank"}}})
    shard = fed(Shard(plan), [forecast(DAY_MS, 1, 0, 5)], "plan")
    assert [reject.reason for reject in shard.take_rejects()] == ["wrong_program"]


def test_figures_are_forgotten_forty_days_behind_the_feeds() -> None:
    shard = fed(Shard(Plan()), [forecast(DAY_MS, 1, 0, 5), forecast(60 * DAY_MS, 1, 0, 5)], "plan")
    beat = {"type": "heartbeat", "time": 61 * DAY_MS, "source": "acd", "program": "bank"}
    fed(shard, [beat])
    shard.close(61 * DAY_MS)
    assert [int(row["start"]) for row in shard.forecasts.rows()] == [60 * DAY_MS]
