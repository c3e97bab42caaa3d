"""Books what a contact's first visit adds to attempts, human contacts and the IVR's columns.

The rules are those of kernels/BOTS.md, Calls. All from the sorted events of the visit.
"""

import numpy as np

from kernels.cells import bucket_of, cell_key, row_of
from kernels.columns import ARRIVAL_ROW, BOTS_ROW
from kernels.jit import inlined, kernel
from kernels.layout import (
    BLOCKED_OUT,
    HANDLE_BITS,
    IN_IVR,
    IVR_OPEN,
    NO_ENTRY,
    PLAIN_CALL,
    PLAIN_IVR_CALL,
    CallState,
    Record,
    Records,
)
from kernels.outcome import BLOCKED, DISCONNECTED, IVR_ENTERED, IVR_LEFT, TRACKING_LOST

# Reason codes of `ivr_left`: place of the result in its contract + 1 (a test holds them together).
TO_QUEUE, SELF_SERVICE, OPT_OUT, ERROR, HUNG_UP = range(1, 6)

ATTEMPTS, HUMAN = ARRIVAL_ROW.index("attempts"), ARRIVAL_ROW.index("human_contact_n")
_C = BOTS_ROW.index
ANSWERED, ORPHANED, STILL_IN, UNKNOWN, ABANDONED = (
    _C("ivr_ans"), _C("ivr_orphan"), _C("ivr_open"), _C("ivr_unknown"), _C("ivr_abn"),
)  # fmt: skip
QUEUED_N, SERVED, OPTED, ERRED = (
    _C("ivr_to_queue"), _C("ivr_self_service"), _C("ivr_optout"), _C("ivr_error"),
)  # fmt: skip


@inlined
def first_kind(events: Records, n: int, kind: int) -> int:
    """Index of the first event of a type, -1 if there is none."""
    for i in range(n):
        if events[i].kind >> 3 == kind:
            return i
    return -1


@kernel
def left_as(kind: int, result: int) -> int:
    """Column of the way out of the IVR that an event behind the entrance is; -1 if it is none."""
    if kind == IVR_LEFT:
        if result == SELF_SERVICE:
            return SERVED
        if result == OPT_OUT:
            return OPTED
        if result == ERROR:
            return ERRED
        return ABANDONED if result == HUNG_UP else QUEUED_N
    if kind == DISCONNECTED:
        return ABANDONED
    if kind in (TRACKING_LOST, IVR_ENTERED, BLOCKED):
        return -1
    return QUEUED_N


@inlined
def way_out(events: Records, n: int, entered: int) -> int:
    """Column of the first way out behind the entrance `entered`, -1 if there is none yet."""
    for i in range(entered, n):
        column = left_as(events[i].kind >> 3, events[i].kind & 7)
        if column >= 0:
            return column
    return -1


@inlined
def counts_in_ivr(events: Records, entered: int) -> bool:
    """Whether nothing before the entrance says that a person's queue put the call there."""
    told = 0
    for i in range(entered):
        told += events[i].kind >> 3 in (IVR_LEFT, TRACKING_LOST)
    return told == entered


@kernel
def in_ivr_at(events: Records, n: int) -> int:
    """When a call entered the IVR that it has not left as far as anyone can say, ms; else -1."""
    entered = first_kind(events, n, IVR_ENTERED)
    if entered < 0 or not counts_in_ivr(events, entered):
        return -1
    if way_out(events, n, entered) >= 0 or first_kind(events, n, TRACKING_LOST) >= 0:
        return -1
    return events[entered].time


