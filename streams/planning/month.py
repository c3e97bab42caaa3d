"""The month up to last night, from the day sums that the state keeps for forty days."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kernels.columns import ARRIVAL_ROW
from kernels.layout import F8, I8
from schemas.targets import Plan
from streams.days import local_day_start
from streams.figures import span_start
from streams.view import CellKey, View

_COLUMNS = [ARRIVAL_ROW.index(name) for name in ("offered", "ans_in_T1")]


class Month(NamedTuple):
    """Of each queue, before today; float64 (queues,) unless said otherwise."""

    offered: F8
    in_t: F8
    recorded: I8
    """Local days of which the state knows something of the queue's program,"""
    past: I8
    """and how many there were: where they differ the month is not known."""


def month_so_far(view: View, plan: Plan, keys: Sequence[CellKey]) -> Month:
    """Sums of the program's local month. A state that began within it knows no earlier days."""
    programs = {key.program for key in keys}
    begins = {name: span_start(plan, name, view.at_ms, "month") for name in programs}
    ends = {name: local_day_start(plan, name, view.at_ms) for name in programs}
    place = {key[:3]: at for at, key in enumerate(keys)}
    sums = np.zeros((len(keys), 2))
    days: dict[str, set[int]] = {name: set() for name in programs}
    cells = view.day_arrival
    for key, row in zip(cells.keys, cells.columns[:, _COLUMNS], strict=True):
        if key.program not in programs:
            continue
        if not begins[key.program] <= key.start_ms < ends[key.program]:
            continue
        days[key.program].add(local_day_start(plan, key.program, key.start_ms))
        at = place.get(key[:3])
        if at is not None:
            sums[at] += row
    past = {name: _count(plan, name, begins[name], ends[name]) for name in programs}
    return Month(
        sums[:, 0],
        sums[:, 1],
        np.array([len(days[key.program]) for key in keys], np.int64),
        np.array([past[key.program] for key in keys], np.int64),
    )


def _count(plan: Plan, program: str, begin_ms: int, end_ms: int) -> int:
    count, day = 0, begin_ms
    while day < end_ms:
        count, day = count + 1, local_day_start(plan, program, day + 36 * 3_600_000)
    return count
