"""What happens to visits as time passes: expiry, live gauges, open handling, recycling."""

import numpy as np

from kernels.booking import clip, target_row
from kernels.cells import bucket_of
from kernels.chains import load, recycle
from kernels.jit import kernel
from kernels.layout import (
    BUCKET_MS,
    CALLBACK,
    EXPIRED,
    HANDLING,
    I4,
    I8,
    IVR_OPEN,
    MAX_HANDLING_MS,
    TOUCHED,
    USED,
    VISITS_USED,
    WAITING,
    CallState,
    Cells,
    Records,
    Visits,
)
from kernels.outcome import resolve
from kernels.visits import take_out


@kernel
def due(state: CallState, limit: int, found: I4) -> int:
    """Rows of undecided or open visits whose limit the watermark has reached; returns how many.

    Least limit first is not needed: each is settled on its own. `found` int32 (visits,).
    """
    count = 0
    for row in range(state.visits.used[VISITS_USED]):
        visit = state.visits.rows[row]
        watermark = state.programs.watermark[visit.program]
        undecided = visit.flags & USED and (
            WAITING <= visit.phase <= HANDLING or visit.flags & IVR_OPEN
        )
        # Entry and answer are not before the first event, so this is only a first look.
        if undecided and watermark >= 0 and watermark >= visit.first + limit:
            found[count] = row
            count += 1
    return count


@kernel
def outcomes(state: CallState, work: Records, found: Records) -> None:
    """What became of every visit that is kept: OUTCOME (visits,), of places not used no entry."""
    for row in range(state.visits.used[VISITS_USED]):
        if state.visits.rows[row].flags & USED:
            n = load(state.visits, row, work)
            resolve(work, n, state.places, state.targets, found[row])
            found[row].lost |= (state.visits.rows[row].flags & EXPIRED) != 0


@kernel
def expire(state: CallState, found: I4, count: int, work: Records, out: Records) -> None:
    """Take the contributions of `found[:count]` out; settle_batch then puts them in as expired."""
    for i in range(count):
        n = load(state.visits, found[i], work)
        take_out(state, found[i], work, n, out[0])
        state.visits.rows[found[i]].flags |= np.uint8(TOUCHED)


@kernel
def forget(state: CallState) -> int:
    """Recycle visits that can no longer change anything; returns how many.

    A visit goes when it is decided or unknown and the floor has passed its last bucket. The
    index must be built anew afterwards.
    """
    visits = state.visits
    gone = 0
    for row in range(visits.used[VISITS_USED]):
        visit = visits.rows[row]
        if not visit.flags & USED or visit.flags & IVR_OPEN:
            continue
        if WAITING <= visit.phase <= HANDLING:
            continue
        last_edge = (bucket_of(visit.last) + 1) * BUCKET_MS
        if last_edge > state.programs.floor[visit.program]:
            continue
        recycle(visits, row)
        gone += 1
    return gone


@kernel
def reindex_visits(visits: Visits) -> None:
    """Build the index of digests anew."""
    visits.index[:] = -1
    mask = len(visits.index) - 1
    for row in range(visits.used[VISITS_USED]):
        if visits.rows[row].flags & USED:
            slot = np.int64(visits.rows[row].lo & np.uint64(mask))
            while visits.index[slot] >= 0:
                slot = (slot + 1) & mask
            visits.index[slot] = row


@kernel
def oldest(visits: Visits, least: I8) -> None:
    """Per program: the least event time of any kept visit, in `least` int64 (programs,)."""
    least[:] = np.iinfo(np.int64).max
    for row in range(visits.used[VISITS_USED]):
        visit = visits.rows[row]
        if visit.flags & USED and visit.first < least[visit.program]:
            least[visit.program] = visit.first


@kernel
def live(state: CallState, now: int, gauges: I8, young: I8) -> int:
    """Live gauges at `now`. gauges int64 (queues, 4): waiting, oldest entry (-1), callbacks pending,
    in progress, by the queue the contact is in now. `young` int64 (visits, 2): arrival cell's
    (queue << 16 | site, bucket) of each contact still waiting within its first T. Returns its length.
    """
    gauges[:] = 0
    gauges[:, 1] = -1
    count = 0
    for row in range(state.visits.used[VISITS_USED]):
        visit = state.visits.rows[row]
        if not visit.flags & USED:
            continue
        gauge = gauges[visit.queue_now]
        if visit.phase == HANDLING:
            gauge[3] += 1
            continue
        if visit.phase not in (WAITING, CALLBACK):
            continue
        if visit.phase == CALLBACK:
            gauge[2] += 1
        else:
            gauge[0] += 1
            if gauge[1] < 0 or visit.entry < gauge[1]:
                gauge[1] = visit.entry
        target = target_row(state.targets, visit.queue, visit.entry)
        if now - visit.entry <= state.targets.thresholds[target, 0]:
            young[count, 0] = np.int64(visit.queue) << 16 | np.int64(visit.site)
            young[count, 1] = bucket_of(visit.entry)
            count += 1
    return count


@kernel
def open_handling(
    state: CallState, now: int, cells: Cells, start: int, work: Records, out: Records
) -> int:
    """Add handling still open at `now`, clipped there, to `cells` (a copy of the handling cells).

    A `now` of -1 means each program's watermark. Returns the visits' end, or the row to go on from
    after more room was made.
    """
    end = state.visits.used[VISITS_USED]
    for row in range(start, end):
        visit = state.visits.rows[row]
        if not visit.flags & USED or visit.phase != HANDLING or visit.flags & EXPIRED:
            continue
        until = now if now >= 0 else state.programs.watermark[visit.program]
        n = load(state.visits, row, work)
        resolve(work, n, state.places, state.targets, out[0])
        until = min(until, out[0].answer + MAX_HANDLING_MS)
        if len(cells.keys) - cells.used[0] < max(0, until - out[0].answer) // BUCKET_MS + 4:
            return row
        talk_end = out[0].talk_end if out[0].talk_end >= 0 else until
        clip(out[0].answer, min(talk_end, until), out[0].queue_now, out[0].site, 1, cells)
        if out[0].acw_start >= 0:
            clip(out[0].acw_start, until, out[0].queue_now, out[0].site, 1, cells)
    return end