@inlined
def book_call(
    state: CallState, visit: Record, events: Records, n: int, out: Record, sign: int
) -> None:
    """Add `sign` times a first visit's call to the cells. `visit` holds its arrival key, and by its
    flag whether it is still in the IVR.
    """
    entered = first_kind(events, n, IVR_ENTERED)
    since = events[entered].time if entered >= 0 else out.entry
    if out.phase == BLOCKED_OUT:
        row = row_of(state.arrival, cell_key(visit.queue, 0, bucket_of(out.entry)))
        state.arrival.columns[row, ATTEMPTS] += sign
    elif entered >= 0 or out.phase not in (NO_ENTRY, IN_IVR):
        if out.phase not in (NO_ENTRY, IN_IVR):
            row = row_of(state.arrival, cell_key(visit.queue, visit.site, bucket_of(out.entry)))
            state.arrival.columns[row, HUMAN] += sign
            since = min(since, out.entry)
        nowhere = state.programs.no_queue[visit.program]
        row = row_of(state.arrival, cell_key(nowhere, 0, bucket_of(since)))
        state.arrival.columns[row, ATTEMPTS] += sign
        state.arrival.dirty[row] = 1
    if entered >= 0:
        if counts_in_ivr(events, entered):
            column = way_out(events, n, entered)
            if column < 0:
                column = STILL_IN if visit.flags & IVR_OPEN else UNKNOWN
            book_ivr(state, visit.program, events[entered].time, column, sign)
    elif out.phase in (NO_ENTRY, IN_IVR, BLOCKED_OUT):
        left = first_kind(events, n, IVR_LEFT)
        if left >= 0:
            book_ivr(state, visit.program, events[left].time, ORPHANED, sign)


@inlined
def is_plain(visit: Record) -> bool:
    """Whether a visit's call is in the cells as a plain one (plain_call)."""
    return (visit.handle_ms & (PLAIN_CALL | PLAIN_IVR_CALL)) != 0


@inlined
def plain_call(events: Records, n: int, out: Record) -> int:
    """PLAIN_CALL: a contact in the queue that no IVR answered; PLAIN_IVR_CALL: one whose first event
    is the IVR's, from where it went to the queue; 0: anything else.

    What these two add follows from what the visit keeps, so most events of a call, which change
    nothing of it, need not take it out and put it in again: that doubled the time of a fold.
    """
    if out.phase in (NO_ENTRY, IN_IVR, BLOCKED_OUT):
        return 0
    entered = first_kind(events, n, IVR_ENTERED)
    if entered < 0:
        return PLAIN_CALL
    if events[entered].time != events[0].time or not counts_in_ivr(events, entered):
        return 0
    return PLAIN_IVR_CALL if way_out(events, n, entered) == QUEUED_N else 0


@inlined
def settle_plain(
    state: CallState, visit: Record, plain: int, entry: int, first: int, queue: int, site: int
) -> None:
    """Make a plain call count as it is now, where it differs from what the visit says it was.

    To be called before the visit takes over its new entry, first event, queue and site.
    """
    was = np.int64(visit.handle_ms & (PLAIN_CALL | PLAIN_IVR_CALL))
    same = was == plain and visit.entry == entry and visit.queue == queue and visit.site == site
    if same and (plain != PLAIN_IVR_CALL or visit.first == first):
        return
    if was:
        book_plain(state, visit.program, was, visit.entry, visit.first, visit.queue, visit.site, -1)
    if plain:
        book_plain(state, visit.program, plain, entry, first, queue, site, 1)
    visit.handle_ms = np.int64(visit.handle_ms & HANDLE_BITS) | plain


@kernel
def book_plain(
    state: CallState,
    program: int,
    plain: int,
    entry: int,
    first: int,
    queue: int,
    site: int,
    sign: int,
) -> None:
    """Add `sign` times a plain call's contact, attempt and, if it came that way, its IVR's part."""
    row = row_of(state.arrival, cell_key(queue, site, bucket_of(entry)))
    state.arrival.columns[row, HUMAN] += sign
    since = entry
    if plain == PLAIN_IVR_CALL:
        since = min(first, entry)
        book_ivr(state, program, first, QUEUED_N, sign)
    row = row_of(state.arrival, cell_key(state.programs.no_queue[program], 0, bucket_of(since)))
    state.arrival.columns[row, ATTEMPTS] += sign
    state.arrival.dirty[row] = 1


@inlined
def book_ivr(state: CallState, program: int, moment: int, column: int, sign: int) -> None:
    """One call at the program's IVR; an orphan was not answered there."""
    row = row_of(state.bots, cell_key(state.programs.ivr[program], 0, bucket_of(moment)))
    state.bots.dirty[row] = 1
    state.bots.columns[row, column] += sign
    if column != ORPHANED:
        state.bots.columns[row, ANSWERED] += sign
