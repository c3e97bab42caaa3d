"""A visit's sorted events; its contribution out of the columns and in again.

Every event of a batch is put into its visit; a visit's old contribution is taken out once before
its first change in the batch, the new one put in once at the end. So the columns depend on the
set of events only (design 3.1).
"""

import numpy as np

from kernels.booking import book, buckets_needed, expires, target_row
from kernels.jit import inlined, kernel
from kernels.layout import (
    BLOCK,
    BLOCKED_OUT,
    BLOCKS_USED,
    CONFLICT,
    COUNTED_HANDLED,
    COUNTED_OFFERED,
    COUNTED_OUTCOME,
    DONE,
    DUPLICATE,
    EXPIRED,
    FLOW_ABANDONED,
    FLOW_ANSWERED,
    FLOW_HANDLE_MS,
    FLOW_HANDLED,
    FLOW_IN_TARGET,
    FLOW_OFFERED,
    FLOW_SHORT,
    FOLDED,
    FREE_BLOCK,
    FREE_VISIT,
    HANDLING,
    I4,
    MAX_EVENTS,
    NO_ENTRY,
    TOO_LATE,
    TOUCHED,
    U1,
    UNKNOWN,
    USED,
    VISIT_FULL,
    VISITS_LIVE,
    VISITS_USED,
    WAITING,
    Places,
    Record,
    Records,
    State,
    Visits,
)
from kernels.outcome import resolve


@inlined
def find(visits: Visits, hi: int, lo: int) -> int:
    """Slot of the index where the visit of a digest is, or would go."""
    mask = len(visits.index) - 1
    slot = np.int64(lo & np.uint64(mask))
    while True:
        row = visits.index[slot]
        if row < 0 or (visits.rows[row].lo == lo and visits.rows[row].hi == hi):
            return slot
        slot = (slot + 1) & mask


@inlined
def new_visit(visits: Visits, slot: int, given: Record) -> int:
    """Take a free row for the visit of an input event and enter it in the index."""
    row = visits.used[FREE_VISIT]
    if row >= 0:
        visits.used[FREE_VISIT] = visits.rows[row].head
    else:
        row = visits.used[VISITS_USED]
        visits.used[VISITS_USED] = row + 1
    visits.used[VISITS_LIVE] += 1
    visit = visits.rows[row]
    visit.hi = given.hi
    visit.lo = given.lo
    visit.first = given.event.time
    visit.last = given.event.time
    visit.entry = -1
    visit.head = -1
    visit.count = 0
    visit.program = given.program
    visit.queue = 0
    visit.queue_now = 0
    visit.site = 0
    visit.phase = NO_ENTRY
    visit.flags = USED
    visits.index[slot] = row
    return row


@inlined
def load(visits: Visits, row: int, work: Records) -> int:
    """Copy a visit's events, in their order, into `work`; returns how many."""
    left = visits.rows[row].count
    block = visits.rows[row].head
    n = 0
    while n < left:
        for i in range(min(BLOCK, left - n)):
            work[n] = visits.events[block * BLOCK + i]
            n += 1
        block = visits.next[block]
    return n


@inlined
def store(visits: Visits, row: int, work: Records, n: int) -> None:
    """Write the `n` events of `work` back, taking another block where one is needed."""
    visit = visits.rows[row]
    block = visit.head
    previous = -1
    done = 0
    while done < n:
        if block < 0:
            block = visits.used[FREE_BLOCK]
            if block >= 0:
                visits.used[FREE_BLOCK] = visits.next[block]
            else:
                block = visits.used[BLOCKS_USED]
                visits.used[BLOCKS_USED] = block + 1
            visits.next[block] = -1
            if previous < 0:
                visit.head = block
            else:
                visits.next[previous] = block
        for i in range(min(BLOCK, n - done)):
            visits.events[block * BLOCK + i] = work[done]
            done += 1
        previous = block
        block = visits.next[block]
    visit.count = n


@kernel
def before(a: Record, b: Record) -> bool:
    """Whether event `a` comes before `b` in a visit's order."""
    if a.time != b.time:
        return a.time < b.time
    if a.seq != b.seq:
        return a.seq < b.seq
    if a.kind >> 3 != b.kind >> 3:
        return a.kind >> 3 < b.kind >> 3
    return a.id < b.id


@inlined
def same(a: Record, b: Record, places: Places) -> bool:
    """Whether two events of one id say the same."""
    return (
        a.rev == b.rev
        and a.time == b.time
        and a.seq == b.seq
        and a.kind == b.kind
        and a.staff == b.staff
        and places.queue_hash[a.place] == places.queue_hash[b.place]
        and places.site_hash[a.place] == places.site_hash[b.place]
    )


