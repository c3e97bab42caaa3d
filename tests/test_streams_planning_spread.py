"""The band of the rest of a day: what spreads it, against the same written out as matrices."""

from itertools import product
from math import exp, lgamma, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.planning.spread import (
    BAND,
    LASTING,
    NO_ERROR,
    SIZES,
    Days,
    bands,
    noise_seen,
    spread,
)
from tests.test_naive import MODERATE

CONTACTS = st.floats(0.5, 300)
DAYS = st.fixed_dictionaries(
    {
        "due": st.lists(CONTACTS, min_size=0, max_size=6),
        "left": st.lists(CONTACTS, min_size=1, max_size=5),
        "off": st.lists(st.floats(0.2, 2), min_size=6, max_size=6),
        "phi": st.floats(1, 3),
        "prior": st.floats(0, 400),
        "factor_sd": st.floats(0, 0.3),
    }
)


def days_of(told: dict[str, Any]) -> Days:
    due = np.array([told["due"]]).reshape(1, -1)
    return Days(
        due, due * told["off"][: due.shape[1]], np.array([told["left"]]),
        np.array([told["phi"]]), np.array([told["factor_sd"]]),
    )  # fmt: skip


def slow(days: Days, prior: float) -> tuple[list[float], float]:
    """Variances of intervals and of their sum: every interval with every other one."""
    due, came, left = days.due[0], days.came[0], days.left[0]
    phi, factor = float(days.phi[0]), float(days.factor_sd[0]) ** 2
    whole, begun = due.sum(), len(due)
    rate = (prior + came.sum()) / (prior + whole) if prior + whole else 1.0
    taken = whole / (prior + whole) if prior + whole else 0.0
    apart = np.abs(np.subtract.outer(np.arange(begun + len(left)), np.arange(begun + len(left))))
    weights, matrices = [], []
    for size, lasts in [*product(SIZES, LASTING), (0.0, 0.0)]:
        errors = size**2 * lasts**apart
        ratios = factor + errors[:begun, :begun] + np.diag(phi * rate / due)
        off = came / due - 1
        fits = -(off @ np.linalg.solve(ratios, off) + np.linalg.slogdet(ratios)[1]) / 2
        weights.append(fits + (log(NO_ERROR) if size == 0 else 0.0))
        scale = np.concatenate((due, left)) * rate
        matrices.append(errors * np.outer(scale, scale))
    likely = np.exp(np.array(weights) - max(weights))
    shape = np.tensordot(likely / likely.sum(), np.array(matrices), 1)
    chance = np.diag(phi * rate * np.concatenate((due, left)))

    def variance(chosen: list[int]) -> float:
        """Of the sum of some intervals of the rest, less what the rate says of it."""
        of = left[chosen].sum()
        lever = np.zeros(begun + len(left))
        lever[[begun + at for at in chosen]] = 1.0
        lever[:begun] = -taken / whole * of if whole else 0.0
        return float(lever @ (shape + chance) @ lever + factor * (of * (1 - taken)) ** 2)

    every = list(range(len(left)))
    return [variance([at]) for at in every], variance(every)


@MODERATE
@given(DAYS)
def test_the_spread_is_that_of_the_same_model_written_out_as_matrices(told: dict[str, Any]) -> None:
    days = days_of(told)
    found = spread(days, np.array([told["prior"]]))
    intervals, total = slow(days, told["prior"])
    assert found.intervals[0] == pytest.approx(intervals, rel=1e-6, abs=1e-6)
    assert found.total[0] == pytest.approx(total, rel=1e-6, abs=1e-6)


@MODERATE
@given(DAYS, DAYS)
def test_a_queue_has_the_same_spread_alone_and_among_others(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    each = [days_of(one), days_of(other)]
    begun = max(days.due.shape[1] for days in each)
    ahead = max(days.left.shape[1] for days in each)
    both = Days(
        *(
            np.stack([np.pad(getattr(days, name)[0], wide(len(getattr(days, name)[0]))) for days in each])
            for name, wide in (
                ("due", lambda n: (begun - n, 0)),
                ("came", lambda n: (begun - n, 0)),
                ("left", lambda n: (0, ahead - n)),
            )
        ),
        np.concatenate([days.phi for days in each]),
        np.concatenate([days.factor_sd for days in each]),
    )  # fmt: skip
    prior = np.array([one["prior"], other["prior"]])
    together = spread(both, prior)
    for at, days in enumerate(each):
        alone = spread(days, prior[at : at + 1])
        assert together.total[at] == pytest.approx(alone.total[0])
        assert noise_seen(both)[at] == pytest.approx(noise_seen(days)[0])


def test_intervals_that_differ_as_chance_has_it_show_no_more_noise_than_that() -> None:
    due = np.full((2, 9), 100.0)
    came = np.array([[112.0] * 9, [62.0, 162.0] * 4 + [112.0]])
    days = Days(due, came, due, np.ones(2), np.full(2, 0.1))
    calm, restless = noise_seen(days)
    assert calm == 1.0
    assert restless == pytest.approx((8 + 8 * 50**2 / 112) / 16)


def chances(mean: float, variance: float) -> list[float]:
    """Of 0, 1, 2 ... contacts: the negative binomial distribution by its formula."""
    size = mean / (variance / mean - 1)
    return [
        exp(
            lgamma(n + size) - lgamma(size) - lgamma(n + 1)
            + size * log(size / (size + mean)) + n * log(mean / (size + mean))
        )
        for n in range(int(mean + 12 * sqrt(variance)) + 20)
    ]  # fmt: skip


@MODERATE
@given(st.floats(0.05, 150), st.floats(1.05, 8))
def test_a_band_of_few_contacts_leaves_a_tenth_out_on_either_side(mean: float, over: float) -> None:
    (low,), (high,) = bands(np.array([mean]), np.array([mean * over]))
    each, tail = chances(mean, mean * over), (1 - BAND) / 2
    middles = [sum(each[:n]) + each[n] / 2 for n in range(len(each))]
    assert low == next(n for n, middle in enumerate(middles) if middle >= tail - 1e-9)
    inside = [n for n, middle in enumerate(middles) if middle <= 1 - tail + 1e-9]
    assert high == max([*inside, low])


def test_a_band_is_of_nothing_where_nothing_comes_and_of_poisson_where_only_chance_spreads() -> (
    None
):
    low, high = bands(np.array([0.0, 5.0, 400.0]), np.array([0.0, 5.0, 400.0]))
    assert (low[0], high[0]) == (0, 0)
    assert (low[1], high[1]) == (3, 8)
    assert (round(low[2]), round(high[2])) == (374, 426)
