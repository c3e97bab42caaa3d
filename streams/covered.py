"""Rows of zeros for listed, open queues without traffic: no contact is a fact, not a hole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kernels.cells import cell_key, resized, row_of, unpack
from kernels.layout import BUCKET_MS
from schemas.deferred import DEFERRED_CHANNEL
from streams.view import QueueKey

if TYPE_CHECKING:
    from streams.shard import Shard

MOST_SILENT = 4 * 24 * 62
"""Buckets without any event of a program, behind which what lies before is a stray time stamp: such a
one must not fill the memory."""
MOST_ROWS = 200_000
"""Rows of zeros of all queues together, some 350 MB, so that a large plan stays bounded too."""
PER_ROW = 3
"""Or so many for each row with traffic: a replay in any order holds a whole span, and its silence."""


def cover_open_queues(shard: Shard, marks: dict[str, int]) -> None:
    """Add the rows that are missing, from the first moment known of a program to its watermark.

    A replay's promise reaches past its last event, so there no further than that. Both ends depend on
    the set of events only.
    """
    earliest, reach = shard.feeds.earliest(), _Reach(shard)
    for name, listed in shard.plan.queues.items():
        mark = marks.get(listed.program, -1)
        if mark < 0 or listed.program not in earliest:
            continue
        last = mark // BUCKET_MS
        if not shard.live:
            last = min(last, shard.greatest_ms // BUCKET_MS + 1)
        # What lies below the floor is recorded for good: a new row there would overwrite it.
        floor = shard.floor_of(listed.program) // BUCKET_MS
        first = max(earliest[listed.program] // BUCKET_MS, floor)
        first = max(reach.first(listed.program, first, last), last - reach.most(last - first))
        known = shard.covered.get(name, (first, first))
        missing = [*range(first, min(last, known[0])), *range(max(first, known[1]), last)]
        if missing:
            _add_rows(shard, name, missing)
            shard.covered[name] = (min(first, known[0]), max(last, known[1]))


def left_uncovered(shard: Shard) -> dict[str, int]:
    """By queue the buckets before its first row of zeros that have none: there were too many."""
    earliest, reach = shard.feeds.earliest(), _Reach(shard)
    found = {}
    for name, (begun, last) in shard.covered.items():
        program = shard.plan.queues[name].program
        floor = shard.floor_of(program) // BUCKET_MS
        first = max(earliest[program] // BUCKET_MS, floor)
        if (count := begun - reach.first(program, first, last)) > 0:
            found[name] = count
    return found


class _Reach:
    """How far back rows of zeros reach; looked at only where a span is long."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._told: dict[str, NDArray[np.int64]] = {}
        self._rows = 0

    def most(self, wanted: int) -> int:
        """Buckets of one queue at most, of those that are wanted."""
        queues = max(1, len(self._shard.plan.queues))
        if wanted <= MOST_ROWS // queues:
            return wanted
        self._look()
        return max(MOST_ROWS, PER_ROW * self._rows) // queues

    def first(self, program: str, first: int, last: int) -> int:
        """The first bucket from which on a program was never silent for longer than MOST_SILENT."""
        if last - first <= MOST_SILENT:
            return first
        self._look()
        told = self._told.get(program, np.zeros(0, np.int64))
        told = np.concatenate(([first], told[(told > first) & (told < last)], [last]))
        wide = np.flatnonzero(np.diff(told) > MOST_SILENT)
        return int(min(told[wide[-1] + 1], last - MOST_SILENT)) if len(wide) else first

    def _look(self) -> None:
        """Note the buckets in which something happened, by program."""
        if self._rows:
            return
        codes = np.array(
            [self._shard.names.program(key.program) for key in self._shard.names.queues], np.int64
        )
        parts = []
        for table in (self._shard.state.arrival, self._shard.state.cases):
            used = int(table.used[0])
            queue, _, bucket = unpack(table.keys[:used])
            happened = table.columns[:used].any(1)
            self._rows += int(happened.sum())
            parts.append(np.stack((codes[queue[happened]], bucket[happened])))
        program, bucket = np.concatenate(parts, axis=1)
        for code, name in enumerate(self._shard.names.programs):
            self._told[name] = np.unique(bucket[program == code])


def _add_rows(shard: Shard, name: str, buckets: list[int]) -> None:
    """Rows of a listed queue's contacts or cases for those of the buckets in which it is open."""
    listed = shard.plan.queues[name]
    zone = shard.plan.zone(listed.program)
    code = shard.names.queue(QueueKey(listed.program, name, listed.channel))
    kind = "cases" if listed.channel == DEFERRED_CHANNEL else "arrival"
    table = getattr(shard.state, kind)
    if len(table.keys) - int(table.used[0]) < len(buckets):
        table = resized(table, int(table.used[0]) + len(buckets) + 64)
        grown: dict[str, Any] = {kind: table}
        shard.state = shard.state._replace(**grown)
    for bucket in buckets:
        if listed.hours_at(bucket * BUCKET_MS).open_in(bucket, zone):
            row_of(table, cell_key(code, 0, bucket))
