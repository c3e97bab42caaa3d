"""M5: how far the volume, the AHT and the staff of an interval are from the official plan."""

from typing import Any

import numpy as np
import pytest

from schemas.targets import Plan
from streams.exporter import ViewCollector
from streams.planning.beside import shares, table
from streams.planning.deviation import Deviation, deviations
from streams.shard import Shard
from streams.view import CellKey, Planned
from tests import naive_deviation
from tests.shards import fed
from tests.test_streams_planning_book import DAY_MS, HOUR_MS, forecast

START = DAY_MS + 10 * HOUR_MS
HALF_HOUR_MS = HOUR_MS // 2


def calls(count: int, start: int = START, talk_s: int = 100) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for number in range(count):
        head = {"v": 1, "source": "acd", "program": "bank", "contact": f"{start}-{number}"}
        at = start + number * 1000
        told += [
            {**head, "type": "queued", "id": "q", "time": at, "queue": "cards"},
            {**head, "type": "answered", "id": "a", "time": at + 10},
            {**head, "type": "disconnected", "id": "d", "time": at + 10 + talk_s * 1000,
             "by": "customer"},
        ]  # fmt: skip
    return sorted(told, key=lambda event: event["time"])


BEAT = {"type": "heartbeat", "source": "acd", "program": "bank"}


def shard_at(now_ms: int, planned: list[Any], happened: list[Any]) -> Shard:
    shard = Shard(Plan())
    fed(shard, planned, "plan")
    beat = {"type": "heartbeat", "time": now_ms, "source": "acd", "program": "bank"}
    return fed(shard, [*happened, beat])


def volume(shard: Shard, now_ms: int) -> list[Deviation]:
    return list(deviations(shard.view(now_ms), shard.plan).volume)


@pytest.mark.parametrize(
    ("planned", "came", "ratio", "score"), [(120, 150, 0.25, 2.74), (16, 20, 0.25, 1.0)]
)
def test_one_deviation_in_percent_may_be_a_signal_or_noise(
    planned: int, came: int, ratio: float, score: float
) -> None:
    end = START + HALF_HOUR_MS
    (one,) = volume(shard_at(end, [forecast(START, 1, 0, planned)], calls(came)), end)
    assert (one.elapsed, one.expected, one.actual) == (1, planned, came)
    assert one.ratio == ratio
    assert round(one.score or 0, 2) == score


def test_an_open_interval_is_compared_with_what_was_due_by_now() -> None:
    now = START + HALF_HOUR_MS // 2
    (one,) = volume(shard_at(now, [forecast(START, 1, 0, 100)], calls(60)), now)
    assert (one.elapsed, one.forecast, one.expected, one.actual) == (0.5, 100, 50, 60)
    assert one.ratio == 0.2


