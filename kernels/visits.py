"""A visit's sorted events; its contribution out of the columns and in again.

Every event of a batch is put into its visit; a visit's old contribution is taken out once before
its first change in the batch, the new one put in once at the end. So the columns depend on the
set of events only (design 3.1).
"""

import numpy as np

from kernels.booking import book, buckets_needed, expires, target_row
from kernels.calls import book_call, in_ivr_at, is_plain, plain_call, settle_plain
from kernels.chains import find, load, new_visit, place_of, placed, weight
from kernels.jit import inlined, kernel
from kernels.layout import (
    BLOCKED_OUT,
    CONFLICT,
    COUNTED_HANDLED,
    COUNTED_OFFERED,
    COUNTED_OUTCOME,
    DONE,
    DUPLICATE,
    EXPIRED,
    FIRST_VISIT,
    FLOW_ABANDONED,
    FLOW_ANSWERED,
    FLOW_HANDLE_MS,
    FLOW_HANDLED,
    FLOW_IN_TARGET,
    FLOW_OFFERED,
    FLOW_SHORT,
    FOLDED,
    HANDLE_BITS,
    HANDLING,
    I4,
    IVR_OPEN,
    MAX_EVENTS,
    NO_ENTRY,
    PLAIN_CALL,
    PLAIN_IVR_CALL,
    TOO_LATE,
    TOUCHED,
    U1,
    UNKNOWN,
    VISIT_FULL,
    WAITING,
    CallState,
    Record,
    Records,
)
from kernels.outcome import resolve


@inlined
def arrival_key(out: Record, program: int, state: CallState) -> tuple[int, int]:
    """(queue, site) that an outcome's arrival columns belong to."""
    if out.phase == NO_ENTRY:
        return np.int64(state.programs.no_queue[program]), np.int64(0)
    queue = np.int64(state.places.queue[out.place])
    if state.targets.preallocated[queue] and out.phase != BLOCKED_OUT:
        return queue, np.int64(state.places.site[out.place])
    return queue, np.int64(0)


@inlined
def take_out(state: CallState, row: int, work: Records, n: int, out: Record) -> None:
    """Take a visit's contribution out of the columns, as it was put in."""
    visit = state.visits.rows[row]
    resolve(work, n, state.places, state.targets, out)
    expired = (visit.flags & EXPIRED) != 0
    book(work, out, expired, -1, state, visit.queue, visit.site)
    if visit.flags & FIRST_VISIT and not is_plain(visit):
        book_call(state, visit, work, n, out, -1)


@inlined
def put_in(
    state: CallState, row: int, work: Records, n: int, out: Record, limit: int, count_flow: bool
) -> None:
    """Put a visit's contribution in (`out` is resolved) and note what it is now."""
    visit = state.visits.rows[row]
    watermark = state.programs.watermark[visit.program]
    expired = expires(out, watermark, limit)
    queue, site = arrival_key(out, visit.program, state)
    book(work, out, expired, 1, state, queue, site)
    plain = plain_call(work, n, out) if visit.flags & FIRST_VISIT else 0
    settle_plain(state, visit, plain, out.entry, work[0].time, queue, site)
    visit.queue = queue
    visit.site = site
    visit.queue_now = out.queue_now
    visit.entry = out.entry
    visit.first = work[0].time
    visit.last = work[n - 1].time
    visit.phase = out.phase
    visit.flags &= ~np.uint8(EXPIRED | TOUCHED | IVR_OPEN)
    if visit.flags & FIRST_VISIT and not plain:
        entered = in_ivr_at(work, n)
        if entered >= 0 and (watermark < 0 or watermark < entered + limit):
            visit.flags |= np.uint8(IVR_OPEN)
        book_call(state, visit, work, n, out, 1)
    if expired:
        visit.flags |= np.uint8(EXPIRED)
    if (expired or out.lost) and WAITING <= out.phase <= HANDLING:
        visit.phase = UNKNOWN
    flow(state, visit, out, count_flow)


