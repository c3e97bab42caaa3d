"""Books what a chat visit contributes into its cells, or takes it out again (sign -1)."""

from kernels.booking import (
    ABN,
    ABN_IN_T,
    ABN_REASON,
    ABN_SHORT,
    ACW,
    ANS,
    ANS_IN_2T,
    ANS_IN_T,
    COHORT_HANDLED,
    COHORT_MS,
    COHORT_OPEN,
    COHORT_UNKNOWN,
    CONTRADICTIONS,
    ESCALATED,
    HANDLED,
    OFFERED,
    ORPHAN,
    OVF_IN,
    OVF_OUT,
    TALK,
    UNKNOWN_OUTCOME,
    WAIT_ABN,
    WAIT_ANS,
    WAITS,
    clip,
    target_row,
)
from kernels.calls import HUMAN
from kernels.cells import bucket_of, cell_key, row_of
from kernels.chat_clock import length
from kernels.chat_layout import (
    CHAT_OVERFLOWED,
    DIALOGUE,
    LEFT,
    NO_OFFER,
    NO_REPLY,
    OFFER_ACCEPTED,
    OFFER_DECLINED,
    OFFER_UNANSWERED,
    PENDING_REPLY,
    REPLY_UNKNOWN,
)
from kernels.chat_outcome import NOT_ASKED, is_undecided
from kernels.columns import ARRIVAL_ROW, CHAT_ROW, THRESHOLDS
from kernels.histogram import wait_bin
from kernels.jit import inlined, kernel
from kernels.layout import (
    BUCKET_MS,
    DONE,
    FIRST_VISIT,
    I8,
    NO_ENTRY,
    WAITING,
    ChatState,
    Record,
    Records,
)

_A = ARRIVAL_ROW.index
_C = CHAT_ROW.index
REQUESTED, CHAT_LEFT, LATE_REPLY, ABANDONED_SESSION = (
    _A("chat_req"), _A("chat_left"), _A("chat_late_reply"), _A("sess_abn"),
)  # fmt: skip
REPLIED, NO_REPLIES, PENDING_REPLIES, UNKNOWN_REPLIES = (
    _A("chat_dialogue"), _A("chat_noreply"), _A("chat_pending_reply"), _A("chat_reply_unknown"),
)  # fmt: skip
SHOWN, ACCEPTED, DECLINED, EXPIRED_OFFERS, OPEN_OFFERS = (
    _C("offer_shown"), _C("offer_acc"), _C("offer_dec"), _C("offer_exp"), _C("offer_open"),
)  # fmt: skip
TURNS, RESPONSE, UNANSWERED, OPEN_TURNS, UNKNOWN_TURNS = (
    _C("n_turn"), _C("resp_ms"), _C("turn_unanswered"), _C("turn_open"), _C("turn_unknown"),
)  # fmt: skip