def test_what_the_feeds_have_not_told_yet_is_not_missing() -> None:
    shard = shard_at(START + HALF_HOUR_MS // 2, [forecast(START, 1, 0, 100)], calls(50))
    (one,) = volume(shard, START + HALF_HOUR_MS)
    assert one.expected == 50
    silent = fed(Shard(Plan()), [forecast(START, 1, 0, 100)], "plan")
    assert volume(silent, START + HALF_HOUR_MS) == []


def test_a_version_published_during_the_day_does_not_change_what_it_is_judged_by() -> None:
    plan = [forecast(START, 1, 0, 100), forecast(START, 2, START, 200)]
    end = START + HALF_HOUR_MS
    shard = shard_at(end, plan, calls(100))
    (one,) = volume(shard, end)
    assert one.forecast == 100
    key = CellKey("bank", "cards", "voice", "", 0)
    assert [planned.amount for planned in shard.view(end).day_plan.lasting(key)] == [200]


@pytest.mark.parametrize(
    ("basis", "actual"), [("end", 100.0), ("cohort", 100.0), ("clipped", None)]
)
def test_aht_is_compared_on_the_basis_of_its_forecast_only(
    basis: str, actual: float | None
) -> None:
    plan = [forecast(START, 1, 0, 100, aht_basis=basis)]
    end = START + HALF_HOUR_MS
    shard = shard_at(end, plan, calls(10))
    (one,) = deviations(shard.view(end), shard.plan).aht
    assert (one.forecast, one.actual) == (180, actual)


def test_staff_is_compared_with_the_fte_that_the_plan_requires() -> None:
    required = {
        "type": "fte_required", "v": 1, "id": "r", "time": 0, "source": "wfm", "program": "bank",
        "group": "desk", "version": 1, "start": START, "end": START + HALF_HOUR_MS,
        "milli_fte": 2000,
    }  # fmt: skip
    states = [
        {"type": "staff_state", "v": 1, "id": n, "time": START - 1, "source": "hr", "staff": n,
         "program": "bank", "group": "desk", "state": "available"}
        for n in ("ana", "ben", "cho")
    ]  # fmt: skip
    now = START + HALF_HOUR_MS // 2
    shard = shard_at(now, [required], [])
    beat = {"type": "heartbeat", "time": now, "source": "hr", "program": "bank"}
    fed(shard, [*states, beat], "staff")
    (one,) = deviations(shard.view(now), shard.plan).staff
    assert (one.forecast, one.actual, one.ratio) == (2, 3, 0.5)


def test_of_a_feed_that_came_up_within_an_interval_only_the_time_since_then_is_compared() -> None:
    came_up, now = START + HALF_HOUR_MS // 2, START + HALF_HOUR_MS * 3 // 4
    planned = [forecast(START - HALF_HOUR_MS, 2, 0, 100), forecast(START, 1, 0, 100)]
    required = {
        "type": "fte_required", "v": 1, "id": "r", "time": 0, "source": "wfm", "program": "bank",
        "group": "desk", "version": 1, "start": START, "end": START + HALF_HOUR_MS,
        "milli_fte": 2000,
    }  # fmt: skip
    there = {
        "type": "staff_state", "v": 1, "id": "s", "time": came_up, "source": "hr", "staff": "ana",
        "program": "bank", "group": "desk", "state": "available",
    }  # fmt: skip
    for live, expected, staff in ((True, 25, 1), (False, 75, 1 / 3)):
        shard = Shard(Plan(), live=live)
        fed(shard, [*planned, required], "plan")
        fed(shard, [there, {**BEAT, "source": "hr", "time": now}], "staff")
        fed(shard, [*calls(30, came_up), {**BEAT, "time": now}])
        found = deviations(shard.view(now), shard.plan)
        (one,) = (each for each in found.volume if each.key.start_ms == START)
        assert (one.forecast, one.expected, one.actual) == (100, expected, 30)
        assert [each.actual for each in found.staff] == [pytest.approx(staff)]
        assert len(found.volume) == (1 if live else 2), "what was before is unknown, not missed"


@pytest.mark.parametrize(
    ("before", "amount", "after", "passed", "due"),
    [(10, 10, 10, 0.5, 0.5), (0, 10, 20, 0.5, 0.375), (20, 10, 0, 0.5, 0.625), (0, 0, 0, 0.5, 0.5)],
)
def test_more_is_due_early_where_the_rate_falls(
    before: int, amount: int, after: int, passed: float, due: float
) -> None:
    curve = tuple(
        Planned(at * 100, at * 100 + 100, value, None, "end", 0, 1, 1, 0)
        for at, value in enumerate((before, amount, after))
    )
    of = table({CellKey("bank", "cards", "voice", "", 0): curve}, of_staff=False)
    moments = (round(100 + passed * 100), 100, 200)
    told = [shares(of.start, of.end, of.slope, np.array([moment] * 3))[1] for moment in moments]
    assert told == [due, 0, 1]
    assert told[0] == naive_deviation.share(curve, 1, moments[0])


def samples(shard: Shard, now_ms: int) -> dict[str, float]:
    collector = ViewCollector(lambda: shard.view(now_ms), shard.plan)
    return {s.name: s.value for family in collector.collect() for s in family.samples}


def test_a_queue_without_a_plan_has_no_samples_of_it() -> None:
    now = START + HALF_HOUR_MS // 2
    told = samples(shard_at(now, [], calls(10)), now)
    assert not [name for name in told if "forecast" in name or "deviation" in name]
    told = samples(shard_at(now, [forecast(START, 3, 0, 100)], calls(60)), now)
    assert told["cc_plan_version"] == 3
    assert told["cc_interval_forecast_contacts"] == told["cc_day_forecast_contacts"] == 100
    assert told["cc_interval_forecast_contacts_to_date"] == 50
    assert told["cc_interval_volume_deviation_ratio"] == 0.2
    assert told["cc_interval_forecast_handle_seconds"] == 18_000
    assert told["cc_day_volume_deviation_score"] == pytest.approx(10 / 50**0.5)
