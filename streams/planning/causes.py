"""Why a service level differs from the plan's: volume, handle time, staff (features 4.4)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from streams.planning.staffing import Load, performances

PLANNED, VOLUME, AHT, STAFF, ALL = range(5)
"""Runs of the model: the plan, with one actual at a time, with all of them."""


class Case(NamedTuple):
    """An interval as it was planned and as it was. None: unknown."""

    planned: Load
    planned_staff: float
    within_s: float
    offered: float
    in_time: float
    """Answered within T, of the offered."""
    aht_s: float | None
    staff: float | None
    concurrency: float | None = None


class Causes(NamedTuple):
    """A gap of service level (share, below 0: worse), split by re-running the model with one actual
    at a time. `gap` is the sum of the parts that are known, but for the last bit."""

    planned: float
    """Level that the model gives the plan."""
    measured: float
    volume: float
    aht: float | None
    staff: float | None
    """None: nowhere known. What it did is in `unmodelled`."""
    interaction: float
    """What two or three of them do together."""
    unmodelled: float
    """What was measured but no model says."""
    model: str

    @property
    def gap(self) -> float:
        """Measured minus planned."""
        return self.measured - self.planned


def causes(cases: Sequence[Case]) -> Causes:
    """The parts of the gap of some intervals taken together. Levels are pooled by the contacts of
    their run, never averaged: where volume moves to the intervals that were planned worse, volume is
    the cause. Concurrency counts as handle time; patience is the plan's in all runs. Where handle time
    or staff is unknown the plan's stands in, so it explains nothing.

    Raises ValueError for loads and staff that cannot be, and without contacts planned and offered.
    """
    planned = np.array([case.planned.contacts for case in cases], np.float64)
    offered = np.array([case.offered for case in cases], np.float64)
    if not (planned.sum() > 0 and offered.sum() > 0):
        raise ValueError("a gap needs contacts in the plan and contacts that came")
    runs = [_runs(case) for case in cases]
    told = performances(
        [load for run in runs for load, _ in run],
        [there for run in runs for _, there in run],
        [case.within_s for case in cases for _ in range(ALL + 1)],
    )
    level = np.array([one.level for one in told]).reshape(-1, ALL + 1)
    weight = np.column_stack((planned, offered, planned, planned, offered))
    pooled = (level * weight).sum(axis=0) / weight.sum(axis=0)
    by_volume, by_aht, by_staff = (pooled[VOLUME : STAFF + 1] - pooled[PLANNED]).tolist()
    measured = float(sum(case.in_time for case in cases) / offered.sum())
    interaction = float(pooled[ALL] - pooled[PLANNED]) - by_volume - by_aht - by_staff
    return Causes(
        float(pooled[PLANNED]),
        measured,
        by_volume,
        by_aht if any(case.aht_s is not None for case in cases) else None,
        by_staff if any(case.staff is not None for case in cases) else None,
        interaction,
        measured - float(pooled[ALL]),
        "+".join(sorted({case.planned.model for case in cases})),
    )


def _runs(case: Case) -> list[tuple[Load, float]]:
    """Load and staff of each run."""
    planned, there = case.planned, case.planned_staff
    handling = {
        "aht_s": planned.aht_s if case.aht_s is None else case.aht_s,
        "concurrency": planned.concurrency if case.concurrency is None else case.concurrency,
    }
    volume = planned._replace(contacts=case.offered)
    actual = there if case.staff is None else case.staff
    return [
        (planned, there),
        (volume, there),
        (planned._replace(**handling), there),
        (planned, actual),
        (volume._replace(**handling), actual),
    ]
