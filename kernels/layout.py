"""How a shard's state lies in arrays: record types, codes, groups of arrays.

Events are kept in blocks of BLOCK events of 32 bytes, chained per visit. The simulator's visits
have 5 to 9 events; blocks of 4 keep such a visit in 2 or 3 blocks (132 bytes each with the link).
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

BUCKET_MS = 900_000
NEVER = np.iinfo(np.int64).max
"""A moment that does not come."""
BLOCK = 4
MAX_EVENTS = 1000
"""Events kept per visit; more are refused (`visit_full`), for a broken source could send no end."""
MAX_HANDLING_MS = 7 * 24 * 3_600_000
"""Talk or after-call work longer than this is not believed (rules of a visit, Result)."""

EVENT = np.dtype(
    [
        ("time", np.int64),
        ("seq", np.int64),
        ("id", np.uint64),
        ("staff", np.uint32),
        ("place", np.uint16),
        ("kind", np.uint8),
        ("rev", np.uint8),
    ]
)
"""One stored event, 32 bytes. `kind` = type << 3 | reason; `place` = code of (queue, site)."""

# Of a person's event `kind` is state << 3 | aux class, and `staff` is, from its highest bit on,
# work for another program (1 bit), sessions (8), slots (8), digest of the reason (15).
WORK_BIT, SESSION_BIT, SLOT_BIT = 31, 23, 15

INPUT = np.dtype(
    [
        ("event", EVENT),
        ("hi", np.uint64),
        ("lo", np.uint64),
        ("program", np.int32),
        ("opens", np.uint8),
    ]
)
"""One event of a batch: the event, its visit's 128-bit digest, its program's code, whether the
visit is the contact's first (segment 1)."""

VISIT = np.dtype(
    [
        ("hi", np.uint64),
        ("lo", np.uint64),
        ("first", np.int64),
        ("last", np.int64),
        ("entry", np.int64),
        ("head", np.int32),
        ("count", np.int32),
        ("program", np.int32),
        ("queue", np.uint16),
        ("queue_now", np.uint16),
        ("site", np.uint16),
        ("phase", np.uint8),
        ("flags", np.uint8),
        ("handle_ms", np.uint32),
    ],
    align=True,
)
"""One visit, 64 bytes. `first`, `last`: least and greatest event time; `entry` only with a phase
from WAITING on; `queue`, `site`: arrival key; `queue_now`: where it waits or is handled."""

PERSON = np.dtype(
    [
        ("hi", np.uint64),
        ("lo", np.uint64),
        ("start", np.int64),
        ("piece_start", np.int64),
        ("row_start", np.int64),
        ("booked", np.int64),
        ("count", np.int32),
        ("room", np.int32),
        ("pieces", np.int32),
        ("piece_room", np.int32),
        ("rows", np.int32),
        ("row_room", np.int32),
        ("program", np.int32),
        ("flags", np.int32),
    ]
)
"""One person, 80 bytes: where the sorted events, the pieces of the official schedule and all rows
of it lie in their pools, how many there are and how many there is room for. `booked`: up to there
the open span is in the columns already (the floor when they were last cleared), ms."""
PRUNED, CHANGED = 1, 2
"""Flags of a person: events before the first are forgotten; the schedule has new rows."""

ROW = np.dtype(
    [
        ("start", np.int64),
        ("end", np.int64),
        ("time", np.int64),
        ("id", np.uint64),
        ("version", np.int32),
        ("day", np.int32),
        ("place", np.uint16),
        ("activity", np.uint8),
        ("paid", np.uint8),
        ("eligible", np.uint8),
        ("restates", np.uint8),
        ("rev", np.uint8),
        ("spare", np.uint8),
    ]
)
"""One row of a schedule version, 48 bytes."""
ROW_INPUT = np.dtype([("row", ROW), ("hi", np.uint64), ("lo", np.uint64), ("program", np.int32)])
"""One row of a batch: the row, its person's 128-bit digest, its program's code."""
PIECE = np.dtype(
    [
        ("start", np.int64),
        ("end", np.int64),
        ("place", np.uint16),
        ("activity", np.uint8),
        ("paid", np.uint8),
        ("spare", np.uint32),
    ]
)
"""A stretch of the official schedule in which one row counts, 24 bytes; pieces never overlap."""

OUTCOME = np.dtype(
    [
        ("phase", np.int64),
        ("reason", np.int64),
        ("time", np.int64),
        ("entry", np.int64),
        ("place", np.int64),
        ("decided", np.int64),
        ("queue_now", np.int64),
        ("site", np.int64),
        ("answered", np.int64),
        ("answer", np.int64),
        ("talk_end", np.int64),
        ("hold_ms", np.int64),
        ("acw_start", np.int64),
        ("acw_end", np.int64),
        ("consult_ms", np.int64),
        ("escalation", np.int64),
        ("hold_abandon", np.int64),
        ("ring_no_answer", np.int64),
        ("callbacks", np.int64),
        ("contradictions", np.int64),
        ("lost", np.int64),
    ]
)
"""What the walk over a visit's events found; times in ms, -1 where it did not happen."""

