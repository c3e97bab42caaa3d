"""Why a service level differs from the plan's: volume, handle time, staff (features 4.4)."""

from typing import NamedTuple

from streams.planning.staffing import Load, performances


class Causes(NamedTuple):
    """A gap of service level (share, below 0: worse), split by re-running the model with one actual
    at a time. The five parts add up to it but for the last bit."""

    gap: float
    volume: float
    aht: float
    staff: float
    rest: float
    """What two or three of them do together."""
    unmodelled: float
    """What was measured but no model says; 0 where the gap is the model's own."""
    model: str


def causes(
    planned: Load, actual: Load, staff: tuple[float, float], within_s: float,
    gap: float | None = None,
) -> Causes:  # fmt: skip
    """The parts of a gap. `staff`: FTE planned, actual; `gap`: measured minus planned level, or that of
    the model. Concurrency counts as handle time; patience and interval are the plan's in all runs.

    Raises ValueError for loads and staff that cannot be.
    """
    volume = planned._replace(contacts=actual.contacts)
    aht = planned._replace(aht_s=actual.aht_s, concurrency=actual.concurrency)
    both = volume._replace(aht_s=actual.aht_s, concurrency=actual.concurrency)
    loads = [planned, volume, aht, planned, both]
    there = [staff[0], staff[0], staff[0], staff[1], staff[1]]
    levels = [one.level for one in performances(loads, there, [within_s] * 5)]
    by_volume, by_aht, by_staff, modelled = (level - levels[0] for level in levels[1:])
    whole = modelled if gap is None else gap
    rest = modelled - by_volume - by_aht - by_staff
    return Causes(whole, by_volume, by_aht, by_staff, rest, whole - modelled, planned.model)
