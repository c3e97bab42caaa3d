"""Chronic misfit: times of the week that schedules miss again and again (S:1294-1302).

One week short is an accident; the same Tuesday afternoon short in most weeks of half a year is a rule
of scheduling or of shifts that does not fit the demand.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, tzinfo
from typing import NamedTuple

from streams.planning.fit import Fit, Need, fit

UNDER, OVER = "under", "over"
CHRONIC = 0.6
"""Share of the weeks in which a time of the week is out of the band, on one side, to be chronic."""
LEAST_WEEKS = 8
"""Fewer say nothing of a habit."""


class Misfit(NamedTuple):
    """A time of the week over all its weeks."""

    weekday: int
    """0: Monday."""
    start: time
    weeks: int
    under: int
    """Weeks in which fewer were scheduled than the band allows."""
    over: int
    total: Fit

    @property
    def chronic(self) -> str:
        """`under` or `over` if it is so in most weeks, else nothing."""
        if self.weeks < LEAST_WEEKS:
            return ""
        if self.under >= CHRONIC * self.weeks:
            return UNDER
        return OVER if self.over >= CHRONIC * self.weeks else ""


def misfits(needed: Iterable[Need], zone: tzinfo, band: tuple[float, float]) -> list[Misfit]:
    """Every time of the week, in its order. `band`: scheduled over required that fits (M1a's).

    An hour that a DST change repeats counts twice, one that it skips not at all.
    """
    by: dict[tuple[int, time], list[Need]] = {}
    for one in needed:
        if one.required and one.scheduled is not None:
            local = datetime.fromtimestamp(one.start_ms / 1000, zone)
            by.setdefault((local.weekday(), local.time()), []).append(one)
    return [_misfit(*key, by[key], band) for key in sorted(by)]


def _misfit(weekday: int, start: time, weeks: Sequence[Need], band: tuple[float, float]) -> Misfit:
    low, high = band
    pairs = [(one.scheduled or 0.0, one.required or 0.0) for one in weeks]
    under = sum(scheduled < low * required for scheduled, required in pairs)
    over = sum(scheduled > high * required for scheduled, required in pairs)
    return Misfit(weekday, start, len(weeks), under, over, fit(weeks))


def worst(found: Iterable[Misfit]) -> list[Misfit]:
    """The chronic ones, those first that cost the most hours."""
    chronic = [one for one in found if one.chronic]
    return sorted(chronic, key=lambda one: -(one.total.over_h + one.total.under_h))
