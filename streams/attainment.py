"""Planning intervals: FTE averaged over them, then compared; additive only above (definitions 6.1)."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from kernels.columns import STAFF_ROW
from kernels.layout import BUCKET_MS
from schemas.targets import Plan, Program
from streams.view import QueueKey

STAFFED, REQUIRED = STAFF_ROW.index("staffed_ms"), STAFF_ROW.index("req_fte_ms")
N_INT = STAFF_ROW.index("n_int")


def periods(plan: Plan, program: str) -> tuple[int, Fraction, Fraction]:
    """Buckets of a planning interval of a program, and the band of M1a."""
    of = plan.programs.get(program, Program())
    low, high = (Fraction(str(bound)) for bound in of.attainment_band)  # 0.95 is no binary number
    return of.planning_interval_min * 60_000 // BUCKET_MS, low, high


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
    first bucket; intervals of which a bucket is missing, that ask for nobody, or that end after
    `until` (ms) have none. The grid is UTC's.
    """
    result = columns.copy()
    if not len(columns):
        return result
    told = {q: periods(plan, queues[q].program) for q in set(queue.tolist())}
    length = np.array([told[q][0] for q in queue.tolist()], np.int64)
    period = bucket // length
    rows = np.column_stack((queue, site, period))
    _, first, of, count = np.unique(
        rows, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    of = of.reshape(-1)
    staffed, asked = (np.zeros(len(first), np.int64) for _ in range(2))
    np.add.at(staffed, of, columns[:, STAFFED])
    np.add.at(asked, of, columns[:, REQUIRED])
    whole = (count == length[first]) & (asked > 0)
    if until is not None:
        whole &= (period[first] + 1) * length[first] * BUCKET_MS <= until
    earliest = np.full(len(first), np.iinfo(np.int64).max)
    np.minimum.at(earliest, of, bucket)
    for row in np.flatnonzero((bucket == earliest[of]) & whole[of]).tolist():
        _, low, high = told[int(queue[row])]
        there, wanted = int(staffed[of[row]]), int(asked[of[row]])
        inside = int(low * wanted <= there <= high * wanted)
        result[row, N_INT : N_INT + 4] = (1, inside, abs(there - wanted), wanted)
    return result