@kernel
def chat_buckets_needed(out: Record) -> int:
    """Upper bound of the handling cells that booking this outcome may create."""
    if out.phase != DONE or not out.answered:
        return 0
    session = (out.end - out.start) // BUCKET_MS + 2
    return session + (max(0, out.acw_end - out.acw_start) // BUCKET_MS + 2)


@kernel
def book_chat(
    events: Records, out: Record, turns: I8, watermark: int, sign: int, state: ChatState, queue: int,
    site: int,
) -> None:  # fmt: skip
    """Add `sign` times the contribution of an outcome of `events`, as seen at `watermark`, to cells.

    `queue`, `site`: the arrival key of this outcome.
    """
    if out.offer != NO_OFFER:
        book_offer(out, watermark, sign, state)
    if out.phase != NOT_ASKED:
        bucket = bucket_of(out.entry)
        row = row_of(state.arrival, cell_key(queue, site, bucket))
        state.arrival.dirty[row] = 1
        cell = state.arrival.columns[row]
        if out.phase == NO_ENTRY:
            cell[ORPHAN] += sign
        else:
            cell[OFFERED] += sign
            cell[CONTRADICTIONS] += sign * out.contradictions
            book_overflows(events, out, sign, state)
            book_outcome(out, watermark, sign, state, row)
            if out.answered:
                book_session(out, watermark, sign, state, row)
            if not state.chat_queues.deferred[out.setting]:
                book_reply(out, watermark, sign, state, row)
                book_turns(out, turns, watermark, sign, state)


@inlined
def book_human(
    visit: Record, out: Record, sign: int, state: ChatState, queue: int, site: int
) -> None:
    """The human contact of a contact's first visit, where it is offered (kernels/BOTS.md, Calls 1)."""
    if visit.flags & FIRST_VISIT and out.phase not in (NOT_ASKED, NO_ENTRY):
        row = row_of(state.arrival, cell_key(queue, site, bucket_of(out.entry)))
        state.arrival.columns[row, HUMAN] += sign


@inlined
def book_offer(out: Record, watermark: int, sign: int, state: ChatState) -> None:
    """An offer where it was shown; what nobody answered is open until its limit."""
    queue = state.places.queue[out.offer_place]
    row = row_of(state.chat, cell_key(queue, 0, bucket_of(out.offer_at)))
    state.chat.dirty[row] = 1
    cell = state.chat.columns[row]
    cell[SHOWN] += sign
    if out.offer == OFFER_ACCEPTED:
        cell[ACCEPTED] += sign
    elif out.offer == OFFER_DECLINED:
        cell[DECLINED] += sign
    elif (
        out.offer == OFFER_UNANSWERED
        and watermark < out.offer_at + state.chat_queues.unresolved[queue]
    ):
        cell[OPEN_OFFERS] += sign
    else:
        cell[EXPIRED_OFFERS] += sign


@inlined
def book_overflows(events: Records, out: Record, sign: int, state: ChatState) -> None:
    """Overflows while waiting: arrival bucket, site none."""
    bucket = bucket_of(out.entry)
    queue = state.places.queue[out.place]
    for i in range(out.decided + 1):
        event = events[i]
        onto = state.places.queue[event.place]
        if event.kind >> 3 == CHAT_OVERFLOWED and onto != queue:
            leave = row_of(state.arrival, cell_key(queue, 0, bucket))
            state.arrival.columns[leave, OVF_OUT] += sign
            state.arrival.dirty[leave] = 1
            enter = row_of(state.arrival, cell_key(onto, 0, bucket))
            state.arrival.columns[enter, OVF_IN] += sign
            state.arrival.dirty[enter] = 1
            queue = onto


@inlined
def book_outcome(out: Record, watermark: int, sign: int, state: ChatState, row: int) -> None:
    """Answered or left with the wait, within T, within 2T; else waiting or unknown."""
    cell = state.arrival.columns[row]
    if out.phase == WAITING:
        limit = out.entry + state.chat_queues.unresolved[out.setting]
        cell[UNKNOWN_OUTCOME if out.lost or watermark >= limit else WAITS] += sign
        return
    ended = out.answer if out.answered else out.left
    wait = length(state.chat_queues, out.setting, out.entry, ended)
    target = target_row(state.targets, out.setting, out.entry)
    within = ABN_IN_T
    if out.answered:
        within = ANS_IN_T
        cell[ANS] += sign
        cell[WAIT_ANS] += sign * wait
        state.arrival.hist[row, wait_bin(wait)] += sign
    else:
        cell[ABN] += sign
        cell[WAIT_ABN] += sign * wait
        cell[ABN_REASON + out.reason] += sign
        if wait <= state.targets.short[target] and state.targets.short[target] > 0:
            cell[ABN_SHORT] += sign
    for i in range(THRESHOLDS):
        threshold = state.targets.thresholds[target, i]
        if threshold > 0 and wait <= threshold:
            cell[within + i] += sign
        if out.answered and threshold > 0 and wait <= 2 * threshold:
            cell[ANS_IN_2T + i] += sign


@kernel
def reply_of(out: Record, watermark: int, no_reply: int) -> int:
    """What became of the reply, as seen at a watermark."""
    if not is_undecided(out):
        return out.reply  # type: ignore[no-any-return]
    if out.lost:
        return REPLY_UNKNOWN
    return NO_REPLY if watermark >= out.answer + no_reply else PENDING_REPLY


@inlined
def book_reply(out: Record, watermark: int, sign: int, state: ChatState, row: int) -> None:
    """Chat abandonment: left before the answer, or no reply to it."""
    cell = state.arrival.columns[row]
    cell[REQUESTED] += sign
    if out.state == LEFT:
        cell[CHAT_LEFT] += sign
    reply = reply_of(out, watermark, state.chat_queues.no_reply[out.setting])
    if reply == DIALOGUE:
        cell[REPLIED] += sign
    elif reply == NO_REPLY:
        cell[NO_REPLIES] += sign
    elif reply == PENDING_REPLY:
        cell[PENDING_REPLIES] += sign
    elif reply == REPLY_UNKNOWN:
        cell[UNKNOWN_REPLIES] += sign
    cell[ABANDONED_SESSION] += sign * out.session_abandoned
    cell[LATE_REPLY] += sign * out.late_reply


@inlined
def book_turns(out: Record, turns: I8, watermark: int, sign: int, state: ChatState) -> None:
    """Turns where and when the customer's message was received."""
    cells = state.chat
    for i in range(out.turns):
        received = turns[i, 0]
        row = row_of(cells, cell_key(out.queue_now, out.site, bucket_of(received)))
        cells.dirty[row] = 1
        if turns[i, 1] < 0:
            cells.columns[row, UNANSWERED] += sign
        else:
            response = length(state.chat_queues, out.setting, received, turns[i, 1])
            cells.columns[row, TURNS] += sign
            cells.columns[row, RESPONSE] += sign * response
            cells.hist[row, wait_bin(response)] += sign
    if out.turn_since >= 0:
        row = row_of(cells, cell_key(out.queue_now, out.site, bucket_of(out.turn_since)))
        cells.dirty[row] = 1
        column = OPEN_TURNS
        if out.lost:
            column = UNKNOWN_TURNS
        elif watermark >= out.turn_since + state.chat_queues.unresolved[out.setting]:
            column = UNANSWERED
        cells.columns[row, column] += sign


@inlined
def book_session(out: Record, watermark: int, sign: int, state: ChatState, row: int) -> None:
    """Cohort columns at the arrival key; end-based and clipped ones where it was handled."""
    cohort = state.arrival.columns[row]
    if out.phase != DONE:
        limit = out.answer + state.chat_queues.unresolved[out.setting]
        unknown = out.too_long or out.lost or watermark >= limit
        cohort[COHORT_UNKNOWN if unknown else COHORT_OPEN] += sign
        return
    session = out.end - out.start
    acw = out.acw_end - out.acw_start if out.acw_end >= 0 else 0
    cohort[COHORT_HANDLED] += sign
    cohort[COHORT_MS] += sign * (session + acw)
    end = out.acw_end if out.acw_end >= 0 else out.end
    here = row_of(state.handling, cell_key(out.queue_now, out.site, bucket_of(end)))
    state.handling.dirty[here] = 1
    cell = state.handling.columns[here]
    cell[HANDLED] += sign
    cell[TALK] += sign * session
    cell[ACW] += sign * acw
    if out.escalation:
        cell[ESCALATED + out.escalation - 1] += sign
    clip(out.start, out.end, out.queue_now, out.site, sign, state.handling)
    if out.acw_end >= 0:
        clip(out.acw_start, out.acw_end, out.queue_now, out.site, sign, state.handling)
