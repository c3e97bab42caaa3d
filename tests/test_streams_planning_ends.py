"""A simulated day ends about as it was predicted at noon: contacts, level and who is there."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pytest

from kernels.columns import ARRIVAL_ROW, STAFF_ROW
from schemas.targets import Plan
from streams.planning.rest import Rest, RestOfDay
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import topic_of
from streams.view import View
from tests.shards import encoded

HOUR_MS = 3_600_000
NOON, CLOSED = 5 * HOUR_MS, 12.4 * HOUR_MS


class Day(NamedTuple):
    plan: Plan
    noon: Rest
    evening: View
    opened_ms: int


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    settings = SimulatorSettings(seed=13, scale=2, staff_events=True, forecasts=True)
    center = Center(settings)
    opens = round(datetime(2026, 11, 25, 8, tzinfo=settings.zone).timestamp() * 1000)
    center.begin(opens)
    shard = Shard(center.plan())

    def until(moment_ms: int) -> View:
        batches: dict[str, list[bytes]] = {}
        for event in center.advance(moment_ms):
            batches.setdefault(topic_of(event["source"]), []).extend(encoded([event]))
        for topic, values in batches.items():
            first = shard.positions.get(topic, 0)
            shard.fold(topic, first, list(range(first, first + len(values))), values)
        return shard.view(moment_ms)

    noon = RestOfDay(shard.plan)(until(opens + NOON))
    assert noon is not None
    yield Day(shard.plan, noon, until(opens + round(CLOSED)), opens)


def came(day: Day) -> tuple[np.ndarray, np.ndarray]:
    """Offered and in T of each queue in the rest of the day, float64 (queues,)."""
    offered, in_t = (ARRIVAL_ROW.index(name) for name in ("offered", "ans_in_T1"))
    sums = {key[:3]: np.zeros(2) for key in day.noon.curves.keys}
    cells = day.evening.day_arrival
    for key, row in zip(cells.keys, cells.columns, strict=True):
        if key[:3] in sums:
            sums[key[:3]] += row[[offered, in_t]]
    whole = np.array(list(sums.values())).T
    return whole[0] - day.noon.levels.offered, whole[1] - day.noon.levels.in_t


def test_as_many_come_as_were_projected(day: Day) -> None:
    offered, _ = came(day)
    assert offered.sum() == pytest.approx(day.noon.levels.rest.sum(), rel=0.05)


def test_the_level_of_the_rest_of_the_day_is_that_of_the_bounds(day: Day) -> None:
    offered, in_t = came(day)
    of, row = day.noon.ahead, day.noon.ahead.volume
    bounds = [
        (row.contacts * level).sum() / row.contacts.sum() for level in (of.level_low, of.level_high)
    ]
    real = in_t.sum() / offered.sum()
    assert bounds[0] - 0.03 <= real <= bounds[1] + 0.03
    assert bounds[1] - bounds[0] < 0.15  # or it would hold anything


def test_as_many_people_are_there_as_were_expected(day: Day) -> None:
    staffed = STAFF_ROW.index("staffed_ms")
    since = int(day.noon.ahead.volume.since.max())  # the last interval that was predicted
    first = day.opened_ms + 6 * HOUR_MS
    told, spans = day.noon.ahead, day.noon.ahead.spans
    ahead = (spans.start >= first) & (spans.start <= since)
    hours = (spans.end - spans.start) / HOUR_MS
    expected = (told.given.pool * hours)[ahead].sum()
    cells = day.evening.staff
    end = int(spans.end.max())
    there = sum(
        int(row[staffed])
        for key, row in zip(cells.keys, cells.columns, strict=True)
        if first <= key.start_ms < end
    )
    assert there / HOUR_MS == pytest.approx(expected, rel=0.06)
