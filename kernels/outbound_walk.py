"""The walk over a record's sorted events: a pure function, the rules of kernels/OUTBOUND.md."""

from kernels.chains import entry_of
from kernels.jit import inlined, kernel
from kernels.layout import U1, Record, Records

# Type codes: place in schemas.outbound.OUTBOUND_TYPES (a test holds them together).
LISTED, DIALLED, CLOSED, WITHDRAWN, COUNTED = range(5)
TOLD = 1
"""Of the kind of a listing: until when the list is to be done was told, not worked out."""
RIGHT_PARTY, WRONG_PARTY, ABANDONED = range(3)
"""Results of an attempt that a person answered: place in schemas.outbound.RESULTS."""
OPEN, BY_RPC, EXHAUSTED, BAD, GONE = range(5)
"""States of a record: the reasons of a closing stand in the order of schemas.outbound.REASONS."""
LONGEST_MS = 400 * 86_400_000
"""A list is to be done within so long, whatever is told."""
AFTER_MS = 31 * 86_400_000
"""So long after its list was to be done nothing of a record counts any more."""


@inlined
def begin_walk(events: Records, entry: int, found: Record) -> None:
    """Set `found` to a record that has just been entered."""
    began = events[entry]
    found.start = began.time
    found.queue = began.queue
    found.due = min(began.until, began.time + LONGEST_MS)
    found.life = max(found.due, found.start) + AFTER_MS
    found.carried = began.kind >> 3 == DIALLED or found.due < found.start
    found.state = OPEN
    found.ended = -1
    found.dialled_at = -1
    found.contact_at = -1
    found.contradictions = 0


@inlined
def dial(event: Record, moment: int, found: Record) -> None:
    """An attempt. It was made, whatever the record had become."""
    result = event.kind & 7
    if found.dialled_at < 0:
        found.dialled_at = moment
    if found.contact_at < 0 and result <= WRONG_PARTY:
        found.contact_at = moment
    if found.state == OPEN:
        if result == RIGHT_PARTY:
            found.state = BY_RPC
            found.ended = moment
    elif found.state != BY_RPC:
        found.contradictions += 1


@inlined
def step(event: Record, moment: int, found: Record) -> int:
    """One event of a record; returns whether it is an attempt that counts."""
    kind = event.kind >> 3
    if moment >= found.life or kind == LISTED:
        found.contradictions += 1
        return 0
    if kind == DIALLED:
        dial(event, moment, found)
        return 1
    if found.state != OPEN:
        found.contradictions += 1
    else:
        found.state = GONE if kind == WITHDRAWN else EXHAUSTED + (event.kind & 7)
        found.ended = moment
    return 0


@inlined
def last_count(events: Records, n: int, found: Record) -> None:
    """Set `found` to what a list was told with last on its day."""
    last = events[n - 1]
    found.is_list = 1
    found.entry = 0
    found.queue = last.queue
    found.until = last.until
    found.planned = last.planned
    found.dialled = last.dialled
    found.per_day = last.per_day
    found.state = GONE


@kernel
def walk(events: Records, n: int, found: Record, did: U1) -> None:
    """Fill `found` (one FOUND record) from `events[:n]`, sorted, of one row, and `did` (n,)."""
    if events[0].kind >> 3 == COUNTED:
        last_count(events, n, found)
        return
    found.is_list = 0
    entry = entry_of(events, n, LISTED, DIALLED)
    found.entry = entry
    if entry < 0:
        found.state = GONE
        found.start = events[0].time
        found.until = events[0].time
        return
    begin_walk(events, entry, found)
    listed = events[entry].kind >> 3 == LISTED
    for i in range(n):
        did[i] = 0
        if (i == entry and listed) or (i < entry and not listed):
            continue
        found.contradictions += i < entry
        did[i] = step(events[i], max(events[i].time, found.start), found)
