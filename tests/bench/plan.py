"""A rest of day: the kernels against their slow twin, and the whole of it against the slow way."""

import random
from math import inf

import numpy as np

from streams.planning.ahead import Ahead, ahead
from streams.planning.models import figures_of, required_of, rows
from tests import naive_erlang
from tests.bench.figure import Figure, Rounds, at_least, at_most, told
from tests.rest_of_day import Made, made, slowly

QUEUES, INTERVALS = 2_000, 56
ROUNDS = 5
TWIN = 20
"""Intervals that the slow twin is given: its cost per interval is what counts."""
LEVEL, WITHIN_S, PATIENCE_S, HALF_HOUR_S = 0.8, 20.0, 120.0, 1800.0


def loads(count: int) -> list[tuple[float, float]]:
    """Contacts and handle time (s) of intervals of queues of very different sizes."""
    chance = random.Random(4)
    return [(chance.gammavariate(2, 40), chance.uniform(100, 400)) for _ in range(count)]


def least(contacts: float, aht_s: float) -> int:
    """The slow way: one more until the level is met."""
    staff = 1
    while True:
        told = naive_erlang.erlang_a(contacts / HALF_HOUR_S, aht_s, PATIENCE_S, staff, WITHIN_S)
        if told["level"] >= LEVEL:
            return staff
        staff += 1


DAY, SLOW_QUEUES = 96, 8
"""Quarter-hours of a whole day, and queues that are gone through the slow way."""


def measure() -> list[Figure]:
    return [*_required(), *_rest_of_day()]


def _rest_of_day() -> list[Figure]:
    """Volume, band, handle time, required staff, predicted level and abandonment of every queue."""
    found = []
    for model, patience_s in (("Erlang A", PATIENCE_S), ("Erlang C", inf)):
        day = made(QUEUES, DAY, patience_s=patience_s)
        at_once = _whole(day)
        took = Rounds(
            ROUNDS,
            at_once=lambda day=day: _whole(day),  # type: ignore[misc]
            slow=lambda day=day: [slowly(day, queue, DAY) for queue in range(SLOW_QUEUES)],  # type: ignore[misc]
        )
        ratio = took.ratio("slow", "at_once") * QUEUES / SLOW_QUEUES
        found += [
            at_most(f"whole rest of day, {model}", took.seconds("at_once"), 1.0, "s"),
            at_least(f"one by one / at once, {model}", ratio, 10),
            at_most("greatest difference", _difference(day, at_once), 0.001, ""),
        ]
    return found


def _whole(day: Made) -> Ahead:
    return ahead(day.curves, day.today, day.pools, day.people)


def _difference(day: Made, told: Ahead) -> float:
    """Between the two ways, of any figure of the queues gone through slowly."""
    of = told.volume
    names = (of.contacts, of.low, of.high, of.aht_s, told.required, told.level_low)
    fast = np.stack((*names, told.abandonment_low))[:, : SLOW_QUEUES * DAY]
    slow = [one for queue in range(SLOW_QUEUES) for one in slowly(day, queue, DAY)]
    return float(np.abs(fast - np.array(slow).T).max())


def _required() -> list[Figure]:
    asked = loads(QUEUES * INTERVALS)
    contacts, aht_s = np.array(asked).T.reshape(2, QUEUES, INTERVALS)
    unknown = np.full((QUEUES, 1), np.nan)
    impatient, patient = (
        rows(contacts, HALF_HOUR_S, aht_s, patience, within_s=WITHIN_S, level=LEVEL)
        for patience in (np.full((QUEUES, 1), PATIENCE_S), unknown)
    )
    for demand in (impatient, patient):
        figures_of(demand[0, 0], required_of(demand[0, 0]).fte)
    staff = required_of(impatient).fte

    def erlang_a() -> None:
        required_of(impatient)

    def twin() -> None:
        for n, aht in asked[:TWIN]:
            least(n, aht)

    took = Rounds(
        ROUNDS,
        erlang_a=erlang_a,
        twin=twin,
        erlang_c=lambda: required_of(patient),
        figures=lambda: figures_of(impatient, staff),
    )
    share = TWIN / len(asked)
    return [
        told("intervals", len(asked), "intervals"),
        at_least("naive twin / kernels", took.ratio("twin", "erlang_a") / share, 15),
        told("required staff of 2,000 queues", took.seconds("erlang_a"), "s"),
        told("the same by Erlang C", took.seconds("erlang_c"), "s"),
        told("figures of the staff required", took.seconds("figures"), "s"),
    ]
