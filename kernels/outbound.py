"""Outbound work: events in, the old contribution out of the columns and the new one in.

As with deferred work (kernels/cases.py) the columns depend on the set of events and the watermark
only. What lies below a program's floor is recorded for good and left as it is.
"""

import numpy as np

from kernels.chains import load, placed, recycle
from kernels.jit import inlined, kernel
from kernels.layout import (
    I4,
    I8,
    TOO_LATE,
    TOUCHED,
    U1,
    USED,
    VISITS_USED,
    Cells,
    Programs,
    Record,
    Records,
    Visits,
)
from kernels.outbound_booking import book
from kernels.outbound_layout import IS_LIST, RECORD_DIALLED, RECORD_OPEN
from kernels.outbound_walk import OPEN, walk
from kernels.pools import Scratch, is_over, met, seen_as, settled, touch, turning

LISTED_NOW, UNDIALLED, LISTS, PLANNED, DIALLED, BEHIND, PER_DAY, TOLD_MS = range(8)
"""Columns of the live gauges."""
GAUGES = 8
LONGEST_DAY_MS = 26 * 3_600_000
"""No local day is longer."""


@inlined
def weight(event: Record) -> tuple[int, ...]:
    """All that counts of an event, in the order of OUTBOUND.md."""
    e = event
    return e.rev, e.time, e.seq, e.kind, e.until, e.text, e.planned, e.dialled, e.per_day


@kernel
def take_row_out(pool: Visits, row: int, scratch: Scratch, cells: Cells, floor: I8) -> None:
    """Take a contribution out of the columns, as it was put in."""
    n = load(pool, row, scratch.work)
    found = scratch.found[0]
    walk(scratch.work, n, found, scratch.did)
    one = pool.rows[row]
    found.queue = one.queue
    seen_as(found, one.booked, -1, floor, one.program)
    book(scratch.work, n, found, scratch.did, cells)


@kernel
def take_outbound(
    batch: Records, fates: U1, pool: Visits, scratch: Scratch, cells: Cells, floor: I8
) -> int:
    """First half of a fold: every event into its record or list. Returns how many rows changed.

    batch OUTBOUND_INPUT (n,), fates uint8 (n,) out. Room for n more rows must exist.
    """
    touches = 0
    for i in range(len(batch)):
        fates[i], row, at, last, block = met(pool, batch[i], floor, weight)
        if row < 0:
            continue
        if at >= 0 and pool.events[at].time < floor[batch[i].program]:
            fates[i] = TOO_LATE
            continue
        one = pool.rows[row]
        if not one.flags & TOUCHED:
            if one.count:
                take_row_out(pool, row, scratch, cells, floor)
            touches = touch(pool, row, scratch.touched, touches)
        placed(pool, row, at, last, block, batch[i], scratch.work)
    return touches


@kernel
def settle_outbound(
    pool: Visits,
    scratch: Scratch,
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
        mark = programs.watermark[one.program]
        seen_as(found, mark, 1, programs.floor, one.program)
        one.turns = book(scratch.work, n, found, scratch.did, cells)
        settled(one, mark, found.queue, scratch.work, n)
        one.until = found.until
        one.planned = found.planned if found.is_list else 0
        one.dialled = found.dialled if found.is_list else 0
        one.per_day = found.per_day if found.is_list else 0
        if found.is_list:
            one.flags |= np.uint16(IS_LIST)
        elif found.state == OPEN:
            one.flags |= np.uint16(RECORD_OPEN)
            if found.dialled_at >= 0:
                one.flags |= np.uint16(RECORD_DIALLED)
    return stop


@kernel
def due_outbound(pool: Visits, scratch: Scratch, cells: Cells, programs: Programs) -> int:
    """Take out what the watermark makes another one, for settling; returns how many."""
    touches = turning(pool, programs.watermark, scratch.touched)
    for i in range(touches):
        take_row_out(pool, scratch.touched[i], scratch, cells, programs.floor)
    return touches


@kernel
def forget_outbound(pool: Visits, floor: I8) -> int:
    """Recycle records and lists of which everything is recorded for good; returns how many.

    The index must be built anew afterwards.
    """
    gone = 0
    for row in range(pool.used[VISITS_USED]):
        one = pool.rows[row]
        if is_over(one, max(one.last, one.until), floor):
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
