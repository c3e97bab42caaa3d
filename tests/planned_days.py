"""Simulated days against their forecast, of no family that the forecast assumes: a busy day is any of a
range, and the shape is off by a moving average of two-sided exponential errors."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.targets import Program
from streams.planning.deviation import Deviation
from streams.planning.outlook import Begun, Outlook, of_all
from streams.view import CellKey, Planned

INTERVALS, SPAN = 48, 6
DAY_SD, SHAPE_SD = 0.10, 0.10
QUARTERS = (0.25, 0.5, 0.75)
QUEUE = CellKey("bank", "cards", "voice", "", 0)
OF = Program()


class Sample(NamedTuple):
    """Days of a queue: `forecast` (INTERVALS,), `came` (days, INTERVALS) contacts."""

    forecast: NDArray[np.float64]
    came: NDArray[np.int64]


def curve(mean: float) -> NDArray[np.float64]:
    """Contacts of half-hours with a morning and an evening peak."""
    at = (np.arange(INTERVALS) + 0.5) / INTERVALS
    shape = 0.25 + np.exp(-(((at - 0.35) / 0.12) ** 2)) + 0.8 * np.exp(-(((at - 0.7) / 0.15) ** 2))
    return np.asarray(mean * shape / shape.mean())


def sample(seed: int, mean: float, days: int = 400) -> Sample:
    """Days whose factor has a standard deviation of DAY_SD and whose shape one of SHAPE_SD."""
    chance, forecast = np.random.default_rng(seed), curve(mean)
    factor = 1 + DAY_SD * np.sqrt(3) * chance.uniform(-1, 1, days)
    errors = chance.laplace(0, 1 / np.sqrt(2), (days, INTERVALS + SPAN - 1))
    moving = sum(errors[:, at : at + INTERVALS] for at in range(SPAN)) / np.sqrt(SPAN)
    rate = factor[:, None] * forecast * np.maximum(0.05, 1 + SHAPE_SD * moving)
    return Sample(forecast, chance.poisson(rate))


def reached(forecast: NDArray[np.float64], share: float) -> int:
    """Intervals after which so much of the day's forecast is over."""
    return int(np.searchsorted(np.cumsum(forecast) / forecast.sum(), share)) + 1


def outlooks_at(days: Sample, over: int) -> list[Outlook]:
    """The rest of each day, seen when `over` intervals are over."""
    planned = tuple(
        Planned(at * 10, at * 10 + 10, amount, None, "end", 0.0, 1.0, 1, -1)
        for at, amount in enumerate(days.forecast.tolist())
    )
    return of_all(
        [
            Begun(planned, _begun(planned[:over], came), (), OF, over * 10)
            for came in days.came.tolist()
        ]
    )


def _begun(planned: tuple[Planned, ...], came: list[int]) -> list[Deviation]:
    return [
        Deviation(
            *(QUEUE._replace(start_ms=one.start_ms), one.end_ms, 1.0),
            *(one.amount, one.amount, float(actual), None),
        )
        for one, actual in zip(planned, came, strict=False)
    ]


class Scored(NamedTuple):
    """Contacts of the rest of each day (days,): what came, what was expected, the band."""

    actual: NDArray[np.float64]
    original: NDArray[np.float64]
    run: NDArray[np.float64]
    ours: NDArray[np.float64]
    inside: NDArray[np.bool_]
    """Whether the rest lies in its band."""
    interval_inside: NDArray[np.bool_]
    """(days, intervals left): whether an interval does."""


def scored(days: Sample, share: float) -> Scored:
    """Forecasts made when a share of the day is over, beside what came."""
    over = reached(days.forecast, share)
    told = outlooks_at(days, over)
    left = days.came[:, over:]
    actual, rest = left.sum(1).astype(float), days.forecast[over:].sum()
    low, high = np.array([(one.low, one.high) for one in told]).T
    bands = np.array([[(one.low, one.high) for one in day.rest] for day in told])
    return Scored(
        *(actual, np.full(len(told), rest)),
        days.came[:, :over].sum(1) / days.forecast[:over].sum() * rest,
        np.array([one.remaining for one in told]),
        (low <= actual) & (actual <= high),
        (bands[..., 0] <= left) & (left <= bands[..., 1]),
    )


def wape(told: NDArray[np.float64], actual: NDArray[np.float64]) -> float:
    """Weighted absolute percentage error of pooled days."""
    return float(np.abs(told - actual).sum() / actual.sum())


def paired(
    ours: NDArray[np.float64], other: NDArray[np.float64], actual: NDArray[np.float64], seed: int
) -> tuple[float, float]:
    """95 % interval of our WAPE less the other's, days (rows) drawn with their forecasts 2,000 times."""
    better = (np.abs(ours - actual) - np.abs(other - actual)).sum(1)
    drawn = np.random.default_rng(seed).integers(0, len(better), (2000, len(better)))
    found = better[drawn].sum(1) / actual.sum(1)[drawn].sum(1)
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)
