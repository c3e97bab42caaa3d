"""Conversations with bots: events in, the old contribution out of the columns and the new one in.

As with visits (kernels/visits.py) the columns depend on the set of events and the watermark only.
"""

import numpy as np

from kernels.bot_booking import book_conversation
from kernels.bot_layout import CONVERSATION_OPEN, NEVER, BotPlan, BotScratch
from kernels.bot_walk import walk
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


@inlined
def same_words(a: Record, b: Record) -> bool:
    """Whether two events of one id say the same."""
    return (
        a.rev == b.rev
        and a.time == b.time
        and a.seq == b.seq
        and a.kind == b.kind
        and a.text == b.text
    )


@inlined
def outweighs(a: Record, b: Record) -> bool:
    """Whether of two different events of one id `a` stands: the greater revision, then content."""
    if a.rev != b.rev:
        return a.rev > b.rev
    if a.time != b.time:
        return a.time > b.time
    if a.seq != b.seq:
        return a.seq > b.seq
    if a.kind != b.kind:
        return a.kind > b.kind
    return a.text > b.text


@inlined
def begin(pool: Visits, slot: int, given: Record) -> int:
    """Take a free row for the conversation of an input event and enter it in the index."""
    row = take_row(pool, slot)
    talk = pool.rows[row]
    talk.hi = given.hi
    talk.lo = given.lo
    talk.first = given.event.time
    talk.last = given.event.time
    talk.booked = -1
    talk.due = NEVER
    talk.head = -1
    talk.count = 0
    talk.program = given.program
    talk.bot = 0
    talk.flags = USED
    return row


@inlined
def take_out_conversation(
    pool: Visits, row: int, scratch: BotScratch, cells: Cells, plan: BotPlan
) -> None:
    """Take a contribution out of the columns, as it was put in."""
    n = load(pool, row, scratch.work)
    talk = scratch.talk[0]
    walk(scratch.work, n, talk)
    talk.bot = pool.rows[row].bot
    book_conversation(scratch.work, n, talk, pool.rows[row].booked, -1, cells, plan)
    pool.rows[row].flags |= np.uint16(TOUCHED)


@kernel
def take_conversations(
    batch: Records,
    fates: U1,
    pool: Visits,
    scratch: BotScratch,
    cells: Cells,
    plan: BotPlan,
    floor: I8,
) -> int:
    """First half of a fold: every event into its conversation. Returns how many changed.

    batch BOT_INPUT (n,), fates uint8 (n,) out. Room for n more conversations must exist.
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
            row = begin(pool, slot, batch[i])
        at, last, block = place_of(pool, row, event.id)
        fates[i] = FOLDED
        if at >= 0:
            fates[i] = CONFLICT
            if same_words(event, pool.events[at]):
                fates[i] = DUPLICATE
                continue
            if not outweighs(event, pool.events[at]):
                continue
        elif pool.rows[row].count == MAX_EVENTS:
            fates[i] = VISIT_FULL
            continue
        if not pool.rows[row].flags & TOUCHED:
            if known:
                take_out_conversation(pool, row, scratch, cells, plan)
            pool.rows[row].flags |= np.uint16(TOUCHED)
            scratch.touched[touches] = row
            touches += 1
        placed(pool, row, at, last, block, batch[i], scratch.work)
    return touches


@kernel
def settle_conversations(
    pool: Visits,
    scratch: BotScratch,
    start: int,
    stop: int,
    cells: Cells,
    plan: BotPlan,
    programs: Programs,
) -> int:
    """Second half: new contributions of `scratch.touched[start:stop]` into the columns.

    Returns `stop`, or where to go on after more room for cells was made.
    """
    talk = scratch.talk[0]
    for i in range(start, stop):
        row = scratch.touched[i]
        if len(cells.keys) - cells.used[0] < pool.rows[row].count + 2:
            return i
        n = load(pool, row, scratch.work)
        walk(scratch.work, n, talk)
        kept = pool.rows[row]
        if talk.start < 0:
            talk.bot = plan.no_bot[kept.program]
        mark = programs.watermark[kept.program]
        kept.due = book_conversation(scratch.work, n, talk, mark, 1, cells, plan)
        kept.booked = mark
        kept.bot = talk.bot
        kept.first = scratch.work[0].time
        kept.last = scratch.work[n - 1].time
        kept.flags = USED | (CONVERSATION_OPEN if talk.open else 0)
    return stop


@kernel
def due_conversations(
    pool: Visits, scratch: BotScratch, cells: Cells, plan: BotPlan, programs: Programs
) -> int:
    """Take out what the watermark makes another one, for settling; returns how many."""
    touches = 0
    for row in range(pool.used[VISITS_USED]):
        kept = pool.rows[row]
        if kept.flags & USED and programs.watermark[kept.program] >= kept.due:
            take_out_conversation(pool, row, scratch, cells, plan)
            scratch.touched[touches] = row
            touches += 1
    return touches


@kernel
def forget_conversations(pool: Visits, floor: I8) -> int:
    """Recycle conversations that nothing can change any more; returns how many.

    The index must be built anew afterwards.
    """
    gone = 0
    for row in range(pool.used[VISITS_USED]):
        kept = pool.rows[row]
        if not kept.flags & USED or kept.due != NEVER:
            continue
        if (bucket_of(kept.last) + 1) * BUCKET_MS > floor[kept.program]:
            continue
        recycle(pool, row)
        gone += 1
    return gone


@kernel
def open_conversations(pool: Visits, counts: I8, since: I8) -> None:
    """Open conversations by queue code of their bot: counts int64 (queues,), with the time of the
    first event of the one open longest, since int64 (queues,), ms, -1 where there is none."""
    counts[:] = 0
    since[:] = -1
    for row in range(pool.used[VISITS_USED]):
        kept = pool.rows[row]
        if kept.flags & USED and kept.flags & CONVERSATION_OPEN:
            counts[kept.bot] += 1
            if since[kept.bot] < 0 or kept.first < since[kept.bot]:
                since[kept.bot] = kept.first
