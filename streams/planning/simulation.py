"""A second opinion on the models: seeded queues, played contact by contact (definitions 6.3).

Erlang A and C say what an interval comes to once it has gone on for long enough. Here each interval
begins with what the one before has left waiting, and who goes off duty ends the contact begun.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.layout import F8
from kernels.queueing import ABANDONED, ANSWERED, IN_TIME, LEFT_IN_TIME, OFFERED, WAITED, play
from streams.planning.staffing import Goals, Load, demands

RUNS = 200
DRAWS = 20_000
MOST_ROUNDS = 60
STEADY_RUNS, STEADY_CONTACTS = 20, 10_000.0
WARM_UP = 10.0
"""Handle times and patiences that a steady queue is played before it counts."""
COUNTS = 6


class Readings(NamedTuple):
    """What the played queues read, float64 (intervals,), each with its standard error.

    Ratios are pooled over the runs. NaN: nobody was offered; of the ASA: nobody was answered.
    """

    offered: F8
    """Contacts of a run, mean."""
    level: F8
    level_error: F8
    abandonment: F8
    abandonment_error: F8
    left_in_time: F8
    """Share of the offered who leave within T: what other formulas of a level drop, or count as good."""
    asa_s: F8
    asa_error: F8


def simulated(
    loads: Sequence[Load], staff: Sequence[float], within_s: Sequence[float],
    seed: int = 1, runs: int = RUNS,
) -> tuple[Readings, Readings]:  # fmt: skip
    """Intervals that follow one another, each alone, and all of them pooled (one interval).

    Arguments and errors as of `counted`.
    """
    found = counted(loads, staff, within_s, seed, runs)
    return readings(found), readings(found.sum(axis=1, keepdims=True))


def counted(
    loads: Sequence[Load], staff: Sequence[float], within_s: Sequence[float],
    seed: int = 1, runs: int = RUNS,
) -> F8:  # fmt: skip
    """What is found in intervals that follow one another, float64 (runs, intervals, 6) in the order of
    kernels.queueing.

    The first begins with nobody waiting. 13.4 staff are 14 in 40 % of the runs and 13 in the others.
    The same seed gives the same counts. Raises ValueError for what cannot be, and for fewer than two
    runs, which have no error.
    """
    if runs < 2:
        raise ValueError("a standard error needs at least 2 runs")
    course, there = course_of(loads, within_s), np.array(staff, np.float64)
    if not ((there >= 0) & np.isfinite(there)).all():
        raise ValueError("staff must be finite and at least 0")
    random = np.random.default_rng(seed)
    return np.array([played(course, there, random) for _ in range(runs)])


def steady(
    load: Load, staff: int, within_s: float, error: float = 0.0025, seed: int = 1
) -> Readings:
    """A queue that goes on for ever, until level and abandonment have at most this standard error,
    or 1,200 runs of 10,000 contacts were played. Raises ValueError for what cannot be, or has no contacts.
    """
    if not load.contacts > 0:
        raise ValueError("contacts must be above 0")
    rate = load.contacts / load.interval_s
    settling = WARM_UP * (load.effective_aht_s + (load.patience_s or 0.0))
    spans = settling, STEADY_CONTACTS / rate
    course = course_of(
        [load._replace(contacts=rate * s, interval_s=s) for s in spans], [within_s] * 2
    )
    random, there = np.random.default_rng(seed), np.full(2, float(staff))
    runs: list[F8] = []
    for _ in range(MOST_ROUNDS):
        runs += [played(course, there, random)[1:] for _ in range(STEADY_RUNS)]
        told = readings(np.array(runs))
        if max(told.level_error[0], told.abandonment_error[0]) <= error:
            break
    return told


def course_of(loads: Sequence[Load], within_s: Sequence[float]) -> F8:
    """Rows of kernels.queueing, float64 (intervals, 5). Raises ValueError for what cannot be."""
    demand = demands(loads, [Goals(within) for within in within_s])
    ends = np.cumsum([load.interval_s for load in loads])
    rate, aht, patience, within = demand[:, :4].T
    return np.column_stack((ends, rate, aht, np.where(patience > 0, patience, np.inf), within))


def played(course: F8, staff: F8, random: np.random.Generator) -> F8:
    """Counts of one run, float64 (intervals, 6)."""
    there: NDArray[np.int64] = np.floor(staff + random.random()).astype(np.int64)
    ready, state = np.zeros(max(1, int(there.max(initial=0)))), np.zeros(2)
    found = np.zeros((len(course), COUNTS))
    spans = np.diff(course[:, 0], prepend=0.0)
    contacts = min(DRAWS, int(1.1 * (spans * course[:, 1]).sum()) + 20)
    while not play(course, there, random.standard_exponential((contacts, 3)), ready, state, found):
        continue
    return found


def readings(found: F8) -> Readings:
    """Ratios of counts, float64 (runs, intervals, 6), with their errors."""
    offered, answered = found[..., OFFERED], found[..., ANSWERED]
    level = _ratio(found[..., IN_TIME], offered)
    left = _ratio(found[..., ABANDONED], offered)
    soon, _ = _ratio(found[..., LEFT_IN_TIME], offered)
    wait = _ratio(found[..., WAITED], answered)
    return Readings(offered.mean(axis=0), *level, *left, soon, *wait)


def _ratio(over: F8, under: F8) -> tuple[F8, F8]:
    """Sum over sum of each interval, and the standard error of such a ratio between runs."""
    runs, total = len(over), under.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = over.sum(axis=0) / total
        spread = ((over - ratio * under) ** 2).sum(axis=0)
        return ratio, np.sqrt(runs / (runs - 1) * spread) / total
