"""The least staff that meets what is promised, and what so many staff give, interval by interval.

Rows of demand are float64 (8,): contacts per second, handle time (s), patience (s; 0: everybody
waits for ever, Erlang C), T (s), and the goals: level, ASA (s), abandonment, occupancy. A goal of
0 (level) or inf (the others) asks for nothing. Source: definitions 6.3.
"""

import math

from kernels.erlang import (
    ABANDONED,
    ASA,
    LEVEL,
    OCCUPANCY,
    impatient,
    impatient_whole,
    patient,
)
from kernels.jit import inlined, kernel
from kernels.layout import F8

RATE, AHT, PATIENCE, WITHIN, MIN_LEVEL, MAX_ASA, MAX_ABANDONED, MAX_OCCUPANCY = range(8)
MOST_STAFF = 1_000_000.0
"""So many staff at most are looked at; a goal that they miss cannot be met (inf)."""
STEPS, FINE = 60, 1e-8
"""So many steps at most, until a number of staff is known to such a part of a person."""


@kernel
def figures(demand: F8, staff: float, out: F8, work: F8) -> None:
    """What so many staff give, float64 (6,) out (kernels.erlang); work float64 (6,)."""
    if demand[PATIENCE] > 0.0:
        impatient(demand[RATE], demand[AHT], demand[PATIENCE], staff, demand[WITHIN], out, work)
    else:
        patient(demand[RATE], demand[AHT], staff, demand[WITHIN], out)


@kernel
def staff_meets(demand: F8, staff: float, out: F8, work: F8) -> bool:
    """Whether so many staff meet the goals; their figures are in `out`."""
    figures(demand, staff, out, work)
    return (
        out[LEVEL] >= demand[MIN_LEVEL]
        and out[ASA] <= demand[MAX_ASA]
        and out[ABANDONED] <= demand[MAX_ABANDONED]
        and out[OCCUPANCY] <= demand[MAX_OCCUPANCY]
    )


@kernel
def least_whole(demand: F8, start: float, step: float, out: F8, work: F8) -> float:
    """Least whole number of staff that meets the goals, looked for from `start` on, first in steps of
    `step`; inf if MOST_STAFF do not."""
    high = start
    low = -1.0
    if staff_meets(demand, high, out, work):
        while high > 0.0:
            low = max(0.0, high - step)
            if not staff_meets(demand, low, out, work):
                break
            high = low
            step *= 2.0
        if high == 0.0:
            return 0.0
    else:
        while not staff_meets(demand, high, out, work):
            low = high
            high += step
            step *= 2.0
            if high > MOST_STAFF:
                return math.inf
    while high - low > 1.0:
        middle = math.floor((low + high) / 2.0)
        if staff_meets(demand, middle, out, work):
            high = middle
        else:
            low = middle
    return high


@inlined
def fraction(missed: float, met: float, goal: float) -> float:
    """Where between two neighbours a figure reaches its goal, 0 to 1."""
    if missed == math.inf:
        return 1.0
    if missed == met:
        return 0.0
    return min(1.0, max(0.0, (goal - missed) / (met - missed)))


@kernel
def margin(demand: F8, staff: float, out: F8, work: F8) -> float:
    """By how much the goals of Erlang C are met, the least of them; below 0: one is missed."""
    figures(demand, staff, out, work)
    by_level = out[LEVEL] - demand[MIN_LEVEL]
    by_occupancy = demand[MAX_OCCUPANCY] - out[OCCUPANCY]
    by_asa = math.inf if demand[MAX_ASA] == math.inf else demand[MAX_ASA] - out[ASA]
    return min(by_level, by_occupancy, by_asa)


@kernel
def least_patient(demand: F8, low: float, high: float, out: F8, work: F8) -> float:
    """Between whole staff who miss a goal and who meet it the least who do, where everybody waits.

    By false position, with the end that stays halved in weight; halving the interval asked four
    times as long.
    """
    below = margin(demand, low, out, work)
    above = margin(demand, high, out, work)
    side = 0
    for _ in range(STEPS):
        if high - low <= FINE:
            break
        middle = (low + high) / 2.0
        if below > -math.inf and above < math.inf:
            middle = high - above * (high - low) / (above - below)
            middle = min(max(middle, low + FINE / 2.0), high - FINE / 2.0)
        found = margin(demand, middle, out, work)
        if found >= 0.0:
            high, above = middle, found
            if side > 0:
                below /= 2.0
            side = 1
        else:
            low, below = middle, found
            if side < 0:
                above /= 2.0
            side = -1
    return high


@kernel
def least(demand: F8, start: float, step: float, out: F8, work: F8) -> float:
    """Least continuous number of staff that meets the goals; inf if none does."""
    if demand[RATE] * demand[AHT] <= 0.0:
        return 0.0
    high = least_whole(demand, start, step, out, work)
    if high in (math.inf, 0.0):
        return high
    low = high - 1.0
    if demand[PATIENCE] <= 0.0:
        return least_patient(demand, low, high, out, work)
    impatient_whole(demand[RATE], demand[AHT], demand[PATIENCE], int(high), demand[WITHIN], work)
    impatient_whole(demand[RATE], demand[AHT], demand[PATIENCE], int(low), demand[WITHIN], out)
    part = 0.0
    if out[LEVEL] < demand[MIN_LEVEL]:
        part = max(part, fraction(out[LEVEL], work[LEVEL], demand[MIN_LEVEL]))
    for figure, goal in (
        (ASA, MAX_ASA),
        (ABANDONED, MAX_ABANDONED),
        (OCCUPANCY, MAX_OCCUPANCY),
    ):
        if out[figure] > demand[goal]:
            part = max(part, fraction(out[figure], work[figure], demand[goal]))
    return low + part


@kernel
def require(demands: F8, staff: F8, out: F8, work: F8) -> None:
    """Least staff of each row of demands, float64 (n, 8), into staff float64 (n,).

    The search begins where the row before ended, in staff beyond the load over its root: rows of one
    queue stand together and have about the same. Not so with an ASA: where most leave it may rise
    with staff, and then the answer is the one that a search from the load on finds.
    """
    beyond = math.nan
    for i in range(len(demands)):
        load = demands[i, RATE] * demands[i, AHT]
        root = math.sqrt(max(load, 0.0))
        start = max(1.0, math.ceil(load))
        step = max(1.0, math.floor(root))
        if not math.isnan(beyond) and demands[i, MAX_ASA] == math.inf:
            start = max(1.0, math.ceil(load + beyond * root))
            step = 1.0
        staff[i] = least(demands[i], start, step, out, work)
        if load > 0.0 and staff[i] < math.inf:
            beyond = (staff[i] - load) / root


@kernel
def perform(demands: F8, staff: F8, found: F8, work: F8) -> None:
    """Figures of so many staff for each row of demands, into found float64 (n, 6)."""
    for i in range(len(demands)):
        figures(demands[i], staff[i], found[i], work)
