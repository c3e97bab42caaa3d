"""Strategies for small worlds of staff: what people did, what was planned and asked, and watermarks.

Ids are never names of sources, as in tests/strategies.py. Two rows of one id that name different
days always differ in their revision: no rule says which of them would stand otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from schemas.keys import BUCKET_MS
from schemas.staff import ACTIVITIES, AUX_CLASSES, STATES
from schemas.targets import Plan, Program

Event = dict[str, Any]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DAYS = (date(2024, 3, 4), date(2024, 3, 31), date(2024, 10, 27))
"""An ordinary day, and the two on which the clock changes in Berlin."""
ZONES = ("UTC", "Asia/Tokyo", "Asia/Kathmandu", "Europe/Berlin")
PROGRAMS = ("bank", "旅行")
GROUPS = ("front", "back")
SITES = ("", "osaka", "nagoya")
PEOPLE = ("ann", "bob", "茶穂")
SIZES = (0, 1, 2, 4, 8, 16, 40)
NEAR_MS = (-1000, -1, 0, 0, 1, 1000)
SPANS_MS = (
    *(0, 0, 1, 1000, 60_000, 300_000, BUCKET_MS - 1, BUCKET_MS, BUCKET_MS + 1, HOUR_MS),
    *(8 * HOUR_MS, 16 * HOUR_MS - 1, 16 * HOUR_MS, 16 * HOUR_MS + 1, 17 * HOUR_MS),
)
PUBLISHED_MS = (-DAY_MS, -1, 0, 1, 6 * HOUR_MS, 30 * HOUR_MS)
"""When a version is published, counted from the beginning of its day."""


@dataclass(frozen=True)
class World:
    """Events of people and plans in the order they are told, and what is needed to count them."""

    plan: Plan
    events: list[Event]
    until: dict[str, int]


def start_of(day: date, zone: str = "UTC") -> int:
    """Local midnight, ms UTC."""
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return round(local.astimezone(UTC).timestamp() * 1000)


def moments(day: date) -> st.SearchStrategy[int]:
    """Times from `day` on within two days, most of them near a bucket edge, ms UTC."""
    edges = st.integers(0, 191).map(lambda n: start_of(day) + n * BUCKET_MS)
    near = st.builds(int.__add__, edges, st.sampled_from(NEAR_MS))
    return near | near | st.integers(start_of(day), start_of(day) + 2 * DAY_MS)


def seats() -> dict[str, st.SearchStrategy[str]]:
    return {"group": st.sampled_from(GROUPS), "site": st.sampled_from(SITES)}


def doing() -> st.SearchStrategy[Event]:
    """What a state event says beside who, when and by which id."""
    small = st.integers(0, 3)
    optional = {
        "aux": st.sampled_from(AUX_CLASSES),
        "reason": st.sampled_from(("", "lunch", "茶")),
        "sessions": small,
        "slots": small,
        "work_program": st.sampled_from(("", *PROGRAMS, "hotel")),
        "seq": small,
        "rev": st.integers(0, 1),
    }
    states = st.sampled_from((*STATES, "aux", "aux"))
    return st.fixed_dictionaries({"state": states} | seats(), optional=optional)


@st.composite
def times(draw: st.DrawFn, day: date, size: int) -> list[int]:
    """One after another from some moment on, or scattered over two days."""
    if draw(st.booleans()):
        return draw(st.lists(moments(day), min_size=size, max_size=size))
    now, found = draw(moments(day)), list[int]()
    for span in draw(st.lists(st.sampled_from(SPANS_MS), min_size=size, max_size=size)):
        found.append(now)
        now += span if now + span < start_of(day) + 2 * DAY_MS else 0
    return found


@st.composite
def state_events(
    draw: st.DrawFn, program: str, staff: str, day: date, revised: bool = True
) -> list[Event]:
    """0 to 40 events of one person, and, if `revised`, others under the same ids."""
    base = {"type": "staff_state", "program": program, "staff": staff}
    events = []
    for n, time in enumerate(draw(times(day, draw(st.sampled_from(SIZES))))):
        source = draw(st.sampled_from(("acd", "acd", "crm")))
        events.append(base | {"time": time, "source": source, "id": f"e{n}"} | draw(doing()))
    if events and revised:
        for told in draw(st.lists(st.sampled_from(events), max_size=4)):
            change = draw(doing()) if draw(st.booleans()) else {"time": draw(moments(day))}
            events.append(told | change | {"rev": draw(st.integers(0, 2))})
    return events


@st.composite
def planned(draw: st.DrawFn, began: int) -> Event:
    """When and what: shifts by day and by night, breaks that lie anywhere, empty rows."""
    if draw(st.booleans()):
        start = began + draw(st.sampled_from((0, 6, 9, 15, 22))) * HOUR_MS
        length = draw(st.sampled_from((4, 8, 9))) * HOUR_MS
        activity = draw(st.sampled_from(("work", "work", "work", "customer_work")))
    else:
        start = began + draw(st.integers(0, 130)) * 900_000 + draw(st.sampled_from(NEAR_MS))
        length = draw(st.sampled_from((-1, 0, 1, 600_000, BUCKET_MS, HOUR_MS)))
        activity = draw(st.sampled_from(ACTIVITIES))
    row: Event = {"activity": activity, "start": start, "end": max(0, start + length)}
    optional = {
        "paid": st.sampled_from(("yes", "no")),
        "restates": st.sampled_from(("", "", "yes")),
        "rev": st.integers(0, 1),
    }
    return row | draw(st.fixed_dictionaries(seats(), optional=optional))


@st.composite
def schedules(draw: st.DrawFn, program: str, staff: str, day: date, zone: str) -> list[Event]:
    """Up to three versions of one or two days of one person, each of a few rows; revised rows."""
    base = {"type": "scheduled", "program": program, "staff": staff, "source": "wfm"}
    rows = list[Event]()
    for local in (day, day + timedelta(days=1)):
        began = start_of(local, zone)
        for version in draw(st.lists(st.integers(1, 4), max_size=3, unique=True)):
            published = max(0, began + draw(st.sampled_from(PUBLISHED_MS)))
            version_of = {"day": local.isoformat(), "version": version, "time": published}
            for row in draw(st.lists(planned(began), min_size=1, max_size=4)):
                rows.append(base | version_of | {"id": f"r{len(rows)}"} | row)
    if rows:
        for told in draw(st.lists(st.sampled_from(rows), max_size=3)):
            other = draw(st.sampled_from(rows))
            moved = {name: other[name] for name in ("day", "version", "start", "end")}
            later = {"time": told["time"] + draw(st.sampled_from((1, DAY_MS, 2 * DAY_MS)))}
            change = draw(st.sampled_from(({"paid": "no"}, {"restates": "yes"}, {}, moved, later)))
            rows.append(told | change | {"rev": told.get("rev", 0) + 1 + len(rows)})
        again = draw(st.sampled_from(rows))
        rows.append(again | {"end": max(0, again["end"] + draw(st.sampled_from(NEAR_MS)))})
    return rows


@st.composite
def requests(draw: st.DrawFn, program: str, day: date) -> list[Event]:
    """Requested FTE of a program: versions that overlap, some of them empty."""
    base = {"type": "fte_requested", "program": program, "source": "wfm"}
    rows = []
    for n in range(draw(st.integers(0, 4))):
        start = start_of(day) + draw(st.integers(0, 100)) * BUCKET_MS
        end = start + draw(st.sampled_from((-1, 0, 1, 2, 7, 96))) * BUCKET_MS
        own = {"id": f"f{n}", "time": draw(moments(day)), "start": start, "end": max(0, end)}
        sizes = {
            "version": st.integers(1, 3),
            "milli_fte": st.sampled_from((0, 1, 950, 1000, 1000, 2000, 14_500)),
        }
        said = st.fixed_dictionaries(sizes | seats(), optional={"rev": st.integers(0, 1)})
        rows.append(base | own | draw(said))
    return rows


@st.composite
def worlds(draw: st.DrawFn, revised: bool = True) -> World:
    """One to three persons of one or two programs."""
    day = draw(st.sampled_from(DAYS))
    zones = {program: draw(st.sampled_from(ZONES)) for program in PROGRAMS}
    events = list[Event]()
    everybody = st.tuples(st.sampled_from(PROGRAMS), st.sampled_from(PEOPLE))
    for program, staff in draw(st.lists(everybody, min_size=1, max_size=3, unique=True)):
        events += draw(state_events(program, staff, day, revised))
        events += draw(schedules(program, staff, day, zones[program]))
    for program in PROGRAMS:
        events += draw(requests(program, day))
    until = draw(st.dictionaries(st.sampled_from(PROGRAMS), moments(day) | st.just(-1)))
    programs = {program: Program(time_zone=zone) for program, zone in zones.items()}
    return World(Plan(programs=programs), events, until)


@st.composite
def disordered(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    """The same events in any order, some of them twice."""
    again = draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    return draw(st.permutations([*events, *again]))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[World, list[Event]]:
    """A world, and its events once more in any order, some of them twice."""
    world = draw(worlds())
    return world, draw(disordered(world.events))
