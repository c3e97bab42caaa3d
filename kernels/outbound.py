"""Outbound work: events in, the old contribution out of the columns and the new one in.

As with deferred work (kernels/cases.py) the columns depend on the set of events and the watermark
only. What lies below a program's floor is recorded for good and left as it is.
"""

import numpy as np

from kernels.bot_layout import NEVER
from kernels.cells import bucket_of
from kernels.chains import find, load, place_of, placed, recycle, take_row
from kernels.jit import inlined, kernel
from kernels.layout import (
    BUCKET_MS,
    CONFLICT,
    DUPLICATE,
    FOLDED,
    I4,
    I8,
    MAX_EVENTS,
    TOO_LATE,
    TOUCHED,
    U1,
    USED,
    VISIT_FULL,
    VISITS_USED,
    Cells,
    Programs,
    Record,
    Records,
    Visits,
)
from kernels.outbound_booking import book
from kernels.outbound_layout import (
    IS_LIST,
    RECORD_DIALLED,
    RECORD_OPEN,
    OutboundScratch,
)
from kernels.outbound_walk import OPEN, walk

LISTED_NOW, UNDIALLED, LISTS, PLANNED, DIALLED, BEHIND, PER_DAY, TOLD_MS = range(8)
"""Columns of the live gauges."""
GAUGES = 8
LONGEST_DAY_MS = 26 * 3_600_000
"""No local day is longer."""


@inlined
def says_same(a: Record, b: Record) -> bool:
    """Whether two events of one id say the same."""
    return (
        a.rev == b.rev
        and a.time == b.time
        and a.seq == b.seq
        and a.kind == b.kind
        and a.until == b.until
        and a.text == b.text
        and a.planned == b.planned
        and a.dialled == b.dialled
        and a.per_day == b.per_day
    )


@inlined
def weighs_more(a: Record, b: Record) -> bool:
    """Whether of two different events of one id `a` stands: the greater revision, then content."""
    if a.rev != b.rev:
        return a.rev > b.rev
    if a.time != b.time:
        return a.time > b.time
    if a.seq != b.seq:
        return a.seq > b.seq
    if a.kind != b.kind:
        return a.kind > b.kind
    if a.until != b.until:
        return a.until > b.until
    if a.text != b.text:
        return a.text > b.text
    if a.planned != b.planned:
        return a.planned > b.planned
    if a.dialled != b.dialled:
        return a.dialled > b.dialled
    return a.per_day > b.per_day


@inlined
def begin_row(pool: Visits, slot: int, given: Record) -> int:
    """Take a free row for the record or list of an input event and enter it in the index."""
    row = take_row(pool, slot)
    one = pool.rows[row]
    one.hi = given.hi
    one.lo = given.lo
    one.first = given.event.time
    one.last = given.event.time
    one.booked = -1
    one.turns = NEVER
    one.until = -1
    one.planned = 0
    one.dialled = 0
    one.per_day = 0
    one.head = -1
    one.count = 0
    one.program = given.program
    one.queue = 0
    one.flags = USED
    return row


@kernel
def take_row_out(pool: Visits, row: int, scratch: OutboundScratch, cells: Cells, floor: I8) -> None:
    """Take a contribution out of the columns, as it was put in."""
    n = load(pool, row, scratch.work)
    found = scratch.found[0]
    walk(scratch.work, n, found, scratch.did)
    one = pool.rows[row]
    found.queue = one.queue
    found.mark = one.booked
    found.sign = -1
    found.floor = floor[one.program]
    found.program = one.program
    book(scratch.work, n, found, scratch.did, cells)
    one.flags |= np.uint16(TOUCHED)


@kernel
def take_outbound(
    batch: Records, fates: U1, pool: Visits, scratch: OutboundScratch, cells: Cells, floor: I8
) -> int:
    """First half of a fold: every event into its record or list. Returns how many rows changed.

    batch OUTBOUND_INPUT (n,), fates uint8 (n,) out. Room for n more rows must exist.
    """
    touches = 0
    for i in range(len(batch)):
        event = batch[i].event
        if event.time < floor[batch[i].program]:
            fates[i] = TOO_LATE
            continue
        slot = find(pool, batch[i].hi, batch[i].lo)
        row = pool.index[slot]
        known = row >= 0
        if not known:
            row = begin_row(pool, slot, batch[i])
        at, last, block = place_of(pool, row, event.id)
        fates[i] = FOLDED
        if at >= 0:
            held = pool.events[at]
            fates[i] = CONFLICT
            if says_same(event, held):
                fates[i] = DUPLICATE
                continue
            if not weighs_more(event, held):
                continue
            if held.time < floor[batch[i].program]:
                fates[i] = TOO_LATE
                continue
        elif pool.rows[row].count == MAX_EVENTS:
            fates[i] = VISIT_FULL
            continue
        if not pool.rows[row].flags & TOUCHED:
            if known:
                take_row_out(pool, row, scratch, cells, floor)
            pool.rows[row].flags |= np.uint16(TOUCHED)
            scratch.touched[touches] = row
            touches += 1
        placed(pool, row, at, last, block, batch[i], scratch.work)
    return touches


