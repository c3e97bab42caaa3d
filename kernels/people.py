"""People and their pools: finding a person, room that grows by moving, what is forgotten."""

import numpy as np

from kernels.cells import index_size
from kernels.growth import extended
from kernels.jit import inlined, kernel
from kernels.layout import (
    EVENT,
    EVENTS_END,
    I8,
    PERSON,
    PERSONS,
    PIECE,
    PIECES_END,
    PRUNED,
    ROW,
    ROWS_END,
    People,
    Records,
)

LEAST_ROOM = 8
SEEN_WORDS = 16
SIZES = 16
"""Lists of free places by size, each twice the one before."""
MOST_EVENTS, MOST_ROWS = 10_000, 500
"""Of one person at once; more are refused (`person_full`)."""


def make_people(persons: int = 64) -> People:
    """Nobody, with room for `persons`."""
    return People(
        persons=np.zeros(persons, PERSON),
        seen=np.zeros((persons, SEEN_WORDS), np.uint64),
        index=np.full(index_size(persons), -1, np.int32),
        events=np.zeros(persons * LEAST_ROOM, EVENT),
        pieces=np.zeros(persons * LEAST_ROOM, PIECE),
        rows=np.zeros(persons * LEAST_ROOM, ROW),
        free=np.full(SIZES, -1, np.int64),
        used=np.zeros(4, np.int64),
    )


FREE, FREE_FOR_ANYONE = 512, 2 * MOST_EVENTS + 64


def with_room(people: People, batch: int, free: int = FREE) -> People:
    """The same people with room for `batch` more, and a quarter and `free` items in each pool."""
    wider = people._replace(
        persons=extended(people.persons, int(people.used[PERSONS]) + batch),
        seen=extended(people.seen, int(people.used[PERSONS]) + batch),
        events=_with_free(people.events, int(people.used[EVENTS_END]), free),
        pieces=_with_free(people.pieces, int(people.used[PIECES_END]), free),
        rows=_with_free(people.rows, int(people.used[ROWS_END]), free),
    )
    size = index_size(int(people.used[PERSONS]) + batch)
    if size > len(wider.index):
        wider = wider._replace(index=np.full(size, -1, np.int32))
        reindex(wider)
    return wider


