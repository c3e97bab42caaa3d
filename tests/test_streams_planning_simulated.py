"""A second opinion: seeded queues, event by event, read what Erlang A says within their error."""

import random
from math import sqrt
from statistics import fmean, stdev

import pytest

from streams.planning.models import figures_of, rows

RUNS, CONTACTS, WARM_UP = 20, 4_000, 500


def simulated(
    rate: float, aht: float, patience: float, staff: int, within_s: float, seed: int
) -> tuple[float, float, float, float]:
    """Level, abandonment, share that waits, and ASA of one queue, first come first served.

    Who comes waits for the person who is free first, unless patience ends before.
    """
    chance = random.Random(seed)
    free_at = [0.0] * staff
    now, counted = 0.0, CONTACTS - WARM_UP
    level = left = waited = waits = 0.0
    for n in range(CONTACTS):
        now += chance.expovariate(rate)
        first = min(range(staff), key=free_at.__getitem__)
        wait = max(0.0, free_at[first] - now)
        leaves = wait > chance.expovariate(1 / patience)
        if not leaves:
            free_at[first] = now + wait + chance.expovariate(1 / aht)
        if n < WARM_UP:
            continue
        waits += wait > 0
        left += leaves
        level += not leaves and wait <= within_s
        waited += 0.0 if leaves else wait
    return level / counted, left / counted, waits / counted, waited / (counted - left)


@pytest.mark.parametrize(
    ("contacts", "aht", "patience", "staff", "within_s"),
    [
        (100, 180, 120, 12, 20),  # the published case
        (100, 180, 120, 8, 20),  # more load than staff
        (20, 300, 600, 5, 60),  # a small patient queue
        (300, 60, 30, 10, 5),  # hasty customers
    ],
)
def test_simulated_queues_read_what_the_model_says_within_their_error(
    contacts: float, aht: float, patience: float, staff: int, within_s: float
) -> None:
    told = figures_of(rows(contacts, 1800, aht, patience, within_s=within_s), staff)
    model = told.level, told.abandonment, told.waits, told.asa_s
    found = [
        simulated(contacts / 1800, aht, patience, staff, within_s, seed) for seed in range(RUNS)
    ]
    for wanted, runs in zip(model, zip(*found, strict=True), strict=True):
        error = stdev(runs) / sqrt(RUNS)
        assert abs(fmean(runs) - wanted) < 3.5 * error
        assert error < 0.05 * wanted + 0.005  # or it would agree with anything
