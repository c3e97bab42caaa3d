"""Rows of zeros for listed, open queues without traffic: no contact is a fact, not a hole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.cells import cell_key, resized, row_of, unpack
from kernels.layout import BUCKET_MS
from schemas.deferred import DEFERRED_CHANNEL
from schemas.outbound import OUTBOUND_CHANNEL
from streams.view import QueueKey

if TYPE_CHECKING:
    from streams.shard import Shard

WORK_OF = {DEFERRED_CHANNEL: "cases", OUTBOUND_CHANNEL: "outbound"}
"""Tables of work that nobody waits for in a queue, by the channel of its queues."""
MOST_SILENT = 4 * 24 * 62
"""Buckets without any event, which part what is known: what lies between is no silence that was heard,
and one stray time stamp must not fill the memory."""
MOST_ROWS = 200_000
"""Rows of zeros of all queues together, some 350 MB, so that a large plan stays bounded too."""
PER_ROW = 3
"""Or so many for each row with traffic: a replay in any order holds a whole span, and its silence."""
Spans = list[tuple[int, int]]
"""Buckets from, up to, in order of time."""


def cover_open_queues(shard: Shard, marks: dict[str, int]) -> None:
    """Add the rows that are missing, from the first moment known of a program to its watermark.

    A replay's promise reaches past its last event, so there no further than that. What is covered
    depends on the set of events only.
    """
    for name, spans, most in _wanted(shard, marks):
        kept = _newest(spans, most)
        if not kept:
            continue
        first, last = kept[0][0], kept[-1][1]
        known = shard.covered.get(name, (first, first))
        if len(kept) > 1:  # What is told later may lie between: which have rows is looked at anew.
            missing = list(chain.from_iterable(range(*span) for span in kept))
        else:
            missing = [*range(first, min(last, known[0])), *range(max(first, known[1]), last)]
        if missing:
            _add_rows(shard, name, missing)
        if missing and len(kept) == 1:
            shard.covered[name] = (min(first, known[0]), max(last, known[1]))


def left_uncovered(shard: Shard) -> dict[str, int]:
    """By queue the buckets that have no row of zeros since there would be too many: the oldest."""
    lengths = {
        name: sum(end - begin for begin, end in spans) - most
        for name, spans, most in _wanted(shard, shard.feeds.watermarks())
    }
    return {name: count for name, count in lengths.items() if count > 0}


def _wanted(shard: Shard, marks: dict[str, int]) -> Iterator[tuple[str, Spans, int]]:
    """Of each listed queue the spans in which it may be silent, and how many buckets of them at most."""
    earliest, told = shard.feeds.earliest(), _Told(shard)
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
        if first < last:
            yield name, told.spans(first, last), told.most(last - first)


def _newest(spans: Spans, most: int) -> Spans:
    """The newest `most` buckets of them."""
    kept: Spans = []
    for begin, end in reversed(spans):
        if most > 0:
            kept.append((max(begin, end - most), end))
            most -= end - begin
    return kept[::-1]


class _Told:
    """When something happened, of any program; looked at only where a span is long."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._at: list[int] | None = None
        self._rows = 0

    def most(self, wanted: int) -> int:
        """Buckets of one queue at most."""
        queues = max(1, len(self._shard.plan.queues))
        if wanted > MOST_ROWS // queues:
            self._look()
        return max(MOST_ROWS, PER_ROW * self._rows) // queues

    def spans(self, first: int, last: int) -> Spans:
        """[first, last) without the stretches in which nothing happened for longer than MOST_SILENT.

        Behind the last event that long stays: a promise reaches as far.
        """
        if last - first <= MOST_SILENT:
            return [(first, last)]
        told = [first, *(at for at in self._look() if first < at < last), last]
        spans, begin = [], first
        for at, after in pairwise(told):
            if after - at > MOST_SILENT:
                spans.append((begin, at + 1))
                begin = after if after < last else last - MOST_SILENT
        return [*spans, (begin, last)] if begin < last else spans

    def _look(self) -> list[int]:
        if self._at is None:
            found = []
            for table in (
                getattr(self._shard.state, name) for name in ("arrival", *WORK_OF.values())
            ):
                used = int(table.used[0])
                happened = table.columns[:used].any(1)
                self._rows += int(happened.sum())
                found.append(unpack(table.keys[:used][happened])[2])
            self._at = np.unique(np.concatenate(found)).tolist()
        return self._at


def _add_rows(shard: Shard, name: str, buckets: list[int]) -> None:
    """Rows of a listed queue's contacts or cases for those of the buckets in which it is open."""
    listed = shard.plan.queues[name]
    zone = shard.plan.zone(listed.program)
    code = shard.names.queue(QueueKey(listed.program, name, listed.channel))
    kind = WORK_OF.get(listed.channel, "arrival")
    table = getattr(shard.state, kind)
    if len(table.keys) - int(table.used[0]) < len(buckets):
        table = resized(table, int(table.used[0]) + len(buckets) + 64)
        grown: dict[str, Any] = {kind: table}
        shard.state = shard.state._replace(**grown)
    for bucket in buckets:
        if listed.hours_at(bucket * BUCKET_MS).open_in(bucket, zone):
            row_of(table, cell_key(code, 0, bucket))
