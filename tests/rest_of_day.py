"""A made-up rest of day, as arrays, and the slow way through it: one interval after the other."""

import random
from math import inf, nan
from typing import NamedTuple

import numpy as np

from schemas.groups import StaffingGroup
from schemas.targets import Plan, Program
from streams.planning.ahead import Today
from streams.planning.curves import Curves, curves_of
from streams.planning.deviation import Deviation
from streams.planning.outlook import outlook
from streams.planning.pools import Pools, pools_of
from streams.planning.presence import Presence
from streams.planning.spread import Days
from streams.planning.staffing import Goals, Load, performances, required
from streams.view import CellKey, Curve, DayPlan, Planned

QUARTER_MS = 900_000
LEVEL, WITHIN_S, ABANDONMENT = 0.8, 20.0, 0.05


class Made(NamedTuple):
    plan: Plan
    curves: Curves
    today: Today
    pools: Pools
    people: Presence
    each: tuple[Curve, ...]


def made(queues: int, intervals: int, seed: int = 4, patience_s: float = 120.0) -> Made:
    """Queues of very different sizes, each with people of its own who are about enough."""
    chance = random.Random(seed)
    names = [f"q{at}" for at in range(queues)]
    asked = {"thresholds_s": [WITHIN_S], "service_level": LEVEL, "abandonment": ABANDONMENT}
    plan = Plan.model_validate(
        {
            "programs": {"bank": Program(reforecast_prior=50.0)},
            "default_target": asked,
            "groups": [StaffingGroup(program="bank", group=n, serves=(n,)) for n in names],
        }
    )
    each = tuple(_curve(chance, intervals) for _ in names)
    day = {
        CellKey("bank", name, "voice", "", 0): curve
        for name, curve in zip(names, each, strict=True)
    }
    curves = curves_of(DayPlan(day, {}), plan)
    due = np.array([chance.uniform(20, 400) for _ in names])
    came = np.array([float(chance.randint(0, 500)) for _ in names])
    load = curves.contacts * curves.aht_s / 900
    heads = np.zeros((queues, intervals + 1))
    heads[:, 1:] = np.cumsum(load.reshape(queues, intervals) * 1.1 * QUARTER_MS, axis=1)
    many = np.zeros(queues)
    program = plan.program("bank")
    days = Days(
        due[:, None], came[:, None], np.zeros((0, 0)), many + 1.0, many + program.day_factor_sd
    )
    today = Today(
        np.zeros(queues, np.int64), came, due, many + program.reforecast_prior, days, many, many + 1.0,
        many + patience_s, many + nan, many, many + 86_400,
    )  # fmt: skip
    people = Presence(0, heads, heads, np.ones(queues, np.bool_), many + 1.0, -1, many + nan)
    return Made(plan, curves, today, pools_of(plan, curves.keys), people, each)


def _curve(chance: random.Random, intervals: int) -> Curve:
    size, aht_s = chance.gammavariate(2, 20), chance.uniform(100, 400)
    return tuple(
        Planned(at * QUARTER_MS, (at + 1) * QUARTER_MS, size * chance.uniform(0.2, 2), aht_s,
                "end", 0.3, 1.0, 1, -1)
        for at in range(intervals)
    )  # fmt: skip


class Slow(NamedTuple):
    contacts: float
    low: float
    high: float
    aht_s: float
    required: float
    level: float
    abandonment: float


def slowly(of: Made, queue: int, intervals: int) -> list[Slow]:
    """The first intervals of a queue: its outlook, and the model asked for one after the other."""
    key = of.curves.keys[queue]
    came, due = float(of.today.came[queue]), float(of.today.days.due[queue, 0])
    before = of.each[queue][0]._replace(start_ms=-QUARTER_MS, end_ms=0)
    begun = Deviation(key._replace(start_ms=-QUARTER_MS), 0, 1.0, due, due, came, None)
    patience = float(of.today.patience_s[queue])
    goals = Goals(WITHIN_S, LEVEL, None, ABANDONMENT)
    found = []
    told = outlook((before, *of.each[queue][:intervals]), [begun], [], of.plan.program("bank"), 0)
    for at, one in enumerate(told.rest):
        load = Load(one.contacts, 900.0, one.aht_s or 0.0, None if patience == inf else patience)
        staff = float(of.people.work[queue, at + 1] - of.people.work[queue, at]) / QUARTER_MS
        (told_of,) = performances([load], [staff], [WITHIN_S])
        found.append(
            Slow(one.contacts, one.low, one.high, load.aht_s, float(required([load], [goals])[0]),
                 told_of.level, told_of.abandonment)
        )  # fmt: skip
    return found
