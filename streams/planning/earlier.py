"""What came in intervals of today that have left the live tables: six hours on they are day sums only,
and a day is compared with its plan interval by interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kernels.cells import unpack
from kernels.columns import ARRIVAL_ROW, HANDLING_ROW, STAFF_ROW
from kernels.layout import BUCKET_MS, Cells
from streams.view import CellKey, Past

if TYPE_CHECKING:
    from streams.shard import Shard

OFFERED = (*map(ARRIVAL_ROW.index, ("offered", "cohort_handle_ms", "cohort_handled")),)
HANDLED = (*map(HANDLING_ROW.index, ("talk_ms", "hold_ms", "acw_ms", "handled")),)
STAFFED = (STAFF_ROW.index("staffed_ms"),)
COLUMNS = (OFFERED, HANDLED, STAFFED)
"""Of the first three tables of a shard, those that the plan is compared with."""
KEPT = 27 * 4
"""Buckets: the longest local day, and what of the plan's interval lies before it."""
_KEY = 3  # queue, site and bucket stand before the columns
Rows = NDArray[np.int64]


class Earlier:
    """Rows of each table, int64 (n, 3 + columns): queue and site by code, bucket, columns."""

    def __init__(self) -> None:
        self._rows = [np.zeros((0, _KEY + len(columns)), np.int64) for columns in COLUMNS]
        self.since = 0
        """From this bucket on nothing is missing: a state of before knows of no earlier ones."""
        self._known: Past | None = None

    def keep(self, table: int, cells: Cells, leaving: NDArray[np.int64]) -> None:
        """Note rows that leave a shard's table of this number."""
        if table < len(COLUMNS):
            told = (*unpack(cells.keys[leaving]), *cells.columns[leaving][:, COLUMNS[table]].T)
            self._rows[table] = np.concatenate((self._rows[table], np.stack(told, axis=1)))
            self._known = None

    def forget_before(self, bucket: int) -> None:
        """Drop what lies before it."""
        for table, rows in enumerate(self._rows):
            if (rows[:, 2] < bucket).any():
                self._rows[table] = rows[rows[:, 2] >= bucket]
                self._known = None

    def packed(self) -> dict[str, Rows]:
        """What a snapshot keeps."""
        since = np.array([self.since], np.int64)
        return {"since": since, **{f"rows{at}": rows for at, rows in enumerate(self._rows)}}

    def restore(self, arrays: dict[str, Rows], floor: Rows) -> None:
        """Take over what `packed` gave; without it nothing is known before the `floor` of programs."""
        self._known = None
        if arrays:
            self.since = int(arrays["since"][0])
            self._rows = [arrays[f"rows{at}"].copy() for at in range(len(COLUMNS))]
        else:
            self.since = int(floor.max(initial=0)) // BUCKET_MS


def past(shard: Shard) -> Past:
    """The same by name, contacts over all sites."""
    earlier = shard.earlier
    if earlier._known is None:
        keys = [CellKey._make((*key, "", 0)) for key in shard.names.queues]
        sites = shard.names.sites
        tables: list[dict[CellKey, list[int]]] = []
        for rows, by_site in zip(earlier._rows, (False, False, True), strict=True):
            found: dict[CellKey, list[int]] = {}
            for queue, site, bucket, *columns in rows.tolist():
                at = keys[queue]._replace(start_ms=bucket * BUCKET_MS)
                at = at._replace(site=sites[site]) if by_site else at
                held = found.get(at)
                found[at] = (
                    columns if held is None else [a + b for a, b in zip(held, columns, strict=True)]
                )
            tables.append(found)
        earlier._known = Past(earlier.since * BUCKET_MS, *tables)
    return earlier._known
