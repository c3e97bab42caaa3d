"""A chat visit's sorted events; its contribution out of the columns and in again.

As kernels.visits does with calls, in a pool of their own (kernels.chat_layout.CHAT_VISIT). What was
put in was seen at a watermark, `marked`, and is taken out as seen at the same one.
"""

import numpy as np

from kernels.booking import target_row
from kernels.chains import find, load, new_visit, place_of, placed, weight
from kernels.chat_booking import book_chat, book_human, chat_buckets_needed
from kernels.chat_clock import length
from kernels.chat_outcome import NOT_ASKED, next_due, resolve_chat
from kernels.jit import inlined, kernel
from kernels.layout import (
    CONFLICT,
    COUNTED_HANDLED,
    COUNTED_OFFERED,
    COUNTED_OUTCOME,
    DONE,
    DUPLICATE,
    FLOW_ABANDONED,
    FLOW_ANSWERED,
    FLOW_HANDLE_MS,
    FLOW_HANDLED,
    FLOW_IN_TARGET,
    FLOW_OFFERED,
    FLOW_SHORT,
    FOLDED,
    HANDLING,
    I4,
    I8,
    MAX_EVENTS,
    NEVER,
    NO_ENTRY,
    TOO_LATE,
    TOUCHED,
    U1,
    UNKNOWN,
    VISIT_FULL,
    WAITING,
    ChatState,
    Record,
    Records,
)


@inlined
def take_chat_out(state: ChatState, row: int, work: Records, turns: I8, out: Record) -> None:
    """Take a visit's contribution out of the columns, as it was put in."""
    visit = state.chats.rows[row]
    n = load(state.chats, row, work)
    resolve_chat(work, n, state.places, state.chat_queues, turns, out)
    book_chat(work, out, turns, visit.marked, -1, state, visit.queue, visit.site)
    book_human(visit, out, -1, state, visit.queue, visit.site)


@inlined
def chat_key(out: Record, state: ChatState) -> tuple[int, int]:
    """(queue, site) that an outcome's arrival columns belong to."""
    queue = np.int64(state.places.queue[out.place])
    if out.phase in (NO_ENTRY, NOT_ASKED):
        return np.int64(state.chat_queues.no_queue[queue]), np.int64(0)
    if state.targets.preallocated[queue]:
        return queue, np.int64(state.places.site[out.place])
    return queue, np.int64(0)


@inlined
def put_chat_in(
    state: ChatState, row: int, work: Records, n: int, turns: I8, out: Record, count_flow: bool
) -> None:
    """Put a visit's contribution in (`out` is resolved) and note what it is now."""
    visit = state.chats.rows[row]
    watermark = state.programs.chat_watermark[visit.program]
    queue, site = chat_key(out, state)
    book_chat(work, out, turns, watermark, 1, state, queue, site)
    book_human(visit, out, 1, state, queue, site)
    visit.queue = queue
    visit.site = site
    visit.queue_now = out.queue_now
    visit.entry = out.entry
    visit.first = work[0].time
    visit.last = work[n - 1].time
    visit.phase = out.phase
    visit.marked = watermark
    visit.due = next_due(out, state.chat_queues, state.places.queue[out.offer_place], watermark)
    visit.flags &= ~np.uint8(TOUCHED)
    if WAITING <= out.phase <= HANDLING:
        since = out.entry if out.phase == WAITING else out.answer
        expired = watermark >= since + state.chat_queues.unresolved[out.setting]
        if expired or out.lost or out.too_long:
            visit.phase = UNKNOWN
    chat_flow(state, row, out, count_flow)


