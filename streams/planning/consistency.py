"""Whether targets of service and of abandonment ask for the same staff (4.3.8; definitions 6.4)."""

from collections.abc import Sequence
from math import ceil, inf
from typing import Any, NamedTuple

from streams.planning.diagnosis import measured_patience
from streams.planning.recorded import Interval
from streams.planning.staffing import Goals, Load, performances, required

BUSY, QUIET = 90, 10
"""Percent of a month's intervals with contacts that have at most as many as a busy, a quiet one."""
NO_TARGETS = "needs a target of abandonment, and one of level or speed of answer"
NO_PATIENCE = "nobody has left, so patience is not known"
NO_MEANING = "a level above 1 - abandonment leaves the abandonment target without meaning"
APART = "the targets differ by more than one person"
NO_STAFF = "no number of staff meets one of the targets"


class Consistency(NamedTuple):
    """Least whole staff for each target alone (None: it is not set) and what follows from it."""

    by_level: int | None
    by_asa: int | None
    by_abandonment: int
    consistent: bool
    abandonment_at_level: float
    """What follows where only the staff of the level and the speed of answer is there."""
    level_at_abandonment: float
    asa_s_at_abandonment: float
    reason: str


class Checked(NamedTuple):
    """The check of one kind of interval: `busy`, `mean` or `quiet`; None: it cannot be made."""

    kind: str
    load: Load
    found: Consistency | None
    reason: str


def consistency(load: Load, goals: Goals) -> Consistency:
    """The check at a load. Raises ValueError without a target of each kind or a patience, and where no
    number of staff meets a target."""
    served = goals.level is not None or goals.asa_s is not None
    if not served or goals.abandonment is None:
        raise ValueError(NO_TARGETS)
    if load.patience_s in (None, inf):
        raise ValueError(NO_PATIENCE)
    alone: dict[str, Any] = {
        name: getattr(goals, name)
        for name in ("level", "asa_s", "abandonment")
        if getattr(goals, name) is not None
    }
    asked = [Goals(goals.within_s, **{name: goal}) for name, goal in alone.items()]
    found = required([load] * len(asked), asked).tolist()
    if inf in found:
        raise ValueError(NO_STAFF)
    staff = {name: ceil(fte - 1e-9) for name, fte in zip(alone, found, strict=True)}
    by_left = staff["abandonment"]
    by_service = max(n for name, n in staff.items() if name != "abandonment")
    at = performances([load] * 2, [float(by_service), float(by_left)], [goals.within_s] * 2)
    reason = ""
    if goals.level is not None and goals.level > 1 - goals.abandonment:
        reason = NO_MEANING
    elif max(staff.values()) - min(staff.values()) > 1:
        reason = APART
    return Consistency(
        *(staff.get("level"), staff.get("asa_s"), by_left, not reason),
        *(at[0].abandonment, at[1].level, at[1].asa_s, reason),
    )


def checks(
    intervals: Sequence[Interval], forecast: bool = False, patience_s: float | None = None
) -> list[Checked]:
    """The check over a busy, the mean and a quiet interval of some that share one target.

    Of those recorded, or (`forecast`) of those planned, that have contacts. Busy and quiet by nearest
    rank of contacts; handle time is that of all of them together, so is patience if not given. Empty
    where no interval has contacts and a handle time.
    """
    told = [pair for one in intervals if (pair := _work(one, forecast)) and pair[0] > 0]
    timed = [(n, aht_s) for n, aht_s in told if aht_s]
    if not timed:
        return []
    aht_s = sum(n * each for n, each in timed) / sum(n for n, _ in timed)
    ranked = sorted(n for n, _ in told)
    kinds = {
        "busy": ranked[-(-BUSY * len(ranked) // 100) - 1],
        "mean": sum(ranked) / len(ranked),
        "quiet": ranked[-(-QUIET * len(ranked) // 100) - 1],
    }
    target, seconds = intervals[0].target, intervals[0].seconds
    mean = patience_s or measured_patience(intervals)
    return [
        _checked(kind, Load(contacts, seconds, aht_s, mean), Goals.of(target))
        for kind, contacts in kinds.items()
    ]


def _work(one: Interval, forecast: bool) -> tuple[float, float | None] | None:
    """Contacts and handle time; a person's share of it where several chats are held at once."""
    held = one.concurrency or (one.planned.concurrency if one.planned else 1.0)
    if forecast:
        return (one.planned.contacts, one.planned.effective_aht_s) if one.planned else None
    if one.offered is None:
        return None
    return one.offered, None if one.aht_s is None else one.aht_s / held


def _checked(kind: str, load: Load, goals: Goals) -> Checked:
    try:
        found = consistency(load, goals)
    except ValueError as wrong:
        return Checked(kind, load, None, str(wrong))
    return Checked(kind, load, found, found.reason)
