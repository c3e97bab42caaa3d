"""M9: the rest of the day goes on at the damped rate of the day so far, within its band."""

import random
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.targets import Plan, Program
from streams.planning.deviation import Deviation
from streams.planning.outlook import BAND, Rate, band, handle_rate, outlook, outlooks
from streams.view import CellKey, Planned
from tests.test_naive import MODERATE
from tests.test_streams_planning_book import forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls, shard_at

KEY = CellKey("bank", "cards", "voice", "", 0)


def test_a_day_at_112_percent_goes_on_at_108_where_the_prior_weighs_200_contacts() -> None:
    rate = Rate(200, 504, 450)
    assert rate.run == 1.12
    assert round(rate.damped, 3) == 1.083
    assert round(550 * rate.damped) == 596
    assert round(550 * (rate.run or 0)) == 616


def test_the_rest_of_the_day_is_the_newest_forecast_at_the_rate_so_far() -> None:
    plan = [forecast(START + n * HALF_HOUR_MS, 1, 0, 100) for n in range(4)]
    plan.append(forecast(START + 3 * HALF_HOUR_MS, 2, START, 40))
    now = START + HALF_HOUR_MS + HALF_HOUR_MS // 2
    shard = shard_at(now, plan, calls(180))
    told = outlooks(shard.view(now), Plan(programs={"bank": Program(reforecast_prior=150)}))[KEY]
    assert (told.came, told.volume) == (180, Rate(150, 180, 150))
    assert told.volume.damped == 1.1
    assert [round(one.contacts, 6) for one in told.rest] == [55, 110, 44]
    assert [one.planned for one in told.rest] == [100, 100, 40]
    assert told.day == pytest.approx(180 + 209)
    assert all(one.low < one.contacts < one.high for one in told.rest)


def test_a_queue_whose_feeds_have_not_spoken_has_no_outlook() -> None:
    shard = shard_at(START - 1, [forecast(START, 1, 0, 100)], [])
    assert outlooks(shard.view(START - 1), shard.plan) == {}


def test_handle_time_goes_on_at_its_own_damped_rate() -> None:
    def one(forecast_s: float, actual_s: float | None, contacts: int) -> Deviation:
        noise = forecast_s / sqrt(contacts) if contacts else None
        return Deviation(KEY, 0, 1, forecast_s, forecast_s, actual_s, noise, contacts)

    rate = handle_rate([one(180, 200, 100), one(180, 230, 50), one(180, None, 0)], 150)
    assert rate is not None
    assert (round(rate.came), round(rate.due), round(rate.prior)) == (31_500, 27_000, 27_000)
    assert rate.damped == pytest.approx(58.5 / 54)
    assert handle_rate([one(180, None, 0)], 150) is None


@MODERATE
@given(st.floats(0.5, 400), st.floats(0, 300), st.floats(0, 300), st.floats(1, 4))
def test_a_band_holds_what_is_expected_and_widens_with_doubt(
    due: float, came: float, expected: float, phi: float
) -> None:
    rate = Rate(100, came, expected)
    low, high = band(due, rate, phi)
    assert 0 <= low <= due * rate.damped + 1
    assert due * rate.damped - 1 <= high
    wide = band(due, rate, phi + 2)
    assert wide[1] - wide[0] >= high - low - 1


@pytest.mark.parametrize("due", [8.0, 60.0, 600.0])
def test_four_days_of_five_end_inside_the_band(due: float) -> None:
    chance = random.Random(5)
    rate = Rate(40, 55, 50)
    low, high = band(due, rate, 1.0)
    inside, days = 0, 4000
    for _ in range(days):
        load = due * chance.gammavariate(95, 1 / 90)
        came, wait = 0, chance.expovariate(1)
        while wait < load:
            came, wait = came + 1, wait + chance.expovariate(1)
        inside += low <= came <= high
    assert BAND - 0.02 <= inside / days <= BAND + 0.14


def test_an_interval_that_is_over_is_no_longer_part_of_the_rest() -> None:
    curve = tuple(Planned(n * 10, n * 10 + 10, 5.0, 60.0, "end", 0, 1, 1, 0) for n in range(3))
    told = outlook(curve, [], [], Program(), 20)
    assert [one.start_ms for one in told.rest] == [20]
    assert told.rest[0].aht_s == 60.0
