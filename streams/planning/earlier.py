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
    from streams.names import Names

OFFERED = (*map(ARRIVAL_ROW.index, ("offered", "cohort_handle_ms", "cohort_handled")),)
HANDLED = (*map(HANDLING_ROW.index, ("talk_ms", "hold_ms", "acw_ms", "handled")),)
STAFFED = (STAFF_ROW.index("staffed_ms"),)
COLUMNS = (OFFERED, HANDLED, STAFFED)
"""Of the first three tables of a shard, those that the plan is compared with."""
BY_SITE = 2
"""The one of them whose rows are not summed over sites."""
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
        self._told = Past(0, {}, {}, {})
        self._untold: list[tuple[int, Rows]] = []
        self._dropped = 0

    def keep(self, table: int, cells: Cells, leaving: NDArray[np.int64]) -> None:
        """Note rows that leave a shard's table of this number."""
        if table < len(COLUMNS):
            told = (*unpack(cells.keys[leaving]), *cells.columns[leaving][:, COLUMNS[table]].T)
            rows = np.stack(told, axis=1)
            self._rows[table] = np.concatenate((self._rows[table], rows))
            self._untold.append((table, rows))

    def forget_before(self, bucket: int) -> None:
        """Drop what lies before it."""
        for table, rows in enumerate(self._rows):
            if (rows[:, 2] < bucket).any():
                self._rows[table] = rows[rows[:, 2] >= bucket]
                self._dropped = bucket

    def packed(self) -> dict[str, Rows]:
        """What a snapshot keeps."""
        since = np.array([self.since], np.int64)
        return {"since": since, **{f"rows{at}": rows for at, rows in enumerate(self._rows)}}

    def restore(self, arrays: dict[str, Rows], floor: Rows) -> None:
        """Take over what `packed` gave; without it nothing is known before the `floor` of programs."""
        if arrays:
            self.since = int(arrays["since"][0])
            self._rows = [arrays[f"rows{at}"].copy() for at in range(len(COLUMNS))]
        else:
            self.since = int(floor.max(initial=0)) // BUCKET_MS
        self._told = Past(0, {}, {}, {})
        self._untold = list(enumerate(self._rows))

    def told(self, names: Names) -> Past:
        """The same by name, contacts over all sites. Only what has left since is worked out: all of it
        took half a second for 2,000 queues, and the fold waits for it."""
        if self._untold or self._dropped or self._told.since_ms != self.since * BUCKET_MS:
            tables = list(self._told[1:])
            for table, rows in self._untold:
                tables[table] = tables[table] | _named(names, rows, tables[table], table == BY_SITE)
            if self._dropped:
                least = self._dropped * BUCKET_MS
                tables = [{k: v for k, v in of.items() if k.start_ms >= least} for of in tables]
            self._told = Past(self.since * BUCKET_MS, *tables)
            self._untold, self._dropped = [], 0
        return self._told


def _named(
    names: Names, rows: Rows, known: dict[CellKey, list[int]], by_site: bool
) -> dict[CellKey, list[int]]:
    """Sums of rows by name, with what is `known` of the same buckets."""
    found: dict[CellKey, list[int]] = {}
    for queue, site, bucket, *columns in rows.tolist():
        where = names.sites[site] if by_site else ""
        at = CellKey._make((*names.queues[queue], where, bucket * BUCKET_MS))
        held = found.get(at) or known.get(at)
        found[at] = columns if held is None else [a + b for a, b in zip(held, columns, strict=True)]
    return found
