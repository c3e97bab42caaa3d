"""What became of a chat visit: its offer, its entry, its walk; and what time alone will settle."""

from kernels.chat_layout import (
    AT_WAIT,
    AUTOMATIC,
    BY_PERSON,
    CHAT_ENDED,
    CHAT_TRACKING_LOST,
    ENDED,
    IN_SESSION,
    LEFT,
    MESSAGE_RECEIVED,
    MESSAGE_SENT,
    NO_OFFER,
    OFFER_ACCEPTED,
    OFFER_ACCEPTED_EVENT,
    OFFER_DECLINED,
    OFFER_DECLINED_EVENT,
    OFFER_EXPIRED,
    OFFER_EXPIRED_EVENT,
    OFFER_SHOWN_EVENT,
    OFFER_UNANSWERED,
    OFFER_UNDELIVERED,
    UNDECIDED,
)
from kernels.chat_walk import is_request, walk
from kernels.jit import kernel
from kernels.layout import (
    DONE,
    HANDLING,
    I8,
    IN_IVR,
    MAX_HANDLING_MS,
    NEVER,
    NO_ENTRY,
    WAITING,
    ChatQueues,
    Places,
    Record,
    Records,
)

NOT_ASKED = IN_IVR
"""Phase of a visit that never asked for people: as a call that never left the IVR."""


@kernel
def clear(out: Record) -> None:
    """Reset an outcome to "nothing happened"."""
    out.state = AT_WAIT
    out.phase = NO_ENTRY
    out.entry = -1
    out.place = 0
    out.setting = 0
    out.decided = -1
    out.queue_now = 0
    out.site = 0
    out.person = -1
    out.answered = 0
    out.answer = -1
    out.start = -1
    out.end = -1
    out.acw_start = -1
    out.acw_end = -1
    out.left = -1
    out.reason = -1
    out.by_end = 0
    out.escalation = 0
    out.reply = UNDECIDED
    out.late_reply = 0
    out.session_abandoned = 0
    out.turn_since = -1
    out.turns = 0
    out.contradictions = 0
    out.lost = 0
    out.too_long = 0
    out.offer = NO_OFFER
    out.offer_at = -1
    out.offer_place = 0


@kernel
def offer_part(events: Records, n: int, out: Record) -> None:
    """The first offer and what became of it, as far as events say."""
    answered = NO_OFFER
    accepted = False
    undelivered = False
    for i in range(n):
        kind = events[i].kind >> 3
        if kind == OFFER_SHOWN_EVENT and out.offer_at < 0:
            out.offer_at = events[i].time
            out.offer_place = events[i].place
        elif kind == OFFER_ACCEPTED_EVENT:
            accepted = True
        elif kind == OFFER_DECLINED_EVENT and answered == NO_OFFER:
            answered = OFFER_DECLINED
        elif kind == OFFER_EXPIRED_EVENT and answered == NO_OFFER:
            answered = OFFER_EXPIRED
        elif kind == OFFER_UNDELIVERED:
            undelivered = True
    if out.offer_at < 0:
        return
    if accepted:
        out.offer = OFFER_ACCEPTED
    elif answered != NO_OFFER:
        out.offer = answered
    elif not undelivered:
        out.offer = OFFER_UNANSWERED


@kernel
def never_asked(events: Records, n: int) -> bool:
    """Whether a visit without an entry saw only offers or a bot."""
    by_machine = False
    for i in range(n):
        kind = events[i].kind >> 3
        if kind <= OFFER_UNDELIVERED or (kind == MESSAGE_SENT and events[i].kind & 7 == AUTOMATIC):
            by_machine = True
        elif (kind == MESSAGE_SENT and events[i].kind & 7 == BY_PERSON) or kind not in (
            MESSAGE_RECEIVED,
            CHAT_ENDED,
            CHAT_TRACKING_LOST,
        ):
            return False
    return by_machine


@kernel
def resolve_chat(
    events: Records, n: int, places: Places, queues: ChatQueues, turns: I8, out: Record
) -> None:
    """Fill `out` (one CHAT_OUTCOME) and `turns` from `events[:n]`, sorted, of one visit."""
    clear(out)
    offer_part(events, n, out)
    entry = -1
    for i in range(n):
        if is_request(events[i].kind >> 3):
            entry = i
            break
    if entry < 0:
        out.phase = NOT_ASKED if never_asked(events, n) else NO_ENTRY
        out.entry = events[0].time
        out.place = events[0].place
        return
    out.entry = events[entry].time
    out.place = events[entry].place
    out.queue_now = places.queue[out.place]
    out.setting = out.queue_now
    walk(events, n, queues.no_reply[out.setting], places, turns, out)
    if out.state == AT_WAIT:
        out.decided = n - 1
        out.phase = WAITING
    elif out.state == LEFT:
        out.phase = DONE
    else:
        out.phase = HANDLING
        finish(out)


@kernel
def finish(out: Record) -> None:
    """Handling is closed once the session, and after-call work if it began, have ended."""
    if out.state != ENDED or (out.acw_start >= 0 and out.acw_end < 0):
        return
    if out.end - out.start > MAX_HANDLING_MS or out.acw_end - out.acw_start > MAX_HANDLING_MS:
        out.too_long = 1
        out.contradictions += 1
    else:
        out.phase = DONE


@kernel
def is_undecided(out: Record) -> bool:
    """Whether the customer may yet reply in time to the first answer."""
    return out.state == IN_SESSION and out.reply == UNDECIDED


@kernel
def sooner(due: int, limit: int, watermark: int) -> int:
    """The lesser of two moments, if the second is still to come."""
    return min(due, limit) if limit > watermark else due


@kernel
def next_due(out: Record, queues: ChatQueues, offered_by: int, watermark: int) -> int:
    """Least watermark above this one at which the contribution changes; `offered_by`: the queue of
    the offer. Where tracking was lost no time settles anything but the offer."""
    due = NEVER
    if out.offer == OFFER_UNANSWERED:
        due = sooner(due, out.offer_at + queues.unresolved[offered_by], watermark)
    if out.phase < WAITING or out.phase > DONE or out.lost:
        return due
    limit = queues.unresolved[out.setting]
    if out.phase == WAITING:
        due = sooner(due, out.entry + limit, watermark)
    elif out.phase == HANDLING and not out.too_long:
        due = sooner(due, out.answer + limit, watermark)
    if queues.deferred[out.setting]:
        return due
    if is_undecided(out):
        due = sooner(due, out.answer + queues.no_reply[out.setting], watermark)
    if out.turn_since >= 0:
        due = sooner(due, out.turn_since + limit, watermark)
    return due
