"""Schedule fit: who is scheduled against who is required, per interval, day and week (S:1256)."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from math import inf
from typing import NamedTuple, TypeVar

from streams.planning.recorded import REQUESTED, REQUIRED, SCHEDULED, Interval, first_told
from streams.planning.staffing import Goals, loaded, required

MODEL = "model"
AGAINST = (REQUIRED, REQUESTED, MODEL)
K = TypeVar("K", bound=Hashable)


class Need(NamedTuple):
    """An interval: FTE that have to be scheduled at work so that those required are there, and those
    that are. None: unknown."""

    start_ms: int
    end_ms: int
    required: float | None
    scheduled: float | None


class Fit(NamedTuple):
    """Sums of FTE hours over intervals of which both are known: additive, over and under never net."""

    required_h: float
    scheduled_h: float
    over_h: float
    under_h: float
    intervals: int
    unknown: int
    """Intervals of which one of the two is not known."""

    @property
    def fit(self) -> float | None:
        """1 - |scheduled - required| / required, as M1b; None where nobody is required."""
        if not self.required_h:
            return None
        return 1 - (self.over_h + self.under_h) / self.required_h

    @property
    def net_h(self) -> float:
        """FTE hours scheduled above (below) those required."""
        return self.scheduled_h - self.required_h


def needs(
    intervals: Sequence[Interval], against: str, loss: float, patience_s: float | None,
    occupancy: float | None = None,
) -> list[Need]:  # fmt: skip
    """What each interval needs. `against`: FTE required of the plan, requested by the client, or
    those of the model at the forecast, with this cap of occupancy; `loss`: share of scheduled work time
    that is lost.

    Raises ValueError unless 0 <= loss < 1.
    """
    asked = (
        _modelled(intervals, patience_s, occupancy)
        if against == MODEL
        else [one.planned_staff.get(against) for one in intervals]
    )
    return [
        Need(
            one.start_ms,
            one.end_ms,
            None if fte is None else loaded(fte, loss),
            one.planned_staff.get(SCHEDULED),
        )
        for one, fte in zip(intervals, asked, strict=True)
    ]


def source_of(intervals: Sequence[Interval]) -> str:
    """The first of AGAINST that says something of any of them."""
    return first_told(intervals, (REQUIRED, REQUESTED)) or MODEL


def _modelled(
    intervals: Sequence[Interval], patience_s: float | None, occupancy: float | None
) -> list[float | None]:
    loads = [one.planned and one.planned._replace(patience_s=patience_s) for one in intervals]
    both = [
        (load, Goals.of(one.target, occupancy))
        for load, one in zip(loads, intervals, strict=True)
        if load is not None
    ]
    found = iter(required([load for load, _ in both], [goal for _, goal in both]).tolist())
    asked = (None if load is None else next(found) for load in loads)
    return [None if fte == inf else fte for fte in asked]


def fit(needed: Iterable[Need]) -> Fit:
    """The fit of intervals taken together."""
    total, unknown = Fit(0.0, 0.0, 0.0, 0.0, 0, 0), 0
    for one in needed:
        if one.required is None or one.scheduled is None:
            unknown += 1
            continue
        hours, net = (one.end_ms - one.start_ms) / 3_600_000, one.scheduled - one.required
        total = Fit(
            total.required_h + one.required * hours,
            total.scheduled_h + one.scheduled * hours,
            total.over_h + max(0.0, net) * hours,
            total.under_h + max(0.0, -net) * hours,
            total.intervals + 1,
            0,
        )
    return total._replace(unknown=unknown)


def fits(needed: Iterable[Need], of: Callable[[Need], K]) -> dict[K, Fit]:
    """The fit of intervals that share a key, in the order in which keys are first seen."""
    groups: dict[K, list[Need]] = {}
    for one in needed:
        groups.setdefault(of(one), []).append(one)
    return {key: fit(group) for key, group in groups.items()}
