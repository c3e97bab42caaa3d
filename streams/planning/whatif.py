"""What if: an interval with more or less volume, handle time or staff, and what would repair it."""

from math import inf
from typing import NamedTuple

from streams.planning.staffing import Goals, Load, Performance, performances, required
from streams.planning.weakness import told

HALVINGS = 50
LEAST_SHARE = 0.01
"""So little volume or handle time at least is looked at as a way out."""


class Change(NamedTuple):
    """What is changed. Shares: 0.1 is 10 % more. `staff`: FTE more or fewer."""

    volume: float = 0.0
    aht: float = 0.0
    staff: float = 0.0


class Repair(NamedTuple):
    """The least change, one at a time, that meets the goals; None: none does, 0: nothing is needed."""

    staff: float | None
    volume: float | None
    aht: float | None


class Answer(NamedTuple):
    """An interval as it is and as it would be; `required` FTE of both, unloaded."""

    before: Performance
    after: Performance
    required_before: float
    required_after: float
    repair: Repair
    weak: str
    """Why a stationary model says little here; "" where it may be trusted."""

    @property
    def net(self) -> float:
        """FTE there would be above (below) what would be required."""
        return self.after.staff - self.required_after


def changed(load: Load, change: Change) -> Load:
    """A load after a change."""
    return load._replace(
        contacts=load.contacts * (1 + change.volume), aht_s=load.aht_s * (1 + change.aht)
    )


def what_if(load: Load, staff: float, goals: Goals, change: Change) -> Answer:
    """What a change does to an interval."""
    then, there = changed(load, change), max(0.0, staff + change.staff)
    before, after = performances([load, then], [staff, there], [goals.within_s] * 2)
    needed = required([load, then], [goals, goals])
    repair = Repair(
        _more(there, float(needed[1])),
        _less(then, there, goals, "contacts"),
        _less(then, there, goals, "aht_s"),
    )
    return Answer(before, after, float(needed[0]), float(needed[1]), repair, told(then, there))


def _more(staff: float, needed: float) -> float | None:
    return None if needed == inf else max(0.0, needed - staff)


def _less(load: Load, staff: float, goals: Goals, field: str) -> float | None:
    """Least share by which volume or handle time must fall."""

    def meets(share: float) -> bool:
        changed_to = load._replace(**{field: getattr(load, field) * share})
        return bool(required([changed_to], [goals])[0] <= staff)

    if meets(1.0):
        return 0.0
    if not meets(LEAST_SHARE):
        return None
    low, high = LEAST_SHARE, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if meets(middle) else (low, middle)
    return 1.0 - low
