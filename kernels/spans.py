"""Spans of time cut at bucket edges: what a state adds, what the schedule laid over it adds.

Rules: kernels/STAFF.md.
"""

from kernels.cells import bucket_of, cell_key, row_near
from kernels.columns import STAFF_ROW
from kernels.jit import inlined, kernel
from kernels.layout import (
    BUCKET_MS,
    SESSION_BIT,
    SLOT_BIT,
    WORK_BIT,
    Cells,
    People,
    Places,
    Record,
)

LOGGED_OUT, AVAILABLE, RINGING, HANDLING_STATE, ACW, AUX, UNKNOWN_STATE = range(7)
AUX_OTHER, AUX_BREAK, AUX_MEAL, AUX_TRAINING, AUX_MEETING, AUX_CUSTOMER_WORK = range(6)
WORK, BREAK, MEAL, TRAINING, MEETING, CUSTOMER_WORK = range(6)
"""Codes are places in schemas.staff.STATES, AUX_CLASSES and ACTIVITIES."""

_C = STAFF_ROW.index
LOGGED_IN, AVAIL, RING, BUSY, HANDLE, AFTER, AUX_FIRST = (
    _C("logged_in_ms"), _C("avail_ms"), _C("ringing_ms"), _C("busy_union_ms"),
    _C("staff_handle_ms"), _C("staff_acw_ms"), _C("aux_other_ms"),
)  # fmt: skip
STAFFED, LENT, SESSIONS, CHATTING, SLOTS, UNKNOWN = (
    _C("staffed_ms"), _C("lent_ms"), _C("sess_ms"), _C("chat_busy_union_ms"), _C("slot_ms"),
    _C("state_unknown_ms"),
)  # fmt: skip
SCHED, SCHED_WORK, PAID, MISMATCH, OVERRUN, LOST, PLANNED, XOR = (
    _C("sched_ms"), _C("sched_work_ms"), _C("paid_ms"), _C("mismatch_ms"), _C("busy_overrun_ms"),
    _C("unplanned_lost_ms"), _C("act_planned_ms"), _C("act_xor_ms"),
)  # fmt: skip


@inlined
def add_state(event: Record, start: int, end: int, sign: int, places: Places, cells: Cells) -> None:
    """Book [start, end) of an event's state, bucket by bucket."""
    state = event.kind >> 3
    aux = event.kind & 7
    sessions = (event.staff >> SESSION_BIT) & 255
    slots = (event.staff >> SLOT_BIT) & 255
    at_work = AVAILABLE <= state <= ACW
    busy = state in (HANDLING_STATE, ACW) or (state == AUX and aux == AUX_CUSTOMER_WORK)
    while start < end:
        bucket = bucket_of(start)
        edge = min(end, (bucket + 1) * BUCKET_MS)
        length = sign * (edge - start)
        start = edge
        row = row_near(cells, cell_key(places.queue[event.place], places.site[event.place], bucket))
        cells.dirty[row] = 1
        cell = cells.columns[row]
        cell[LOGGED_IN] += length
        if state == AUX:
            cell[AUX_FIRST + aux] += length
        elif state in (AVAILABLE, RINGING):
            cell[AVAIL] += length
            if state == RINGING:
                cell[RING] += length
        elif state == HANDLING_STATE:
            cell[HANDLE] += length
        else:
            cell[AFTER] += length
        if busy:
            cell[BUSY] += length
            if event.staff >> WORK_BIT:
                cell[LENT] += length
        if at_work:
            cell[STAFFED] += length
            cell[SLOTS] += slots * length
        if sessions:
            cell[SESSIONS] += sessions * length
            cell[CHATTING] += length


@inlined
def add_unknown(
    event: Record, start: int, end: int, sign: int, places: Places, cells: Cells
) -> None:
    """Book [start, end) of a state that is no longer believed."""
    while start < end:
        bucket = bucket_of(start)
        edge = min(end, (bucket + 1) * BUCKET_MS)
        row = row_near(cells, cell_key(places.queue[event.place], places.site[event.place], bucket))
        cells.dirty[row] = 1
        cells.columns[row, UNKNOWN] += sign * (edge - start)
        start = edge


@inlined
def allowed(activity: int, paid: int, state: int, aux: int) -> bool:
    """Whether a state is what an activity asks for."""
    if state == LOGGED_OUT:
        return not paid
    if activity == WORK:
        return AVAILABLE <= state <= ACW or (state == AUX and aux == AUX_CUSTOMER_WORK)
    if activity == CUSTOMER_WORK:
        return state in (HANDLING_STATE, ACW) or (state == AUX and aux == AUX_CUSTOMER_WORK)
    if state != AUX:
        return False
    if activity in (BREAK, MEAL):
        return aux in (AUX_BREAK, AUX_MEAL)
    return aux in (AUX_TRAINING, AUX_MEETING)


@kernel
def add_overlay(
    people: People,
    number: int,
    kind: int,
    start: int,
    end: int,
    sign: int,
    places: Places,
    cells: Cells,
) -> None:
    """Book what the official schedule says of [start, end) while the person is in a state.

    `kind` is state << 3 | aux class, as in an event.
    """
    state = kind >> 3
    aux = kind & 7
    person = people.persons[number]
    for i in range(person.pieces):
        piece = people.pieces[person.piece_start + i]
        if piece.start >= end:
            break
        at = max(start, piece.start)
        until = min(end, piece.end)
        if at >= until:
            continue
        fits = allowed(piece.activity, piece.paid, state, aux)
        off = BREAK <= piece.activity <= MEETING
        takes = state == AUX and AUX_BREAK <= aux <= AUX_MEETING
        odd = 0
        if off and not (takes and aux == piece.activity):
            odd += 1
        if takes and aux != piece.activity:
            odd += 1
        while at < until:
            bucket = bucket_of(at)
            edge = min(until, (bucket + 1) * BUCKET_MS)
            length = sign * (edge - at)
            at = edge
            key = cell_key(places.queue[piece.place], places.site[piece.place], bucket)
            row = row_near(cells, key)
            cells.dirty[row] = 1
            cell = cells.columns[row]
            cell[SCHED] += length
            if piece.activity in (WORK, CUSTOMER_WORK):
                cell[SCHED_WORK] += length
            if piece.paid:
                cell[PAID] += length
                if state == LOGGED_OUT:
                    cell[LOST] += length
            if not fits:
                cell[MISMATCH] += length
                if off and state in (HANDLING_STATE, ACW):
                    cell[OVERRUN] += length
            if off:
                cell[PLANNED] += length
            cell[XOR] += odd * length
