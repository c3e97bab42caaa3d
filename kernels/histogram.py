"""Bins of the wait histogram: global log-linear edges, each exact (rules of a visit)."""

from kernels.columns import WAIT_EDGES_MS
from kernels.jit import kernel

_EDGES = WAIT_EDGES_MS
_COUNT = len(WAIT_EDGES_MS)


@kernel
def wait_bin(wait_ms: int) -> int:
    """Index of the bin of a wait: the first edge not below it, len(edges) above the last."""
    low = 0
    high = _COUNT
    while low < high:
        middle = (low + high) >> 1
        if _EDGES[middle] < wait_ms:
            low = middle + 1
        else:
            high = middle
    return low
