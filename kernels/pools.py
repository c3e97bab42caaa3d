"""Pools of subjects: conversations with bots, cases, records and lists of campaigns.

A subject is what events tell of. Its row has `booked`, the watermark that its contribution to the
columns was made with, and `turns`, the watermark at which it would be another one (NEVER: events
alone can change it). What the three do in the same way is here, each fold in its own module.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kernels.cells import bucket_of, cell_key, index_size, row_of
from kernels.chains import find, place_of, take_row
from kernels.jit import inlined, kernel
from kernels.layout import (
    BLOCK,
    BUCKET_MS,
    CONFLICT,
    DUPLICATE,
    FOLDED,
    I4,
    I8,
    MAX_EVENTS,
    NEVER,
    TOO_LATE,
    TOUCHED,
    U1,
    USED,
    VISIT_FULL,
    VISITS_USED,
    Cells,
    Record,
    Records,
    Visits,
)


class Scratch(NamedTuple):
    """Scratch of a fold: a subject's events, what each did (uint8), what the walk found, rows touched."""

    work: Records
    did: U1
    found: Records
    touched: I4


def make_pool(
    row: np.dtype[Any], event: np.dtype[Any], capacity: int = 64, blocks: int = 128
) -> Visits:
    """An empty pool, with room for so many rows and blocks of events."""
    return Visits(
        rows=np.zeros(capacity, row),
        index=np.full(index_size(capacity), -1, np.int32),
        events=np.zeros(blocks * BLOCK, event),
        next=np.full(blocks, -1, np.int32),
        used=np.array([0, 0, -1, -1, 0], np.int64),
    )


def make_scratch(event: np.dtype[Any], found: np.dtype[Any], rows: int) -> Scratch:
    """Scratch for a fold that may touch so many rows."""
    return Scratch(
        np.zeros(MAX_EVENTS + 1, event),
        np.zeros(MAX_EVENTS + 1, np.uint8),
        np.zeros(1, found),
        np.zeros(rows + 1, np.int32),
    )


def input_of(event: np.dtype[Any]) -> np.dtype[Any]:
    """One event of a batch: the event, its subject's 128-bit digest, its program's code."""
    return np.dtype([("event", event), ("hi", np.uint64), ("lo", np.uint64), ("program", np.int32)])


@inlined
def met(
    pool: Visits, given: Record, floor: I8, weight: Callable[[Record], tuple[int, ...]]
) -> tuple[int, int, int, int, int]:
    """What becomes of an input event, its row (-1 if it changes nothing), then as place_of.

    `weight` gives all that counts of an event: of two of one id the greater stands, equals are one.
    A new row has what every row has; settling fills the rest.
    """
    if given.event.time < floor[given.program]:
        return TOO_LATE, -1, -1, -1, -1
    slot = find(pool, given.hi, given.lo)
    row = pool.index[slot]
    if row < 0:
        row = take_row(pool, slot, given)
    at, last, block = place_of(pool, row, given.event.id)
    fate = FOLDED
    if at >= 0:
        new, held = weight(given.event), weight(pool.events[at])
        fate = DUPLICATE if new == held else CONFLICT
        row = row if new > held else -1
    elif pool.rows[row].count == MAX_EVENTS:
        fate = VISIT_FULL
        row = -1
    return fate, row, at, last, block


@inlined
def touch(pool: Visits, row: int, touched: I4, touches: int) -> int:
    """Note a row as touched; returns how many are."""
    pool.rows[row].flags |= np.uint16(TOUCHED)
    touched[touches] = row
    return touches + 1


@inlined
def turning(pool: Visits, watermark: I8, touched: I4) -> int:
    """Touch all rows whose contribution the watermarks make another one; returns how many."""
    touches = 0
    for row in range(pool.used[VISITS_USED]):
        kept = pool.rows[row]
        if kept.flags & USED and watermark[kept.program] >= kept.turns:
            touches = touch(pool, row, touched, touches)
    return touches


@inlined
def settled(kept: Record, mark: int, queue: int, work: Records, n: int) -> None:
    """Note on a row what its contribution was made with, from its events `work[:n]`."""
    kept.booked = mark
    kept.queue = queue
    kept.first = work[0].time
    kept.last = work[n - 1].time
    kept.flags = USED


@inlined
def is_over(kept: Record, last: int, floor: I8) -> bool:
    """Whether a row can go: no time can change it, and `last`, where it counts last, is recorded
    for good. What is open has a moment at which it will be so no longer."""
    if not kept.flags & USED or kept.turns != NEVER:
        return False
    return (bucket_of(last) + 1) * BUCKET_MS <= floor[kept.program]


@inlined
def seen_as(found: Record, mark: int, sign: int, floor: I8, program: int) -> None:
    """Say of what a walk found how it is booked: as of a watermark, put in (1) or taken out (-1)."""
    found.mark = mark
    found.sign = sign
    found.floor = floor[program]
    found.program = program


@kernel
def add(found: Record, moment: int, column: int, amount: int, cells: Cells) -> None:
    """Add to a column of the bucket of a moment, unless that is recorded for good."""
    bucket = bucket_of(moment)
    if bucket * BUCKET_MS < found.floor:
        return
    row = row_of(cells, cell_key(found.queue, 0, bucket))
    cells.dirty[row] = 1
    cells.columns[row, column] += found.sign * amount
