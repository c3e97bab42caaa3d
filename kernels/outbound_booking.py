"""Books what a record or a list contributes into its cells, or takes it out again (sign -1)."""

from kernels.columns import OUTBOUND_ROW
from kernels.jit import inlined, kernel
from kernels.layout import NEVER, U1, Cells, Record, Records
from kernels.outbound_walk import (
    ABANDONED,
    BAD,
    BY_RPC,
    EXHAUSTED,
    GONE,
    OPEN,
    RIGHT_PARTY,
)
from kernels.pools import add

_C = OUTBOUND_ROW.index
TAKEN, CARRIED, ORPHAN, CONTRADICTIONS = (
    _C("rec_listed"), _C("rec_carried"), _C("orphan"), _C("contradictions"),
)  # fmt: skip
DIALS, CONNECTS, RPC, DIALER_ABN = (
    _C("dials_n"), _C("connects_n"), _C("rpc_n"), _C("dialer_abn_n"),
)  # fmt: skip
REC_DONE, REC_RPC, REC_EXHAUSTED, REC_BAD = (
    _C("rec_done"), _C("rec_rpc"), _C("rec_exhausted"), _C("rec_bad"),
)  # fmt: skip
REC_WITHDRAWN, REC_EXPIRED = _C("rec_withdrawn"), _C("rec_expired")
LIST_N, DIALLED_N, CONTACT_N = _C("list_n"), _C("dialled_n"), _C("contact_n")
PLAN_CUM, DIALLED_CUM, BEHIND, PER_DAY = (
    _C("plan_cum"), _C("dialled_cum"), _C("list_behind_n"), _C("plan_per_day"),
)  # fmt: skip


@inlined
def book_list(found: Record, cells: Cells) -> int:
    """What a list was told with last, once its local day has ended; returns when that is, if ahead."""
    if found.mark < found.until:
        return found.until
    closing = found.until - 1
    add(found, closing, PLAN_CUM, found.planned, cells)
    add(found, closing, DIALLED_CUM, found.dialled, cells)
    add(found, closing, BEHIND, max(0, found.planned - found.dialled), cells)
    add(found, closing, PER_DAY, found.per_day, cells)
    return NEVER


@inlined
def book_dial(found: Record, result: int, moment: int, cells: Cells) -> None:
    """An attempt, at its own moment."""
    add(found, moment, DIALS, 1, cells)
    if result <= ABANDONED:
        add(found, moment, CONNECTS, 1, cells)
    if result == RIGHT_PARTY:
        add(found, moment, RPC, 1, cells)
    elif result == ABANDONED:
        add(found, moment, DIALER_ABN, 1, cells)


@inlined
def book_completion(found: Record, cells: Cells) -> int:
    """Why the record is on the list no longer; returns when it would expire, if that is ahead."""
    turns = NEVER
    if found.state == OPEN:
        if found.mark < found.life:
            turns = found.life
        else:
            add(found, found.life, REC_EXPIRED, 1, cells)
    elif found.state == GONE:
        add(found, found.ended, REC_WITHDRAWN, 1, cells)
    else:
        add(found, found.ended, REC_DONE, 1, cells)
        if found.state == BY_RPC:
            add(found, found.ended, REC_RPC, 1, cells)
        elif found.state == EXHAUSTED:
            add(found, found.ended, REC_EXHAUSTED, 1, cells)
        elif found.state == BAD:
            add(found, found.ended, REC_BAD, 1, cells)
    return turns


@inlined
def book_end(found: Record, cells: Cells) -> int:
    """The record among those of its list, at its completion or when the list was to be done,
    whichever is first; returns when that is, if it is ahead."""
    turns = NEVER
    early = found.state != OPEN and found.ended <= found.due
    if not (early and found.state == GONE):
        end = found.ended if early else found.due
        if not early and found.mark < end:
            turns = end
        else:
            add(found, end, LIST_N, 1, cells)
            if 0 <= found.dialled_at <= end:
                add(found, end, DIALLED_N, 1, cells)
            if 0 <= found.contact_at <= end:
                add(found, end, CONTACT_N, 1, cells)
    return turns


@kernel
def book(events: Records, n: int, found: Record, did: U1, cells: Cells) -> int:
    """Add the contribution of a walked row, or take it out, as the watermark in it makes it.

    Returns the watermark at which it would be another one; sets `until`, and the state of what
    expired.
    """
    if found.is_list:
        return book_list(found, cells)
    if found.entry < 0:
        add(found, found.start, ORPHAN, 1, cells)
        return NEVER
    add(found, found.start, CARRIED if found.carried else TAKEN, 1, cells)
    add(found, found.start, CONTRADICTIONS, found.contradictions, cells)
    for i in range(n):
        if did[i]:
            book_dial(found, events[i].kind & 7, max(events[i].time, found.start), cells)
    found.until = found.life if found.state == OPEN else found.ended
    turns = NEVER
    if found.carried:
        if found.state == OPEN and found.mark < found.life:
            turns = found.life
    else:
        turns = min(book_end(found, cells), book_completion(found, cells))
    if found.state == OPEN and found.mark >= found.life:
        found.state = GONE
    return turns
