"""Rows of columns by packed key: queue (16 bits), site (13), bucket (34)."""

import numpy as np

from kernels.jit import inlined, kernel
from kernels.layout import BUCKET_MS, I4, I8, Cells

SITE_BITS = 13
BUCKET_BITS = 34
QUEUES = 1 << 16
SITES = 1 << SITE_BITS
# Beside the number of rows in Cells.used: key and row that were asked for last.
LAST_KEY, LAST_ROW = 1, 2


@kernel
def cell_key(queue: int, site: int, bucket: int) -> int:
    """Packed key of a cell."""
    return (np.int64(queue) << (SITE_BITS + BUCKET_BITS)) | (np.int64(site) << BUCKET_BITS) | bucket


@kernel
def bucket_of(time_ms: int) -> int:
    """Number of the 15-minute bucket since 1970 that a moment lies in."""
    return time_ms // BUCKET_MS


def unpack(keys: I8) -> tuple[I8, I8, I8]:
    """(queue, site, bucket) arrays of packed keys."""
    return (
        keys >> (SITE_BITS + BUCKET_BITS),
        (keys >> BUCKET_BITS) & (SITES - 1),
        keys & ((1 << BUCKET_BITS) - 1),
    )


@kernel
def slot_of(key: int, mask: int) -> int:
    """Where the search for a key starts in an index of mask + 1 places."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed >> np.uint64(20)) & np.uint64(mask))


@kernel
def row_of(cells: Cells, key: int) -> int:
    """Row of the cell of `key`, made if it is new. The caller has seen to room for it."""
    mask = len(cells.index) - 1
    slot = slot_of(key, mask)
    while True:
        row = cells.index[slot]
        if row < 0:
            row = cells.used[0]
            cells.used[0] = row + 1
            cells.keys[row] = key
            cells.index[slot] = row
            return np.int64(row)
        if cells.keys[row] == key:
            return np.int64(row)
        slot = (slot + 1) & mask


@kernel
def add_rows(cells: Cells, queue: I8, site: I8, bucket: I8, columns: I8, hist: I4) -> None:
    """Add columns (n, columns) and bins (n, bins or 0) to the cells of (queue, site, bucket) (n,)."""
    for i in range(len(queue)):
        row = row_of(cells, cell_key(queue[i], site[i], bucket[i]))
        for column in range(columns.shape[1]):
            cells.columns[row, column] += columns[i, column]
        for edge in range(hist.shape[1]):
            cells.hist[row, edge] += hist[i, edge]


@inlined
def row_near(cells: Cells, key: int) -> int:
    """As `row_of`, at once if it is the row that was asked for last: pieces of one span mostly are."""
    if cells.used[LAST_KEY] == key:
        return cells.used[LAST_ROW]
    row = row_of(cells, key)
    cells.used[LAST_KEY] = key
    cells.used[LAST_ROW] = row
    return row


@kernel
def reindex(cells: Cells) -> None:
    """Build the index anew from `keys[:used]`."""
    cells.index[:] = -1
    mask = len(cells.index) - 1
    for row in range(cells.used[0]):
        slot = slot_of(cells.keys[row], mask)
        while cells.index[slot] >= 0:
            slot = (slot + 1) & mask
        cells.index[slot] = row


def index_size(capacity: int) -> int:
    """Least power of two that an index of `capacity` entries fills at most to 3/4."""
    size = 64
    while size * 3 < capacity * 4:
        size *= 2
    return size


def make_cells(capacity: int, columns: int, bins: int) -> Cells:
    """Empty cells with room for `capacity` rows (int64) of `columns` and `bins` (int32)."""
    used = np.zeros(3, np.int64)
    used[LAST_KEY] = -1
    return Cells(
        keys=np.zeros(capacity, np.int64),
        index=np.full(index_size(capacity), -1, np.int32),
        columns=np.zeros((capacity, columns), np.int64),
        hist=np.zeros((capacity if bins else 0, bins), np.int32),
        dirty=np.zeros(capacity, np.uint8),
        used=used,
    )


def resized(cells: Cells, capacity: int, keep: I8 | None = None) -> Cells:
    """The same cells (or only the rows `keep`) with room for `capacity` rows."""
    rows = np.arange(int(cells.used[0])) if keep is None else keep
    fresh = make_cells(capacity, cells.columns.shape[1], cells.hist.shape[1])
    count = len(rows)
    fresh.used[0] = count
    fresh.keys[:count] = cells.keys[rows]
    fresh.columns[:count] = cells.columns[rows]
    fresh.dirty[:count] = cells.dirty[rows]
    if len(cells.hist):
        fresh.hist[:count] = cells.hist[rows]
    reindex(fresh)
    return fresh
