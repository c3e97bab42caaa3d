"""Strategies for sets of valid voice events, plausible and hostile, for plans and watermarks.

Ids are never names of sources: events are ordered by H(id) xor H(source), which two such pairs
could share.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from schemas.contacts import ESCALATIONS, EVENT_TYPES, REASONS
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Queue, Target

Event = dict[str, Any]

FIRST_EDGE = datetime(2024, 3, 4, 10, tzinfo=UTC)
FIRST_EDGE_MS = round(FIRST_EDGE.timestamp() * 1000)
HOUR_MS = 3600 * 1000
PROGRAMS = {"bank": ("cards", "loans", "fraud"), "travel": ("flights", "予約")}
SITES = ("", "osaka", "nagoya")
STAFF = ("", "ann", "bob", "cho")
SOURCES = ("acd", "pbx")
WAITS_MS = (0, 1, 1000, 5000, 5001, 10_000, 20_000, 20_001, 40_000, 40_001)


def moments() -> st.SearchStrategy[int]:
    """Times within four buckets, most of them near an edge, ms UTC."""
    edges = st.integers(0, 4).map(lambda n: FIRST_EDGE_MS + n * BUCKET_MS)
    near = st.sampled_from((-20_000, -1000, -1, 0, 1, 1000))
    return st.builds(int.__add__, edges, near) | st.builds(
        int.__add__, edges, st.integers(0, BUCKET_MS - 1)
    )


def durations() -> st.SearchStrategy[int]:
    """Lengths in ms: limits and their neighbours, bucket lengths, anything up to 40 minutes."""
    buckets = (BUCKET_MS - 1, BUCKET_MS, BUCKET_MS + 1)
    return st.sampled_from(WAITS_MS) | st.integers(0, 2_400_000) | st.sampled_from(buckets)


def reasons() -> st.SearchStrategy[str]:
    return st.sampled_from((*REASONS, "a reason of a later version"))


def fields(kind: str, queues: Sequence[str]) -> st.SearchStrategy[Event]:
    """The fields of one event type beside those that every event has."""
    queue, site, staff = st.sampled_from(queues), st.sampled_from(SITES), st.sampled_from(STAFF)
    optional_queue = st.just("") | queue
    seat = {"staff": staff, "site": site}
    known: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "ivr_left": {
            "result": st.sampled_from(("queue", "self_service", "opt_out", "error", "hung_up"))
        },
        "queued": {"queue": queue, "site": site, "skill": st.sampled_from(("", "visa"))},
        "overflowed": {"queue": queue},
        "requeued": {"reason": reasons()},
        "callback_chosen": {"mode": st.sampled_from(("in_turn", "later"))},
        "callback_attempted": seat,
        "callback_connected": seat | {"queue": optional_queue},
        "callback_failed": {"reason": reasons()},
        "answered": seat | {"queue": optional_queue},
        "transferred": {
            "kind": st.sampled_from(("", "blind", "attended")),
            "escalation": st.sampled_from(("", *ESCALATIONS)),
        },
        "disconnected": {
            "by": st.sampled_from(("customer", "system", "customer", "system", "staff")),
            "reason": st.sampled_from(("queue_timeout", "no_staff", "withdrawn")) | reasons(),
        },
        "tracking_lost": {"reason": reasons()},
        "blocked": {"queue": optional_queue, "reason": reasons()},
    }
    if kind in ("ringing", "ring_no_answer") or kind.startswith(("consult", "conference")):
        return st.fixed_dictionaries({"staff": staff})
    return st.fixed_dictionaries(known.get(kind, {}))


class _Story:
    """A visit told in order: each event after the last one, ids in sequence."""

    def __init__(self, draw: st.DrawFn, contact: str, program: str, segment: int, start: int):
        self.draw, self.time, self.events = draw, start, list[Event]()
        self.queues = PROGRAMS[program]
        self.base = {"program": program, "contact": contact, "segment": segment, "source": "acd"}

    def maybe(self) -> bool:
        return self.draw(st.booleans())

    def say(self, kind: str, at_once: bool = False, **given: Any) -> None:
        self.time += 0 if at_once else self.draw(durations())
        n = len(self.events)
        own = self.draw(fields(kind, self.queues)) | given
        event = {"type": kind, "time": self.time, "seq": n, "id": f"e{n}"}
        self.events.append(self.base | event | own)


def _wait(story: _Story) -> None:
    story.say("queued", at_once=True)
    if story.maybe():
        story.say("queued", at_once=True)
    for kind in story.draw(st.lists(st.sampled_from(("ring", "overflowed", "requeued")))):
        if kind == "ring":
            story.say("ringing", staff="ann")
            story.say("ring_no_answer", staff="ann")
            story.say("requeued", at_once=True, reason="no_answer")
        else:
            story.say(kind)


def _callback(story: _Story, reached: bool) -> None:
    story.say("callback_chosen", mode="in_turn")
    story.say("disconnected", by="customer")
    for _ in range(story.draw(st.integers(0, 3))):
        story.say("callback_attempted")
        story.say("callback_failed")
    if reached:
        story.say("callback_attempted")
        story.say("callback_connected")


def _handle(story: _Story) -> None:
    """From the answer to the end of after-call work, or to wherever the source fell silent."""
    pairs = {
        "hold": ("held", "retrieved"),
        "consult": ("consult_started", "consult_ended"),
        "conference": ("conference_joined", "conference_left"),
    }
    for kind in story.draw(st.lists(st.sampled_from(tuple(pairs)), max_size=3)):
        begin, end = pairs[kind]
        helper = {} if kind == "hold" else {"staff": story.draw(st.sampled_from(STAFF))}
        story.say(begin, **helper)
        if story.maybe():
            story.say(end, **helper)
    ending = story.draw(st.sampled_from(("disconnected", "transferred", "tracking_lost", "open")))
    if ending == "open":
        return
    story.say(ending)
    if ending == "transferred" and story.maybe():
        story.say("disconnected")
    if story.maybe():
        story.say("acw_started", at_once=story.maybe())
    if story.maybe():
        story.say("acw_ended")


ENDINGS = (
    *["answered"] * 5,
    *["callback_connected"] * 2,
    "callback_failed",
    "callback_later",
    *["disconnected"] * 4,
    "voicemail_left",
    "tracking_lost",
    "waiting",
)


def _visit(draw: st.DrawFn, contact: str, program: str, segment: int, start: int) -> list[Event]:
    story = _Story(draw, contact, program, segment, start)
    ivr = draw(st.sampled_from(("", "queue", "queue", "queue", "hung_up", "self_service")))
    if segment == 1 and ivr:
        story.say("ivr_entered", at_once=True)
        story.say("ivr_left", result=ivr)
        if ivr != "queue":
            story.say("disconnected", at_once=True)
            return story.events
    _wait(story)
    ending = draw(st.sampled_from(ENDINGS))
    if ending in ("answered", "callback_connected"):
        if ending == "answered":
            story.say("answered")
        else:
            _callback(story, reached=True)
        _handle(story)
    elif ending == "callback_failed":
        _callback(story, reached=False)
    elif ending == "callback_later":
        story.say("callback_chosen", mode="later")
        story.say("disconnected", by="customer")
    elif ending != "waiting":
        story.say(ending)
    return story.events


@st.composite
def plausible_contacts(draw: st.DrawFn, contact: str = "c") -> list[Event]:
    """A contact as a sound source tells it; an escalation goes on as segment 2."""
    program = draw(st.sampled_from(tuple(PROGRAMS)))
    if draw(st.sampled_from((*[False] * 14, True))):
        story = _Story(draw, contact, program, 1, draw(moments()))
        story.say("blocked", at_once=True)
        return story.events
    events = _visit(draw, contact, program, 1, draw(moments()))
    handed_on = [event for event in events if event["type"] == "transferred"]
    if handed_on and handed_on[0]["escalation"]:
        events += _visit(draw, contact, program, 2, handed_on[0]["time"])
    return events


AFTER_QUEUE = EVENT_TYPES[EVENT_TYPES.index("overflowed") : EVENT_TYPES.index("held")]
AFTER_ANSWER = EVENT_TYPES[EVENT_TYPES.index("held") : EVENT_TYPES.index("blocked")]
PHASES = (
    (("queued", "answered"), AFTER_ANSWER),
    (("queued", "answered", "held"), (*AFTER_ANSWER[:6], "disconnected", "acw_ended")),
    (("queued", "callback_chosen"), AFTER_QUEUE),
    (("queued",), AFTER_QUEUE),
    (("queued", "disconnected"), AFTER_QUEUE),
    (("queued",), EVENT_TYPES),
    (("queued", "answered"), EVENT_TYPES),
    ((), EVENT_TYPES),
)
"""How a hostile visit opens and what then comes in any order."""


@st.composite
def hostile_contacts(draw: st.DrawFn, contact: str = "c", max_events: int = 14) -> list[Event]:
    """Any types in any order, ties in time and sequence, few ids, revisions, missing entries."""
    program = draw(st.sampled_from(tuple(PROGRAMS)))
    start = draw(moments())
    opening, pool = draw(st.sampled_from(PHASES))
    length = draw(st.integers(1, max_events))
    kinds = [*opening, *(draw(st.sampled_from(pool)) for _ in range(length))]
    gaps = st.sampled_from((0, 0, 1000, 5000, 20_000, 20_001)) | durations()
    ids = st.sampled_from(("e0", "e1", "e2", "e3")) if draw(st.booleans()) else None
    events: list[Event] = []
    for n, kind in enumerate(kinds):
        start += draw(gaps)
        event = {
            "type": kind,
            "time": start,
            "source": draw(st.sampled_from(SOURCES)),
            "program": program,
            "id": draw(ids) if ids is not None else f"e{n}",
            "contact": contact,
        }
        event |= draw(
            st.fixed_dictionaries({}, optional={"seq": st.integers(0, 2), "rev": st.integers(0, 2)})
        )
        events.append(event | draw(fields(kind, PROGRAMS[program])))
    if draw(st.booleans()):
        events[0] = events[0] | {"time": draw(st.sampled_from(events))["time"]}
    return events


@st.composite
def event_sets(draw: st.DrawFn, max_contacts: int = 4) -> list[Event]:
    """Events of a few contacts, each contact's in its own order."""
    events: list[Event] = []
    for n in range(draw(st.integers(1, max_contacts))):
        kind = draw(st.sampled_from((plausible_contacts, hostile_contacts)))
        events += draw(kind(contact=f"c{n}"))
    return events