@inlined
def stands(a: Record, b: Record, places: Places) -> bool:
    """Whether of two different events of one id `a` stands: the greater revision, then content."""
    if a.rev != b.rev:
        return a.rev > b.rev
    if a.time != b.time:
        return a.time > b.time
    if a.seq != b.seq:
        return a.seq > b.seq
    if a.kind != b.kind:
        return a.kind > b.kind
    if places.queue_hash[a.place] != places.queue_hash[b.place]:
        return places.queue_hash[a.place] > places.queue_hash[b.place]
    if places.site_hash[a.place] != places.site_hash[b.place]:
        return places.site_hash[a.place] > places.site_hash[b.place]
    return a.staff > b.staff


@inlined
def arrival_key(out: Record, program: int, state: State) -> tuple[int, int]:
    """(queue, site) that an outcome's arrival columns belong to."""
    if out.phase == NO_ENTRY:
        return np.int64(state.programs.no_queue[program]), np.int64(0)
    queue = np.int64(state.places.queue[out.place])
    if state.targets.preallocated[queue] and out.phase != BLOCKED_OUT:
        return queue, np.int64(state.places.site[out.place])
    return queue, np.int64(0)


@inlined
def take_out(state: State, row: int, work: Records, n: int, out: Record) -> None:
    """Take a visit's contribution out of the columns, as it was put in."""
    visit = state.visits.rows[row]
    resolve(work, n, state.places, state.targets, out)
    expired = (visit.flags & EXPIRED) != 0
    book(work, out, expired, -1, state, visit.queue, visit.site)


@inlined
def put_in(
    state: State, row: int, work: Records, n: int, out: Record, limit: int, count_flow: bool
) -> None:
    """Put a visit's contribution in (`out` is resolved) and note what it is now."""
    visit = state.visits.rows[row]
    expired = expires(out, state.programs.watermark[visit.program], limit)
    queue, site = arrival_key(out, visit.program, state)
    book(work, out, expired, 1, state, queue, site)
    visit.queue = queue
    visit.site = site
    visit.queue_now = out.queue_now
    visit.entry = out.entry
    visit.first = work[0].time
    visit.last = work[n - 1].time
    visit.phase = out.phase
    visit.flags &= ~np.uint8(EXPIRED | TOUCHED)
    if expired:
        visit.flags |= np.uint8(EXPIRED)
    if (expired or out.lost) and WAITING <= out.phase <= HANDLING:
        visit.phase = UNKNOWN
    flow(state, visit, out, count_flow)


@inlined
def flow(state: State, visit: Record, out: Record, counts: bool) -> None:
    """Count a visit's first offer, first outcome and first end of handling, once each."""
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
    if out.answered and out.phase == DONE and not visit.flags & COUNTED_HANDLED:
        visit.flags |= np.uint8(COUNTED_HANDLED)
        if counts:
            counter[FLOW_HANDLED] += 1
            acw = out.acw_end - out.acw_start if out.acw_end >= 0 else 0
            counter[FLOW_HANDLE_MS] += out.talk_end - out.answer + acw


@inlined
def insert(
    state: State, given: Record, work: Records, out: Record, touched: I4, touches: int
) -> tuple[int, int]:
    """Put one event into its visit. Returns what became of it and the visits touched so far."""
    visits = state.visits
    slot = find(visits, given.hi, given.lo)
    row = visits.index[slot]
    n = 0
    at = -1
    if row >= 0:
        n = load(visits, row, work)
        for i in range(n):
            if work[i].id == given.event.id:
                at = i
        if at >= 0:
            if same(given.event, work[at], state.places):
                return DUPLICATE, touches
            if not stands(given.event, work[at], state.places):
                return CONFLICT, touches
        elif n == MAX_EVENTS:
            return VISIT_FULL, touches
    else:
        row = new_visit(visits, slot, given)
    if not visits.rows[row].flags & TOUCHED:
        if n:
            take_out(state, row, work, n, out)
        visits.rows[row].flags |= np.uint8(TOUCHED)
        touched[touches] = row
        touches += 1
    fate = FOLDED
    if at >= 0:
        fate = CONFLICT
        for i in range(at, n - 1):
            work[i] = work[i + 1]
        n -= 1
    i = n
    while i > 0 and before(given.event, work[i - 1]):
        work[i] = work[i - 1]
        i -= 1
    work[i] = given.event
    store(visits, row, work, n + 1)
    return fate, touches


@kernel
def take_batch(
    batch: Records, fates: U1, state: State, work: Records, out: Records, touched: I4
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
    state: State,
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
        if room < n + 2:
            return i
        room = len(state.handling.keys) - state.handling.used[0]
        if room < n + 2 + buckets_needed(out[0]):
            return i
        put_in(state, row, work, n, out[0], limit, count_flow)
    return stop
