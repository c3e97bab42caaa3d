"""Required staff, and what the staff there is gives: models over the figures of an interval (6.3).

Erlang A where patience is known, Erlang C as the conservative fallback; the model stands beside each
number. Whole arrays of intervals: streams.planning.models.
"""

from collections.abc import Sequence
from math import inf, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.targets import Target
from streams.planning.models import ERLANG_A, ERLANG_C, figures_of, required_of, rows


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
        return ERLANG_C if self.patience_s in (None, inf) else ERLANG_A

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
    waits: float
    """Share of the offered who are not answered at once."""


def demands(loads: Sequence[Load], goals: Sequence[Goals]) -> NDArray[np.float64]:
    """Rows of kernels.required, float64 (n, 8). Raises ValueError for what cannot be."""
    asked = np.array(
        [
            (
                *(load.contacts, load.interval_s, load.aht_s),
                nan if load.patience_s is None else load.patience_s,
                *(load.concurrency, goal.within_s, goal.level or 0.0),
                inf if goal.asa_s is None else goal.asa_s,
                inf if goal.abandonment is None else goal.abandonment,
                inf if goal.occupancy is None else goal.occupancy,
            )
            for load, goal in zip(loads, goals, strict=True)
        ],
        np.float64,
    ).reshape(-1, 10)
    level, asa_s, abandonment, occupancy = asked[:, 6:].T
    return rows(
        *asked[:, :6].T, level=level, asa_s=asa_s, abandonment=abandonment, occupancy=occupancy
    )


def required(loads: Sequence[Load], goals: Sequence[Goals]) -> NDArray[np.float64]:
    """Least continuous FTE that meets the goals of each interval, float64 (n,); inf: none does.

    Unloaded: shrinkage comes on top (`loaded`). It is not rounded: sums of rounded ones over-state.
    Raises ValueError for what cannot be.
    """
    return required_of(demands(loads, goals)).fte


def performances(
    loads: Sequence[Load], staff: Sequence[float], within_s: Sequence[float]
) -> list[Performance]:
    """What so many staff give in each interval. Raises ValueError for what cannot be."""
    found = figures_of(demands(loads, [Goals(within) for within in within_s]), staff)
    columns = (column.tolist() for column in found[2:])
    return [Performance(*row) for row in zip(staff, found.model.tolist(), *columns, strict=True)]


def loaded(fte: float, shrinkage: float) -> float:
    """People to be scheduled so that `fte` are there when a share of their time is lost.

    Raises ValueError unless 0 <= shrinkage < 1.
    """
    if not 0 <= shrinkage < 1:
        raise ValueError("shrinkage must be at least 0 and below 1")
    return fte / (1.0 - shrinkage)


def deferred(contacts: float, aht_s: float, productive_s: float) -> float:
    """FTE that work through contacts due before a moment, in so much productive time of one person.

    Raises ValueError without productive time.
    """
    if productive_s <= 0:
        raise ValueError("productive_s must be above 0")
    return contacts * aht_s / productive_s


def spread(due_s: NDArray[np.float64], interval_s: float, occupancy: float) -> NDArray[np.float64]:
    """FTE of each interval for deferred work, float64 (n,): each piece of it evenly until it is due.

    `due_s` float64 (n,): work (s of one person) due by the end of each interval; what is late stands
    in the first. Of an interval a person works `occupancy`, 0 < it <= 1 (6.3, D1). All is done in time:
    what is due by interval d got d + 1 equal parts. Raises ValueError for what cannot be.
    """
    if not (np.isfinite(due_s).all() and (due_s >= 0).all()):
        raise ValueError("work must be finite and at least 0")
    if not (interval_s > 0 and 0 < occupancy <= 1):
        raise ValueError("interval_s must be above 0, occupancy above 0 and at most 1")
    parts = due_s / (np.arange(1, len(due_s) + 1) * interval_s * occupancy)
    return np.cumsum(parts[::-1])[::-1]
