"""A second opinion on a scenario: the same intervals played, with what each leaves to the next."""

from collections.abc import Sequence

import numpy as np

from kernels.queueing import ABANDONED, ANSWERED, IN_TIME, LEFT_IN_TIME, OFFERED, WAITED
from streams.planning.scenario import Scenario, Slot
from streams.planning.simulation import RUNS, Readings, counted, readings


def opinion(
    slots: Sequence[Slot], scenario: Scenario, seed: int = 1, runs: int = RUNS
) -> tuple[Readings, Readings]:
    """Each interval as it is given, and all of them pooled. Of queues that share people all contacts are
    played, and the queue's are its part of them: everybody waits alike.

    The pool has what was measured of recorded intervals that the scenario leaves as they were, as
    that of streams.planning.scenario.outcome has. Raises ValueError for what cannot be.
    """
    course = list[Slot]()
    places = []
    for slot in slots:
        if course and course[-1].end_ms < slot.start_ms:
            course.append(_pause(course[-1], slot.start_ms))
        places.append(len(course))
        course.append(slot)
    loads, there = [slot.whole for slot in course], [slot.staff for slot in course]
    within = [slot.goals.within_s for slot in course]
    found = counted(loads, there, within, seed, runs)[:, places]
    found *= np.array([slot.part for slot in slots])[:, None]
    each = readings(found)
    for at, slot in enumerate(slots):
        if slot.measured is not None and not scenario.touches(slot):
            one = slot.measured
            columns = [OFFERED, IN_TIME, ABANDONED, LEFT_IN_TIME, ANSWERED, WAITED]
            values = [one.offered, one.in_time, one.abandoned, 0.0, one.answered, one.waited_s]
            found[:, at, columns] = values
    return each, readings(found.sum(axis=1, keepdims=True))


def _pause(before: Slot, until_ms: int) -> Slot:
    """Time without an interval: nobody comes, and those who wait are served by who was there."""
    load = before.load._replace(contacts=0.0, interval_s=(until_ms - before.end_ms) / 1000)
    return before._replace(start_ms=before.end_ms, end_ms=until_ms, load=load, beside=None)
