"""A technology's timeline of probes, and what carriers counted of it.

An event takes the status before it out of the stretch up to the next probe and puts its own in, as
with people (kernels/timeline.py): a late one changes one stretch. Rules: kernels/BOTS.md, Probes.
"""

from kernels.cells import bucket_of, cell_key, row_of
from kernels.columns import BOTS_ROW, UPTIME_ROW
from kernels.jit import inlined, kernel
from kernels.layout import (
    BUCKET_MS,
    CONFLICT,
    DUPLICATE,
    FOLDED,
    I8,
    TOO_LATE,
    U1,
    VISIT_FULL,
    Cells,
    People,
    Record,
    Records,
)
from kernels.people import lacks_room, person_of
from kernels.timeline import cut_out, held_at, put_between

PROBING_ENDED, PROBE, ATTEMPTS = range(3)
"""Places in schemas.bots.TECHNOLOGY_TYPES."""
MOST_PROBES = 100_000
"""Events of one technology at once; more are refused (`technology_full`)."""
UNKNOWN_MS = 31 * 24 * 3_600_000
"""After so long unprobed nothing is said of a technology any more, not even that it is unknown."""
LONGEST_MS = UNKNOWN_MS + 7 * 24 * 3_600_000

_U = UPTIME_ROW.index
TOTAL, UP, UNKNOWN = _U("total_ms"), _U("up_ms"), _U("unknown_ms")
"""`degraded_ms` and `down_ms` follow `up_ms`, as statuses do."""
_B = BOTS_ROW.index
COUNTED, BLOCKED, CONTRADICTIONS = _B("attempts"), _B("blocked"), _B("contradictions")


@inlined
def facts(event: Record) -> tuple[int, ...]:
    """All that counts of an event: of two of one id the greater stands, equals are one."""
    e = event
    return e.rev, e.time, e.seq, e.kind, e.n0, e.n1, e.n2, e.n3


@kernel
def add_time(place: int, column: int, start: int, end: int, sign: int, uptime: Cells) -> None:
    """Book [start, end) of a status, bucket by bucket."""
    while start < end:
        bucket = bucket_of(start)
        edge = min(end, (bucket + 1) * BUCKET_MS)
        row = row_of(uptime, cell_key(place, 0, bucket))
        uptime.dirty[row] = 1
        uptime.columns[row, TOTAL] += sign * (edge - start)
        uptime.columns[row, column] += sign * (edge - start)
        start = edge


@kernel
def add_probe(event: Record, start: int, end: int, sign: int, uptime: Cells) -> None:
    """Book [start, end), a part of the span that a probe (or an end of probing) began."""
    if event.kind >> 3 != PROBE or start >= end:
        return
    known = event.time + event.n1
    status = UP + (event.kind & 7) - 1
    add_time(event.place, status, start, min(end, known), sign, uptime)
    until = min(end, known + UNKNOWN_MS)
    add_time(event.place, UNKNOWN, max(start, known), until, sign, uptime)


@kernel
def neighbour(technologies: People, number: int, at: int, step: int) -> int:
    """Place of the next probe or end of probing after `at` (step 1) or before it (-1); -1: none."""
    one = technologies.persons[number]
    at += step
    while 0 <= at < one.count:
        if technologies.events[one.start + at].kind >> 3 != ATTEMPTS:
            return at
        at += step
    return -1


@inlined
def replace_probe(technologies: People, number: int, at: int, sign: int, uptime: Cells) -> None:
    """Make mark `at` count (sign 1), or no longer (-1), from its time to that of the next.

    In that stretch it stands in the place of the one before it. The last one's own is open: there
    is nothing booked of it, but the stretch of the one before is closed by it.
    """
    one = technologies.persons[number]
    event = technologies.events[one.start + at]
    following = neighbour(technologies, number, at, 1)
    former = neighbour(technologies, number, at, -1)
    if following < 0:
        if former >= 0:
            held = technologies.events[one.start + former]
            add_probe(held, max(held.time, one.booked), event.time, sign, uptime)
        return
    until = technologies.events[one.start + following].time
    if former >= 0:
        held = technologies.events[one.start + former]
        add_probe(held, event.time, until, -sign, uptime)
    add_probe(event, event.time, until, sign, uptime)


