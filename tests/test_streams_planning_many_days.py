"""M9 over 400 simulated days: the band holds four of five, and the rest of the day is nearer than the
original forecast and the plain run rate. The seeds are of no tuning."""

from functools import cache

import numpy as np
import pytest

from tests.planned_days import QUARTERS, Scored, paired, sample, scored, wape

SIZES = (5.0, 20.0, 100.0, 500.0)
"""Contacts of a mean half-hour."""
SEED = 20_261


@cache
def days_of(mean: float) -> tuple[Scored, ...]:
    days = sample(SEED + int(mean), mean)
    return tuple(scored(days, share) for share in QUARTERS)


@pytest.mark.parametrize("mean", SIZES[:3])
def test_the_band_of_the_rest_of_the_day_holds_four_of_five_days(mean: float) -> None:
    for told in days_of(mean):
        assert 0.75 <= told.inside.mean() <= 0.85
        assert 0.75 <= told.interval_inside.mean() <= 0.85


@pytest.mark.parametrize("mean", SIZES)
def test_over_the_day_it_does_for_queues_of_any_size_and_for_the_next_interval(mean: float) -> None:
    told = days_of(mean)
    assert 0.75 <= np.mean([one.inside for one in told]) <= 0.85
    assert 0.75 <= np.mean([one.interval_inside[:, 0] for one in told]) <= 0.85


@pytest.mark.parametrize("other", ["original", "run"])
@pytest.mark.parametrize("mean", SIZES)
def test_the_rest_of_the_day_is_nearer_than_forecast_and_run_rate(mean: float, other: str) -> None:
    actual, ours, theirs = (
        np.stack([getattr(told, name) for told in days_of(mean)], 1)
        for name in ("actual", "ours", other)
    )
    assert wape(ours, actual) < wape(theirs, actual)
    _, high = paired(ours, theirs, actual, SEED)
    assert high < 0


def test_of_days_that_differ_from_the_forecast_by_chance_only_no_band_is_too_narrow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.planned_days.SHAPE_SD", 0.0)
    for told in (scored(sample(SEED, 20.0), share) for share in QUARTERS):
        assert told.inside.mean() >= 0.75
        assert told.interval_inside.mean() >= 0.75
