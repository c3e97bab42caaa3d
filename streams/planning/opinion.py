"""A second opinion on a scenario: the same intervals played, with what each leaves to the next."""

from collections.abc import Sequence

from kernels.queueing import ABANDONED, ANSWERED, IN_TIME, LEFT_IN_TIME, OFFERED, WAITED
from streams.planning.scenario import Scenario, Slot
from streams.planning.simulation import RUNS, Readings, counted, readings


def opinion(
    slots: Sequence[Slot], scenario: Scenario, seed: int = 1, runs: int = RUNS
) -> tuple[Readings, Readings]:
    """Each interval as it is given, and all of them pooled.

    The pool has what was measured of recorded intervals that the scenario leaves as they were, as
    that of streams.planning.scenario.outcome has. Raises ValueError for what cannot be.
    """
    within = [slot.goals.within_s for slot in slots]
    found = counted(
        [slot.load for slot in slots], [slot.staff for slot in slots], within, seed, runs
    )
    each = readings(found)
    for at, slot in enumerate(slots):
        if slot.measured is not None and not scenario.touches(slot):
            one = slot.measured
            places = [OFFERED, IN_TIME, ABANDONED, LEFT_IN_TIME, ANSWERED, WAITED]
            values = [one.offered, one.in_time, one.abandoned, 0.0, one.answered, one.waited_s]
            found[:, at, places] = values
    return each, readings(found.sum(axis=1, keepdims=True))
