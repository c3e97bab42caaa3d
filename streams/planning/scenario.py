"""Intervals of a day as they are and as they would be: volume, handle time, people (features 6).

Erlang A or C of each interval by itself; streams.planning.simulation plays the same intervals with what
one leaves to the next. Pooled figures are ratios of sums, never means of ratios.
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from streams.planning.shared import pooled as pooled_load
from streams.planning.staffing import Goals, Load, Performance, performances, required
from streams.planning.weakness import told


class Measured(NamedTuple):
    """What was counted of an interval: contacts, and seconds waited by those answered."""

    offered: float
    in_time: float
    abandoned: float
    answered: float
    waited_s: float


class Slot(NamedTuple):
    """An interval: what it asks, who is there, what is promised. Moments: ms UTC."""

    start_ms: int
    end_ms: int
    load: Load
    staff: float
    goals: Goals
    measured: Measured | None = None
    """Where it is over and recorded."""
    beside: Load | None = None
    """Of other queues whose contacts the same people take as they come: `staff` are there for all."""

    @property
    def whole(self) -> Load:
        """All that its people are asked for: first come first served, everybody waits alike."""
        if self.beside is None:
            return self.load
        return pooled_load([self.load, self.beside])

    @property
    def part(self) -> float:
        """Share of these contacts that are the queue's."""
        contacts = self.whole.contacts
        return self.load.contacts / contacts if contacts > 0 else 1.0


class Presence(NamedTuple):
    """So many people more (below 0: fewer) from one moment to another: overtime, a break moved or
    cancelled, a site that is down."""

    people: float
    since_ms: int
    until_ms: int


class Scenario(NamedTuple):
    """What is changed in the intervals that begin in [since, until). Shares: 0.1 is 10 % more."""

    since_ms: int
    until_ms: int
    volume: float = 0.0
    aht: float = 0.0
    staff: float = 0.0
    """FTE more or fewer in each of them."""
    presences: tuple[Presence, ...] = ()
    patience_s: float | None = None
    concurrency: float | None = None
    within_s: float | None = None

    def touches(self, slot: Slot) -> bool:
        """Whether anything about an interval may change."""
        inside = self.since_ms <= slot.start_ms < self.until_ms
        return inside or any(_overlap(slot, one) for one in self.presences)


class Pooled(NamedTuple):
    """Intervals taken together. FTE are means over their time, ASA is of the answered."""

    contacts: float
    staff: float
    required: float
    level: float
    goal: float
    """Level that is promised: of several the mean by contacts; 0 for none."""
    asa_s: float
    abandonment: float
    most_abandonment: float
    """That is promised, likewise; inf for none."""
    occupancy: float

    @property
    def meets(self) -> bool:
        """Whether what is promised of level and abandonment is kept."""
        return self.level >= self.goal and self.abandonment <= self.most_abandonment


class Outcome(NamedTuple):
    """What follows for each interval, and for all of them."""

    slots: tuple[Slot, ...]
    performances: tuple[Performance, ...]
    required: tuple[float, ...]
    careful: tuple[str, ...]
    pooled: Pooled


def changed(slots: Sequence[Slot], scenario: Scenario) -> list[Slot]:
    """The intervals after a change."""
    return [_changed(slot, scenario) for slot in slots]


def _changed(slot: Slot, scenario: Scenario) -> Slot:
    load, staff, goals = slot.load, slot.staff, slot.goals
    if scenario.since_ms <= slot.start_ms < scenario.until_ms:
        staff += scenario.staff
        load = load._replace(
            contacts=load.contacts * (1 + scenario.volume),
            aht_s=load.aht_s * (1 + scenario.aht),
            patience_s=load.patience_s if scenario.patience_s is None else scenario.patience_s,
            concurrency=scenario.concurrency or load.concurrency,
        )
        if scenario.within_s is not None:
            goals = goals._replace(within_s=scenario.within_s)
    staff += sum(one.people * _overlap(slot, one) for one in scenario.presences)
    return slot._replace(load=load, staff=max(0.0, staff), goals=goals)


def _overlap(slot: Slot, one: Presence) -> float:
    """Share of an interval that a presence covers."""
    together = min(slot.end_ms, one.until_ms) - max(slot.start_ms, one.since_ms)
    return max(0, together) / (slot.end_ms - slot.start_ms)


def outcome(slots: Sequence[Slot], scenario: Scenario) -> Outcome:
    """What a model says of intervals as they are given. Where nothing of a recorded interval was to
    change (`scenario`), the pool has what was measured in it. Raises ValueError for what cannot be.
    """
    loads, staff = [slot.whole for slot in slots], [slot.staff for slot in slots]
    found = performances(loads, staff, [slot.goals.within_s for slot in slots])
    needed = required(loads, [slot.goals for slot in slots]).tolist()
    before = [None, *loads[:-1]]
    careful = tuple(told(*each) for each in zip(loads, staff, before, strict=True))
    counts = [_counted(slot, one, scenario) for slot, one in zip(slots, found, strict=True)]
    return Outcome(
        tuple(slots), tuple(found), tuple(needed), careful, pooled(slots, found, needed, counts)
    )


def _counted(slot: Slot, one: Performance, scenario: Scenario) -> Measured:
    """What the pool counts of an interval."""
    if slot.measured is not None and not scenario.touches(slot):
        return slot.measured
    contacts = slot.load.contacts
    answered = contacts * (1 - one.abandonment)
    waited_s = answered * one.asa_s if answered > 0 else 0.0
    in_time, left = contacts * one.level, contacts * one.abandonment
    return Measured(contacts, in_time, left, answered, waited_s)


def pooled(
    slots: Sequence[Slot], found: Sequence[Performance], needed: Sequence[float],
    counts: Sequence[Measured],
) -> Pooled:  # fmt: skip
    """Intervals taken together; `counts` of each."""
    offered, in_time, left, answered, waited_s = (sum(part) for part in zip(*counts, strict=True))
    spans = [slot.load.interval_s for slot in slots]
    there = sum(one.staff * span for one, span in zip(found, spans, strict=True))
    busy = sum(one.occupancy * one.staff * span for one, span in zip(found, spans, strict=True))
    asked = sum(need * span for need, span in zip(needed, spans, strict=True))
    return Pooled(
        offered,
        there / sum(spans),
        asked / sum(spans),
        in_time / offered if offered else 1.0,
        _promised(slots, [slot.goals.level or 0.0 for slot in slots]),
        waited_s / answered if answered else inf if offered else 0.0,
        left / offered if offered else 0.0,
        _promised(slots, [_most(slot.goals.abandonment) for slot in slots]),
        busy / there if there else 0.0,
    )


def _most(share: float | None) -> float:
    return inf if share is None else share


def _promised(slots: Sequence[Slot], goals: Sequence[float]) -> float:
    """Mean of what is promised, weighted by contacts."""
    if len(set(goals)) == 1:
        return goals[0]
    contacts = [slot.load.contacts for slot in slots]
    parts = [n * goal for n, goal in zip(contacts, goals, strict=True) if n > 0]
    return sum(parts) / sum(contacts) if parts else goals[0]
