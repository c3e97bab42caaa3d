"""A visit's events, kept sorted in chained blocks; finding a visit; which of two events stands."""

import numpy as np

from kernels.jit import inlined, kernel
from kernels.layout import (
    BLOCK,
    BLOCKS_USED,
    FIRST_VISIT,
    FREE_BLOCK,
    FREE_VISIT,
    NO_ENTRY,
    USED,
    VISITS_LIVE,
    VISITS_USED,
    Places,
    Record,
    Records,
    Visits,
)


@inlined
def place_of(visits: Visits, row: int, identity: int) -> tuple[int, int, int]:
    """Where in `events` the event of an id is (-1: nowhere), where the last one is, its block."""
    at = -1
    last = -1
    left = visits.rows[row].count
    block = visits.rows[row].head
    end = block
    while left > 0:
        for i in range(min(BLOCK, left)):
            last = block * BLOCK + i
            if visits.events[last].id == identity:
                at = last
        left -= BLOCK
        end = block
        block = visits.next[block]
    return at, last, end


@inlined
def take_block(visits: Visits) -> int:
    """A block of its own, from the free list or new."""
    block = visits.used[FREE_BLOCK]
    if block >= 0:
        visits.used[FREE_BLOCK] = visits.next[block]
    else:
        block = visits.used[BLOCKS_USED]
        visits.used[BLOCKS_USED] = block + 1
    visits.next[block] = -1
    return block


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
def take_row(visits: Visits, slot: int, given: Record) -> int:
    """A row for the visit of an input event, from the free list or new, entered in the index."""
    row = visits.used[FREE_VISIT]
    if row >= 0:
        visits.used[FREE_VISIT] = visits.rows[row].head
    else:
        row = visits.used[VISITS_USED]
        visits.used[VISITS_USED] = row + 1
    visits.used[VISITS_LIVE] += 1
    visits.index[slot] = row
    visit = visits.rows[row]
    visit.hi = given.hi
    visit.lo = given.lo
    visit.first = given.event.time
    visit.last = given.event.time
    visit.head = -1
    visit.count = 0
    visit.program = given.program
    visit.queue = 0
    visit.flags = USED
    return row


@inlined
def new_visit(visits: Visits, slot: int, given: Record) -> int:
    """Take a free row for the visit of an input event and enter it in the index."""
    row = take_row(visits, slot, given)
    visit = visits.rows[row]
    visit.entry = -1
    visit.queue_now = 0
    visit.site = 0
    visit.phase = NO_ENTRY
    visit.flags = USED | (FIRST_VISIT if given.opens else 0)
    visit.handle_ms = 0
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
            block = take_block(visits)
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
def weight(event: Record, places: Places) -> tuple[int, ...]:
    """All that counts of an event: of two of one id the greater stands, equals are one."""
    queue, site = places.queue_hash[event.place], places.site_hash[event.place]
    return event.rev, event.time, event.seq, event.kind, queue, site, event.staff


@inlined
def entry_of(events: Records, n: int, kind: int, other: int) -> int:
    """Index of the first of a visit's sorted events of a kind, else of another; -1 of neither."""
    entry = -1
    for i in range(n):
        if events[i].kind >> 3 == kind:
            return i
        if events[i].kind >> 3 == other and entry < 0:
            entry = i
    return entry


@inlined
def append(visits: Visits, row: int, block: int, event: Record) -> None:
    """Put an event behind all others; `block` is the visit's last. Most events come this way."""
    visit = visits.rows[row]
    used = visit.count % BLOCK
    if used == 0:
        fresh = take_block(visits)
        if visit.count == 0:
            visit.head = fresh
        else:
            visits.next[block] = fresh
        block = fresh
    visits.events[block * BLOCK + used] = event
    visit.count += 1


@inlined
def without(work: Records, n: int, identity: int) -> int:
    """Take the event of an id out of `work[:n]`; returns how many are left."""
    kept = 0
    for i in range(n):
        if work[i].id != identity:
            work[kept] = work[i]
            kept += 1
    return kept


@inlined
def placed(
    visits: Visits, row: int, at: int, last: int, block: int, given: Record, work: Records
) -> None:
    """Put an input event at its place in a visit, for the one of its id if there is one (`at`)."""
    if at < 0 and (last < 0 or not before(given.event, visits.events[last])):
        append(visits, row, block, given.event)
    else:
        n = load(visits, row, work)
        if at >= 0:
            n = without(work, n, given.event.id)
        i = n
        while i > 0 and before(given.event, work[i - 1]):
            work[i] = work[i - 1]
            i -= 1
        work[i] = given.event
        store(visits, row, work, n + 1)


@kernel
def recycle(visits: Visits, row: int) -> None:
    """Give a visit's row and blocks back. The index must be built anew afterwards."""
    visit = visits.rows[row]
    block = visit.head
    while block >= 0:
        following = visits.next[block]
        visits.next[block] = visits.used[FREE_BLOCK]
        visits.used[FREE_BLOCK] = block
        block = following
    visit.flags = 0
    visit.head = visits.used[FREE_VISIT]
    visits.used[FREE_VISIT] = row
    visits.used[VISITS_LIVE] -= 1
