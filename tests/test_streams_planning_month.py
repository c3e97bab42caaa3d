"""The month as it stands tonight: every day of it known to the state, or nothing."""

from dataclasses import replace

import numpy as np
import pytest

from kernels.columns import ARRIVAL_ROW
from schemas.targets import Plan
from streams.figures import span_start
from streams.planning.month import month_so_far
from streams.planning.rest import RestOfDay
from streams.view import CellKey, View
from tests.test_streams_planning_deviation import calls
from tests.test_streams_planning_rest import HOURS, NOON, floor
from tests.views import CARDS, LOANS, cells, view

HOUR_MS = 3_600_000
TOKYO = Plan.model_validate({"programs": {"bank": {"time_zone": "Asia/Tokyo"}}})
MARCH_MS = 1_772_290_800_000
"""2026-03-01 00:00 in Tokyo."""
KEYS = (CellKey(*CARDS, "", 0), CellKey(*LOANS, "", 0))


def seen(*days: int) -> View:
    """Cards on these days of the month, at noon of the third."""
    rows = {
        CellKey(*CARDS, "", MARCH_MS + day * 24 * HOUR_MS): {"offered": 100, "ans_in_T1": 60 + day}
        for day in days
    }
    made: View = view(day_arrival=rows, at_ms=MARCH_MS + 60 * HOUR_MS)
    return made


def test_days_before_today_are_pooled_in_the_local_month() -> None:
    told = month_so_far(seen(-1, 0, 1, 2), TOKYO, KEYS)
    assert (told.offered.tolist(), told.in_t.tolist()) == ([200, 0], [121, 0])
    assert (told.recorded.tolist(), told.past.tolist()) == ([2, 2], [2, 2])


def test_a_state_that_began_within_the_month_does_not_know_it() -> None:
    told = month_so_far(seen(1, 2), TOKYO, KEYS)
    assert (told.recorded.tolist(), told.past.tolist()) == ([1, 1], [2, 2])


@pytest.mark.parametrize(
    ("zone", "moment_ms", "start_ms"),
    [
        ("Asia/Tokyo", MARCH_MS, MARCH_MS),
        ("Asia/Tokyo", MARCH_MS - 1, MARCH_MS - 28 * 24 * HOUR_MS),
        # Berlin puts its clocks forward on the 29th: the month began an hour earlier of the day.
        ("Europe/Berlin", 1_774_908_000_000, 1_772_319_600_000),
    ],
)
def test_a_month_begins_at_local_midnight(zone: str, moment_ms: int, start_ms: int) -> None:
    plan = Plan.model_validate({"programs": {"bank": {"time_zone": zone}}})
    assert span_start(plan, "bank", moment_ms, "month") == start_ms


def test_a_month_over_a_change_of_clocks_has_the_days_of_its_calendar() -> None:
    berlin = Plan.model_validate({"programs": {"bank": {"time_zone": "Europe/Berlin"}}})
    late = 1_774_908_000_000 + 12 * HOUR_MS  # noon of the 31st
    assert month_so_far(view(at_ms=late), berlin, KEYS).past.tolist() == [30, 30]


def test_the_month_up_to_tonight_pools_closed_days_with_today_as_it_ends() -> None:
    shard = floor(HOURS, calls(100), people=16)
    made = shard.view(NOON)
    before = CellKey("bank", "cards", "voice", "", 0)
    columns = cells(ARRIVAL_ROW, {before: {"offered": 500, "ans_in_T1": 300}})
    both = replace(
        made.day_arrival,
        keys=(*made.day_arrival.keys, before),
        columns=np.concatenate((made.day_arrival.columns, columns.columns)),
    )
    told = RestOfDay(shard.plan)(replace(made, day_arrival=both))
    assert told is not None
    of = told.levels
    today = float(of.offered[0] + of.rest[0])
    assert of.month_low == pytest.approx([(300 + today * of.low[0]) / (500 + today)])
    alone = RestOfDay(shard.plan)(made)
    assert alone is not None and np.isnan(alone.levels.month_high).all()
