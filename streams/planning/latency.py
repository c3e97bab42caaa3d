"""M5 of technology latency: responses within X against the share that was promised (2.5.2.a, T1).

Nobody forecasts latency: what the plan says of it is the promise in force. Percent of the promise,
signed, with the noise of a share of so many submits.
"""

from collections.abc import Callable
from math import sqrt

from kernels.columns import BOTS_ROW
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.days import local_day_start
from streams.planning.deviation import Deviation
from streams.view import CellKey, Cells, QueueKey, View

_COLUMNS = [BOTS_ROW.index(n) for n in ("n_submit", "lat_open", "lat_unknown", "lat_in_x")]


def open_interval(view: View) -> dict[QueueKey, Deviation]:
    """Of each bot with a promise and submits in the 15 minutes that are open."""
    start = view.at_ms // BUCKET_MS * BUCKET_MS
    return _found(view, view.bots, lambda key: key.start_ms == start, start + BUCKET_MS)


def today(view: View, plan: Plan) -> dict[QueueKey, Deviation]:
    """Of each bot with a promise and submits today, against the promise in force now."""
    begins = {key: local_day_start(plan, key.program, view.at_ms) for key in view.promised}

    def of_today(key: CellKey) -> bool:
        return key.start_ms >= begins[QueueKey(*key[:3])]

    return _found(view, view.day_bots, of_today, view.at_ms)


def _found(
    view: View, cells: Cells, wanted: Callable[[CellKey], bool], end_ms: int
) -> dict[QueueKey, Deviation]:
    sums: dict[QueueKey, list[int]] = {}
    for key, row in zip(cells.keys, cells.columns[:, _COLUMNS].tolist(), strict=True):
        of = QueueKey(*key[:3])
        if of in view.promised and wanted(key):
            submits, waiting, unknown, in_time = row
            held = sums.setdefault(of, [0, 0])
            held[0] += submits - waiting - unknown
            held[1] += in_time
    return {
        of: _deviation(of, end_ms, submits, in_time, view.promised[of])
        for of, (submits, in_time) in sums.items()
        if submits > 0
    }


def _deviation(of: QueueKey, end_ms: int, submits: int, in_time: int, share: float) -> Deviation:
    """`forecast`: the share promised; `expected` and `actual`: responses within X."""
    due, noise = share * submits, sqrt(submits * share * (1.0 - share)) or None
    key = CellKey(*of, "", 0)
    return Deviation(key, end_ms, 1.0, share, due, float(in_time), noise, submits)
