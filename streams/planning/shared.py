"""Staff that no formula tells exactly, as two bounds: queues that share people, people who chat (6.3)."""

from collections.abc import Sequence
from typing import NamedTuple

from streams.planning.models import ERLANG_C
from streams.planning.staffing import Goals, Load, required


class Bound(NamedTuple):
    """Required FTE, continuous and unloaded, and the model that says so."""

    fte: float
    model: str


class Bounds(NamedTuple):
    """Required FTE lies between the two."""

    low: Bound
    high: Bound


def pooled(loads: Sequence[Load]) -> Load:
    """Queues of one interval as one: handle time and patience weighted by contacts.

    Raises ValueError without loads, for intervals of different lengths, for a concurrency below 1.
    """
    if len({load.interval_s for load in loads}) != 1:
        raise ValueError("queues are pooled over one interval of one length")
    if any(not load.concurrency >= 1 for load in loads):
        raise ValueError("concurrency must be at least 1")
    contacts = sum(load.contacts for load in loads)
    parts = [(load.contacts, load) for load in loads if load.contacts > 0]
    if not parts:
        return loads[0]._replace(contacts=0.0)
    aht_s = sum(n * load.effective_aht_s for n, load in parts) / contacts
    known = all(load.patience_s is not None for _, load in parts)
    mean = sum(n * (load.patience_s or 0.0) for n, load in parts) / contacts
    return Load(contacts, loads[0].interval_s, aht_s, mean if known else None)


def pooled_goals(loads: Sequence[Load], goals: Sequence[Goals]) -> Goals:
    """What must hold of all contacts together if every queue keeps its own goals.

    Level and abandonment are means weighted by contacts, T, ASA and occupancy the loosest: who is
    answered within a short T is within a longer one. The strictest of each would ask of the large
    queue what only the small one promised, and be no lower bound (1,000 contacts at 50 % in 120 s with
    5 at 95 % in 5 s: 125.7 FTE, each alone 58.4).
    """
    contacts = sum(load.contacts for load in loads)
    there = [
        (load.contacts / contacts, goal)
        for load, goal in zip(loads, goals, strict=True)
        if load.contacts > 0
    ]
    if not there:
        return goals[0]
    level = sum(share * (goal.level or 0.0) for share, goal in there)
    left = sum(
        share * (1.0 if goal.abandonment is None else goal.abandonment) for share, goal in there
    )
    return Goals(
        max(goal.within_s for _, goal in there),
        level or None,
        _loosest([goal.asa_s for _, goal in there]),
        left if left < 1.0 else None,
        _loosest([goal.occupancy for _, goal in there]),
    )


def _loosest(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) if len(known) == len(values) else None


def bounds(loads: Sequence[Load], goals: Sequence[Goals]) -> Bounds:
    """Required FTE of queues of one interval that share people: all as one queue, and each alone.

    One model says both: Erlang C as soon as one patience is not known, as A alone may be below C
    pooled. Handle times of a pool are taken as exponential around their mean. Raises ValueError as
    `pooled`.
    """
    together = pooled(loads)
    if together.model == ERLANG_C:
        loads = [load._replace(patience_s=None) for load in loads]
    low = float(required([together], [pooled_goals(loads, goals)])[0])
    high = float(required(loads, goals).sum())
    # Of whole staff pooled never needs more; of parts it may, by the straight lines between them.
    return Bounds(
        Bound(min(low, high), f"{together.model}_pooled"), Bound(high, f"{together.model}_alone")
    )


def chat_bounds(load: Load, goals: Goals) -> Bounds:
    """Required FTE of a chat queue with measured concurrency c (R10, not the slot limit), approximate.

    Low: each person is c servers who give a chat its whole time, so the servers a queue of calls
    would need, over c; nobody may have three chats while another has none. High: a person is one
    server who is c times as quick, so a chat waits while c others would leave room. Both clear a full
    queue equally fast; with more and slower servers fewer wait at all. Load.concurrency is c.
    """
    high = float(required([load], [goals])[0])
    slots = float(required([load._replace(concurrency=1.0)], [goals])[0])
    low = min(slots / load.concurrency, high)
    return Bounds(Bound(low, f"{load.model}_slots"), Bound(high, f"{load.model}_shared_time"))
