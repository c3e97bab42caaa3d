"""Rows of schedule versions: which of a day are official, and which counts at each instant.

Rules: kernels/STAFF.md. A change of the schedule takes its part of the columns out, from the floor
on, and puts that of the new one in.
"""

from kernels.jit import inlined, kernel
from kernels.layout import (
    BUCKET_MS,
    CHANGED,
    CONFLICT,
    DUPLICATE,
    FOLDED,
    I4,
    I8,
    PIECES_END,
    PRUNED,
    TOO_LATE,
    U1,
    VISIT_FULL,
    Cells,
    People,
    Places,
    Record,
    Records,
)
from kernels.people import LEAST_ROOM, MOST_ROWS, lacks_room, person_of, row_room
from kernels.spans import WORK
from kernels.timeline import book_absence, overlay

LONGEST_ROW_MS = 24 * 3_600_000


@inlined
def row_weight(row: Record, places: Places) -> tuple[tuple[int, ...], int, int, int]:
    """All that counts of a row: of two of one id the greater stands, equals are one."""
    r = row
    queue, site = places.queue_hash[r.place], places.site_hash[r.place]
    told = r.rev, r.version, r.time, r.start, r.end, r.activity, r.paid, r.restates
    return told, queue, site, r.day


@kernel
def take_rows(
    batch: Records, fates: U1, start: int, people: People, places: Places, floor: I8
) -> int:
    """Put schedule rows, ROW_INPUT (n,), from `start` on into their people; fates uint8 (n,) out.

    Returns n, or where to go on after more room was made. Room for n more people must exist.
    """
    for i in range(start, len(batch)):
        row = batch[i].row
        bound = floor[batch[i].program]
        if max(row.start, row.end) < bound:
            fates[i] = TOO_LATE
            continue
        number = person_of(people, batch[i].hi, batch[i].lo, batch[i].program, bound)
        if lacks_room(people, number):
            return i
        person = people.persons[number]
        at = -1
        for k in range(person.rows):
            if people.rows[person.row_start + k].id == row.id:
                at = k
        if at >= 0:
            held = people.rows[person.row_start + at]
            new, old = row_weight(row, places), row_weight(held, places)
            fates[i] = DUPLICATE if new == old else CONFLICT
            if new <= old:
                continue
        elif person.rows >= MOST_ROWS:
            fates[i] = VISIT_FULL
            continue
        else:
            row_room(people, number)
            at = person.rows
            person.rows += 1
            fates[i] = FOLDED
        people.rows[person.row_start + at] = row
        person.flags |= CHANGED
    return len(batch)


@inlined
def official(people: People, number: int, marks: I4) -> None:
    """marks[k] = 1 where row k of a person is of its day's official version, else 0."""
    person = people.persons[number]
    for k in range(person.rows):
        row = people.rows[person.row_start + k]
        best = -1
        least = row.version
        for m in range(person.rows):
            other = people.rows[person.row_start + m]
            if other.day != row.day:
                continue
            least = min(least, other.version)
            if (other.eligible or other.restates) and other.version > best:
                best = other.version
        marks[k] = row.version == (best if best >= 0 else least)


@inlined
def stands_over(a: Record, b: Record) -> bool:
    """Whether row `a` counts where both cover an instant."""
    if (a.activity != WORK) != (b.activity != WORK):
        return a.activity != WORK
    if a.start != b.start:
        return a.start > b.start
    return a.id > b.id


@inlined
def put_edge(edges: I8, count: int, edge: int) -> None:
    """Put one more moment into `edges[:count]`, which are sorted."""
    at = count
    while at > 0 and edges[at - 1] > edge:
        edges[at] = edges[at - 1]
        at -= 1
    edges[at] = edge


@kernel
def flatten(people: People, number: int, marks: I4, edges: I8, pieces: Records) -> int:
    """The person's official schedule as `pieces` that do not overlap, in order; returns how many.

    marks int32 (rows,), edges int64 (2 rows,), pieces PIECE (2 rows,) are filled.
    """
    person = people.persons[number]
    official(people, number, marks)
    count = 0
    for k in range(person.rows):
        row = people.rows[person.row_start + k]
        if not marks[k] or row.end <= row.start or row.end - row.start > LONGEST_ROW_MS:
            marks[k] = 0
            continue
        put_edge(edges, count, row.start)
        put_edge(edges, count + 1, row.end)
        count += 2
    made = 0
    last = -1
    for e in range(count - 1):
        if edges[e] == edges[e + 1]:
            continue
        chosen = -1
        for k in range(person.rows):
            row = people.rows[person.row_start + k]
            covers = marks[k] and row.start <= edges[e] and edges[e] < row.end
            if covers and (chosen < 0 or stands_over(row, people.rows[person.row_start + chosen])):
                chosen = k
        if chosen < 0:
            last = -1
        elif chosen == last:
            pieces[made - 1].end = edges[e + 1]
        else:
            row = people.rows[person.row_start + chosen]
            pieces[made].start = edges[e]
            pieces[made].end = edges[e + 1]
            pieces[made].place = row.place
            pieces[made].activity = row.activity
            pieces[made].paid = row.paid
            made += 1
            last = chosen
    return made


@kernel
def whole_overlay(
    people: People, number: int, since: int, sign: int, places: Places, cells: Cells
) -> None:
    """Book the schedule's part of everything closed of a person, from `since` on."""
    person = people.persons[number]
    if not person.count or not person.pieces:
        return
    first = people.events[person.start].time
    if not person.flags & PRUNED:
        book_absence(people, number, since, first, sign, places, cells)
    for i in range(person.count - 1):
        event = people.events[person.start + i]
        until = people.events[person.start + i + 1].time
        begin = max(event.time, since)
        if begin < until:
            overlay(people, number, event, begin, until, sign, places, cells)


@kernel
def reschedule(
    people: People,
    places: Places,
    cells: Cells,
    floor: I8,
    marks: I4,
    edges: I8,
    pieces: Records,
    start: int,
) -> int:
    """Make the changed schedules official, from person `start` on.

    Returns the number of people, or where to go on after more room was made.
    """
    for number in range(start, people.used[0]):
        person = people.persons[number]
        if not person.flags & CHANGED:
            continue
        made = flatten(people, number, marks, edges, pieces)
        need = 64
        for i in range(made):
            need += (pieces[i].end - pieces[i].start) // BUCKET_MS + 2
        for i in range(person.pieces):
            piece = people.pieces[person.piece_start + i]
            need += (piece.end - piece.start) // BUCKET_MS + 2
        room = len(people.pieces) - people.used[PIECES_END]
        if len(cells.keys) - cells.used[0] < need or room < made + LEAST_ROOM:
            return number
        since = max(floor[person.program], 0)
        whole_overlay(people, number, since, -1, places, cells)
        if made > person.piece_room:
            person.piece_start = people.used[PIECES_END]
            person.piece_room = made
            people.used[PIECES_END] += made
        for i in range(made):
            people.pieces[person.piece_start + i] = pieces[i]
        person.pieces = made
        person.flags &= ~CHANGED
        whole_overlay(people, number, since, 1, places, cells)
    return people.used[0]
