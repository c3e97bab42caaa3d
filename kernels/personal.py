"""What each person alone adds to the staff columns (kernels/STAFF.md), in cells of their own.

The group's rows are sums over people, so nothing personal can be read back from them. Here the same
spans are booked once more under the person's number: its low 16 bits stand in the place of the
queue, the others in that of the site.
"""

from kernels.jit import inlined, kernel
from kernels.layout import BUCKET_MS, I8, PRUNED, Cells, People, Places
from kernels.timeline import KNOWN_MS, book_absence, book_span

NUMBER_BITS = 16


@inlined
def cells_needed(people: People, number: int, since: int, until: int) -> int:
    """Upper bound of the cells that booking [since, until) of a person makes."""
    person = people.persons[number]
    need = 4
    if person.count:
        first = people.events[person.start].time
        last = people.events[person.start + person.count - 1].time
        need += max(0, min(until, last + KNOWN_MS) - max(since, first)) // BUCKET_MS
    for i in range(person.pieces):
        piece = people.pieces[person.piece_start + i]
        if piece.start < until and piece.end > since:
            need += (piece.end - piece.start) // BUCKET_MS + 2
    return need


@kernel
def book_person(
    people: People, number: int, since: int, until: int, places: Places, cells: Cells
) -> None:
    """Book [since, until) of one person: states, open ones too, and the schedule laid over them."""
    person = people.persons[number]
    seen = until
    if person.count:
        seen = min(until, people.events[person.start].time)
    if since < seen and not person.flags & PRUNED:
        book_absence(people, number, since, seen, 1, places, cells)
    for i in range(person.count):
        event = people.events[person.start + i]
        end = until
        if i + 1 < person.count:
            end = min(until, people.events[person.start + i + 1].time)
        book_span(people, number, event, max(since, event.time), end, 1, places, cells)


@kernel
def book_everybody(
    people: People, places: Places, cells: Cells, since: I8, until: I8, start: int
) -> int:
    """Book [since, until) of everybody from person `start` on, int64 (programs,), ms.

    `places` has queues and sites to write over. Returns the number of people, or where to go on
    after more room was made in `cells`.
    """
    for number in range(start, people.used[0]):
        program = people.persons[number].program
        begin = since[program]
        end = until[program]
        if begin >= end:
            continue
        if len(cells.keys) - cells.used[0] < cells_needed(people, number, begin, end):
            return number
        places.queue[:] = number & ((1 << NUMBER_BITS) - 1)
        places.site[:] = number >> NUMBER_BITS
        book_person(people, number, begin, end, places, cells)
    return people.used[0]
