"""Required staff of a rest of day: the kernels against their slow twin."""

import math
import random

import numpy as np

from kernels.required import require
from tests import naive_erlang
from tests.bench.figure import Figure, Rounds, at_least, told

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


def measure() -> list[Figure]:
    asked = loads(QUEUES * INTERVALS)
    demands = np.array(
        [
            (n / HALF_HOUR_S, aht, PATIENCE_S, WITHIN_S, LEVEL, math.inf, math.inf, math.inf)
            for n, aht in asked
        ]
    )
    staff, out, work = np.zeros(len(asked)), np.zeros(6), np.zeros(6)
    require(demands[:1], staff, out, work)

    def kernels() -> None:
        require(demands, staff, out, work)

    def twin() -> None:
        for contacts, aht_s in asked[:TWIN]:
            least(contacts, aht_s)

    took = Rounds(ROUNDS, kernels=kernels, twin=twin)
    share = TWIN / len(asked)
    return [
        told("intervals", len(asked), "intervals"),
        at_least("naive twin / kernels", took.ratio("twin", "kernels") / share, 15),
        told("rest of day of 2,000 queues", took.seconds("kernels"), "s"),
    ]
