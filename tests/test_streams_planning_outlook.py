"""M9: the rest of the day goes on at the damped rate of the day so far, within its band."""

from math import sqrt

import pytest

from schemas.targets import Plan, Program
from streams.planning.deviation import Deviation
from streams.planning.outlook import Rate, handle_rate, outlook, outlooks
from streams.view import CellKey, Planned
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
    shard = shard_at(now, plan, [*calls(120), *calls(60, START + HALF_HOUR_MS)])
    told = outlooks(shard.view(now), Plan(programs={"bank": Program(reforecast_prior=150)}))[KEY]
    assert (told.came, told.volume) == (180, Rate(150, 180, 150))
    assert told.volume.damped == 1.1
    assert [round(one.contacts, 6) for one in told.rest] == [55, 110, 44]
    assert [one.planned for one in told.rest] == [100, 100, 40]
    assert told.day == pytest.approx(180 + 209)
    assert told.low < 209 < told.high
    assert all(one.low < one.contacts < one.high for one in told.rest)


def volume(due: float, came: list[float]) -> list[Deviation]:
    return [
        Deviation(KEY._replace(start_ms=n * 10), n * 10 + 10, 1.0, due, due, actual, sqrt(due))
        for n, actual in enumerate(came)
    ]


def curve_of(count: int, amount: float, published_ms: int = 0) -> tuple[Planned, ...]:
    return tuple(
        Planned(n * 10, n * 10 + 10, amount, None, "end", 0, 1, 1, published_ms)
        for n in range(count)
    )


def test_the_worked_day_projects_596_where_its_intervals_differ_by_no_more_than_chance() -> None:
    told = outlook(curve_of(20, 50), volume(50, [56] * 9), [], Program(), 90)
    assert told.volume == Rate(200, 504, 450)
    assert round(told.remaining) == 596
    assert told.low < 596 < told.high


def test_contacts_of_a_restless_day_weigh_less_against_the_forecast() -> None:
    calm = outlook(curve_of(20, 50), volume(50, [56] * 9), [], Program(), 90).volume
    restless = outlook(curve_of(20, 50), volume(50, [26, 86] * 4 + [56]), [], Program(), 90).volume
    assert calm.came == restless.came == 504
    assert restless.prior > 3 * calm.prior
    assert 1 < restless.damped < calm.damped


def test_without_a_prior_the_rest_goes_on_at_the_run_rate_and_at_the_forecast_before_the_day() -> (
    None
):
    free = Program(reforecast_prior=0)
    told = outlook(curve_of(4, 50), volume(50, [60, 60]), [], free, 20)
    assert told.remaining == pytest.approx(120)
    assert outlook(curve_of(4, 50), [], [], free, 0).remaining == 200


def test_what_came_before_the_rest_was_forecast_anew_is_not_counted_a_second_time() -> None:
    curve = curve_of(4, 50)[:2] + curve_of(4, 60, published_ms=20)[2:]
    told = outlook(curve, volume(50, [60, 60]), [], Program(), 20)
    assert told.volume == Rate(200, 0, 0)
    assert (told.remaining, told.came) == (120, 120)


def test_a_whole_day_that_is_loaded_late_is_compared_with_all_that_came() -> None:
    late = curve_of(4, 50, published_ms=20)
    told = outlook(late, volume(50, [60, 60]), [], Program(reforecast_prior=100), 20)
    assert told.volume == Rate(100, 120, 100)


def test_handle_time_is_of_the_same_intervals_as_the_volume() -> None:
    curve = tuple(one._replace(aht_s=180.0) for one in curve_of(4, 50))
    aht = [
        Deviation(KEY._replace(start_ms=n * 10), n * 10 + 10, 1.0, 180.0, 180.0, actual, 1.0, 100)
        for n, actual in enumerate((400.0, 180.0))
    ]
    anew = curve[:1] + tuple(one._replace(published_ms=10) for one in curve[1:])
    for planned, rate in ((curve, 1.31), (anew, 1.0)):
        told = outlook(planned, volume(50, [50, 50]), aht, Program(), 20)
        assert told.aht is not None
        assert round(told.aht.damped, 2) == rate


def test_an_edit_of_one_later_interval_leaves_the_rate_as_it_is() -> None:
    curve = curve_of(5, 50)[:4] + curve_of(5, 60, published_ms=20)[4:]
    told = outlook(curve, volume(50, [60, 60]), [], Program(reforecast_prior=100), 20)
    assert told.volume == Rate(100, 120, 100)
    assert told.rest[-1].contacts == pytest.approx(66)


def test_when_the_day_is_over_nothing_is_expected_any_more() -> None:
    told = outlook(curve_of(2, 50), volume(50, [60, 60]), [], Program(), 20)
    assert (told.rest, told.remaining, told.low, told.high, told.day) == ((), 0, 0, 0, 120)


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


def test_an_interval_that_is_over_is_no_longer_part_of_the_rest() -> None:
    curve = tuple(Planned(n * 10, n * 10 + 10, 5.0, 60.0, "end", 0, 1, 1, 0) for n in range(3))
    told = outlook(curve, [], [], Program(), 20)
    assert [one.start_ms for one in told.rest] == [20]
    assert told.rest[0].aht_s == 60.0
