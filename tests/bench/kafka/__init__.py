"""The worker on a broker of its own (`make bench-kafka`): `measure` is the group `kafka`.

All in one run, one thing after the other, each process on its own. BENCH_SCALE=0.001 only shows
that it runs: what is then measured, side by side, means nothing.
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.bench.figure import Figure


def measure() -> list[Figure]:
    """Throughput, freshness, restart, and how long a checkpoint holds the fold."""
    # Here, not above: the processes that are measured come by this module too.
    from deploy.kafka.broker import Broker
    from tests.bench.kafka import events, freshness, hold, restart, throughput
    from tests.bench.kafka.cluster import Installation
    from tests.bench.kafka.sizes import FULL, sizes
    from tests.broker import ending_like_ctrl_c

    of = sizes()
    with tempfile.TemporaryDirectory(prefix="floorwatch-bench-") as name:
        folder = Path(name)
        days = events.days(of.scale, of.days, folder / "days")
        today = events.today(of.scale, folder / "today")
        with ending_like_ctrl_c(), Broker(folder / "broker") as broker:
            place = partial(Installation, broker, folder)
            parts = [
                partial(throughput.measure, place("read-"), days, folder, of),
                *(
                    partial(freshness.measure, place(f"live-{ms}-"), days, folder, of, ms)
                    for ms in (freshness.DEFAULT_MS, freshness.SPARING_MS)
                ),
                partial(restart.measure, place("kept-"), today, folder, of),
                partial(hold.measure, place("hold-"), today, of),
            ]
            with ThreadPoolExecutor(1 if of == FULL else len(parts)) as pool:
                found = [pool.submit(part) for part in parts]
                return [figure for one in found for figure in one.result()]
