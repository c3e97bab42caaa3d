"""Strategies for sets of valid events of the topic `bot`, plausible and hostile.

Ids are never names of sources: events are ordered by H(id) xor H(source), which two such pairs
could share.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from schemas.bots import CONVERSATION_TYPES, ENDED_BY, KINDS, STATUSES
from schemas.keys import BUCKET_MS
from schemas.targets import OpeningHours, Plan, Program
from schemas.technologies import LatencyTarget, Technologies, Technology
from tests.strategies import FIRST_EDGE, FIRST_EDGE_MS, moments, reasons

Event = dict[str, Any]

BOTS = {"bank": ("faq", "loans"), "travel": ("予約",)}
TURNS = ("t1", "t2", "t3")
SOURCES = ("bot", "web")
LATENCIES_MS = (0, 1, 500, 1000, 1999, 2000, 2001, 5000, 59_999, 60_000, 60_001)
IDLE_MS = (60_000, 1_799_999, 1_800_000, 1_800_001)


def gaps() -> st.SearchStrategy[int]:
    """Lengths in ms: limits and their neighbours, idle time-outs, anything up to 40 minutes."""
    return st.sampled_from((*LATENCIES_MS, *IDLE_MS)) | st.integers(0, 2_400_000)


def fields(kind: str, program: str) -> st.SearchStrategy[Event]:
    """The fields of one conversation event beside those that every event has."""
    contact = {"contact": st.sampled_from(("", "v1")), "segment": st.integers(1, 2)}
    known: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "conversation_started": {"bot": st.sampled_from(BOTS[program])},
        "conversation_migrated": contact,
        "user_submitted": {"turn": st.sampled_from(TURNS)},
        "response_delivered": {"turn": st.sampled_from(TURNS)},
        "handed_off": contact | {"reason": reasons()},
        "conversation_ended": {"by": st.sampled_from(ENDED_BY), "reason": reasons()},
        "conversation_lost": {"reason": reasons()},
    }
    return st.fixed_dictionaries(known.get(kind, {}))


@st.composite
def plausible_conversations(draw: st.DrawFn, name: str = "c") -> list[Event]:
    """A conversation as a sound source tells it: turns, messages, then one way out or none."""
    program = draw(st.sampled_from(tuple(BOTS)))
    kinds = ["conversation_started"]
    if draw(st.sampled_from((False, False, False, True))):
        kinds.append("conversation_migrated")
    turns = draw(st.integers(0, 3))
    for _ in range(turns):
        kinds += ["user_submitted", "response_delivered", "bot_message"]
    kinds += draw(
        st.sampled_from(
            (
                ("task_completed", "conversation_ended"),
                ("task_completed",),
                ("conversation_ended",),
                ("handed_off",),
                ("handed_off", "conversation_ended"),
                ("conversation_lost",),
                (),
            )
        )
    )
    time, events = draw(moments()), list[Event]()
    for n, kind in enumerate(kinds):
        time += draw(gaps()) if n else 0
        event = {"type": kind, "time": time, "source": "bot", "program": program, "id": f"e{n}"}
        event |= {"conversation": name, "seq": n} | draw(fields(kind, program))
        if "turn" in event:
            event["turn"] = f"t{sum(each == 'user_submitted' for each in kinds[: n + 1])}"
        events.append(event)
    if turns and draw(st.sampled_from((False, False, True))):
        events = [event for event in events if event["type"] != "response_delivered"]
    return events


@st.composite
def hostile_conversations(draw: st.DrawFn, name: str = "c", max_events: int = 14) -> list[Event]:
    """Any types in any order, ties in time and sequence, few ids, revisions, missing starts."""
    program, time = draw(st.sampled_from(tuple(BOTS))), draw(moments())
    opening = draw(
        st.sampled_from(
            (
                ("conversation_started",),
                ("conversation_started", "user_submitted"),
                ("conversation_started", "handed_off"),
                ("conversation_started", "conversation_ended"),
                (),
            )
        )
    )
    drawn = draw(st.lists(st.sampled_from(CONVERSATION_TYPES), min_size=1, max_size=max_events))
    ids = st.sampled_from(("e0", "e1", "e2", "e3")) if draw(st.booleans()) else None
    events: list[Event] = []
    for n, kind in enumerate((*opening, *drawn)):
        time += draw(st.just(0) | gaps())
        event = {
            "type": kind,
            "time": time,
            "source": draw(st.sampled_from(SOURCES)),
            "program": program,
            "id": draw(ids) if ids is not None else f"e{n}",
            "conversation": name,
        }
        event |= draw(
            st.fixed_dictionaries({}, optional={"seq": st.integers(0, 2), "rev": st.integers(0, 2)})
        )
        events.append(event | draw(fields(kind, program)))
    if draw(st.booleans()):
        events[0] = events[0] | {"time": draw(st.sampled_from(events))["time"]}
    return events


@st.composite
def technology_events(draw: st.DrawFn, name: str = "line", max_events: int = 8) -> list[Event]:
    """Probes, ends of probing and counts of one technology, in any order."""
    program, events = draw(st.sampled_from(tuple(BOTS))), list[Event]()
    ids = st.sampled_from(("e0", "e1")) if draw(st.sampled_from((False, False, True))) else None
    pool = ("probe", "probe", "probe", "probing_ended", "attempts_counted")
    for n, kind in enumerate(draw(st.lists(st.sampled_from(pool), max_size=max_events))):
        event: Event = {
            "type": kind,
            "time": draw(moments()),
            "source": draw(st.sampled_from(SOURCES)),
            "program": program,
            "id": draw(ids) if ids is not None else f"e{n}",
            "technology": name,
            "rev": draw(st.integers(0, 1)),
        }
        if kind == "probe":
            event["kind"] = draw(st.sampled_from(KINDS))
            event["status"] = draw(st.sampled_from(STATUSES))
            event["next_within_ms"] = draw(st.sampled_from((1, 60_000, 300_000, BUCKET_MS)))
        elif kind == "attempts_counted":
            start, counted = draw(moments()), st.integers(0, 50)
            event |= {"start": start, "end": start + draw(st.sampled_from((0, 1, BUCKET_MS)))}
            event |= {"attempts": draw(counted), "blocked": draw(counted)}
        events.append(event)
    return events


@st.composite
def event_sets(draw: st.DrawFn, max_conversations: int = 3) -> list[Event]:
    """Events of a few conversations and technologies, each one's in its own order."""
    events: list[Event] = []
    for n in range(draw(st.integers(1, max_conversations))):
        kind = draw(st.sampled_from((plausible_conversations, hostile_conversations)))
        events += draw(kind(name=f"c{n}"))
    for name in draw(st.lists(st.sampled_from(("line", "faq")), max_size=2, unique=True)):
        events += draw(technology_events(name=name))
    return events


