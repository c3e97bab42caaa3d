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

MOST_BUCKETS = 1_000
"""Buckets whose day parts are remembered."""
_UNKNOWN = -1
_NO_BINS = np.zeros((0, 0), np.int32)


class Days:
    """Day rows of one table. A day is the program's local day, split where a target begins.

    So one row never mixes two sets of T, and its start says which target was in force.
    """

    def __init__(self, plan: Plan, queues: list[QueueKey], columns: int, bins: int) -> None:
        self._plan = plan
        self._queues = queues
        self._starts: dict[int, NDArray[np.int64]] = {}
        self.cells: Cells = make_cells(64, columns, bins)

    def absorb(self, cells: Cells, rows: NDArray[np.int64]) -> None:
        """Add these rows of bucket cells to their days."""
        hist = cells.hist[rows] if len(cells.hist) else _NO_BINS
        self._absorb(cells.keys[rows], cells.columns[rows], hist)

    def _absorb(
        self, keys: NDArray[np.int64], columns: NDArray[np.int64], hist: NDArray[np.int32]
    ) -> None:
        queue, site, bucket = unpack(keys)
        self.add(queue, site, self._started(queue, bucket), columns, hist)

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

    def _started(self, queue: NDArray[np.int64], bucket: NDArray[np.int64]) -> NDArray[np.int64]:
        """First bucket of the day part that each bucket (n,) of a queue (n,) belongs to, (n,)."""
        if len(self._starts) > MOST_BUCKETS:
            self._starts.clear()
        started = np.empty(len(queue), np.int64)
        for each in np.unique(bucket).tolist():
            rows = np.flatnonzero(bucket == each)
            starts = self._of_bucket(each)[queue[rows]]
            for at in np.flatnonzero(starts == _UNKNOWN).tolist():
                code = int(queue[rows[at]])
                starts[at] = self._starts[each][code] = self._find_start(code, each)
            started[rows] = starts
        return started

    def _of_bucket(self, bucket: int) -> NDArray[np.int64]:
        """Starts of the day part of a bucket, by queue; _UNKNOWN where they were not asked for."""
        known = self._starts.get(bucket)
        if known is None or len(known) < len(self._queues):
            wider = np.full(len(self._queues) + 64, _UNKNOWN, np.int64)
            if known is not None:
                wider[: len(known)] = known
            known = self._starts[bucket] = wider
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
        """A copy of the day rows with the live bucket cells added."""
        used = int(cells.used[0])
        copy = Days(self._plan, self._queues, cells.columns.shape[1], cells.hist.shape[1])
        copy._starts = self._starts
        need = int(self.cells.used[0]) + used
        copy.cells = resized(self.cells, max(len(self.cells.keys), need))
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