@kernel
def chat_flow(state: ChatState, row: int, out: Record, counts: bool) -> None:
    """Count a visit's first offer, outcome and end of handling once each, and its handle time."""
    visit = state.chats.rows[row]
    if visit.phase < WAITING or visit.phase > UNKNOWN:
        return
    counter = state.flow[visit.queue]
    if not visit.flags & COUNTED_OFFERED:
        visit.flags |= np.uint8(COUNTED_OFFERED)
        counter[FLOW_OFFERED] += counts
    decided = out.answered or out.phase == DONE
    if decided and not visit.flags & COUNTED_OUTCOME:
        visit.flags |= np.uint8(COUNTED_OUTCOME)
        target = target_row(state.targets, visit.queue, out.entry)
        ended = out.answer if out.answered else out.left
        wait = length(state.chat_queues, out.setting, out.entry, ended)
        if counts and out.answered:
            counter[FLOW_ANSWERED] += 1
            counter[FLOW_IN_TARGET] += wait <= state.targets.thresholds[target, 0]
        elif counts:
            counter[FLOW_ABANDONED] += 1
            short = state.targets.short[target]
            counter[FLOW_SHORT] += short > 0 and wait <= short
    if out.answered and out.phase == DONE:
        acw = out.acw_end - out.acw_start if out.acw_end >= 0 else 0
        handle = out.end - out.start + acw
        if counts:
            counter[FLOW_HANDLED] += not visit.flags & COUNTED_HANDLED
            counter[FLOW_HANDLE_MS] += max(0, handle - np.int64(visit.handle_ms))
        visit.flags |= np.uint8(COUNTED_HANDLED)
        visit.handle_ms = max(np.int64(visit.handle_ms), handle)


@inlined
def insert_chat(
    state: ChatState,
    given: Record,
    work: Records,
    turns: I8,
    out: Record,
    touched: I4,
    touches: int,
) -> tuple[int, int]:
    """Put one event into its visit. Returns what became of it and the visits touched so far."""
    visits = state.chats
    slot = find(visits, given.hi, given.lo)
    row = visits.index[slot]
    known = row >= 0
    if not known:
        row = new_visit(visits, slot, given)
        visits.rows[row].due = NEVER
    at, last, block = place_of(visits, row, given.event.id)
    if at >= 0:
        new, held = weight(given.event, state.places), weight(visits.events[at], state.places)
        if new <= held:
            return (DUPLICATE if new == held else CONFLICT), touches
    elif visits.rows[row].count == MAX_EVENTS:
        return VISIT_FULL, touches
    if not visits.rows[row].flags & TOUCHED:
        if known:
            take_chat_out(state, row, work, turns, out)
        visits.rows[row].flags |= np.uint8(TOUCHED)
        touched[touches] = row
        touches += 1
    placed(visits, row, at, last, block, given, work)
    return (CONFLICT if at >= 0 else FOLDED), touches


@kernel
def take_chats(
    batch: Records, fates: U1, state: ChatState, work: Records, turns: I8, out: Records, touched: I4
) -> int:
    """First half of a fold: every event into its visit. Returns how many visits changed.

    batch INPUT (n,), fates uint8 (n,) out, touched int32 (n,) out. Room for n more visits and
    2n more blocks must exist.
    """
    touches = 0
    for i in range(len(batch)):
        if batch[i].event.time < state.programs.floor[batch[i].program]:
            fates[i] = TOO_LATE
            continue
        fate, touches = insert_chat(state, batch[i], work, turns, out[0], touched, touches)
        fates[i] = fate
    return touches


@kernel
def settle_chats(
    state: ChatState,
    touched: I4,
    start: int,
    work: Records,
    turns: I8,
    out: Records,
    count_flow: bool,
) -> int:
    """Second half: new contributions of `touched[start:]` into the columns.

    Returns where to go on after more room for cells was made; the length of `touched` at the end.
    """
    for i in range(start, len(touched)):
        row = touched[i]
        n = load(state.chats, row, work)
        resolve_chat(work, n, state.places, state.chat_queues, turns, out[0])
        if len(state.arrival.keys) - state.arrival.used[0] < n + 2:
            return i
        if len(state.chat.keys) - state.chat.used[0] < n + 2:
            return i
        room = len(state.handling.keys) - state.handling.used[0]
        if room < n + 2 + chat_buckets_needed(out[0]):
            return i
        put_chat_in(state, row, work, n, turns, out[0], count_flow)
    return len(touched)
