"""How far the rest of a day may be from its forecast: what spreads it, and the band that follows.

Three things do: the day as a whole is busier or quieter than forecast (a factor), its shape differs
(an error of each interval that lasts into the next ones), and contacts come by chance. How large
the error of shape is, nobody knows beforehand: each size and persistence of a grid is weighed by how
likely it makes the intervals that are over (a Kalman filter of factor and error). A small queue
cannot tell, and keeps the grid as it is; a large one decides within some hours.
"""

from typing import NamedTuple

import numpy as np

from kernels.forecast import counted_bands
from kernels.layout import F8

BAND = 0.8
"""Share of outcomes that a band holds."""
Z = 1.2815515655446004
"""Of the standard normal distribution, the value that (1 + BAND) / 2 lie below."""
EXACT_BELOW = 200.0
"""Expected contacts up to which a band is counted out; above, a normal one differs by under 1 %."""
SIZES, LASTING = (0.05, 0.1, 0.15, 0.25), (0.3, 0.6, 0.85)
"""Standard deviation of the error of shape, as a share of an interval's contacts, and the part of it
that is still there one interval on."""
NO_ERROR = 3.0
"""How many of the grid's errors weigh as much as that there is none."""
_VARIANCE = np.array([size**2 for size in SIZES for _ in LASTING] + [0.0])
_LASTS = np.array([*LASTING * len(SIZES), 0.0])
_WEIGHT = np.array([1.0] * len(SIZES) * len(LASTING) + [NO_ERROR])
CHANCE_INTERVALS = 8
"""So many intervals of mere chance are counted beside those of the day, of which the first few say
little of their noise."""


class Days(NamedTuple):
    """Days of queues so far. Arrays float64; a queue is a row, intervals lie in order of time."""

    due: F8
    """(q, n): contacts due in each interval that has begun; 0: nothing is learnt of it."""
    came: F8
    """(q, n): contacts that came in it."""
    left: F8
    """(q, m): contacts forecast to come yet, of the intervals behind those, in part or whole."""
    phi: F8
    """(q,): variance over mean that contacts have by chance, at least 1 (Program.overdispersion)."""
    factor_sd: F8
    """(q,): standard deviation of the day's factor (Program.day_factor_sd)."""


class Spread(NamedTuple):
    """Variance of the contacts that come yet around what is expected."""

    intervals: F8
    """(q, m)."""
    total: F8
    """(q,): of all together, which is more than the sum: a busy day is busy in all of them."""


def noise_seen(days: Days) -> F8:
    """Variance over mean of the intervals so far around their own rate, at least phi, (q,).

    Pearson's statistic with CHANCE_INTERVALS of phi beside it.
    """
    due, came = days.due.sum(1), days.came.sum(1)
    rate = np.divide(came, due, out=np.zeros_like(due), where=due > 0)
    mean = days.due * rate[:, None]
    off = np.divide((days.came - mean) ** 2, mean, out=np.zeros_like(mean), where=mean > 0).sum(1)
    free = np.maximum((days.due > 0).sum(1) - 1, 0)
    seen = (CHANCE_INTERVALS * days.phi + off) / (CHANCE_INTERVALS + free)
    return np.asarray(np.maximum(days.phi, seen))


def spread(days: Days, prior: F8) -> Spread:
    """Variance where the rest goes on at `(prior + came) / (prior + due)`, `prior` contacts (q,)."""
    due, came = days.due.sum(1), days.came.sum(1)
    rate = np.divide(prior + came, prior + due, out=np.ones_like(due), where=prior + due > 0)
    taken = np.divide(due, prior + due, out=np.zeros_like(due), where=prior + due > 0)
    per_due = np.divide(taken, due, out=np.zeros_like(due), where=due > 0)
    weight = _weights(days, rate)
    own, carried = _sum_and_carry(days.due)
    chance = days.phi * rate
    factor = (days.factor_sd * (1 - taken)) ** 2 + per_due**2 * (
        chance * due + rate**2 * (weight * _VARIANCE * own).sum(1)
    )
    size = rate**2 * (weight * _VARIANCE).sum(1)
    # Part of the error that was seen lasts: the rate has taken it up already.
    lasting = weight * _VARIANCE * carried * (2 * per_due * rate**2)[:, None]
    steps = np.arange(1, days.left.shape[1] + 1)
    seen = lasting @ (_LASTS[:, None] ** steps)
    intervals = days.left**2 * (factor + size)[:, None] + days.left * chance[:, None]
    intervals -= days.left**2 * seen
    whole, left = _sum_and_carry(days.left)[0], days.left.sum(1)
    total = left**2 * factor + left * chance + rate**2 * (weight * _VARIANCE * whole).sum(1)
    total -= left * (days.left * seen).sum(1)
    return Spread(np.maximum(intervals, 0.0), np.maximum(total, 0.0))


def _sum_and_carry(contacts: F8) -> tuple[F8, F8]:
    """Variance of the sum over intervals of an error of size 1, and its covariance with the error of
    the last interval, each (q, errors)."""
    own = np.zeros((len(contacts), len(_LASTS)))
    carried = np.zeros_like(own)
    for one in contacts.T[:, :, None]:
        own += one * one + 2 * one * _LASTS * carried
        carried = _LASTS * carried + one
    return own, carried


def _weights(days: Days, rate: F8) -> F8:
    """How likely each error of the grid is after the intervals so far, (q, errors), sum 1."""
    shape = (len(rate), len(_LASTS))
    log = np.tile(np.log(_WEIGHT), (len(rate), 1))
    factor, error = np.zeros(shape), np.zeros(shape)
    of_factor = np.tile(days.factor_sd[:, None] ** 2, (1, shape[1]))
    of_error, both = np.tile(_VARIANCE, (len(rate), 1)), np.zeros(shape)
    for due, came in zip(days.due.T, days.came.T, strict=True):
        known = (due > 0) & (rate > 0)
        safe = np.where(known, due, 1.0)
        chance = np.where(known, days.phi * np.where(known, rate, 1.0) / safe, np.inf)[:, None]
        of_f, of_e = of_factor + both, of_error + both
        total = of_f + of_e + chance
        off = np.where(known, came / safe - 1, 0.0)[:, None] - factor - error
        told = np.where(known[:, None], total, 1.0)
        log -= np.where(known[:, None], (np.log(told) + off * off / told) / 2, 0.0)
        off = np.where(known[:, None], off, 0.0)
        factor, error = factor + of_f / total * off, _LASTS * (error + of_e / total * off)
        both = _LASTS * (both - of_f * of_e / total)
        of_factor = of_factor - of_f * of_f / total
        of_error = _LASTS**2 * (of_error - of_e * of_e / total) + (1 - _LASTS**2) * _VARIANCE
    weight = np.exp(log - log.max(1, keepdims=True))
    return np.asarray(weight / weight.sum(1, keepdims=True))


def bands(mean: F8, variance: F8) -> tuple[F8, F8]:
    """Least and greatest contacts of the BAND around a mean, of the arguments' shape.

    Up to EXACT_BELOW contacts whole numbers, those of a negative binomial number (of a Poisson one
    where the variance is no more than the mean): the least and the greatest of which half lies within
    the band, so that over many intervals it holds BAND and not more.
    """
    half = Z * np.sqrt(np.maximum(variance, 0.0))
    low, high = np.maximum(mean - half, 0.0), mean + half
    few = (mean < EXACT_BELOW) & (mean > 0)
    if few.any():
        counted = np.zeros((2, int(few.sum())))
        counted_bands(mean[few], variance[few], (1.0 - BAND) / 2, counted[0], counted[1])
        low[few], high[few] = counted
    return low, high
