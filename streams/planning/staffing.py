"""Required staff, and what the staff there is gives: models over the figures of an interval (6.3).

Erlang A where patience is known, Erlang C as the conservative fallback; the model stands beside each
number. Several queues that share people are told as two bounds: the truth lies between.
"""

from collections.abc import Sequence
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.erlang import ABANDONED, ASA, LEVEL, OCCUPANCY, QUEUE
from kernels.required import perform, require
from schemas.targets import Target

ERLANG_A, ERLANG_C = "erlang_a", "erlang_c"
FIGURES = 6


class Load(NamedTuple):
    """What an interval asks of its staff."""

    contacts: float
    interval_s: float
    aht_s: float
    patience_s: float | None = None
    """Mean patience; None: not known, and Erlang C is the model."""
    concurrency: float = 1.0
    """Contacts held at once, measured: handle time is shared by them (approximate)."""

    @property
    def model(self) -> str:
        """Name of the model that fits what is known."""
        return ERLANG_C if self.patience_s is None else ERLANG_A

    @property
    def effective_aht_s(self) -> float:
        """Time of a person that a contact takes, s."""
        return self.aht_s / self.concurrency

    @property
    def erlangs(self) -> float:
        """Offered load: people busy on the average if nobody waited."""
        return self.contacts * self.effective_aht_s / self.interval_s


class Goals(NamedTuple):
    """What is promised; None asks for nothing."""

    within_s: float
    level: float | None = None
    asa_s: float | None = None
    abandonment: float | None = None
    occupancy: float | None = None

    @classmethod
    def of(cls, target: Target, occupancy: float | None = None) -> "Goals":
        """The goals of a queue's target, with a cap on occupancy."""
        level, asa = target.service_level, target.asa_s
        return cls(target.thresholds_s[0], level, asa, target.abandonment, occupancy)


class Performance(NamedTuple):
    """What so many staff give. Level is of the offered; ASA of the answered, inf without a steady
    state."""

    staff: float
    model: str
    level: float
    asa_s: float
    abandonment: float
    occupancy: float
    queue: float


class Bounds(NamedTuple):
    """Required FTE of queues that share people: all as one queue, and each alone."""

    low: float
    high: float
    model: str


class Patience(NamedTuple):
    """Mean patience of customers, s, with its standard error."""

    mean_s: float
    error_s: float


def patience(abandoned: int, wait_ans_ms: int, wait_abn_ms: int) -> Patience | None:
    """Patience from columns: all time waited over those who left, as those answered were patient so
    far (censored exponential maximum likelihood, 6.3). None while nobody has left: not known."""
    if abandoned <= 0 or wait_ans_ms + wait_abn_ms <= 0:
        return None
    mean = (wait_ans_ms + wait_abn_ms) / 1000 / abandoned
    return Patience(mean, mean / sqrt(abandoned))


def demands(loads: Sequence[Load], goals: Sequence[Goals]) -> NDArray[np.float64]:
    """Rows of kernels.required, float64 (n, 8). Raises ValueError for loads that cannot be."""
    rows = [
        (
            load.contacts / load.interval_s, load.effective_aht_s, load.patience_s or 0.0,
            goal.within_s, goal.level or 0.0,
            inf if goal.asa_s is None else goal.asa_s,
            inf if goal.abandonment is None else goal.abandonment,
            inf if goal.occupancy is None else goal.occupancy,
        )
        for load, goal in zip(loads, goals, strict=True)
    ]  # fmt: skip
    asked = np.array(rows, np.float64).reshape(-1, 8)
    if not (np.isfinite(asked[:, :5]).all() and (asked >= 0).all()):
        raise ValueError("contacts, times and goals must be numbers of at least 0")
    return asked


def required(loads: Sequence[Load], goals: Sequence[Goals]) -> NDArray[np.float64]:
    """Least continuous FTE that meets the goals of each interval, float64 (n,); inf: none does.

    Unloaded: shrinkage comes on top (`loaded`). It is not rounded: sums of rounded ones over-state.
    """
    staff, out, work = np.zeros(len(loads)), np.zeros(FIGURES), np.zeros(FIGURES)
    require(demands(loads, goals), staff, out, work)
    return staff


def performances(
    loads: Sequence[Load], staff: Sequence[float], within_s: Sequence[float]
) -> list[Performance]:
    """What so many staff give in each interval."""
    found, work = np.zeros((len(loads), FIGURES)), np.zeros(FIGURES)
    goals = [Goals(within) for within in within_s]
    perform(demands(loads, goals), np.array(staff, np.float64), found, work)
    return [
        Performance(
            there, load.model,
            *(row[at] for at in (LEVEL, ASA, ABANDONED, OCCUPANCY, QUEUE)),
        )
        for load, there, row in zip(loads, staff, found.tolist(), strict=True)
    ]  # fmt: skip


def loaded(fte: float, shrinkage: float) -> float:
    """People to be scheduled so that `fte` are there when a share of their time is lost."""
    return fte / (1.0 - shrinkage)


def deferred(contacts: float, aht_s: float, productive_s: float) -> float:
    """FTE that work through contacts due before a moment, in so much productive time of one person."""
    return contacts * aht_s / productive_s


def pooled(loads: Sequence[Load]) -> Load:
    """Queues of one interval as one: handle time and patience weighted by contacts."""
    contacts = sum(load.contacts for load in loads)
    parts = [(load.contacts, load) for load in loads if load.contacts > 0]
    if not parts:
        return loads[0]._replace(contacts=0.0)
    aht_s = sum(n * load.effective_aht_s for n, load in parts) / contacts
    known = all(load.patience_s is not None for _, load in parts)
    mean = sum(n * (load.patience_s or 0.0) for n, load in parts) / contacts
    return Load(contacts, loads[0].interval_s, aht_s, mean if known else None)


def bounds(loads: Sequence[Load], goals: Sequence[Goals]) -> Bounds:
    """Required FTE of queues of one interval that share people; the lower bound keeps the strictest
    goals of all."""
    together = pooled(loads)
    strictest = Goals(
        min(goal.within_s for goal in goals),
        *(
            pick([value for value in values if value is not None], default=None)
            for pick, values in (
                (max, [goal.level for goal in goals]),
                (min, [goal.asa_s for goal in goals]),
                (min, [goal.abandonment for goal in goals]),
                (min, [goal.occupancy for goal in goals]),
            )
        ),
    )
    alone = float(required(loads, goals).sum())
    together_fte = float(required([together], [strictest])[0])
    return Bounds(min(together_fte, alone), max(together_fte, alone), together.model)


class Causes(NamedTuple):
    """A gap of service level, split by re-running the model with one actual at a time. They add up."""

    gap: float
    volume: float
    aht: float
    staff: float
    rest: float
    """What two or three of them do together, and what no model says."""
    model: str


def causes(
    planned: Load, actual: Load, staff: tuple[float, float], within_s: float, gap: float
) -> Causes:
    """Why a level differs by `gap` from what the plan would have given. `staff`: planned, actual."""
    loads = [
        planned,
        planned._replace(contacts=actual.contacts),
        planned._replace(aht_s=actual.aht_s, concurrency=actual.concurrency),
        planned,
    ]
    told = performances(loads, [staff[0], staff[0], staff[0], staff[1]], [within_s] * 4)
    base, volume, aht, people = (one.level for one in told)
    parts = volume - base, aht - base, people - base
    return Causes(gap, *parts, gap - sum(parts), planned.model)
