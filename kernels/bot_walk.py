"""The walk over a conversation's sorted events: a pure function, the rules of kernels/BOTS.md."""

from kernels.jit import inlined, kernel
from kernels.layout import Record, Records

# Type codes: place in schemas.bots.CONVERSATION_TYPES (a test holds them together).
(STARTED, MIGRATED, SUBMITTED, DELIVERED, MESSAGE, COMPLETED, HANDED, ENDED, LOST) = range(9)
BY_ERROR = 4
"""Code of who ended it: place in schemas.bots.ENDED_BY + 1."""
WHILE_OPEN, AFTER_HANDOFF, AFTER_END = range(3)


@inlined
def before_start(events: Records, n: int, talk: Record) -> None:
    """Reset `talk`, and find the start of `events[:n]`; `start` is -1 if there is none."""
    talk.start = -1
    for i in range(n):
        if events[i].kind >> 3 == STARTED:
            talk.start = i
            break
    talk.started = events[max(0, talk.start)].time
    talk.bot = events[max(0, talk.start)].bot
    talk.last = events[n - 1].time
    talk.stop = n
    talk.closed = -1
    talk.lost = -1
    talk.handed = 0
    talk.by = 0
    talk.completed = 0
    talk.migrated = 0
    talk.messages = 0
    talk.contradictions = 0
    talk.open = 0


@kernel
def walk(events: Records, n: int, talk: Record) -> None:
    """Fill `talk` (one TALK record) from `events[:n]`, sorted, of one conversation."""
    before_start(events, n, talk)
    if talk.start < 0:
        return
    state = WHILE_OPEN
    for i in range(n):
        kind = events[i].kind >> 3
        if kind == DELIVERED:
            continue  # the same in every state: unasked_responses
        if state == WHILE_OPEN:
            state = step(events, i, talk)
        elif state == AFTER_HANDOFF:
            talk.contradictions += kind in (STARTED, MIGRATED)
        else:
            if kind == HANDED:
                talk.handed = 1
            talk.contradictions += kind != LOST
    talk.contradictions += unasked_responses(events, n, talk.stop)


@inlined
def step(events: Records, at: int, talk: Record) -> int:
    """One event of an open conversation; returns the state after it."""
    event = events[at]
    kind = event.kind >> 3
    if kind == STARTED:
        talk.contradictions += at != talk.start
    elif kind == MIGRATED:
        talk.migrated = 1
    elif kind == MESSAGE:
        talk.messages += 1
    elif kind == COMPLETED:
        talk.completed = 1
    elif kind == LOST:
        if talk.lost < 0:
            talk.lost = event.time
    elif kind in (HANDED, ENDED):
        talk.closed = event.time
        talk.stop = at
        if kind == HANDED:
            talk.handed = 1
            return AFTER_HANDOFF
        talk.by = event.kind & 7
        return AFTER_END
    return WHILE_OPEN


@kernel
def first_of(events: Records, kind: int, text: int, stop: int) -> int:
    """Index of the first event of a kind and a turn before `stop`, -1 if there is none."""
    for i in range(stop):
        if events[i].kind >> 3 == kind and events[i].text == text:
            return i
    return -1


@kernel
def unasked_responses(events: Records, n: int, stop: int) -> int:
    """Responses, the first of their turn, to what had not been submitted before `stop`."""
    count = 0
    for i in range(n):
        if events[i].kind >> 3 != DELIVERED:
            continue
        text = events[i].text
        if first_of(events, DELIVERED, text, i) >= 0:
            continue
        count += first_of(events, SUBMITTED, text, min(i, stop)) < 0
    return count
