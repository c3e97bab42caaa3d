"""Strategies for sets of valid events of outbound work, plausible and hostile.

Ids are never names of sources, as in `tests.strategies_cases`.
"""

from typing import Any

from hypothesis import strategies as st

from schemas.outbound import OUTBOUND_TYPES, REASONS, RESULTS
from schemas.targets import OpeningHours, Plan, Program, Queue
from tests.strategies import FIRST_EDGE_MS
from tests.strategies_cases import DAY_MS, dues, gaps

Event = dict[str, Any]
PROGRAMS = {"bank": ("winback", "surveys"), "travel": ("再来",)}
OF_RECORDS = OUTBOUND_TYPES[:4]


@st.composite
def said_of(draw: st.DrawFn, kind: str, time: int, program: str) -> Event:
    """The fields of one type of event."""
    campaign = draw(st.sampled_from(PROGRAMS[program]))
    if kind == "record_listed":
        due = draw(dues(time))
        return {"queue": campaign} | ({} if due is None else {"due_at": due})
    if kind == "record_dialled":
        return {"queue": campaign, "result": draw(st.sampled_from(RESULTS))}
    return {"reason": draw(st.sampled_from(REASONS))} if kind == "record_closed" else {}


@st.composite
def record_events(draw: st.DrawFn, name: str, hostile: bool) -> list[Event]:
    """Events of one record; a sound source begins with its listing."""
    program = draw(st.sampled_from(tuple(PROGRAMS)))
    time = FIRST_EDGE_MS + draw(st.integers(0, 2 * DAY_MS))
    kinds = ["record_listed", *draw(st.lists(st.sampled_from(OF_RECORDS[1:]), max_size=5))]
    if hostile:
        kinds = draw(st.lists(st.sampled_from(OF_RECORDS), min_size=1, max_size=7))
    ids = st.sampled_from(("e0", "e1", "e2")) if hostile and draw(st.booleans()) else None
    events: list[Event] = []
    for n, kind in enumerate(kinds):
        time += draw(st.just(0) | gaps()) if n else 0
        event: Event = {"type": kind, "time": time, "source": "s", "program": program}
        event |= {"record": name, "id": f"e{n}" if ids is None else draw(ids)}
        event |= draw(said_of(kind, time, program))
        if hostile:
            event |= {"source": draw(st.sampled_from(("s", "z")))} | draw(_extras())
        events.append(event)
    if hostile and draw(st.booleans()):
        events[0] = events[0] | {"time": draw(st.sampled_from(events))["time"]}
    return events


@st.composite
def list_events(draw: st.DrawFn, name: str) -> list[Event]:
    """Counts of one list, ids told again among them."""
    program = draw(st.sampled_from(tuple(PROGRAMS)))
    told: Event = {"type": "list_counted", "source": "s", "program": program, "list": name}
    counts, events = st.integers(0, 9000), []
    for n in range(draw(st.integers(1, 4))):
        time = FIRST_EDGE_MS + draw(st.integers(0, 3 * DAY_MS))
        event = told | {"time": time, "id": draw(st.sampled_from((f"l{n}", "l0")))}
        event |= {"queue": draw(st.sampled_from(PROGRAMS[program]))} | draw(_extras())
        planned, dialled, per_day = draw(counts), draw(counts), 1 + draw(counts)
        events.append(event | {"planned": planned, "dialled": dialled, "per_day": per_day})
    return events


def _extras() -> st.SearchStrategy[Event]:
    return st.fixed_dictionaries({}, optional={"seq": st.integers(0, 2), "rev": st.integers(0, 2)})


@st.composite
def event_sets(draw: st.DrawFn) -> list[Event]:
    """Events of up to four records and two lists."""
    kinds = draw(st.lists(st.booleans(), min_size=1, max_size=4))
    events = [e for n, hostile in enumerate(kinds) for e in draw(record_events(f"r{n}", hostile))]
    lists = draw(st.lists(st.sampled_from(("", "a")), max_size=2, unique=True))
    return events + [event for name in lists for event in draw(list_events(name))]


def deliveries(events: list[Event]) -> st.SearchStrategy[list[Event]]:
    """The events in any order, some of them more than once."""
    again = st.lists(st.sampled_from(events), max_size=4)
    return again.flatmap(lambda more: st.permutations(events + more)).map(list)


def watermarks() -> st.SearchStrategy[dict[str, int]]:
    """How far each program is known, or nothing of it."""
    mark = st.integers(0, 20 * DAY_MS) | st.sampled_from((31 * DAY_MS, 62 * DAY_MS, 900 * DAY_MS))
    return st.fixed_dictionaries(
        {}, optional={name: mark.map(lambda n: FIRST_EDGE_MS + n) for name in PROGRAMS}
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans that list these campaigns, in zones with and without summer time, on either clock."""
    zones = ("UTC", "Asia/Kathmandu", "America/New_York", "Asia/Beirut")
    programs = {name: Program(time_zone=draw(st.sampled_from(zones))) for name in PROGRAMS}
    hours = OpeningHours.model_validate(
        {"days": ["mon", "tue", "fri"], "opens": "09:00", "closes": "17:30"}
    )
    queues = {
        name: Queue(
            program=program,
            channel="outbound",
            due_s=draw(st.sampled_from((None, 900, 4 * 3600, 16 * 3600.5))),
            clock=draw(st.sampled_from(("always", "open"))),
            opening_hours=hours,
        )
        for program, names in PROGRAMS.items()
        for name in names
    }
    return Plan(programs=programs, queues=queues)
