"""Strategies for sets of valid chat events, plausible and hostile, for plans and watermarks.

Ids are never names of sources: events are ordered by H(id) xor H(source), which two such pairs
could share.
"""

from collections.abc import Sequence
from datetime import time
from typing import Any

from hypothesis import strategies as st

from schemas.chats import CHANNELS, CHAT_TYPES
from schemas.contacts import ESCALATIONS
from schemas.targets import OpeningHours, Plan, Program, Queue
from tests.strategies import (
    HOUR_MS,
    PROGRAMS,
    SITES,
    SOURCES,
    STAFF,
    Event,
    durations,
    moments,
    reasons,
    targets,
)

REPLY_LIMIT_MS = 600_000
SEATED = ("staff_joined", "message_sent")


def gaps() -> st.SearchStrategy[int]:
    """Lengths in ms: those of calls, and the no-reply limit with its neighbours."""
    near = st.sampled_from((REPLY_LIMIT_MS - 1, REPLY_LIMIT_MS, REPLY_LIMIT_MS + 1, 60_000))
    return durations() | near


def fields(kind: str, queues: Sequence[str]) -> st.SearchStrategy[Event]:
    """The fields of one event type beside those that every event has."""
    queue, site, staff = st.sampled_from(queues), st.sampled_from(SITES), st.sampled_from(STAFF)
    seat = {"staff": staff, "site": site, "queue": st.just("") | queue}
    known: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "offer_shown": {"queue": queue},
        "offer_undelivered": {"reason": reasons()},
        "offer_accepted": {"queue": queue},
        "chat_requested": {"queue": queue, "site": site, "skill": st.sampled_from(("", "visa"))},
        "chat_overflowed": {"queue": queue},
        "staff_joined": seat,
        "staff_left": {"staff": staff},
        "message_received": {"carried": st.sampled_from(("", "", "yes"))},
        "message_sent": seat | {"by": st.sampled_from(("staff", "staff", "automatic"))},
        "chat_transferred": {"escalation": st.sampled_from(("", *ESCALATIONS))},
        "chat_ended": {
            "by": st.sampled_from(("customer", "timeout", "staff", "system")),
            "marker": st.sampled_from(("", "yes")),
            "reason": st.sampled_from(("queue_timeout", "no_staff", "withdrawn")) | reasons(),
        },
        "chat_tracking_lost": {"reason": reasons()},
    }
    return st.fixed_dictionaries(known.get(kind, {}))


class _Story:
    """A visit told in order: each event after the last one, ids in sequence."""

    def __init__(self, draw: st.DrawFn, base: Event, start: int):
        self.draw, self.time, self.events = draw, start, list[Event]()
        self.base, self.queues = base, PROGRAMS[base["program"]]

    def maybe(self) -> bool:
        return self.draw(st.booleans())

    def say(self, kind: str, at_once: bool = False, **given: Any) -> None:
        self.time += 0 if at_once else self.draw(gaps())
        n = len(self.events)
        own = self.draw(fields(kind, self.queues)) | given
        event = {"type": kind, "time": self.time, "seq": n, "id": f"e{n}"}
        self.events.append(self.base | event | own)


def _request(story: _Story) -> bool:
    """Whether there is a request; a visitor may only have seen an offer or talked to a bot."""
    opening = story.draw(st.sampled_from(("request", "request", "offer", "bot")))
    if opening == "offer":
        story.say("offer_shown", at_once=True)
        kinds = ("offer_accepted", "offer_declined", "offer_expired", "offer_undelivered")
        story.say(story.draw(st.sampled_from(kinds)))
        return bool(story.events[-1]["type"] == "offer_accepted")
    if opening == "bot":
        story.say("message_sent", at_once=True, by="automatic")
        story.say("message_received", carried="")
        if story.maybe():
            story.say("chat_ended", by="customer")
            return False
    story.say("chat_requested")
    return True


def _talk(story: _Story) -> None:
    steps = ("received", "received", "answer", "answer", "automatic", "change")
    for step in story.draw(st.lists(st.sampled_from(steps), max_size=8)):
        if step == "received":
            story.say("message_received", carried="")
        elif step == "change":
            story.say("staff_left")
            story.say("staff_joined")
        else:
            story.say("message_sent", by="automatic" if step == "automatic" else "staff")


def _close(story: _Story) -> None:
    endings = ("chat_ended", "chat_ended", "chat_transferred", "chat_tracking_lost", "open")
    ending = story.draw(st.sampled_from(endings))
    if ending == "open":
        return
    story.say(ending)
    if story.maybe():
        story.say("chat_acw_started", at_once=story.maybe())
    if story.maybe():
        story.say("chat_acw_ended")


def _visit(story: _Story) -> None:
    if not _request(story):
        return
    for kind in story.draw(st.lists(st.sampled_from(("chat_overflowed", "message_received")))):
        story.say(kind)
    outcome = story.draw(st.sampled_from((*["answered"] * 5, "left", "left", "waiting")))
    if story.maybe():
        story.say("staff_joined")
    if outcome == "left":
        story.say("chat_ended")
    elif outcome == "answered":
        story.say("message_sent", by="staff")
        _talk(story)
        _close(story)


