"""How long customers would wait, from what those answered and those who left have waited."""

import random

import numpy as np
import pytest

from streams.planning.models import required_of, rows
from streams.planning.patience import patience, patiences


def test_patience_is_all_time_waited_over_those_who_left() -> None:
    assert patience(25, 2_000_000, 1_000_000) == (120, 24)


def test_patience_is_unknown_and_never_zero_while_nobody_has_left_or_waited() -> None:
    assert patience(0, 2_000_000, 0) is None
    assert patience(3, 0, 0) is None
    told = patiences([0, 25], [2_000_000, 2_000_000], [0, 1_000_000])
    assert np.isnan(told.mean_s).tolist() == np.isnan(told.error_s).tolist() == [True, False]
    models = required_of(rows(100, 1800, 180, told.mean_s, within_s=20, level=0.8)).model
    assert models.tolist() == ["erlang_c", "erlang_a"]


def test_columns_add_up_to_the_patience_of_all_together() -> None:
    columns = np.array([[4, 9], [300_000, 20_000], [90_000, 700_000]])
    summed = columns.sum(axis=1)
    assert patience(*summed.tolist()) == pytest.approx((1110 / 13, 1110 / 13**1.5))


def test_the_error_covers_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(3)
    inside = 0
    for _ in range(400):
        left, answered_ms, left_ms = 0, 0, 0
        for _ in range(600):
            wait, stays = chance.expovariate(1 / 40), chance.expovariate(1 / 150)
            if stays < wait:
                left, left_ms = left + 1, left_ms + round(1000 * stays)
            else:
                answered_ms += round(1000 * wait)
        told = patience(left, answered_ms, left_ms)
        assert told is not None
        inside += abs(told.mean_s - 150) < 2 * told.error_s
    assert 0.92 < inside / 400 < 0.98


def test_columns_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        patiences([1], [-1], [0])
