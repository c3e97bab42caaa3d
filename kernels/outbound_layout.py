"""How outbound work lies in arrays: records of lists, and what a dialer says of its lists."""

import numpy as np

from kernels.layout import Visits
from kernels.pools import Scratch, input_of, make_pool, make_scratch

OUTBOUND_EVENT = np.dtype(
    [
        ("time", np.int64),
        ("seq", np.int64),
        ("id", np.uint64),
        ("until", np.int64),
        ("text", np.uint64),
        ("planned", np.uint32),
        ("dialled", np.uint32),
        ("per_day", np.uint32),
        ("queue", np.uint16),
        ("kind", np.uint8),
        ("rev", np.uint8),
    ]
)
"""One event, 56 bytes. `kind` = type << 3 | result, reason, or whether the due time is told; `until`:
ms, of a record when its list is to be done, of a count of a list the end of its local day; `text`:
digest of the campaign's name, `queue` its code; the three counts are those that a list was told with."""
OUTBOUND_INPUT = input_of(OUTBOUND_EVENT)
"""One event of a batch: the event, the 128-bit digest of its record or list, its program's code."""

LISTING = np.dtype(
    [
        ("hi", np.uint64),
        ("lo", np.uint64),
        ("first", np.int64),
        ("last", np.int64),
        ("booked", np.int64),
        ("turns", np.int64),
        ("until", np.int64),
        ("planned", np.uint32),
        ("dialled", np.uint32),
        ("per_day", np.uint32),
        ("head", np.int32),
        ("count", np.int32),
        ("program", np.int32),
        ("queue", np.uint16),
        ("flags", np.uint16),
        ("spare", np.uint32),
    ]
)
"""One record, or one list on one local day, 88 bytes. `booked`: the watermark its contribution was
made with; `turns`: the watermark at which it would be another one (NEVER: events alone can change
it); `until`: the last moment at which it counts by itself, of a list the end of its day, ms."""
RECORD_OPEN, RECORD_DIALLED, IS_LIST = 1 << 8, 1 << 9, 1 << 10
"""Flags beside those of a visit: neither completed, withdrawn nor expired; dialled at least once."""

FOUND = np.dtype(
    [
        *((name, np.int64) for name in ("is_list", "entry", "start", "queue", "due", "life")),
        *((name, np.int64) for name in ("carried", "state", "ended", "dialled_at", "contact_at")),
        *((name, np.int64) for name in ("contradictions", "planned", "dialled", "per_day")),
        *((name, np.int64) for name in ("until", "mark", "sign", "floor", "program")),
    ]
)
"""What the walk found, and how it is booked. `entry`: index of the event that began it, -1 of an
orphan; `ended`: ms, when it was completed or withdrawn; `dialled_at`, `contact_at`: first time, -1 if
never. `mark`: the watermark; `sign`: 1 in, -1 out; below `floor` nothing is booked."""


def make_outbound() -> Visits:
    """No records."""
    return make_pool(LISTING, OUTBOUND_EVENT)


def make_outbound_scratch(rows: int) -> Scratch:
    """Scratch for a fold that may touch so many rows."""
    return make_scratch(OUTBOUND_EVENT, FOUND, rows)
