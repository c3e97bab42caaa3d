"""The walk over a visit's sorted events: a pure function, the rules of kernels/README.md."""

from kernels.jit import inlined, kernel
from kernels.layout import (
    BLOCKED_OUT,
    CALLBACK,
    DONE,
    HANDLING,
    IN_IVR,
    MAX_HANDLING_MS,
    NO_ENTRY,
    WAITING,
    Places,
    Record,
    Records,
    Targets,
)

# Type codes: place in schemas.contacts.EVENT_TYPES + 1 (a test holds them together).
(IVR_ENTERED, IVR_LEFT, QUEUED, OVERFLOWED, REQUEUED, RINGING, RING_NO_ANSWER, CALLBACK_CHOSEN,
 CALLBACK_ATTEMPTED, CALLBACK_FAILED, VOICEMAIL_LEFT, CALLBACK_CONNECTED, ANSWERED, HELD,
 RETRIEVED, CONSULT_STARTED, CONSULT_ENDED, CONFERENCE_JOINED, CONFERENCE_LEFT, TRANSFERRED,
 DISCONNECTED, ACW_STARTED, ACW_ENDED, TRACKING_LOST, BLOCKED) = range(1, 26)  # fmt: skip

# Reason codes of `disconnected` and, from CALLBACK_LATER on, of other ways to be abandoned.
BY_CUSTOMER, BY_SYSTEM, QUEUE_TIMEOUT, NO_STAFF, BY_STAFF, WITHDRAWN = range(1, 7)
IN_TURN, LATER = 1, 2
(ABN_CUSTOMER, ABN_SYSTEM, ABN_QUEUE_TIMEOUT, ABN_NO_STAFF, ABN_CALLBACK_LATER,
 ABN_CALLBACK_FAILED, ABN_VOICEMAIL, ABN_OTHER) = range(8)  # fmt: skip


@kernel
def clear(out: Record) -> None:
    """Reset an outcome to "nothing happened"."""
    out.phase = NO_ENTRY
    out.reason = -1
    out.time = -1
    out.entry = -1
    out.place = 0
    out.decided = -1
    out.queue_now = 0
    out.site = 0
    out.answered = 0
    out.answer = -1
    out.talk_end = -1
    out.hold_ms = 0
    out.acw_start = -1
    out.acw_end = -1
    out.consult_ms = 0
    out.escalation = 0
    out.hold_abandon = 0
    out.ring_no_answer = 0
    out.callbacks = 0
    out.contradictions = 0
    out.lost = 0


@inlined
def resolve(events: Records, n: int, places: Places, targets: Targets, out: Record) -> None:
    """Fill `out` (one OUTCOME record) from `events[:n]`, sorted, of one visit."""
    clear(out)
    entry = -1
    for i in range(n):
        if events[i].kind >> 3 == QUEUED:
            entry = i
            break
    if entry < 0:
        without_entry(events, n, out)
        return
    out.entry = events[entry].time
    out.place = events[entry].place
    out.queue_now = places.queue[out.place]
    attempts = targets.attempts[out.queue_now]
    out.phase = WAITING
    i = waiting_part(events, n, entry, places, attempts, out)
    out.decided = min(i, n - 1)
    if i == n:
        return
    if out.answered:
        handling_part(events, i + 1, n, entry, out)
    else:
        abandoned_part(events, i + 1, n, entry, events[i].kind >> 3, out)


@kernel
def without_entry(events: Records, n: int, out: Record) -> None:
    """A visit nobody queued: blocked before the ACD, left in the IVR, or an orphan."""
    ivr = False
    other = False
    for i in range(n):
        kind = events[i].kind >> 3
        if kind == BLOCKED:
            out.phase = BLOCKED_OUT
            out.entry = events[i].time
            out.place = events[i].place
            return
        if kind in (IVR_ENTERED, IVR_LEFT):
            ivr = True
        elif kind not in (DISCONNECTED, TRACKING_LOST):
            other = True
    out.phase = IN_IVR if ivr and not other else NO_ENTRY
    out.entry = events[0].time


@kernel
def abandon(out: Record, reason: int, time: int) -> None:
    """The contact gave up, or was given up, unanswered."""
    out.phase = DONE
    out.reason = reason
    out.time = time


@kernel
def waiting_part(
    events: Records, n: int, entry: int, places: Places, attempts: int, out: Record
) -> int:
    """Walk until the wait is decided; returns the deciding event's index, n if none is."""
    failures = 0
    for i in range(n):
        event = events[i]
        kind = event.kind >> 3
        reason = event.kind & 7
        if kind == OVERFLOWED:
            if places.queue[event.place] == out.queue_now:
                out.contradictions += 1
            else:
                out.queue_now = places.queue[event.place]
        elif kind == RING_NO_ANSWER:
            out.ring_no_answer += 1
        elif kind == CALLBACK_CHOSEN:
            if reason == LATER:
                abandon(out, ABN_CALLBACK_LATER, event.time)
                return i
            if out.callbacks:
                out.contradictions += 1
            out.callbacks = 1
            out.phase = CALLBACK
        elif kind == CALLBACK_FAILED:
            if out.phase == CALLBACK:
                failures += 1
                if failures >= attempts:
                    abandon(out, ABN_CALLBACK_FAILED, event.time)
                    return i
            else:
                out.contradictions += 1
        elif kind in (CALLBACK_CONNECTED, ANSWERED):
            out.phase = HANDLING
            out.answered = 1
            out.answer = event.time
            if places.queue_hash[event.place]:
                out.queue_now = places.queue[event.place]
            out.site = places.site[event.place]
            return i
        elif kind == VOICEMAIL_LEFT:
            abandon(out, ABN_VOICEMAIL, event.time)
            return i
        elif kind == DISCONNECTED:
            if out.phase != CALLBACK:
                if reason == BY_STAFF:
                    out.contradictions += 1
                abandon(out, reason - 1 if reason <= NO_STAFF else ABN_OTHER, event.time)
                return i
        elif kind == TRACKING_LOST:
            out.lost = 1
        elif kind >= HELD:
            out.contradictions += 1
    return n


