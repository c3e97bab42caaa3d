"""The rest of the day: how good it is over 400 simulated days, and what it costs for 2,000 queues."""

import numpy as np

from tests.bench.figure import Figure, Rounds, at_least, at_most, told
from tests.planned_days import QUARTERS, outlooks_at, paired, sample, scored, wape

SEED, SIZES = 61_202, (5, 20, 100)
QUEUES, ROUNDS = 2_000, 3


def measure() -> list[Figure]:
    found = [figure for size in SIZES for figure in _of(size)]
    days = sample(SEED, 20.0, QUEUES)
    took = Rounds(ROUNDS, outlooks=lambda: outlooks_at(days, 24))
    return [*found, told("rest of day of 2,000 queues, with band", took.seconds("outlooks"), "s")]


def _of(size: int) -> list[Figure]:
    days = sample(SEED + size, float(size))
    each = [scored(days, share) for share in QUARTERS]
    actual, ours, original, run = (
        np.stack([getattr(one, name) for one in each], 1)
        for name in ("actual", "ours", "original", "run")
    )
    covered = [float(one.inside.mean()) for one in each]
    return [
        at_least(f"{size} contacts: least cover of the band", min(covered), 0.75, "share"),
        at_most(f"{size} contacts: most", max(covered), 0.85, "share"),
        told(f"{size} contacts: WAPE of the rest", wape(ours, actual), "share"),
        *(
            at_most(
                f"  less that of {name}, 97.5 %", paired(ours, other, actual, SEED)[1], 0, "share"
            )
            for name, other in (("the forecast", original), ("the run rate", run))
        ),
    ]