@inlined
def add_attempts(event: Record, sign: int, bots: Cells) -> None:
    """Book what a carrier counted, whole, in the bucket where its stretch begins."""
    row = row_of(bots, cell_key(event.place, 0, bucket_of(event.n0)))
    bots.dirty[row] = 1
    cell = bots.columns[row]
    if event.n1 <= event.n0:
        cell[CONTRADICTIONS] += sign
        return
    cell[COUNTED] += sign * event.n2
    cell[BLOCKED] += sign * min(event.n2, event.n3)
    cell[CONTRADICTIONS] += sign * (event.n3 > event.n2)


@inlined
def make_count(
    technologies: People, number: int, at: int, sign: int, uptime: Cells, bots: Cells
) -> None:
    """Make an event of the list count (sign 1) or no longer (-1)."""
    event = technologies.events[technologies.persons[number].start + at]
    if event.kind >> 3 == ATTEMPTS:
        add_attempts(event, sign, bots)
    else:
        replace_probe(technologies, number, at, sign, uptime)


@inlined
def counts_from(event: Record) -> int:
    """The least moment that an event can change, ms."""
    if event.kind >> 3 == ATTEMPTS:
        return min(event.time, event.n0)
    return event.time


@inlined
def rows_needed(technologies: People, number: int, moment: int) -> int:
    """Upper bound of the cells that one more event at a moment may create."""
    one = technologies.persons[number]
    first = moment
    last = moment
    if one.count:
        first = min(first, technologies.events[one.start].time)
        last = max(last, technologies.events[one.start + one.count - 1].time)
    return 4 * (min(last - first, LONGEST_MS) // BUCKET_MS + 4)


@kernel
def take_technologies(
    batch: Records,
    fates: U1,
    start: int,
    technologies: People,
    uptime: Cells,
    bots: Cells,
    floor: I8,
) -> int:
    """Fold events of technologies, PROBE_INPUT (n,), from `start` on; fates uint8 (n,) out.

    Returns n, or where to go on after more room was made. Room for n more technologies must exist.
    """
    for i in range(start, len(batch)):
        event = batch[i].event
        bound = floor[batch[i].program]
        if counts_from(event) < bound:
            fates[i] = TOO_LATE
            continue
        number = person_of(technologies, batch[i].hi, batch[i].lo, batch[i].program, bound)
        need = rows_needed(technologies, number, event.time)
        if len(uptime.keys) - uptime.used[0] < need or len(bots.keys) - bots.used[0] < 2:
            return i
        if lacks_room(technologies, number):
            return i
        at = held_at(technologies, number, event.id)
        fates[i] = FOLDED
        if at >= 0:
            held = technologies.events[technologies.persons[number].start + at]
            new, old = facts(event), facts(held)
            fates[i] = DUPLICATE if new == old else CONFLICT
            if new <= old:
                continue
            if counts_from(held) < bound:
                fates[i] = TOO_LATE
                continue
            make_count(technologies, number, at, -1, uptime, bots)
            cut_out(technologies, number, at)
        elif technologies.persons[number].count >= MOST_PROBES:
            fates[i] = VISIT_FULL
            continue
        at = put_between(technologies, number, event)
        make_count(technologies, number, at, 1, uptime, bots)
    return len(batch)


@kernel
def probes_open(technologies: People, uptime: Cells, until: I8, start: int, stays: bool) -> int:
    """Book every technology's open span up to `until` int64 (programs,), from number `start` on.

    `stays` says that `uptime` are the stored cells, not a copy for reading. Returns how many
    technologies there are, or where to go on after more room was made.
    """
    for number in range(start, technologies.used[0]):
        one = technologies.persons[number]
        last = neighbour(technologies, number, one.count, -1)
        end = until[one.program]
        if last >= 0:
            event = technologies.events[one.start + last]
            begin = max(one.booked, event.time)
            need = min(max(0, end - begin), LONGEST_MS) // BUCKET_MS + 4
            if len(uptime.keys) - uptime.used[0] < need:
                return number
            add_probe(event, begin, end, 1, uptime)
        if stays:
            one.booked = max(one.booked, end)
    return technologies.used[0]


@kernel
def prune_technologies(technologies: People, floor: I8) -> None:
    """Forget what lies below each program's floor, but the probe that still holds there."""
    for number in range(technologies.used[0]):
        one = technologies.persons[number]
        bound = floor[one.program]
        holds = -1
        for i in range(one.count):
            event = technologies.events[one.start + i]
            if event.time < bound and event.kind >> 3 != ATTEMPTS:
                holds = i
        kept = 0
        for i in range(one.count):
            event = technologies.events[one.start + i]
            if i == holds or event.time >= bound:
                technologies.events[one.start + kept] = event
                kept += 1
        one.count = kept