@st.composite
def deliveries(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    """The same events in any order, some of them twice, heartbeats in between."""
    delivered = [*events, *draw(st.lists(st.sampled_from(events), max_size=4))]
    for time in draw(st.lists(moments(), max_size=2)):
        program = draw(st.sampled_from(tuple(BOTS)))
        delivered.append({"type": "heartbeat", "time": time, "source": "bot", "program": program})
    return draw(st.permutations(delivered))


def watermarks() -> st.SearchStrategy[dict[str, int]]:
    """Watermarks around response limits and idle time-outs, or none, per program."""
    ahead = st.sampled_from((0, 60_000, *IDLE_MS, 24 * 3_600_000))
    times = st.builds(int.__add__, moments(), ahead)
    return st.dictionaries(st.sampled_from(tuple(BOTS)), times)


def plans() -> st.SearchStrategy[Plan]:
    """Programs in zones whose opening hours begin and end within the drawn moments."""
    zones = st.sampled_from(("UTC", "Asia/Tokyo", "Asia/Kathmandu"))
    program = st.builds(Program, time_zone=zones)
    return st.builds(
        lambda programs: Plan(programs=programs),
        st.dictionaries(st.sampled_from(tuple(BOTS)), program),
    )


@st.composite
def technologies(draw: st.DrawFn) -> Technologies:
    """Entries for some of the names, one or two latency targets, hours within the drawn moments."""
    edges = st.sampled_from((FIRST_EDGE_MS, FIRST_EDGE_MS + BUCKET_MS))
    listed = {}
    for program, names in (*BOTS.items(), ("bank", ("line",))):
        for name in names:
            if not draw(st.booleans()):
                continue
            latency = [LatencyTarget(within_s=draw(st.sampled_from((0.5, 2, 5))))]
            if draw(st.booleans()):
                begins = FIRST_EDGE.fromtimestamp(draw(edges) / 1000, FIRST_EDGE.tzinfo)
                latency.append(LatencyTarget(valid_from=begins, within_s=1))
            opens, closes = draw(st.sampled_from((("10:15", "10:45"), ("19:00", "19:30"))))
            listed[name] = Technology(
                program=program,
                latency=tuple(latency),
                idle_timeout_s=draw(st.sampled_from((60, 1800))),
                response_limit_s=draw(st.sampled_from((5, 60))),
                opening_hours=OpeningHours.model_validate({"opens": opens, "closes": closes}),
            )
    return Technologies(listed=listed)
