"""Length of a wait or response on a queue's clock: all time, or opening hours only."""

import numpy as np

from kernels.cells import bucket_of
from kernels.jit import kernel
from kernels.layout import BUCKET_MS, I8, ChatQueues

DAY_MS = 86_400_000
MOST_BUCKETS = 400 * 96
"""An open length looks at 400 days at most (CHAT.md, Entry): a broken time stamp may not stop a fold."""
THURSDAY = 3
"""Weekday of 1970-01-01, Monday 0."""


@kernel
def at_or_before(times: I8, start: int, count: int, moment: int) -> int:
    """Index of the last of `times[start:start + count]` not after `moment`; `start` if none is."""
    low = start
    high = start + count
    while high - low > 1:
        middle = (low + high) >> 1
        if times[middle] <= moment:
            low = middle
        else:
            high = middle
    return low


@kernel
def takes(queues: ChatQueues, queue: int, day: int) -> bool:
    """Whether a queue works on a local day (number since 1970)."""
    first = queues.closed_start[queue]
    count = queues.closed_count[queue]
    if count > 0 and queues.closed[at_or_before(queues.closed, first, count, day)] == day:
        return False
    return bool((np.int64(queues.days[queue]) >> ((day + THURSDAY) % 7)) & 1)


@kernel
def is_open(queues: ChatQueues, queue: int, moment: int) -> bool:
    """Whether a queue is open at a moment, as schemas.targets.OpeningHours says."""
    zone = at_or_before(
        queues.offset_from, queues.zone_start[queue], queues.zone_count[queue], moment
    )
    local = moment + queues.offset[zone]
    day = local // DAY_MS
    clock = (local - day * DAY_MS) * 1000
    opens = queues.opens[queue]
    closes = queues.closes[queue]
    if closes == 0 or opens < closes:
        return takes(queues, queue, day) and opens <= clock and (clock < closes or closes == 0)
    late = clock < closes and takes(queues, queue, day - 1)
    return late or (clock >= opens and takes(queues, queue, day))


@kernel
def length(queues: ChatQueues, queue: int, since: int, until: int) -> int:
    """Ms from `since` to `until` on the clock of a queue; 0 if it is the other way round."""
    if until <= since:
        return np.int64(0)
    if not queues.open_only[queue]:
        return np.int64(until - since)
    total = np.int64(0)
    first = bucket_of(since)
    last = min(bucket_of(until - 1), first + MOST_BUCKETS - 1)
    for bucket in range(first, last + 1):
        start = bucket * BUCKET_MS
        if is_open(queues, queue, start):
            total += min(until, start + BUCKET_MS) - max(since, start)
    return total