@st.composite
def deliveries(draw: st.DrawFn, events: Sequence[Event], again: bool = True) -> list[Event]:
    """The same events in any order, some of them twice, heartbeats in between."""
    delivered = list(events)
    if again:
        delivered += draw(st.lists(st.sampled_from(events), max_size=4))
    for time in draw(st.lists(moments(), max_size=2)):
        program = draw(st.sampled_from(tuple(PROGRAMS)))
        delivered.append({"type": "heartbeat", "time": time, "source": "acd", "program": program})
    return draw(st.permutations(delivered))


def watermarks() -> st.SearchStrategy[dict[str, int]]:
    """Watermarks around the unresolved limit, or none, per program."""
    offsets = st.sampled_from((0, 4 * HOUR_MS - 1, 4 * HOUR_MS, 5 * HOUR_MS, 24 * HOUR_MS))
    times = st.builds(int.__add__, moments(), offsets)
    return st.dictionaries(st.sampled_from(tuple(PROGRAMS)), times)


COUNTS = (4, 1, 2, 3)


@st.composite
def targets(draw: st.DrawFn) -> tuple[Target, ...]:
    """None, one, or two that follow each other at a bucket edge."""
    seconds = (1, 5, 10, 20, 20.001, 40, 0.5)
    edges = draw(st.lists(st.integers(-1, 5), max_size=2, unique=True))
    return tuple(
        Target(
            valid_from=FIRST_EDGE + timedelta(minutes=15 * edge),
            thresholds_s=tuple(draw(st.permutations(seconds))[: draw(st.sampled_from(COUNTS))]),
            short_abandon_s=draw(st.sampled_from((0, 1, 5, 5.001))),
        )
        for edge in edges
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans that accept every queue here, listed or not."""
    queues = {
        queue: Queue(
            program=program,
            preallocated=draw(st.booleans()),
            callback_attempts=draw(st.integers(1, 3)),
            targets=draw(targets()),
        )
        for program, names in PROGRAMS.items()
        for queue in names
        if draw(st.sampled_from((True, True, False)))
    }
    default = draw(targets().filter(bool))[0]
    return Plan(queues=queues, default_target=default, unmapped_queues="accept")
