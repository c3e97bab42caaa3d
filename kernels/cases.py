"""Deferred work: events in, the old contribution out of the columns and the new one in.

As with conversations (kernels/bot_conversations.py) the columns depend on the set of events and the
watermark only. What lies below a program's floor is recorded for good and left as it is.
"""

import numpy as np

from kernels.case_booking import book_case
from kernels.case_layout import CASE_OPEN, CasePlan
from kernels.case_walk import walk
from kernels.chains import load, placed, recycle
from kernels.jit import inlined, kernel
from kernels.layout import (
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
from kernels.pools import Scratch, is_over, met, seen_as, settled, touch, turning

OPEN, SOON, OVERDUE, LATE_MS, EARLIEST = range(5)
"""Columns of the live gauges."""
GAUGES = 5


@inlined
def weight(event: Record) -> tuple[int, ...]:
    """All that counts of an event, in the order of CASES.md."""
    return event.rev, event.time, event.seq, event.kind, event.due, event.text


@kernel
def take_out_case(
    pool: Visits, row: int, scratch: Scratch, cells: Cells, plan: CasePlan, floor: I8
) -> None:
    """Take a contribution out of the columns, as it was put in."""
    n = load(pool, row, scratch.work)
    found = scratch.found[0]
    walk(scratch.work, n, found, scratch.did)
    case = pool.rows[row]
    found.queue = case.queue
    seen_as(found, case.booked, -1, floor, case.program)
    book_case(scratch.work, n, found, scratch.did, cells, plan)


@kernel
def take_cases(
    batch: Records,
    fates: U1,
    pool: Visits,
    scratch: Scratch,
    cells: Cells,
    plan: CasePlan,
    floor: I8,
) -> int:
    """First half of a fold: every event into its case. Returns how many changed.

    batch CASE_INPUT (n,), fates uint8 (n,) out. Room for n more cases must exist.
    """
    touches = 0
    for i in range(len(batch)):
        fates[i], row, at, last, block = met(pool, batch[i], floor, weight)
        if row < 0:
            continue
        if at >= 0 and pool.events[at].time < floor[batch[i].program]:
            fates[i] = TOO_LATE
            continue
        case = pool.rows[row]
        if not case.flags & TOUCHED:
            if case.count:
                take_out_case(pool, row, scratch, cells, plan, floor)
            touches = touch(pool, row, scratch.touched, touches)
        placed(pool, row, at, last, block, batch[i], scratch.work)
    return touches


@kernel
def settle_cases(
    pool: Visits,
    scratch: Scratch,
    start: int,
    stop: int,
    cells: Cells,
    plan: CasePlan,
    programs: Programs,
) -> int:
    """Second half: new contributions of `scratch.touched[start:stop]` into the columns.

    Returns `stop`, or where to go on after more room for cells was made.
    """
    found = scratch.found[0]
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
        mark = programs.watermark[case.program]
        seen_as(found, mark, 1, programs.floor, case.program)
        case.turns = book_case(scratch.work, n, found, scratch.did, cells, plan)
        settled(case, mark, found.queue, scratch.work, n)
        case.due = found.due if found.entry >= 0 else -1
        case.late_from = found.late_from
        case.flags |= np.uint16(CASE_OPEN if found.open else 0)
    return stop


@kernel
def due_cases(
    pool: Visits, scratch: Scratch, cells: Cells, plan: CasePlan, programs: Programs
) -> int:
    """Take out what the watermark makes another one, for settling; returns how many."""
    touches = turning(pool, programs.watermark, scratch.touched)
    for i in range(touches):
        take_out_case(pool, scratch.touched[i], scratch, cells, plan, programs.floor)
    return touches


@kernel
def forget_cases(pool: Visits, floor: I8) -> int:
    """Recycle cases of which everything is recorded for good; returns how many.

    The index must be built anew afterwards.
    """
    gone = 0
    for row in range(pool.used[VISITS_USED]):
        case = pool.rows[row]
        if is_over(case, max(case.last, case.due), floor):
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
