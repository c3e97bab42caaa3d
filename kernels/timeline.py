"""A person's timeline: sorted events, spans cut at bucket edges, the schedule laid over them.

An event takes the state before it out of the stretch up to the next event and puts its own in: a
late one splits exactly one span, whatever else the person did (design 3.1). Rules: kernels/STAFF.md.
"""

from kernels.cells import bucket_of, cell_key, row_of
from kernels.chains import before, same, stands
from kernels.columns import STAFF_ROW
from kernels.jit import inlined, kernel
from kernels.layout import (
    BUCKET_MS,
    CONFLICT,
    DUPLICATE,
    FOLDED,
    I8,
    PRUNED,
    SESSION_BIT,
    SLOT_BIT,
    TOO_LATE,
    U1,
    VISIT_FULL,
    WORK_BIT,
    Cells,
    People,
    Places,
    Record,
    Records,
)
from kernels.people import MOST_EVENTS, event_room, lacks_room, person_of

BELIEVED_MS = 16 * 3_600_000
KNOWN_MS = 7 * 24 * 3_600_000
"""After so long nothing is said of a person any more, not even that the state is unknown."""
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
def span_rows(people: People, number: int, start: int, end: int) -> int:
    """Upper bound of the cells that booking [start, end) of a person may create."""
    person = people.persons[number]
    buckets = min(max(0, end - start), KNOWN_MS) // BUCKET_MS + 4
    for i in range(person.pieces):
        piece = people.pieces[person.piece_start + i]
        if piece.start < end and piece.end > start:
            buckets += (piece.end - piece.start) // BUCKET_MS + 2
    return buckets


@inlined
def add_state(event: Record, start: int, end: int, sign: int, places: Places, cells: Cells) -> None:
    """Book [start, end) of an event's state, bucket by bucket."""
    state = event.kind >> 3
    aux = event.kind & 7
    sessions = (event.staff >> SESSION_BIT) & 255
    slots = (event.staff >> SLOT_BIT) & 255
    while start < end:
        bucket = bucket_of(start)
        edge = min(end, (bucket + 1) * BUCKET_MS)
        length = sign * (edge - start)
        start = edge
        row = row_of(cells, cell_key(places.queue[event.place], places.site[event.place], bucket))
        cells.dirty[row] = 1
        cell = cells.columns[row]
        cell[LOGGED_IN] += length
        at_work = AVAILABLE <= state <= ACW
        busy = state in (HANDLING_STATE, ACW) or (state == AUX and aux == AUX_CUSTOMER_WORK)
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
        row = row_of(cells, cell_key(places.queue[event.place], places.site[event.place], bucket))
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


@inlined
def add_overlay(
    people: People,
    number: int,
    state: int,
    aux: int,
    start: int,
    end: int,
    sign: int,
    places: Places,
    cells: Cells,
) -> None:
    """Book what the official schedule says of [start, end) while the person is in this state."""
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
            row = row_of(cells, key)
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


@kernel
def overlay(
    people: People,
    number: int,
    event: Record,
    start: int,
    end: int,
    sign: int,
    places: Places,
    cells: Cells,
) -> None:
    """The schedule's part of [start, end), within the span that `event` began."""
    state = event.kind >> 3
    aux = event.kind & 7
    if state == LOGGED_OUT:
        add_overlay(people, number, LOGGED_OUT, 0, start, end, sign, places, cells)
        return
    known = event.time + BELIEVED_MS
    add_overlay(people, number, state, aux, start, min(end, known), sign, places, cells)
    add_overlay(people, number, UNKNOWN_STATE, 0, max(start, known), end, sign, places, cells)


@kernel
def book_span(
    people: People,
    number: int,
    event: Record,
    start: int,
    end: int,
    sign: int,
    places: Places,
    cells: Cells,
) -> None:
    """Book [start, end), a part of the span that `event` began: its state, and the schedule."""
    if start >= end:
        return
    if event.kind >> 3 != LOGGED_OUT:
        known = event.time + BELIEVED_MS
        add_state(event, start, min(end, known), sign, places, cells)
        until = min(end, event.time + KNOWN_MS)
        add_unknown(event, max(start, known), until, sign, places, cells)
    if people.persons[number].pieces:
        overlay(people, number, event, start, end, sign, places, cells)


@kernel
def book_absence(
    people: People, number: int, start: int, end: int, sign: int, places: Places, cells: Cells
) -> None:
    """Book [start, end) of a person who has not been seen yet: logged out."""
    if people.persons[number].pieces:
        add_overlay(people, number, LOGGED_OUT, 0, start, end, sign, places, cells)


