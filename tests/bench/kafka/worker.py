"""`floorwatch worker` itself, in a process of its own, that notes what it has done and when.

The command and everything below it are the product's; only the worker's own object is a subclass.
Run with the settings file and, to end by itself when so many events are folded, their number.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from streams.cli.worker import command
from streams.drivers.faust_worker import host


class Observed(host.Host):
    """The worker's object, with a stop watch around it."""

    noted: "Observed"
    total = 0

    def __init__(self, settings: Any, clock: Any = None) -> None:
        super().__init__(settings, clock)
        self.records = self.batches = self.folded = 0
        self.checkpoints: dict[tuple[int, int], float] = {}
        self.begun: dict[str, float] | None = None
        self.ended: dict[str, float] | None = None
        self.visits: dict[int, int] = {}
        Observed.noted = self

    async def opened(self, *what: Any, **named: Any) -> Any:
        """As the worker's; folding begins here."""
        places = await super().opened(*what, **named)
        if self.begun is None and places:
            self.begun = spent()
        self._note()
        return places

    async def fold(self, batch: Any) -> None:
        """As the worker's; the last event of all ends the measurement."""
        await super().fold(batch)
        self.batches += 1
        self.records += len(batch.records)
        if 0 < self.total <= self.records and self.ended is None:
            shards = [partition.shard for partition in self.partitions.values()]
            for shard in shards:
                shard.rest()
            self.ended = spent()
            self.folded = sum(sum(shard.events.values()) for shard in shards)
            self._note()
            os.kill(os.getpid(), signal.SIGTERM)

    async def tick(self) -> None:
        """As the worker's; what was committed is noted."""
        await super().tick()
        self._note()

    def _note(self) -> None:
        for number, partition in self.partitions.items():
            self.visits[number] = partition.shard.visits
            if partition.last_commit is not None:
                begun_ms, took_s = partition.last_commit
                self.checkpoints[number, begun_ms] = took_s

    def told(self) -> dict[str, Any]:
        """What was measured."""
        begun, ended = self.begun or {}, self.ended or spent()
        return {
            "took": {name: seconds - begun.get(name, 0.0) for name, seconds in ended.items()},
            "visits": self.visits,
            "records": self.records,
            "folded": self.folded,
            "batches": self.batches,
            "checkpoints": len(self.checkpoints),
            "longest_checkpoint": max(self.checkpoints.values(), default=0.0),
        }


def spent() -> dict[str, float]:
    """Seconds on the clock, of CPU, and of CPU by thread: the loop, fetching, kernels, checkpoints."""
    found: Counter[str] = Counter(wall=time.perf_counter(), cpu=time.process_time())
    for thread in threading.enumerate():
        if thread.ident is None:
            continue
        clock = time.pthread_getcpuclockid(thread.ident)
        found[_role(thread)] += time.clock_gettime(clock)
    return dict(found)


def _role(thread: threading.Thread) -> str:
    if thread is threading.main_thread():
        return "loop"
    name = thread.name
    roles = {"fold": "kernels", "checkpoints": "checkpoints", "metrics": "served"}
    return next((role for start, role in roles.items() if name.startswith(start)), "fetch")


def main(config: str, total: str = "0") -> None:
    host.Host = Observed  # type: ignore[misc]
    Observed.total = int(total)
    try:
        command(Path(config), port=int(os.environ.get("BENCH_PORT", "0")))
    finally:
        print(json.dumps(Observed.noted.told()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
