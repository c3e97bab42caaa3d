"""The walk over a chat's sorted events: a pure function, the table of kernels/CHAT.md."""

from kernels.chat_layout import (
    AT_WAIT,
    AUTOMATIC,
    BY_PERSON,
    CARRIED,
    CHAT_ACW_ENDED,
    CHAT_ACW_STARTED,
    CHAT_ENDED,
    CHAT_OVERFLOWED,
    CHAT_REQUESTED,
    CHAT_TRACKING_LOST,
    CHAT_TRANSFERRED,
    DIALOGUE,
    ENDED,
    GONE,
    GONE_WITH_MARKER,
    IN_SESSION,
    LEFT,
    MESSAGE_RECEIVED,
    MESSAGE_SENT,
    NO_REPLY,
    OFFER_ACCEPTED_EVENT,
    OFFER_UNDELIVERED,
    REPLY_UNKNOWN,
    STAFF_JOINED,
    STAFF_LEFT,
    UNDECIDED,
)
from kernels.jit import kernel
from kernels.layout import I8, Places, Record, Records
from kernels.outcome import ABN_CUSTOMER, ABN_OTHER, NO_STAFF


@kernel
def is_quiet(kind: int, reason: int) -> bool:
    """Whether an event is nothing in every state: offers, joins and leaves are, after the wait."""
    if kind == MESSAGE_SENT:
        return reason == AUTOMATIC
    return kind <= OFFER_UNDELIVERED or kind in (STAFF_JOINED, STAFF_LEFT)


@kernel
def decide(out: Record, reply: int) -> None:
    """Settle the reply; no reply is unknown once tracking was lost."""
    out.reply = REPLY_UNKNOWN if reply == NO_REPLY and out.lost else reply


@kernel
def open_turn(out: Record, time: int) -> None:
    """The customer waits for a response from now on, unless already."""
    if out.turn_since < 0:
        out.turn_since = time


@kernel
def close_turn(out: Record, turns: I8, time: int) -> None:
    """A response at `time`, or none (-1)."""
    if out.turn_since >= 0:
        turns[out.turns, 0] = out.turn_since
        turns[out.turns, 1] = time
        out.turns += 1
        out.turn_since = -1


@kernel
def end_turn(out: Record, turns: I8, kind: int) -> None:
    """An open turn is handed on by a transfer, else it stays unanswered."""
    if kind == CHAT_TRANSFERRED:
        out.turn_since = -1
    close_turn(out, turns, -1)


@kernel
def left_reason(code: int) -> int:
    """Why a visit was left, by the code of the `chat_ended` that ended the wait."""
    if code == GONE_WITH_MARKER:
        return ABN_CUSTOMER
    return code - 1 if GONE <= code <= NO_STAFF else ABN_OTHER


@kernel
def answer(events: Records, i: int, places: Places, turns: I8, out: Record) -> None:
    """The first message of a person: the wait ends, the session began when the person joined."""
    event = events[i]
    out.state = IN_SESSION
    out.answered = 1
    out.answer = event.time
    out.start = event.time
    out.decided = i
    out.site = places.site[event.place]
    queue = event.place if places.queue_hash[event.place] else -1
    if out.person >= 0:
        joined = events[out.person]
        out.start = joined.time
        if queue < 0 and places.queue_hash[joined.place]:
            queue = joined.place
        if out.site == 0:
            out.site = places.site[joined.place]
    if queue >= 0:
        out.queue_now = places.queue[queue]
    close_turn(out, turns, event.time)


@kernel
def while_waiting(events: Records, i: int, places: Places, turns: I8, out: Record) -> None:
    """One event before the first answer."""
    event = events[i]
    kind = event.kind >> 3
    reason = event.kind & 7
    if kind == CHAT_OVERFLOWED:
        if places.queue[event.place] == out.queue_now:
            out.contradictions += 1
        else:
            out.queue_now = places.queue[event.place]
    elif kind == STAFF_JOINED:
        if out.person < 0:
            out.person = i
    elif kind == STAFF_LEFT:
        if out.person >= 0 and events[out.person].staff == event.staff:
            out.person = -1
    elif kind == MESSAGE_SENT:
        if reason == BY_PERSON:
            answer(events, i, places, turns, out)
    elif kind == MESSAGE_RECEIVED:
        if reason == CARRIED:
            open_turn(out, event.time)
    elif kind in (CHAT_TRANSFERRED, CHAT_ENDED):
        out.state = LEFT
        out.left = event.time
        out.decided = i
        out.by_end = kind == CHAT_ENDED
        out.reason = left_reason(reason) if out.by_end else ABN_OTHER
        end_turn(out, turns, kind)
    elif kind == CHAT_TRACKING_LOST:
        out.lost = 1
    elif kind in (CHAT_ACW_STARTED, CHAT_ACW_ENDED):
        out.contradictions += 1


