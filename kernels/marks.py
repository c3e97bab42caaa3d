"""Least and greatest time per code of a batch: one pass instead of two ufunc.at of numpy."""

from kernels.jit import kernel
from kernels.layout import I8


@kernel
def extremes(codes: I8, times: I8, least: I8, latest: I8) -> None:
    """Lower `least[code]` and raise `latest[code]` by the times int64 (n,) of codes int64 (n,)."""
    for i in range(len(codes)):
        code = codes[i]
        least[code] = min(least[code], times[i])
        latest[code] = max(latest[code], times[i])
