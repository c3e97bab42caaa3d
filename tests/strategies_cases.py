"""Strategies for sets of valid events of deferred work, plausible and hostile.

Ids are never names of sources: events are ordered by H(id) xor H(source), which two such pairs
could share.
"""

from typing import Any

from hypothesis import strategies as st

from schemas.deferred import CASE_TYPES
from schemas.keys import BUCKET_MS
from schemas.targets import OpeningHours, Plan, Program, Queue
from tests.strategies import FIRST_EDGE_MS

Event = dict[str, Any]
PROGRAMS = {"bank": ("mail", "forms"), "travel": ("手紙",)}
HOUR_MS, DAY_MS = 3_600_000, 24 * 3_600_000
LENGTHS_MS = (0, 1, BUCKET_MS - 1, BUCKET_MS, HOUR_MS, 8 * HOUR_MS, DAY_MS, DAY_MS + 1)


def gaps() -> st.SearchStrategy[int]:
    """Lengths in ms: edges and their neighbours, anything up to three days, now and then a year."""
    long = st.sampled_from((7 * DAY_MS, 399 * DAY_MS, 400 * DAY_MS))
    return st.sampled_from(LENGTHS_MS) | st.integers(0, 3 * DAY_MS) | long


def dues(time: int) -> st.SearchStrategy[int | None]:
    """A due time that is told, mostly ahead; None: the plan says."""
    ahead = gaps().map(lambda length: time + length)
    return st.none() | ahead | st.sampled_from((max(0, time - 1), time - 3 * DAY_MS))


@st.composite
def case_events(draw: st.DrawFn, name: str, hostile: bool) -> list[Event]:
    """Events of one case; a sound source begins with its receipt."""
    program = draw(st.sampled_from(tuple(PROGRAMS)))
    time = FIRST_EDGE_MS + draw(st.integers(0, 2 * DAY_MS))
    kinds = draw(st.lists(st.sampled_from(CASE_TYPES[1:]), max_size=4))
    if hostile:
        kinds = draw(st.lists(st.sampled_from(CASE_TYPES), min_size=1, max_size=7))
    else:
        kinds = ["case_received", *kinds]
    ids = st.sampled_from(("e0", "e1", "e2")) if hostile and draw(st.booleans()) else None
    events: list[Event] = []
    for n, kind in enumerate(kinds):
        time += draw(st.just(0) | gaps()) if n else 0
        event: Event = {"type": kind, "time": time, "source": "s", "program": program, "case": name}
        event["id"] = draw(ids) if ids is not None else f"e{n}"
        if hostile:
            event["source"] = draw(st.sampled_from(("s", "z")))
            event |= draw(
                st.fixed_dictionaries(
                    {}, optional={"seq": st.integers(0, 2), "rev": st.integers(0, 2)}
                )
            )
        if kind in ("case_received", "case_reopened"):
            event["queue"] = draw(st.sampled_from(PROGRAMS[program]))
            due = draw(dues(time))
            event |= {} if due is None else {"due_at": due}
        events.append(event)
    if hostile and draw(st.booleans()):
        events[0] = events[0] | {"time": draw(st.sampled_from(events))["time"]}
    return events


@st.composite
def event_sets(draw: st.DrawFn) -> list[Event]:
    """Events of up to four cases."""
    kinds = draw(st.lists(st.booleans(), min_size=1, max_size=4))
    return [e for n, hostile in enumerate(kinds) for e in draw(case_events(f"c{n}", hostile))]


def deliveries(events: list[Event]) -> st.SearchStrategy[list[Event]]:
    """The events in any order, some of them more than once."""
    again = st.lists(st.sampled_from(events), max_size=4)
    return again.flatmap(lambda more: st.permutations(events + more)).map(list)


def watermarks() -> st.SearchStrategy[dict[str, int]]:
    """How far each program is known, or nothing of it."""
    mark = st.integers(0, 20 * DAY_MS) | st.sampled_from((399 * DAY_MS, 900 * DAY_MS))
    return st.fixed_dictionaries(
        {}, optional={name: mark.map(lambda n: FIRST_EDGE_MS + n) for name in PROGRAMS}
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans that list these queues, in zones with and without summer time, on either clock."""
    zones = ("UTC", "Asia/Kathmandu", "America/New_York", "Asia/Beirut")
    programs = {name: Program(time_zone=draw(st.sampled_from(zones))) for name in PROGRAMS}
    hours = OpeningHours.model_validate(
        {"days": ["mon", "tue", "fri"], "opens": "09:00", "closes": "17:30"}
    )
    queues = {
        name: Queue(
            program=program,
            channel="deferred",
            due_s=draw(st.sampled_from((None, 900, 4 * 3600, 16 * 3600.5))),
            clock=draw(st.sampled_from(("always", "open"))),
            opening_hours=hours,
        )
        for program, names in PROGRAMS.items()
        for name in names
    }
    return Plan(programs=programs, queues=queues)
