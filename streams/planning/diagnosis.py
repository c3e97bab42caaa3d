"""Diagnosis of a queue: its recorded intervals against the plan's, each and all pooled (features 4.4)."""

from collections.abc import Sequence
from typing import NamedTuple

from streams.planning.causes import Case, Causes, causes
from streams.planning.patience import patience
from streams.planning.recorded import SOURCES, Interval, first_told
from streams.planning.weakness import told

UNKNOWN = "not recorded"
NO_FORECAST = "no forecast with a handle time"
NO_STAFF_PLAN = "no planned staff"
NO_CONTACTS = "no contacts"


class Finding(NamedTuple):
    """An interval with its causes, or why it has none."""

    interval: Interval
    case: Case | None
    causes: Causes | None
    without: str
    """Why it has no causes of its own. Without a case it is not in the pool either."""
    careful: str
    """Why the model says little of it."""


class Diagnosis(NamedTuple):
    """The intervals in order, and all of them pooled (None: none can be compared)."""

    findings: tuple[Finding, ...]
    pooled: Causes | None
    against: str
    """Where the planned staff come from (recorded.SOURCES)."""
    patience_s: float | None

    @property
    def unknown_staff(self) -> int:
        """Intervals in the pool of which the staff that was there is unknown."""
        return sum(one.case is not None and one.case.staff is None for one in self.findings)


def diagnosis(
    intervals: Sequence[Interval], against: str = "", patience_s: float | None = None
) -> Diagnosis:
    """Why a queue's level was not the planned one. `against`: where planned staff come from, the first
    source that there is if not said. Patience is estimated from all the intervals if not given.
    """
    source = against or first_told(intervals, SOURCES) or SOURCES[0]
    mean = patience_s or measured_patience(intervals)
    findings = tuple(_finding(one, source, mean) for one in intervals)
    cases = [one.case for one in findings if one.case is not None]
    comparable = any(c.planned.contacts > 0 for c in cases) and any(c.offered > 0 for c in cases)
    return Diagnosis(findings, causes(cases) if comparable else None, source, mean)


def measured_patience(intervals: Sequence[Interval]) -> float | None:
    """Mean patience of all who were offered in them, s; None: nobody left."""
    found = patience(
        sum(one.abandoned for one in intervals),
        sum(one.waited_ms[0] for one in intervals),
        sum(one.waited_ms[1] for one in intervals),
    )
    return None if found is None else found.mean_s


def _finding(one: Interval, source: str, patience_s: float | None) -> Finding:
    staff = one.planned_staff.get(source)
    if one.offered is None:
        return Finding(one, None, None, UNKNOWN, "")
    if one.planned is None:
        return Finding(one, None, None, NO_FORECAST, "")
    if staff is None:
        return Finding(one, None, None, NO_STAFF_PLAN, "")
    planned = one.planned._replace(patience_s=patience_s)
    case = Case(
        planned,
        staff,
        one.target.thresholds_s[0],
        one.offered,
        one.in_time,
        one.aht_s,
        one.staff,
        one.concurrency,
    )
    actual = planned._replace(
        contacts=one.offered,
        aht_s=one.aht_s or planned.aht_s,
        concurrency=one.concurrency or planned.concurrency,
    )
    careful = told(actual, staff if one.staff is None else one.staff)
    if not (one.offered and planned.contacts):
        return Finding(one, case, None, NO_CONTACTS, careful)
    return Finding(one, case, causes([case]), "", careful)
