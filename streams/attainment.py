"""Planning intervals: FTE averaged over them, then compared; additive only above (definitions 6.1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kernels.columns import STAFF_ROW
from kernels.layout import BUCKET_MS
from schemas.targets import Plan
from streams.view import QueueKey

STAFFED, REQUIRED = STAFF_ROW.index("staffed_ms"), STAFF_ROW.index("req_fte_ms")
N_INT = STAFF_ROW.index("n_int")


@lru_cache(maxsize=1_000)  # Two fifths of a large view went into reading them.
def _exactly(bound: float) -> tuple[int, int]:
    """Numerator and denominator of a bound as it is written: 0.95 is no binary number."""
    return Fraction(str(bound)).as_integer_ratio()


def _attained(there: int, wanted: int, band: tuple[float, float]) -> bool:
    """Whether staffed time lies within the band of M1a around what was asked for."""
    (low, of_low), (high, of_high) = map(_exactly, band)
    return low * wanted <= there * of_low and there * of_high <= high * wanted


def filled(
    plan: Plan,
    queues: Sequence[QueueKey],
    queue: NDArray[np.int64],
    site: NDArray[np.int64],
    bucket: NDArray[np.int64],
    columns: NDArray[np.int64],
    until: int | None = None,
) -> NDArray[np.int64]:
    """Staff rows, int64 (n, columns), with the attainment columns of their planning intervals.

    `queue`, `site`, `bucket` int64 (n,): key of each row. They stand in the row of the interval's
    earliest bucket there is; intervals that ask for nobody, or that end after `until` (ms; if not
    given, after the last bucket of their program), have none. Intervals are those of the program's
    clock.
    """
    result = columns.copy()
    if not len(columns):
        return result
    programs = [queues[q].program for q in queue.tolist()]
    length, start = _intervals(plan, programs, bucket * BUCKET_MS)
    rows = np.column_stack((queue, site, start))
    _, first, of = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    of = of.reshape(-1)
    staffed, asked = (np.zeros(len(first), np.int64) for _ in range(2))
    np.add.at(staffed, of, columns[:, STAFFED])
    np.add.at(asked, of, columns[:, REQUIRED])
    passed = _passed(programs, bucket) if until is None else np.full(len(bucket), until, np.int64)
    whole = (asked[of] > 0) & (start + length <= passed)
    earliest = np.full(len(first), np.iinfo(np.int64).max)
    np.minimum.at(earliest, of, bucket)
    for row in np.flatnonzero((bucket == earliest[of]) & whole).tolist():
        there, wanted = int(staffed[of[row]]), int(asked[of[row]])
        inside = _attained(there, wanted, plan.program(programs[row]).attainment_band)
        result[row, N_INT : N_INT + 4] = (1, int(inside), abs(there - wanted), wanted)
    return result


def _intervals(
    plan: Plan, programs: list[str], start_ms: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Length and start, ms UTC, of the planning interval that each bucket lies in."""
    lengths = {name: plan.program(name).planning_interval_min * 60_000 for name in set(programs)}
    zones = {name: plan.zone(name) for name in lengths}
    offsets: dict[tuple[str, int], int] = {}
    for key in zip(programs, start_ms.tolist(), strict=True):
        if key not in offsets:
            local = datetime.fromtimestamp(key[1] / 1000, zones[key[0]])
            offsets[key] = round((local.utcoffset() or timedelta()).total_seconds() * 1000)
    length = np.array([lengths[name] for name in programs], np.int64)
    keys = zip(programs, start_ms.tolist(), strict=True)
    offset = np.array([offsets[key] for key in keys], np.int64)
    return length, start_ms - (start_ms + offset) % length


def _passed(programs: list[str], bucket: NDArray[np.int64]) -> NDArray[np.int64]:
    """Per row: end of its program's last bucket, ms."""
    last: dict[str, int] = {}
    for name, number in zip(programs, bucket.tolist(), strict=True):
        last[name] = max(last.get(name, -1), number)
    return np.array([(last[name] + 1) * BUCKET_MS for name in programs], np.int64)
