"""Deferred work: events in, the old contribution out of the columns and the new one in.

As with conversations (kernels/bot_conversations.py) the columns depend on the set of events and the
watermark only. What lies below a program's floor is recorded for good and left as it is.
"""

import numpy as np

from kernels.bot_layout import NEVER
from kernels.case_booking import book_case
from kernels.case_layout import CASE_OPEN, CasePlan, CaseScratch
from kernels.case_walk import walk
from kernels.cells import bucket_of
from kernels.chains import find, load, place_of, placed, recycle, take_row
from kernels.jit import inlined, kernel
from kernels.layout import (
    BUCKET_MS,
    CONFLICT,
    DUPLICATE,
    FOLDED,
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

OPEN, SOON, OVERDUE, LATE_MS, EARLIEST = range(5)
"""Columns of the live gauges."""
GAUGES = 5


@inlined
def says_same(a: Record, b: Record) -> bool:
    """Whether two events of one id say the same."""
    return (
        a.rev == b.rev
        and a.time == b.time
        and a.seq == b.seq
        and a.kind == b.kind
        and a.due == b.due
        and a.text == b.text
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
    if a.due != b.due:
        return a.due > b.due
    return a.text > b.text


@inlined
def begin_case(pool: Visits, slot: int, given: Record) -> int:
    """Take a free row for the case of an input event and enter it in the index."""
    row = take_row(pool, slot)
    case = pool.rows[row]
    case.hi = given.hi
    case.lo = given.lo
    case.first = given.event.time
    case.last = given.event.time
    case.booked = -1
    case.turns = NEVER
    case.due = -1
    case.late_from = -1
    case.head = -1
    case.count = 0
    case.program = given.program
    case.queue = 0
    case.flags = USED
    return row


@kernel
def take_out_case(
    pool: Visits, row: int, scratch: CaseScratch, cells: Cells, plan: CasePlan, floor: I8
) -> None:
    """Take a contribution out of the columns, as it was put in."""
    n = load(pool, row, scratch.work)
    found = scratch.walked[0]
    walk(scratch.work, n, found, scratch.did)
    case = pool.rows[row]
    found.queue = case.queue
    found.mark = case.booked
    found.sign = -1
    found.floor = floor[case.program]
    found.program = case.program
    book_case(scratch.work, n, found, scratch.did, cells, plan)
    case.flags |= np.uint16(TOUCHED)


@kernel
def take_cases(
    batch: Records,
    fates: U1,
    pool: Visits,
    scratch: CaseScratch,
    cells: Cells,
    plan: CasePlan,
    floor: I8,
) -> int:
    """First half of a fold: every event into its case. Returns how many changed.

    batch CASE_INPUT (n,), fates uint8 (n,) out. Room for n more cases must exist.
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
            row = begin_case(pool, slot, batch[i])
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
                take_out_case(pool, row, scratch, cells, plan, floor)
            pool.rows[row].flags |= np.uint16(TOUCHED)
            scratch.touched[touches] = row
            touches += 1
        placed(pool, row, at, last, block, batch[i], scratch.work)
    return touches


@kernel
def settle_cases(
    pool: Visits,
    scratch: CaseScratch,
    start: int,
    stop: int,
    cells: Cells,
    plan: CasePlan,
    programs: Programs,
) -> int:
    """Second half: new contributions of `scratch.touched[start:stop]` into the columns.

    Returns `stop`, or where to go on after more room for cells was made.
    """
    found = scratch.walked[0]
    for i in range(start, stop):
        row = scratch.touched[i]
        case = pool.rows[row]
        # 403 days at most, one of each event, of the entry, of the due time, of its expiry.
        if len(cells.keys) - cells.used[0] < case.count + 410:
            return i
        n = load(pool, row, scratch.work)
        walk(scratch.work, n, found, scratch.did)
        if found.entry < 0:
            found.queue = plan.no_queue[case.program]
        found.mark = programs.watermark[case.program]
        found.sign = 1
        found.floor = programs.floor[case.program]
        found.program = case.program
        case.turns = book_case(scratch.work, n, found, scratch.did, cells, plan)
        case.booked = found.mark
        case.queue = found.queue
        case.due = found.due if found.entry >= 0 else -1
        case.late_from = found.late_from
        case.first = scratch.work[0].time
        case.last = scratch.work[n - 1].time
        case.flags = USED | (CASE_OPEN if found.open else 0)
    return stop


@kernel
def due_cases(
    pool: Visits, scratch: CaseScratch, cells: Cells, plan: CasePlan, programs: Programs
) -> int:
    """Take out what the watermark makes another one, for settling; returns how many."""
    touches = 0
    for row in range(pool.used[VISITS_USED]):
        case = pool.rows[row]
        if case.flags & USED and programs.watermark[case.program] >= case.turns:
            take_out_case(pool, row, scratch, cells, plan, programs.floor)
            scratch.touched[touches] = row
            touches += 1
    return touches


@kernel
def forget_cases(pool: Visits, floor: I8) -> int:
    """Recycle closed cases of which everything is recorded for good; returns how many.

    The index must be built anew afterwards.
    """
    gone = 0
    for row in range(pool.used[VISITS_USED]):
        case = pool.rows[row]
        if not case.flags & USED or case.flags & CASE_OPEN or case.turns != NEVER:
            continue
        if (bucket_of(max(case.last, case.due)) + 1) * BUCKET_MS > floor[case.program]:
            continue
        recycle(pool, row)
        gone += 1
    return gone


@kernel
def cases_now(pool: Visits, soon: I8, now: int, gauges: I8) -> None:
    """Live gauges at `now` by queue code, int64 (queues, GAUGES): open, due soon, overdue, their
    lateness (ms), the earliest promise broken (ms, -1 if none is)."""
    gauges[:] = 0
    gauges[:, EARLIEST] = -1
    for row in range(pool.used[VISITS_USED]):
        case = pool.rows[row]
        if not case.flags & USED or not case.flags & CASE_OPEN:
            continue
        here = gauges[case.queue]
        here[OPEN] += 1
        if case.late_from < now:
            here[OVERDUE] += 1
            here[LATE_MS] += now - case.late_from
            if here[EARLIEST] < 0 or case.late_from < here[EARLIEST]:
                here[EARLIEST] = case.late_from
        elif case.late_from <= now + soon[case.queue]:
            here[SOON] += 1
