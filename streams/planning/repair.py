"""The least change that restores what is promised of a span of intervals, in whole steps."""

from collections.abc import Callable, Sequence
from math import ceil, isfinite
from typing import NamedTuple

from streams.planning.scenario import Scenario, Slot, changed, outcome

PERCENT = 0.01
MOST_PERCENT = 99


class Repair(NamedTuple):
    """One change at a time, in the intervals of the scenario; 0: nothing is needed, None: no number of
    steps restores it."""

    staff: int | None
    """People more in each interval."""
    volume: int | None
    """Percent of contacts fewer."""
    aht: int | None
    """Percent of handle time less."""


def repair(slots: Sequence[Slot], scenario: Scenario) -> Repair:
    """The least steps on top of a scenario with which the pool keeps its promises, one less does not."""

    def meets(then: Scenario) -> bool:
        return outcome(changed(slots, then), then).pooled.meets

    after = outcome(changed(slots, scenario), scenario)
    needs = [need for need in after.required if isfinite(need)]
    # The pool may have to make up for what is past: more than what each interval alone requires.
    most = 3 * ceil(max([1.0, *needs]))
    return Repair(
        _least(most, lambda n: meets(scenario._replace(staff=scenario.staff + n))),
        _least(
            MOST_PERCENT,
            lambda n: meets(
                scenario._replace(volume=(1 + scenario.volume) * (1 - n * PERCENT) - 1)
            ),
        ),
        _least(
            MOST_PERCENT,
            lambda n: meets(scenario._replace(aht=(1 + scenario.aht) * (1 - n * PERCENT) - 1)),
        ),
    )


def _least(most: int, meets: Callable[[int], bool]) -> int | None:
    """The least number of steps that meets; more steps never meet less."""
    if meets(0):
        return 0
    if not meets(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high