# Phases of a visit.
NO_ENTRY, WAITING, CALLBACK, HANDLING, DONE, UNKNOWN, IN_IVR, BLOCKED_OUT = range(8)
# Flags of a visit.
TOUCHED, COUNTED_OFFERED, COUNTED_OUTCOME, COUNTED_HANDLED, EXPIRED, USED = 1, 2, 4, 8, 16, 32
FIRST_VISIT, IVR_OPEN = 64, 128
# Beside a visit's handling, which is less than 2^30 ms: its call's contribution is a plain one.
PLAIN_CALL, PLAIN_IVR_CALL, HANDLE_BITS = 1 << 31, 1 << 30, (1 << 30) - 1
"""The contact's first visit; still in the IVR as far as anyone can say."""
# What became of an event of a batch.
FOLDED, DUPLICATE, CONFLICT, TOO_LATE, VISIT_FULL = range(5)
# Columns of the flow counters.
(FLOW_OFFERED, FLOW_ANSWERED, FLOW_IN_TARGET, FLOW_ABANDONED, FLOW_SHORT, FLOW_HANDLED,
 FLOW_HANDLE_MS) = range(7)  # fmt: skip
FLOWS = 7

# Counters of People.used.
PERSONS, EVENTS_END, PIECES_END, ROWS_END = range(4)
# Counters of Visits.used.
VISITS_USED, BLOCKS_USED, FREE_VISIT, FREE_BLOCK, VISITS_LIVE = range(5)

I8 = NDArray[np.int64]
F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
U1 = NDArray[np.uint8]
Records = NDArray[np.void]
"""An array of EVENT, INPUT, VISIT or OUTCOME."""
Record: TypeAlias = Any
"""One of Records. Numba reads its fields as attributes, which the type np.void has not."""


class Visits(NamedTuple):
    """All visits of a shard. Free lists are chained through `head` and `next`, -1 ends them."""

    rows: Records
    index: I4
    events: Records
    next: I4
    used: I8


class Cells(NamedTuple):
    """Rows of columns by packed key (queue, site, bucket), found through an open index."""

    keys: I8
    index: I4
    columns: I8
    hist: I4
    dirty: U1
    used: I8


class Places(NamedTuple):
    """Per code of (queue, site): both codes and both XXH3 digests (0 where the event names none)."""

    queue: NDArray[np.uint16]
    site: NDArray[np.uint16]
    queue_hash: NDArray[np.uint64]
    site_hash: NDArray[np.uint64]


class Targets(NamedTuple):
    """Per queue code: its targets by validity, failed attempts allowed, pre-allocation."""

    start: I4
    count: I4
    valid_from: I8
    thresholds: I8
    short: I8
    attempts: I4
    preallocated: U1


class Programs(NamedTuple):
    """Per program code: watermark (-1: none yet), floor (oldest time still taken), both ms, the
    queue codes of events that name no queue and of the IVR, and the watermark that chats are judged
    by, which waits longer for a source that has fallen silent."""

    watermark: I8
    floor: I8
    no_queue: I4
    ivr: I4
    chat_watermark: I8


class People(NamedTuple):
    """All people of a shard. `seen` uint64 (persons, 16): which ids may be among the events of each,
    a Bloom filter of 1,024 bits that spares most events the search for their like. `free` int64 (16,): first of the places that
    people have moved from, by size, chained through the time of their first event. `used`: people, and ends of the pools of events, pieces and rows."""

    persons: Records
    seen: NDArray[np.uint64]
    index: I4
    events: Records
    pieces: Records
    rows: Records
    free: I8
    used: I8


class ChatQueues(NamedTuple):
    """Per queue code: settings of chat (kernels/CHAT.md), limits in ms, and the code of the queue
    "" of the same program and channel. `open_only`: the clock runs in opening hours only; then
    `days` is a mask of weekdays (Monday 1), `opens` and `closes` us of the local day; days off lie
    in `closed` (days since 1970), offsets of the time zone in `offset` (ms, from `offset_from`)."""

    no_reply: I8
    unresolved: I8
    deferred: U1
    open_only: U1
    no_queue: I4
    days: U1
    opens: I8
    closes: I8
    closed_start: I4
    closed_count: I4
    closed: I8
    zone_start: I4
    zone_count: I4
    offset_from: I8
    offset: I8


class State(NamedTuple):
    """Everything a fold reads and writes. `chats`: visits of chat and messaging, CHAT_VISIT rows;
    `chat`: their offers and turns."""

    visits: Visits
    chats: Visits
    arrival: Cells
    handling: Cells
    chat: Cells
    staff: Cells
    bots: Cells
    uptime: Cells
    cases: Cells
    outbound: Cells
    people: People
    places: Places
    targets: Targets
    chat_queues: ChatQueues
    programs: Programs
    flow: I8


class CallState(NamedTuple):
    """What the kernels of calls read and write of a State."""

    visits: Visits
    arrival: Cells
    handling: Cells
    bots: Cells
    places: Places
    targets: Targets
    programs: Programs
    flow: I8


class ChatState(NamedTuple):
    """What the kernels of chats read and write of a State."""

    chats: Visits
    arrival: Cells
    handling: Cells
    chat: Cells
    places: Places
    targets: Targets
    chat_queues: ChatQueues
    programs: Programs
    flow: I8