@kernel
def abandoned_part(
    events: Records, start: int, n: int, entry: int, decided_by: int, out: Record
) -> None:
    """What comes after an abandonment changes nothing; what cannot be true is counted."""
    deferred = out.reason in (ABN_CALLBACK_LATER, ABN_VOICEMAIL)
    for i in range(start, n):
        kind = events[i].kind >> 3
        if kind in (RINGING, RING_NO_ANSWER, REQUEUED, IVR_ENTERED, IVR_LEFT, TRACKING_LOST):
            continue
        if deferred and kind in (CALLBACK_ATTEMPTED, CALLBACK_FAILED, CALLBACK_CONNECTED):
            continue
        if kind == DISCONNECTED and decided_by != DISCONNECTED:
            continue
        out.contradictions += 1


@kernel
def handling_part(events: Records, start: int, n: int, entry: int, out: Record) -> None:
    """Talk, hold, helpers, hand-over and after-call work of an answered contact."""
    hold = -1
    transferred = False
    disconnected = False
    for i in range(start, n):
        event = events[i]
        kind = event.kind >> 3
        reason = event.kind & 7
        talking = out.talk_end < 0
        if kind in (RINGING, RING_NO_ANSWER, REQUEUED, IVR_ENTERED, IVR_LEFT):
            continue
        if kind == HELD:
            if talking and hold < 0:
                hold = event.time
            else:
                out.contradictions += 1
        elif kind == RETRIEVED:
            if talking and hold >= 0:
                out.hold_ms += event.time - hold
                hold = -1
            else:
                out.contradictions += 1
        elif kind in (CONSULT_STARTED, CONSULT_ENDED, CONFERENCE_JOINED, CONFERENCE_LEFT):
            helper(events, start, i, out)
        elif kind == TRANSFERRED:
            out.contradictions += transferred
            transferred = True
            if out.escalation == 0:
                out.escalation = reason
            if talking:
                hold = end_talk(events, start, i, event.time, hold, out)
        elif kind == DISCONNECTED:
            out.contradictions += disconnected
            disconnected = True
            if talking:
                if hold >= 0 and reason == BY_CUSTOMER:
                    out.hold_abandon = 1
                hold = end_talk(events, start, i, event.time, hold, out)
        elif kind in (ACW_STARTED, ACW_ENDED):
            hold = after_call(events, start, i, hold, out)
        elif kind == TRACKING_LOST:
            out.lost = 1
        else:
            out.contradictions += 1
    finish_handling(out)


@kernel
def after_call(events: Records, start: int, at: int, hold: int, out: Record) -> int:
    """After-call work begins or ends, and talk with it if it has not. Returns the open hold."""
    event = events[at]
    ends = event.kind >> 3 == ACW_ENDED
    if out.acw_end >= 0 or (out.acw_start >= 0 and not ends):
        out.contradictions += 1
        return hold
    if out.talk_end < 0:
        out.contradictions += ends
        hold = end_talk(events, start, at, event.time, hold, out)
    if out.acw_start < 0:
        out.acw_start = out.talk_end if ends else event.time
    if ends:
        out.acw_end = event.time
    return hold


@kernel
def helper(events: Records, start: int, at: int, out: Record) -> None:
    """A person is consulted or joins a conference, or is no longer."""
    event = events[at]
    kind = event.kind >> 3
    talking = out.talk_end < 0
    if kind in (CONSULT_STARTED, CONFERENCE_JOINED):
        if not talking or open_helper(events, start, at, kind, event.staff) >= 0:
            out.contradictions += 1
    elif talking:
        began = open_helper(events, start, at, kind - 1, event.staff)
        if began >= 0:
            out.consult_ms += event.time - events[began].time
        else:
            out.contradictions += 1


@kernel
def finish_handling(out: Record) -> None:
    """Handling is closed once talk, and after-call work if it began, have ended."""
    if out.talk_end >= 0 and (out.acw_start < 0 or out.acw_end >= 0):
        out.phase = DONE
        too_long = out.talk_end - out.answer > MAX_HANDLING_MS
        if out.acw_end >= 0 and out.acw_end - out.acw_start > MAX_HANDLING_MS:
            too_long = True
        if too_long:
            out.phase = HANDLING
            out.lost = 1
            out.contradictions += 1


@kernel
def open_helper(events: Records, start: int, stop: int, kind: int, staff: int) -> int:
    """Index of this person's open consultation or conference part before `stop`, -1 if none."""
    began = -1
    for i in range(start, stop):
        if events[i].staff != staff:
            continue
        if events[i].kind >> 3 == kind:
            if began < 0:
                began = i
        elif events[i].kind >> 3 == kind + 1:
            began = -1
    return began


@kernel
def end_talk(events: Records, start: int, stop: int, time: int, hold: int, out: Record) -> int:
    """Talk ends at `time`: an open hold and open helpers end with it. Returns "no hold"."""
    out.talk_end = time
    if hold >= 0:
        out.hold_ms += time - hold
    for i in range(start, stop):
        kind = events[i].kind >> 3
        if (
            kind in (CONSULT_STARTED, CONFERENCE_JOINED)
            and open_helper(events, start, stop, kind, events[i].staff) == i
        ):
            out.consult_ms += time - events[i].time
    return -1
