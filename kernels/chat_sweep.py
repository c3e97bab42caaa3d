"""What happens to chat visits as time passes: limits, live gauges, open handling, recycling."""

import numpy as np

from kernels.booking import clip, target_row
from kernels.cells import bucket_of
from kernels.chains import load, recycle
from kernels.chat_clock import length
from kernels.chat_outcome import resolve_chat
from kernels.chats import take_chat_out
from kernels.jit import kernel
from kernels.layout import (
    BUCKET_MS,
    DONE,
    HANDLING,
    I4,
    I8,
    MAX_HANDLING_MS,
    NEVER,
    TOUCHED,
    USED,
    VISITS_USED,
    WAITING,
    Cells,
    ChatState,
    Records,
)


@kernel
def due_chats(state: ChatState, found: I4) -> int:
    """Rows of visits of which the watermark has reached a limit; returns how many.

    `found` int32 (visits,).
    """
    count = 0
    for row in range(state.chats.used[VISITS_USED]):
        visit = state.chats.rows[row]
        if visit.flags & USED and state.programs.chat_watermark[visit.program] >= visit.due:
            found[count] = row
            count += 1
    return count


@kernel
def expire_chats(state: ChatState, found: I4, work: Records, turns: I8, out: Records) -> None:
    """Take the contributions of `found` out; settle_chats puts them in as they are seen now."""
    for i in range(len(found)):
        take_chat_out(state, found[i], work, turns, out[0])
        state.chats.rows[found[i]].flags |= np.uint8(TOUCHED)


@kernel
def forget_chats(state: ChatState) -> int:
    """Recycle visits that can no longer change anything; returns how many.

    A visit goes when no limit of its queue is still to come and the floor has passed its last
    bucket. The index must be built anew afterwards.
    """
    gone = 0
    for row in range(state.chats.used[VISITS_USED]):
        visit = state.chats.rows[row]
        if not visit.flags & USED or visit.due < NEVER:
            continue
        if (bucket_of(visit.last) + 1) * BUCKET_MS <= state.programs.floor[visit.program]:
            recycle(state.chats, row)
            gone += 1
    return gone


@kernel
def live_chats(state: ChatState, now: int, gauges: I8, young: I8) -> int:
    """Add chats to the live gauges of kernels.sweep.live; `young` as there. Returns its length."""
    count = 0
    for row in range(state.chats.used[VISITS_USED]):
        visit = state.chats.rows[row]
        if not visit.flags & USED:
            continue
        gauge = gauges[visit.queue_now]
        if visit.phase == HANDLING:
            gauge[3] += 1
        elif visit.phase == WAITING:
            gauge[0] += 1
            if gauge[1] < 0 or visit.entry < gauge[1]:
                gauge[1] = visit.entry
            target = target_row(state.targets, visit.queue, visit.entry)
            wait = length(state.chat_queues, visit.queue, visit.entry, now)
            if wait <= state.targets.thresholds[target, 0]:
                young[count, 0] = np.int64(visit.queue) << 16 | np.int64(visit.site)
                young[count, 1] = bucket_of(visit.entry)
                count += 1
    return count


@kernel
def open_chats(
    state: ChatState, now: int, cells: Cells, start: int, work: Records, turns: I8, out: Records
) -> int:
    """Add sessions and after-call work still open at `now`, clipped there, to `cells` (a copy of
    the handling cells). As kernels.sweep.open_handling."""
    end = state.chats.used[VISITS_USED]
    for row in range(start, end):
        visit = state.chats.rows[row]
        if not visit.flags & USED or visit.phase != HANDLING:
            continue
        until = now if now >= 0 else state.programs.chat_watermark[visit.program]
        n = load(state.chats, row, work)
        resolve_chat(work, n, state.places, state.chat_queues, turns, out[0])
        until = min(until, out[0].start + MAX_HANDLING_MS)
        if len(cells.keys) - cells.used[0] < max(0, until - out[0].start) // BUCKET_MS + 4:
            return row
        ended = out[0].end if out[0].end >= 0 else until
        clip(out[0].start, min(ended, until), out[0].queue_now, out[0].site, 1, cells)
        if out[0].acw_start >= 0:
            clip(out[0].acw_start, until, out[0].queue_now, out[0].site, 1, cells)
    return end


@kernel
def chat_outcomes(state: ChatState, work: Records, turns: I8, found: Records, waits: I8) -> None:
    """What became of every visit that is kept: CHAT_OUTCOME (visits,), of places not used no entry;
    its wait by the queue's clock, ms, int64 (visits,)."""
    for row in range(state.chats.used[VISITS_USED]):
        visit = state.chats.rows[row]
        if not visit.flags & USED:
            continue
        n = load(state.chats, row, work)
        out = found[row]
        resolve_chat(work, n, state.places, state.chat_queues, turns, out)
        if out.phase == WAITING:
            limit = out.entry + state.chat_queues.unresolved[out.setting]
            out.lost |= state.programs.chat_watermark[visit.program] >= limit
        elif out.phase in (HANDLING, DONE):
            decided = out.answer if out.answered else out.left
            waits[row] = length(state.chat_queues, out.setting, out.entry, decided)