@inlined
def replace_stretch(
    people: People, number: int, at: int, sign: int, places: Places, cells: Cells
) -> None:
    """Make event `at` count (sign 1), or no longer (-1), from its time to that of the next.

    In that stretch it stands in the place of the event before it. The last event's own stretch is
    open: there is nothing booked of it, but that of the event before is closed by it.
    """
    person = people.persons[number]
    event = people.events[person.start + at]
    first = at == 0
    if at + 1 == person.count:
        if not first:
            former = people.events[person.start + at - 1]
            begin = max(former.time, person.booked)
            book_span(people, number, former, begin, event.time, sign, places, cells)
        elif not person.flags & PRUNED:
            book_absence(people, number, person.booked, event.time, sign, places, cells)
        return
    until = people.events[person.start + at + 1].time
    if not first:
        former = people.events[person.start + at - 1]
        book_span(people, number, former, event.time, until, -sign, places, cells)
    elif not person.flags & PRUNED:
        book_absence(people, number, event.time, until, -sign, places, cells)
    book_span(people, number, event, event.time, until, sign, places, cells)


@inlined
def cut_out(people: People, number: int, at: int) -> None:
    """Take an event out of a person's list."""
    person = people.persons[number]
    for i in range(at, person.count - 1):
        people.events[person.start + i] = people.events[person.start + i + 1]
    person.count -= 1


@inlined
def put_between(people: People, number: int, event: Record) -> int:
    """Put an event where it belongs in a person's list; returns its place."""
    event_room(people, number)
    person = people.persons[number]
    at = person.count
    while at > 0 and before(event, people.events[person.start + at - 1]):
        people.events[person.start + at] = people.events[person.start + at - 1]
        at -= 1
    people.events[person.start + at] = event
    person.count += 1
    return at


@inlined
def held_at(people: People, number: int, identity: int) -> int:
    """Place of the event of an id in a person's list, -1 if there is none. Newest are last."""
    person = people.persons[number]
    for i in range(person.count - 1, -1, -1):
        if people.events[person.start + i].id == identity:
            return i
    return -1


@kernel
def take_states(
    batch: Records, fates: U1, start: int, people: People, places: Places, cells: Cells, floor: I8
) -> int:
    """Fold `staff_state` events, INPUT (n,), from `start` on; fates uint8 (n,) out.

    Returns n, or where to go on after more room was made. Room for n more people must exist.
    """
    for i in range(start, len(batch)):
        event = batch[i].event
        if event.time < floor[batch[i].program]:
            fates[i] = TOO_LATE
            continue
        number = person_of(people, batch[i].hi, batch[i].lo, batch[i].program)
        person = people.persons[number]
        first = event.time
        last = event.time
        if person.count:
            first = min(first, people.events[person.start].time)
            last = max(last, people.events[person.start + person.count - 1].time)
        elif person.pieces:
            first = min(first, people.pieces[person.piece_start].start)
        need = 4 * span_rows(people, number, first, last)
        if len(cells.keys) - cells.used[0] < need or lacks_room(people, number):
            return i
        at = held_at(people, number, event.id)
        if at >= 0:
            held = people.events[person.start + at]
            if same(event, held, places):
                fates[i] = DUPLICATE
                continue
            if not stands(event, held, places):
                fates[i] = CONFLICT
                continue
            if held.time < floor[batch[i].program]:
                fates[i] = TOO_LATE
                continue
            replace_stretch(people, number, at, -1, places, cells)
            cut_out(people, number, at)
            fates[i] = CONFLICT
        elif person.count >= MOST_EVENTS:
            fates[i] = VISIT_FULL
            continue
        else:
            fates[i] = FOLDED
        at = put_between(people, number, event)
        replace_stretch(people, number, at, 1, places, cells)
    return len(batch)


@inlined
def open_since(people: People, number: int) -> int:
    """Since when what a person does is not in the stored columns, ms; -1 if there is nothing."""
    person = people.persons[number]
    if person.count:
        return max(person.booked, people.events[person.start + person.count - 1].time)
    if person.pieces:
        return max(person.booked, people.pieces[person.piece_start].start)
    return -1


@kernel
def book_open(
    people: People, places: Places, cells: Cells, until: I8, start: int, stays: bool
) -> int:
    """Book every person's open span up to `until` int64 (programs,), from person `start` on.

    `stays` says that `cells` are the stored ones, not a copy for reading. Returns the number of
    people, or where to go on after more room was made.
    """
    for number in range(start, people.used[0]):
        person = people.persons[number]
        begin = open_since(people, number)
        end = until[person.program]
        if begin < 0 or begin >= end:
            continue
        if len(cells.keys) - cells.used[0] < span_rows(people, number, begin, end):
            return number
        if person.count:
            event = people.events[person.start + person.count - 1]
            book_span(people, number, event, begin, end, 1, places, cells)
        else:
            book_absence(people, number, begin, end, 1, places, cells)
        if stays:
            person.booked = end
    return people.used[0]


@kernel
def states_now(people: People, places: Places, counts: I8, since: I8) -> None:
    """People by (group and site code, state): counts int64 (places, 7), with the least time of
    the state, since int64 (places, 7), -1 where there is nobody. An unknown state is the last."""
    counts[:] = 0
    since[:] = -1
    for number in range(people.used[0]):
        person = people.persons[number]
        if not person.count:
            continue
        event = people.events[person.start + person.count - 1]
        state = event.kind >> 3
        counts[event.place, state] += 1
        if since[event.place, state] < 0 or event.time < since[event.place, state]:
            since[event.place, state] = event.time
