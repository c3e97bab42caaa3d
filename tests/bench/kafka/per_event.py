"""A stock Faust agent: one event at a time, JSON, five sums in a dict. Knows nothing of ours."""

import contextlib
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections import Counter

import faust


def main() -> int:
    """Take BENCH_TOTAL events of BENCH_TOPIC from BENCH_BOOTSTRAP; print how long it took."""
    total = int(os.environ["BENCH_TOTAL"])
    app = faust.App(
        os.environ["BENCH_APP"],
        broker=f"kafka://{os.environ['BENCH_BOOTSTRAP']}",
        datadir=tempfile.mkdtemp(prefix="floorwatch-bench-"),
        value_serializer="json",
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    topic = app.topic(os.environ["BENCH_TOPIC"], key_type=bytes, value_serializer="json")
    sums: Counter[str] = Counter()
    spent: dict[str, float] = {}

    @app.agent(topic)
    async def add(stream: object) -> None:
        seen = 0
        async for event in stream:  # type: ignore[attr-defined]
            if not seen:
                wall, cpu = time.perf_counter(), time.process_time()
            seen += 1
            kind = event["type"]
            sums["offered"] += kind == "queued"
            sums["answered"] += kind == "answered"
            sums["ended"] += kind == "disconnected"
            sums["held"] += kind == "held"
            sums["staff"] += "staff" in event
            if seen == total:
                spent["wall"] = time.perf_counter() - wall
                spent["cpu"] = time.process_time() - cpu
                os.kill(os.getpid(), signal.SIGTERM)

    logging.disable(logging.CRITICAL)
    worker = faust.Worker(app, loglevel="CRITICAL", quiet=True, redirect_stdouts=False)
    worker.spinner = None
    with contextlib.suppress(SystemExit):
        worker.execute_from_commandline()
    print(json.dumps({**spent, **sums}))
    return 0 if spent else 1


if __name__ == "__main__":
    sys.exit(main())