def _base(draw: st.DrawFn, contact: str) -> Event:
    program, channel = draw(st.sampled_from(tuple(PROGRAMS))), draw(st.sampled_from(CHANNELS))
    base = {"program": program, "contact": contact, "segment": 1, "source": "desk"}
    return base if channel == "chat" else base | {"channel": channel}


@st.composite
def plausible_chats(draw: st.DrawFn, contact: str = "c") -> list[Event]:
    """A chat as a sound source tells it; a transfer goes on as segment 2, an open turn with it."""
    base = _base(draw, contact)
    story = _Story(draw, base, draw(moments()))
    _visit(story)
    events = story.events
    handed_on = [event for event in events if event["type"] == "chat_transferred"]
    if handed_on:
        following = _Story(draw, base | {"segment": 2}, handed_on[0]["time"])
        last = events[events.index(handed_on[0]) - 1]
        if last["type"] == "message_received":
            following.time = last["time"]
            following.say("message_received", at_once=True, carried="yes")
            following.time = handed_on[0]["time"]
        _visit(following)
        events = [*events, *following.events]
    return events


PHASES = (
    ("chat_requested", "message_sent"),
    ("chat_requested", "message_sent", "message_received"),
    ("chat_requested", "message_sent", "chat_ended"),
    ("chat_requested", "chat_ended"),
    ("chat_requested",),
    ("offer_shown", "offer_accepted"),
    (),
)
"""How a hostile visit opens; then any types come in any order."""


@st.composite
def hostile_chats(draw: st.DrawFn, contact: str = "c", max_events: int = 14) -> list[Event]:
    """Any types in any order, ties in time and sequence, few ids, revisions, missing entries."""
    base = _base(draw, contact)
    start = draw(moments())
    length = draw(st.integers(1, max_events))
    opening = draw(st.sampled_from(PHASES))
    kinds = [*opening, *(draw(st.sampled_from(CHAT_TYPES)) for _ in range(length))]
    steps = st.sampled_from((0, 0, 1000, 5000, 20_000, 20_001)) | gaps()
    ids = st.sampled_from(("e0", "e1", "e2", "e3")) if draw(st.booleans()) else None
    events: list[Event] = []
    for n, kind in enumerate(kinds):
        start += draw(steps)
        event = base | {"type": kind, "time": start, "source": draw(st.sampled_from(SOURCES))}
        event["id"] = draw(ids) if ids is not None else f"e{n}"
        event |= draw(
            st.fixed_dictionaries({}, optional={"seq": st.integers(0, 2), "rev": st.integers(0, 2)})
        )
        events.append(event | draw(fields(kind, PROGRAMS[base["program"]])))
    if draw(st.booleans()):
        events[0] = events[0] | {"time": draw(st.sampled_from(events))["time"]}
    return events


@st.composite
def chat_sets(draw: st.DrawFn, max_contacts: int = 4) -> list[Event]:
    """Events of a few chats, each chat's in its own order."""
    events: list[Event] = []
    for n in range(draw(st.integers(1, max_contacts))):
        kind = draw(st.sampled_from((plausible_chats, hostile_chats)))
        events += draw(kind(contact=f"c{n}"))
    return events


def watermarks() -> st.SearchStrategy[dict[str, int]]:
    """Watermarks around the no-reply and the unresolved limit, or none, per program."""
    offsets = (0, REPLY_LIMIT_MS, HOUR_MS, 24 * HOUR_MS - 1, 24 * HOUR_MS, 48 * HOUR_MS)
    times = st.builds(int.__add__, moments(), st.sampled_from(offsets))
    return st.dictionaries(st.sampled_from(tuple(PROGRAMS)), times)


@st.composite
def chat_plans(draw: st.DrawFn) -> Plan:
    """Plans that accept every queue here, listed or not, on either clock, some of them deferred."""
    queues = {}
    for program, names in PROGRAMS.items():
        for queue in names:
            channel = draw(st.sampled_from(CHANNELS))
            queues[queue] = Queue(
                program=program,
                channel=channel,
                preallocated=draw(st.booleans()),
                no_reply_s=draw(st.sampled_from((None, 60, 600, 0.001))),
                unresolved_s=draw(st.sampled_from((None, 3600, 900))),
                clock=draw(st.sampled_from(("always", "always", "open"))),
                deferred=channel == "messaging" and draw(st.booleans()),
                opening_hours=OpeningHours(
                    opens=time(draw(st.integers(0, 10)), 15), closes=time(draw(st.integers(11, 23)))
                ),
                targets=draw(targets()),
            )
    kept = draw(st.lists(st.sampled_from(tuple(queues)), unique=True))
    zones = {program: Program(time_zone="Asia/Tokyo") for program in PROGRAMS}
    return Plan(
        programs=zones if draw(st.booleans()) else {},
        queues={name: queues[name] for name in kept},
        default_target=draw(targets().filter(bool))[0],
        unmapped_queues="accept",
    )