def _with_free(items: Records, used: int, free: int) -> Records:
    return extended(items, used + used // 4 + free)


@kernel
def reindex(people: People) -> None:
    """Build the index of digests anew."""
    people.index[:] = -1
    mask = len(people.index) - 1
    for number in range(people.used[PERSONS]):
        slot = np.int64(people.persons[number].lo & np.uint64(mask))
        while people.index[slot] >= 0:
            slot = (slot + 1) & mask
        people.index[slot] = number


@inlined
def person_of(people: People, hi: int, lo: int, program: int, bound: int) -> int:
    """Number of the person of a digest, made if new. The caller has seen to room.

    Nothing is booked of a new one below `bound` ms, the program's floor: the rows there are gone.
    """
    mask = len(people.index) - 1
    slot = np.int64(lo & np.uint64(mask))
    number = people.index[slot]
    while number >= 0:
        if people.persons[number].lo == lo and people.persons[number].hi == hi:
            return number
        slot = (slot + 1) & mask
        number = people.index[slot]
    number = people.used[PERSONS]
    people.used[PERSONS] = number + 1
    people.index[slot] = number
    person = people.persons[number]
    person.hi = hi
    person.lo = lo
    person.program = program
    person.start = 0
    person.count = 0
    person.room = 0
    person.piece_start = 0
    person.pieces = 0
    person.piece_room = 0
    person.row_start = 0
    person.rows = 0
    person.row_room = 0
    person.booked = max(bound, 0)
    people.seen[number, :] = 0
    person.flags = 0
    return number


@inlined
def mark_seen(people: People, number: int, identity: int) -> bool:
    """Note an id among those of a person; whether it may have been there before."""
    word = np.int64((identity >> np.uint64(6)) & np.uint64(SEEN_WORDS - 1))
    bit = np.uint64(1) << (identity & np.uint64(63))
    known = (people.seen[number, word] & bit) != 0
    people.seen[number, word] |= bit
    return known


@kernel
def see_again(people: People) -> None:
    """Note the ids of everyone's events anew."""
    people.seen[:] = 0
    for number in range(people.used[PERSONS]):
        person = people.persons[number]
        for i in range(person.count):
            mark_seen(people, number, people.events[person.start + i].id)


@inlined
def lacks_room(people: People, number: int) -> bool:
    """Whether one more event or row of a person could need more of a pool than there is."""
    person = people.persons[number]
    events = 2 * person.count + LEAST_ROOM
    rows = 2 * person.rows + LEAST_ROOM
    return (
        len(people.events) - people.used[EVENTS_END] < events
        or len(people.rows) - people.used[ROWS_END] < rows
    )


@inlined
def event_room(people: People, number: int) -> None:
    """Room for one more event of a person: twice as much, where another one has left it if there
    is such a place, else at the pool's end. The place that is left goes to the next who needs it."""
    person = people.persons[number]
    if person.count < person.room:
        return
    size = 0
    while LEAST_ROOM << size <= person.count:
        size += 1
    start = people.free[size]
    if start >= 0:
        people.free[size] = people.events[start].time
    else:
        start = people.used[EVENTS_END]
        people.used[EVENTS_END] = start + (LEAST_ROOM << size)
    for i in range(person.count):
        people.events[start + i] = people.events[person.start + i]
    if person.room >= LEAST_ROOM:
        left = 0
        while LEAST_ROOM << (left + 1) <= person.room:
            left += 1
        people.events[person.start].time = people.free[left]
        people.free[left] = person.start
    person.start = start
    person.room = LEAST_ROOM << size


@kernel
def row_room(people: People, number: int) -> None:
    """Room for one more row of a person's schedule."""
    person = people.persons[number]
    if person.rows < person.row_room:
        return
    room = max(LEAST_ROOM, 2 * person.rows)
    start = people.used[ROWS_END]
    people.used[ROWS_END] = start + room
    for i in range(person.rows):
        people.rows[start + i] = people.rows[person.row_start + i]
    person.row_start = start
    person.row_room = room


@kernel
def prune(people: People, floor: I8) -> None:
    """Forget what lies below each program's floor: events but the last, rows of days gone by."""
    for number in range(people.used[PERSONS]):
        person = people.persons[number]
        bound = floor[person.program]
        gone = 0
        while gone + 1 < person.count and people.events[person.start + gone + 1].time <= bound:
            gone += 1
        if gone:
            person.start += gone
            person.count -= gone
            person.room -= gone
            person.flags |= PRUNED
        while person.pieces and people.pieces[person.piece_start].end <= bound:
            person.piece_start += 1
            person.pieces -= 1
            person.piece_room -= 1
        prune_rows(people, number, bound)


@kernel
def prune_rows(people: People, number: int, bound: int) -> None:
    """Drop the rows of days of which every row has ended."""
    person = people.persons[number]
    kept = 0
    for i in range(person.rows):
        row = people.rows[person.row_start + i]
        stays = False
        for k in range(person.rows):
            other = people.rows[person.row_start + k]
            # Before anything of a day was seen to end its versions still have to be compared.
            if other.day == row.day and max(other.end, other.start) > bound:
                stays = True
                break
        if stays:
            people.rows[person.row_start + kept] = row
            kept += 1
    person.rows = kept


@kernel
def compacted_into(people: People, events: object, pieces: object, rows: object) -> None:
    """Copy every person's items, one person after the other, into these arrays.

    Events with a quarter more room each, so that not everyone moves again at the next one.
    """
    people.free[:] = -1
    event_at = 0
    piece_at = 0
    row_at = 0
    for number in range(people.used[PERSONS]):
        person = people.persons[number]
        for i in range(person.count):
            events[event_at + i] = people.events[person.start + i]
        for i in range(person.pieces):
            pieces[piece_at + i] = people.pieces[person.piece_start + i]
        for i in range(person.rows):
            rows[row_at + i] = people.rows[person.row_start + i]
        person.start = event_at
        person.room = person.count + person.count // 4 + 4
        person.piece_start = piece_at
        person.piece_room = person.pieces
        person.row_start = row_at
        person.row_room = person.rows
        event_at += person.room
        piece_at += person.pieces
        row_at += person.rows
    people.used[EVENTS_END] = event_at
    people.used[PIECES_END] = piece_at
    people.used[ROWS_END] = row_at