@inlined
def flow(state: CallState, visit: Record, out: Record, counts: bool) -> None:
    """Count a visit's first offer, outcome and end of handling once each, and its handle time."""
    if visit.phase < WAITING or visit.phase > UNKNOWN:
        return
    counter = state.flow[visit.queue]
    if not visit.flags & COUNTED_OFFERED:
        visit.flags |= np.uint8(COUNTED_OFFERED)
        if counts:
            counter[FLOW_OFFERED] += 1
    target = target_row(state.targets, visit.queue, out.entry)
    decided = out.answered or out.phase == DONE
    if decided and not visit.flags & COUNTED_OUTCOME:
        visit.flags |= np.uint8(COUNTED_OUTCOME)
        wait = max(0, (out.answer if out.answered else out.time) - out.entry)
        if counts and out.answered:
            counter[FLOW_ANSWERED] += 1
            counter[FLOW_IN_TARGET] += wait <= state.targets.thresholds[target, 0]
        elif counts:
            counter[FLOW_ABANDONED] += 1
            short = state.targets.short[target]
            counter[FLOW_SHORT] += short > 0 and wait <= short
    if out.answered and out.phase == DONE:
        acw = out.acw_end - out.acw_start if out.acw_end >= 0 else 0
        handle = out.talk_end - out.answer + acw
        if counts:
            counter[FLOW_HANDLED] += not visit.flags & COUNTED_HANDLED
            # After-call work often ends batches after the talk: only what is new is added.
            counter[FLOW_HANDLE_MS] += max(0, handle - np.int64(visit.handle_ms & HANDLE_BITS))
        visit.flags |= np.uint8(COUNTED_HANDLED)
        kept = max(np.int64(visit.handle_ms & HANDLE_BITS), handle)
        visit.handle_ms = np.int64(visit.handle_ms & (PLAIN_CALL | PLAIN_IVR_CALL)) | kept


@inlined
def insert(
    state: CallState, given: Record, work: Records, out: Record, touched: I4, touches: int
) -> tuple[int, int]:
    """Put one event into its visit. Returns what became of it and the visits touched so far."""
    visits = state.visits
    slot = find(visits, given.hi, given.lo)
    row = visits.index[slot]
    known = row >= 0
    if not known:
        row = new_visit(visits, slot, given)
    at, last, block = place_of(visits, row, given.event.id)
    if at >= 0:
        new, held = weight(given.event, state.places), weight(visits.events[at], state.places)
        if new <= held:
            return (DUPLICATE if new == held else CONFLICT), touches
    elif visits.rows[row].count == MAX_EVENTS:
        return VISIT_FULL, touches
    if not visits.rows[row].flags & TOUCHED:
        if known:
            n = load(visits, row, work)
            take_out(state, row, work, n, out)
        visits.rows[row].flags |= np.uint8(TOUCHED)
        touched[touches] = row
        touches += 1
    placed(visits, row, at, last, block, given, work)
    return (CONFLICT if at >= 0 else FOLDED), touches


@kernel
def take_batch(
    batch: Records, fates: U1, state: CallState, work: Records, out: Records, touched: I4
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
        fate, touches = insert(state, batch[i], work, out[0], touched, touches)
        fates[i] = fate
    return touches


@kernel
def settle_batch(
    state: CallState,
    touched: I4,
    start: int,
    stop: int,
    work: Records,
    out: Records,
    limit: int,
    count_flow: bool,
) -> int:
    """Second half: new contributions of `touched[start:stop]` into the columns.

    Returns `stop`, or where to go on after more room for cells was made.
    """
    for i in range(start, stop):
        row = touched[i]
        n = load(state.visits, row, work)
        resolve(work, n, state.places, state.targets, out[0])
        room = len(state.arrival.keys) - state.arrival.used[0]
        if room < n + 4:
            return i
        if len(state.bots.keys) - state.bots.used[0] < 2:
            return i
        room = len(state.handling.keys) - state.handling.used[0]
        if room < n + 2 + buckets_needed(out[0]):
            return i
        put_in(state, row, work, n, out[0], limit, count_flow)
    return stop
