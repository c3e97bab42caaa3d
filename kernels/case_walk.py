"""The walk over a case's sorted events: a pure function, the rules of kernels/CASES.md."""

from kernels.chains import entry_of
from kernels.jit import inlined, kernel
from kernels.layout import U1, Record, Records

# Type codes: place in schemas.deferred.CASE_TYPES (a test holds them together).
RECEIVED, COMPLETED, REOPENED, WITHDRAWN = range(4)
TOLD = 1
"""Of an event's kind: its due time was told, not worked out."""
NOTHING, COMPLETION, REOPENING, WITHDRAWAL = range(4)
"""What an event did."""
LIFE_MS = 400 * 86_400_000
"""So long after its entry nothing of a case counts any more."""


@inlined
def begin_walk(events: Records, entry: int, found: Record) -> None:
    """Set `found` to a case that has just been entered."""
    began = events[entry]
    found.start = began.time
    found.queue = began.queue
    found.due = began.due
    found.late_from = began.due
    found.carried = began.kind >> 3 == REOPENED or began.due < began.time
    found.open = 1
    found.closed = -1
    found.done = 0
    found.contradictions = 0


@inlined
def step(event: Record, moment: int, found: Record) -> int:
    """One event after the entry; returns what it did."""
    kind = event.kind >> 3
    if moment >= found.start + LIFE_MS or kind == RECEIVED or (kind == REOPENED) == found.open:
        found.contradictions += 1
        return NOTHING
    if kind == REOPENED:
        found.open = 1
        if event.kind & TOLD:
            found.late_from = event.due
        return REOPENING
    found.open = 0
    found.closed = moment
    found.done = kind == COMPLETED
    return COMPLETION if kind == COMPLETED else WITHDRAWAL


@kernel
def walk(events: Records, n: int, found: Record, did: U1) -> None:
    """Fill `found` (one WALKED record) from `events[:n]`, sorted, of one case, and `did` (n,)."""
    entry = entry_of(events, n, RECEIVED, REOPENED)
    found.entry = entry
    if entry < 0:
        found.open = 0
        found.start = events[0].time
        return
    begin_walk(events, entry, found)
    received = events[entry].kind >> 3 == RECEIVED
    for i in range(n):
        did[i] = NOTHING
        if i == entry or (i < entry and not received):
            continue
        found.contradictions += i < entry
        did[i] = step(events[i], max(events[i].time, found.start), found)
