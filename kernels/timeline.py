"""A person's timeline: sorted events, spans cut at bucket edges, the schedule laid over them.

An event takes the state before it out of the stretch up to the next event and puts its own in: a
late one splits exactly one span, whatever else the person did (design 3.1). Rules: kernels/STAFF.md.
"""

import numpy as np

from kernels.chains import before, weight
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
    Cells,
    People,
    Places,
    Record,
    Records,
)
from kernels.people import MOST_EVENTS, event_room, lacks_room, mark_seen, person_of
from kernels.spans import (
    ACW,
    AVAILABLE,
    LOGGED_OUT,
    UNKNOWN_STATE,
    add_overlay,
    add_state,
    add_unknown,
)

BELIEVED_MS = 16 * 3_600_000
KNOWN_MS = 7 * 24 * 3_600_000
MOST_BUCKETS, ROW_BUCKETS = KNOWN_MS // BUCKET_MS + 4, 24 * 4 + 2
"""After so long nothing is said of a person any more, not even that the state is unknown."""


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
    if event.kind >> 3 == LOGGED_OUT:
        add_overlay(people, number, event.kind, start, end, sign, places, cells)
        return
    known = event.time + BELIEVED_MS
    add_overlay(people, number, event.kind, start, min(end, known), sign, places, cells)
    unknown = UNKNOWN_STATE << 3
    add_overlay(people, number, unknown, max(start, known), end, sign, places, cells)


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
        add_overlay(people, number, LOGGED_OUT << 3, start, end, sign, places, cells)


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
        bound = floor[batch[i].program]
        if event.time < bound:
            fates[i] = TOO_LATE
            continue
        number = person_of(people, batch[i].hi, batch[i].lo, batch[i].program, bound)
        person = people.persons[number]
        first = event.time
        last = event.time
        if person.count:
            first = min(first, people.events[person.start].time)
            last = max(last, people.events[person.start + person.count - 1].time)
        elif person.pieces:
            first = min(first, people.pieces[person.piece_start].start)
        free = len(cells.keys) - cells.used[0]
        # The exact need is looked at only where the greatest there can be is not there.
        short = free < 4 * (MOST_BUCKETS + person.pieces * ROW_BUCKETS)
        if (short and free < 4 * span_rows(people, number, first, last)) or lacks_room(
            people, number
        ):
            return i
        at = held_at(people, number, event.id) if mark_seen(people, number, event.id) else -1
        if at >= 0:
            held = people.events[person.start + at]
            new, old = weight(event, places), weight(held, places)
            fates[i] = DUPLICATE if new == old else CONFLICT
            if new <= old:
                continue
            if held.time < bound:
                fates[i] = TOO_LATE
                continue
            replace_stretch(people, number, at, -1, places, cells)
            cut_out(people, number, at)
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
        if 0 <= begin < end:
            if len(cells.keys) - cells.used[0] < span_rows(people, number, begin, end):
                return number
            if person.count:
                event = people.events[person.start + person.count - 1]
                book_span(people, number, event, begin, end, 1, places, cells)
            else:
                book_absence(people, number, begin, end, 1, places, cells)
        # Also of one whose open span begins later: should that event be corrected, what was open
        # before it is taken out and put back, and must not reach the rows that have left.
        if stays:
            person.booked = max(person.booked, end)
    return people.used[0]


@kernel
def states_now(people: People, counts: I8, since: I8, now: int) -> None:
    """People by (group and site code, state) at `now` ms: counts int64 (places, 7), with the least
    time of the state, since int64 (places, 7), -1 where there is nobody. The last is unknown."""
    counts[:] = 0
    since[:] = -1
    for number in range(people.used[0]):
        person = people.persons[number]
        if not person.count:
            continue
        event = people.events[person.start + person.count - 1]
        state = np.int64(event.kind >> 3)
        if state != LOGGED_OUT and now > event.time + BELIEVED_MS:
            state = UNKNOWN_STATE
        counts[event.place, state] += 1
        if since[event.place, state] < 0 or event.time < since[event.place, state]:
            since[event.place, state] = event.time


@kernel
def chats_now(people: People, held: I8, slots: I8, now: int) -> None:
    """Chats held and slots open by (group and site code) at `now` ms, held and slots int64 (places,).

    As add_state books them: chats in every state that is believed, slots of those at work.
    """
    held[:] = 0
    slots[:] = 0
    for number in range(people.used[0]):
        person = people.persons[number]
        if not person.count:
            continue
        event = people.events[person.start + person.count - 1]
        state = np.int64(event.kind >> 3)
        if state == LOGGED_OUT or now > event.time + BELIEVED_MS:
            continue
        held[event.place] += (event.staff >> SESSION_BIT) & 255
        if AVAILABLE <= state <= ACW:
            slots[event.place] += (event.staff >> SLOT_BIT) & 255
