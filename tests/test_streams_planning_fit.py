"""Schedule fit, chronic misfit and shrinkage: nothing nets, and what is not known is left out."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.targets import Target
from streams.planning.fit import Need, fit, fits, needs, source_of
from streams.planning.misfit import misfits, worst
from streams.planning.recorded import Interval
from streams.planning.shrinkage import shrinkage
from streams.planning.staffing import Goals, Load, required
from tests.test_naive import MODERATE

HALF_HOUR_MS = 1_800_000
DAY_MS = 86_400_000
BAND = (0.95, 1.15)


def need(at: int, asked: float | None, scheduled: float | None) -> Need:
    return Need(at * HALF_HOUR_MS, (at + 1) * HALF_HOUR_MS, asked, scheduled)


def test_too_many_in_one_interval_never_make_up_for_too_few_in_another() -> None:
    """The figures of M1b: 14.5 of 15, 12 of 10, 19 of 20 are 92.2 %, and not 98.9 % as if netted."""
    told = fit([need(0, 15, 14.5), need(1, 10, 12), need(2, 20, 19)])
    assert round(told.fit or 0, 3) == 0.922
    assert (told.net_h, told.over_h, told.under_h) == (0.25, 1.0, 0.75)


@MODERATE
@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), max_size=12), st.integers(1, 5))
def test_the_fit_of_a_week_is_the_sum_of_its_days(
    pairs: list[tuple[float, float]], size: int
) -> None:
    told = [need(at, *pair) for at, pair in enumerate(pairs)]
    days = fits(told, lambda one: one.start_ms // HALF_HOUR_MS // size).values()
    whole = fit(told)
    for name in ("required_h", "scheduled_h", "over_h", "under_h", "intervals"):
        assert sum(getattr(day, name) for day in days) == pytest.approx(getattr(whole, name))
    assert whole.over_h - whole.under_h == pytest.approx(whole.net_h, abs=1e-9)


def test_an_interval_without_schedule_or_requirement_is_counted_as_unknown_and_not_as_a_gap() -> (
    None
):
    told = fit([need(0, 10, None), need(1, None, 10), need(2, 10, 10)])
    assert (told.intervals, told.unknown, told.fit) == (1, 2, 1)
    assert fit([]).fit is None


def interval(at: int = 0, offered: int | None = None, staff: float | None = None,
             shrinkage: float | None = None, load: Load | None = None, **planned: float) -> Interval:  # fmt: skip
    start = at * HALF_HOUR_MS
    return Interval(
        start, start + HALF_HOUR_MS, Target(service_level=0.8), load, dict(planned), offered, 0, 0,
        0, (0, 0), None, staff, "FINAL", 1.0, shrinkage=shrinkage,
    )  # fmt: skip


def test_what_is_required_is_loaded_with_the_work_time_that_is_lost() -> None:
    """Definitions 6.3: 14 required and 30 % lost are 20 scheduled."""
    (one,) = needs([interval(required=14, scheduled=19)], "required", 0.3, None)
    assert (one.required, one.scheduled) == (pytest.approx(20), 19)


def test_required_comes_from_the_plan_or_the_client_or_else_from_the_model() -> None:
    load = Load(100, 1800, 180)
    told = [interval(load=load), interval(1, requested=12), interval(2, required=11)]
    assert source_of(told) == "required"
    assert source_of(told[:2]) == "requested"
    assert source_of(told[:1]) == "model"
    modelled = needs(told, "model", 0.0, 120.0)
    wanted = required([load._replace(patience_s=120.0)], [Goals(20, 0.8)])[0]
    assert [one.required for one in modelled] == [pytest.approx(wanted), None, None]


def test_shrinkage_is_reforecast_from_what_is_seen_with_the_plan_as_one_more_day() -> None:
    planned: dict[str, Any] = {"heads": 10.0, "scheduled": 9.0}
    days = [interval(at * 48, 5, 7.2, 0.1, **planned) for at in (0, 1)]
    told = shrinkage([*days, interval(96, None, None, 0.1, **planned)], UTC)
    assert told.planned == pytest.approx(0.1)
    assert told.seen == pytest.approx(1 - 7.2 / 10)
    # The plan loses nothing of work beyond the breaks; a fifth was lost on each of two days.
    assert told.loss == pytest.approx((0 + 0.2 + 0.2) / 3)
    assert told.expected == pytest.approx(1 - 0.9 * (1 - told.loss))


def test_shrinkage_that_nobody_planned_is_what_is_seen_and_unseen_is_what_was_planned() -> None:
    seen = interval(0, 5, 6.0, heads=10.0, scheduled=8.0)
    assert shrinkage([seen], UTC) == (None, pytest.approx(0.4), pytest.approx(0.4), 0.25)
    coming = interval(1, None, None, 0.3, heads=10.0, scheduled=10.0)
    assert shrinkage([coming], UTC) == (
        pytest.approx(0.3),
        None,
        pytest.approx(0.3),
        pytest.approx(0.3),
    )
    assert shrinkage([interval(0, 5, 6.0)], UTC) == (None, None, None, 0.0)


def weekly(weeks: int, short: int, clock: str = "11:00", zone: str = "UTC") -> list[Need]:
    """Mondays with one half-hour, short in the last `short` of them."""
    found = []
    for week in range(weeks):
        day = datetime(2026, 1, 5, tzinfo=ZoneInfo(zone)) + timedelta(weeks=week)
        local = datetime.combine(day.date(), time.fromisoformat(clock), ZoneInfo(zone))
        start = round(local.timestamp() * 1000)
        found.append(Need(start, start + HALF_HOUR_MS, 10, 8 if week >= weeks - short else 10))
    return found


@pytest.mark.parametrize(
    ("weeks", "short", "chronic"), [(26, 16, "under"), (26, 15, ""), (8, 8, "under"), (7, 7, "")]
)
def test_a_time_of_the_week_is_chronic_when_most_of_enough_weeks_miss(
    weeks: int, short: int, chronic: str
) -> None:
    (one,) = misfits(weekly(weeks, short), UTC, BAND)
    assert (one.weekday, one.start, one.weeks, one.under, one.over) == (
        0,
        time(11),
        weeks,
        short,
        0,
    )
    assert one.chronic == chronic
    assert one.total.under_h == short * 1.0


def test_times_of_the_week_are_local_so_that_summer_time_does_not_part_them() -> None:
    told = misfits(weekly(26, 26, zone="Europe/Berlin"), ZoneInfo("Europe/Berlin"), BAND)
    assert [(one.start, one.weeks) for one in told] == [(time(11), 26)]


def test_the_times_that_cost_most_come_first_and_too_many_are_a_misfit_too() -> None:
    over = [one._replace(scheduled=16) for one in weekly(10, 0, "14:00")]
    told = worst(misfits([*weekly(10, 10), *weekly(10, 0, "09:00"), *over], UTC, BAND))
    assert [(one.start.hour, one.chronic) for one in told] == [(14, "over"), (11, "under")]