@kernel
def settle_outbound(
    pool: Visits,
    scratch: OutboundScratch,
    start: int,
    stop: int,
    cells: Cells,
    no_queue: I4,
    programs: Programs,
) -> int:
    """Second half: new contributions of `scratch.touched[start:stop]` into the columns.

    Returns `stop`, or where to go on after more room for cells was made.
    """
    found = scratch.found[0]
    for i in range(start, stop):
        row = scratch.touched[i]
        one = pool.rows[row]
        # One of each event, of the entry, of the completion, of the end of the list and of expiry.
        if len(cells.keys) - cells.used[0] < one.count + 4:
            return i
        n = load(pool, row, scratch.work)
        walk(scratch.work, n, found, scratch.did)
        if found.entry < 0:
            found.queue = no_queue[one.program]
        found.mark = programs.watermark[one.program]
        found.sign = 1
        found.floor = programs.floor[one.program]
        found.program = one.program
        one.turns = book(scratch.work, n, found, scratch.did, cells)
        one.booked = found.mark
        one.queue = found.queue
        one.until = found.until
        one.first = scratch.work[0].time
        one.last = scratch.work[n - 1].time
        one.flags = USED
        if found.is_list:
            one.planned = found.planned
            one.dialled = found.dialled
            one.per_day = found.per_day
            one.flags |= np.uint16(IS_LIST)
        elif found.state == OPEN:
            one.flags |= np.uint16(RECORD_OPEN)
            if found.dialled_at >= 0:
                one.flags |= np.uint16(RECORD_DIALLED)
    return stop


@kernel
def due_outbound(pool: Visits, scratch: OutboundScratch, cells: Cells, programs: Programs) -> int:
    """Take out what the watermark makes another one, for settling; returns how many."""
    touches = 0
    for row in range(pool.used[VISITS_USED]):
        one = pool.rows[row]
        if one.flags & USED and programs.watermark[one.program] >= one.turns:
            take_row_out(pool, row, scratch, cells, programs.floor)
            scratch.touched[touches] = row
            touches += 1
    return touches


@kernel
def forget_outbound(pool: Visits, floor: I8) -> int:
    """Recycle records and lists of which everything is recorded for good; returns how many.

    The index must be built anew afterwards.
    """
    gone = 0
    for row in range(pool.used[VISITS_USED]):
        one = pool.rows[row]
        if not one.flags & USED or one.flags & RECORD_OPEN or one.turns != NEVER:
            continue
        if (bucket_of(max(one.last, one.until)) + 1) * BUCKET_MS > floor[one.program]:
            continue
        recycle(pool, row)
        gone += 1
    return gone


@kernel
def outbound_now(pool: Visits, now: int, gauges: I8) -> None:
    """Live gauges at `now` by queue code, int64 (queues, GAUGES): records on the lists, of these never
    dialled; lists told of on this local day, with their plan so far, dialled, behind, daily plan, and
    when the one that was told of longest ago was (ms, -1 if none was)."""
    gauges[:] = 0
    gauges[:, TOLD_MS] = -1
    for row in range(pool.used[VISITS_USED]):
        one = pool.rows[row]
        if not one.flags & USED:
            continue
        here = gauges[one.queue]
        if one.flags & RECORD_OPEN:
            here[LISTED_NOW] += 1
            here[UNDIALLED] += 0 if one.flags & RECORD_DIALLED else 1
        elif one.flags & IS_LIST and now < one.until <= now + LONGEST_DAY_MS:
            here[LISTS] += 1
            here[PLANNED] += one.planned
            here[DIALLED] += one.dialled
            if one.planned > one.dialled:
                here[BEHIND] += np.int64(one.planned) - np.int64(one.dialled)
            here[PER_DAY] += one.per_day
            if here[TOLD_MS] < 0 or one.last < here[TOLD_MS]:
                here[TOLD_MS] = one.last