@kernel
def end_session(event: Record, turns: I8, out: Record) -> None:
    """The session ends with this event: the reply is decided, the open turn left or handed on."""
    kind = event.kind >> 3
    if out.reply == UNDECIDED:
        decide(out, DIALOGUE if kind == CHAT_TRANSFERRED else NO_REPLY)
    gone = kind == CHAT_ENDED and event.kind & 7 == GONE
    out.session_abandoned = gone and out.turn_since >= 0 and out.reply == DIALOGUE
    end_turn(out, turns, kind)
    out.state = ENDED
    out.end = event.time


@kernel
def while_in_session(event: Record, turns: I8, out: Record) -> None:
    """One event after the first answer."""
    kind = event.kind >> 3
    reason = event.kind & 7
    if is_quiet(kind, reason):
        return
    if kind == MESSAGE_SENT:
        close_turn(out, turns, event.time)
    elif kind == MESSAGE_RECEIVED and reason != CARRIED:
        if out.reply == UNDECIDED:
            decide(out, DIALOGUE)
        elif out.reply != DIALOGUE:
            out.late_reply = 1
        open_turn(out, event.time)
    elif kind == CHAT_TRANSFERRED:
        out.escalation = reason
        end_session(event, turns, out)
    elif kind == CHAT_ENDED:
        end_session(event, turns, out)
    elif kind == CHAT_ACW_STARTED:
        end_session(event, turns, out)
        out.acw_start = event.time
    elif kind == CHAT_ACW_ENDED:
        end_session(event, turns, out)
        out.acw_start = event.time
        out.acw_end = event.time
        out.contradictions += 1
    elif kind == CHAT_TRACKING_LOST:
        out.lost = 1
    else:
        out.contradictions += 1


@kernel
def while_ended(event: Record, seen: int, out: Record) -> None:
    """One event after the session; bit k of `seen` says that type k came since the answer."""
    kind = event.kind >> 3
    reason = event.kind & 7
    first = not (seen >> kind) & 1
    if is_quiet(kind, reason):
        return
    if kind == CHAT_TRANSFERRED:
        if out.escalation == 0:
            out.escalation = reason
        out.contradictions += not first
    elif kind == CHAT_ACW_STARTED and first and out.acw_end < 0:
        out.acw_start = event.time
    elif kind == CHAT_ACW_ENDED and first:
        if out.acw_start < 0:
            out.acw_start = out.end
        out.acw_end = event.time
    elif kind == CHAT_TRACKING_LOST:
        out.lost = 1
    elif kind != CHAT_ENDED or not first:
        out.contradictions += 1


@kernel
def after_left(event: Record, out: Record) -> None:
    """What comes after a visit was left changes nothing; what cannot be true is counted."""
    kind = event.kind >> 3
    if is_quiet(kind, event.kind & 7) or kind in (
        CHAT_ACW_STARTED,
        CHAT_ACW_ENDED,
        CHAT_TRACKING_LOST,
    ):
        return
    if kind == CHAT_ENDED and not out.by_end:
        return
    out.contradictions += 1


@kernel
def walk(events: Records, n: int, no_reply: int, places: Places, turns: I8, out: Record) -> None:
    """Fill `out` and `turns` (received, answered or -1) from `events[:n]`; `out` has the entry."""
    seen = 0
    for i in range(n):
        event = events[i]
        if (
            out.state == IN_SESSION
            and out.reply == UNDECIDED
            and event.time > out.answer + no_reply
        ):
            decide(out, NO_REPLY)
        if out.state == AT_WAIT:
            while_waiting(events, i, places, turns, out)
            continue
        if out.state == IN_SESSION:
            while_in_session(event, turns, out)
        elif out.state == ENDED:
            while_ended(event, seen, out)
        else:
            after_left(event, out)
        seen |= 1 << (event.kind >> 3)


@kernel
def is_request(kind: int) -> bool:
    """Whether an event asks for people."""
    return kind in (CHAT_REQUESTED, OFFER_ACCEPTED_EVENT)
