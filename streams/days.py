"""Sums by local day of buckets that have left the live tables."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from kernels.cells import add_rows, make_cells, resized, unpack
from kernels.layout import BUCKET_MS, Cells
from schemas.targets import Plan
from streams.view import QueueKey

_NO_BINS = np.zeros((0, 0), np.int32)


class Days:
    """Day rows of one table. A day is the program's local day, split where a target begins.

    So one row never mixes two sets of T, and its start says which target was in force.
    """

    def __init__(self, plan: Plan, queues: list[QueueKey], columns: int, bins: int) -> None:
        self._plan = plan
        self._queues = queues
        self._starts: dict[tuple[int, int], int] = {}
        self.cells: Cells = make_cells(64, columns, bins)

    def absorb(self, cells: Cells, rows: NDArray[np.int64]) -> None:
        """Add these rows of bucket cells to their days."""
        hist = cells.hist[rows] if len(cells.hist) else _NO_BINS
        self._absorb(cells.keys[rows], cells.columns[rows], hist)

    def _absorb(
        self, keys: NDArray[np.int64], columns: NDArray[np.int64], hist: NDArray[np.int32]
    ) -> None:
        queue, site, bucket = unpack(keys)
        codes, buckets = queue.tolist(), bucket.tolist()
        starts = [self.start(q, b) for q, b in zip(codes, buckets, strict=True)]
        self.add(queue, site, np.array(starts, np.int64), columns, hist)

    def add(
        self,
        queue: NDArray[np.int64],
        site: NDArray[np.int64],
        start: NDArray[np.int64],
        columns: NDArray[np.int64],
        hist: NDArray[np.int32],
    ) -> None:
        """Add columns (n, columns) and bins (n, bins or 0) to the rows of (queue, site, start)."""
        need = int(self.cells.used[0]) + len(queue)
        if need > len(self.cells.keys):
            self.cells = resized(self.cells, int(need * 1.25))
        add_rows(self.cells, queue, site, start, columns, hist)

    def start(self, queue: int, bucket: int) -> int:
        """First bucket of the day part that a bucket of a queue belongs to."""
        known = self._starts.get((queue, bucket))
        if known is None:
            if len(self._starts) > 200_000:
                self._starts.clear()
            known = self._starts[queue, bucket] = self._find_start(queue, bucket)
        return known

    def _find_start(self, queue: int, bucket: int) -> int:
        key = self._queues[queue]
        moment = bucket * BUCKET_MS
        begins = local_day_start(self._plan, key.program, moment)
        target = self._plan.target_at(key.queue, moment).valid_from_ms
        return (max(begins, target) if target <= moment else begins) // BUCKET_MS

    def forget_before(self, bucket: int) -> None:
        """Drop days that began before `bucket`: the ledger has them."""
        starts = unpack(self.cells.keys[: int(self.cells.used[0])])[2]
        if len(starts) and (starts < bucket).any():
            kept = np.flatnonzero(starts >= bucket)
            self.cells = resized(self.cells, max(64, int(len(kept) * 1.25)), kept)

    def with_live(self, cells: Cells) -> Cells:
        """Day rows with the live bucket cells added, to be read only."""
        used = int(cells.used[0])
        if not used:
            return self.cells
        copy = Days(self._plan, self._queues, cells.columns.shape[1], cells.hist.shape[1])
        copy._starts = self._starts
        copy.cells = resized(self.cells, len(self.cells.keys))
        # Their rows as they lie: picking them out copied every bin, a third of a large view's time.
        hist = cells.hist[:used] if len(cells.hist) else _NO_BINS
        copy._absorb(cells.keys[:used], cells.columns[:used], hist)
        return copy.cells


def local_day_start(plan: Plan, program: str, moment_ms: int) -> int:
    """Start of the program's local day that holds `moment_ms`, ms UTC. Midnight may not exist."""
    return _midnight(plan.zone(program), moment_ms)


@lru_cache(maxsize=10_000)  # Each bucket is asked for by every queue of the zone.
def _midnight(zone: ZoneInfo, moment_ms: int) -> int:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    local = (epoch + timedelta(milliseconds=moment_ms)).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return round(midnight.timestamp() * 1000) // BUCKET_MS * BUCKET_MS
