"""Conversations with bots: events in, the old contribution out of the columns and the new one in.

As with visits (kernels/visits.py) the columns depend on the set of events and the watermark only.
"""

import numpy as np

from kernels.bot_booking import book_conversation
from kernels.bot_layout import CONVERSATION_OPEN, BotPlan
from kernels.bot_walk import walk
from kernels.chains import load, placed, recycle
from kernels.jit import inlined, kernel
from kernels.layout import (
    I8,
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
from kernels.pools import Scratch, is_over, met, settled, touch, turning


@inlined
def weight(event: Record) -> tuple[int, ...]:
    """All that counts of an event, in the order of BOTS.md."""
    return event.rev, event.time, event.seq, event.kind, event.text


@inlined
def take_out_conversation(
    pool: Visits, row: int, scratch: Scratch, cells: Cells, plan: BotPlan
) -> None:
    """Take a contribution out of the columns, as it was put in."""
    n = load(pool, row, scratch.work)
    talk = scratch.found[0]
    walk(scratch.work, n, talk)
    talk.bot = pool.rows[row].queue
    book_conversation(scratch.work, n, talk, pool.rows[row].booked, -1, cells, plan)


@kernel
def take_conversations(
    batch: Records,
    fates: U1,
    pool: Visits,
    scratch: Scratch,
    cells: Cells,
    plan: BotPlan,
    floor: I8,
) -> int:
    """First half of a fold: every event into its conversation. Returns how many changed.

    batch BOT_INPUT (n,), fates uint8 (n,) out. Room for n more conversations must exist.
    """
    touches = 0
    for i in range(len(batch)):
        fates[i], row, at, last, block = met(pool, batch[i], floor, weight)
        if row < 0:
            continue
        if not pool.rows[row].flags & TOUCHED:
            if pool.rows[row].count:
                take_out_conversation(pool, row, scratch, cells, plan)
            touches = touch(pool, row, scratch.touched, touches)
        placed(pool, row, at, last, block, batch[i], scratch.work)
    return touches


@kernel
def settle_conversations(
    pool: Visits,
    scratch: Scratch,
    start: int,
    stop: int,
    cells: Cells,
    plan: BotPlan,
    programs: Programs,
) -> int:
    """Second half: new contributions of `scratch.touched[start:stop]` into the columns.

    Returns `stop`, or where to go on after more room for cells was made.
    """
    talk = scratch.found[0]
    for i in range(start, stop):
        row = scratch.touched[i]
        kept = pool.rows[row]
        if len(cells.keys) - cells.used[0] < kept.count + 2:
            return i
        n = load(pool, row, scratch.work)
        walk(scratch.work, n, talk)
        if talk.start < 0:
            talk.bot = plan.no_bot[kept.program]
        mark = programs.watermark[kept.program]
        kept.turns = book_conversation(scratch.work, n, talk, mark, 1, cells, plan)
        settled(kept, mark, talk.bot, scratch.work, n)
        kept.flags |= np.uint16(CONVERSATION_OPEN if talk.open else 0)
    return stop


@kernel
def due_conversations(
    pool: Visits, scratch: Scratch, cells: Cells, plan: BotPlan, programs: Programs
) -> int:
    """Take out what the watermark makes another one, for settling; returns how many."""
    touches = turning(pool, programs.watermark, scratch.touched)
    for i in range(touches):
        take_out_conversation(pool, scratch.touched[i], scratch, cells, plan)
    return touches


@kernel
def forget_conversations(pool: Visits, floor: I8) -> int:
    """Recycle conversations that nothing can change any more; returns how many.

    The index must be built anew afterwards.
    """
    gone = 0
    for row in range(pool.used[VISITS_USED]):
        if is_over(pool.rows[row], pool.rows[row].last, floor):
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
            counts[kept.queue] += 1
            if since[kept.queue] < 0 or kept.first < since[kept.queue]:
                since[kept.queue] = kept.first
