"""How long a checkpoint of a shard with a million contacts holds the fold, in a process of its own.

One shard holds all of them, which is the worst case; its checkpoints go to the broker as the
worker's do, beside the thread that folds.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from streams.checkpoint.beside import LoopThread
from streams.checkpoint.kafka import Checkpoint, KafkaStore
from streams.clock import WallClock
from streams.drivers.partition import Partition
from streams.kafka.settings import EVENT_TOPICS
from streams.names import every
from streams.settings import Settings
from streams.snapshot import Buffers, captured
from streams.warm import warm
from tests.bench.figure import Figure, at_most, told
from tests.bench.kafka import events
from tests.bench.kafka.cluster import Installation
from tests.bench.kafka.events import TOPIC
from tests.bench.kafka.restart import LIMITS
from tests.bench.kafka.sizes import Sizes
from tests.bench.process import run

SMALL = 100
APART_S = 0.005
LARGE = 20_000


class Fetched(NamedTuple):
    """A record as the consumer hands it over."""

    offset: int
    value: bytes


class Weighed(KafkaStore):
    """The store, noting how many bytes each snapshot has."""

    weights: list[int]
    took: list[float]

    async def commit(self, what: Checkpoint) -> float:
        """As the store's."""
        weight = 0

        def weighed() -> Iterator[bytes]:
            nonlocal weight
            for piece in what.pieces:
                weight += len(piece)
                yield piece

        took = await super().commit(what._replace(pieces=weighed()))
        self.weights.append(weight)
        self.took.append(took)
        return took


def held() -> dict[str, Any]:
    """Fold the events of BENCH_EVENTS until BENCH_KEPT contacts are kept, then watch checkpoints."""
    warm()
    settings = Settings.load(Path(os.environ["BENCH_CONFIG"]))
    lines = Path(os.environ["BENCH_EVENTS"]).read_bytes().splitlines()
    kept, seconds = int(os.environ["BENCH_KEPT"]), float(os.environ["BENCH_SECONDS"])
    return asyncio.run(_held(settings, lines, kept, seconds))


async def _held(
    settings: Settings, lines: list[bytes], kept: int, seconds: float
) -> dict[str, Any]:
    beside, thread = ThreadPoolExecutor(1), LoopThread("checkpoints")
    store = Weighed(settings.kafka, 0, EVENT_TOPICS)
    store.weights, store.took = [], []
    clock = WallClock()
    partition = Partition(0, settings, every, (clock, clock), beside, thread, store)
    nothing = dict.fromkeys(EVENT_TOPICS, 0)
    await partition.open(nothing, nothing)
    day = [line for line in lines if not events.is_heartbeat(line)]
    given = events.copies(day, 10**6)
    offset = 0
    while partition.shard.visits < kept:
        offset = _fold(partition, offset, given, LARGE)
    times = _by_hand(partition)
    without = await _gaps(partition, offset, given, seconds, writing=False)
    await partition.checkpoint()
    store.weights.clear(), store.took.clear()
    during = await _gaps(partition, without["offset"], given, seconds, writing=True)
    found = {
        "visits": partition.shard.visits,
        "close": times[0],
        "copy": times[1],
        "gap": during["longest"],
        "gap_without": without["longest"],
        "bytes": store.weights[-1],
        "took": max(store.took),
        "checkpoints": len(store.took),
    }
    await partition.drop(last=False)
    thread.close()
    beside.shutdown()
    return found


def _fold(partition: Partition, offset: int, given: Iterator[bytes], count: int) -> int:
    """Fold so many events more; the next offset."""
    records = [Fetched(offset + i, next(given)) for i in range(count)]
    partition.fold(TOPIC, offset, records)
    partition.shard.rest()
    return offset + count


def _by_hand(partition: Partition) -> tuple[float, float]:
    """Seconds of closing and of copying, the second time: buffers are kept."""
    buffers = Buffers()
    for _ in range(2):
        start = time.perf_counter()
        partition.shard.close(partition.clock.now_ms(), False)
        closed = time.perf_counter()
        captured(partition.shard, buffers)
        copied = time.perf_counter()
    return closed - start, copied - closed


async def _gaps(
    partition: Partition, offset: int, given: Iterator[bytes], seconds: float, writing: bool
) -> dict[str, Any]:
    """Fold small batches for a while; the longest time between two of them.

    With `writing` one checkpoint follows the other, and the last one is waited for.
    """
    longest, last = 0.0, time.perf_counter()
    end = last + seconds
    checkpoint: asyncio.Task[None] | None = None
    while last < end or not (checkpoint is None or checkpoint.done()):
        if writing and last < end and (checkpoint is None or checkpoint.done()):
            checkpoint = asyncio.create_task(partition.checkpoint())
        await asyncio.sleep(APART_S)
        offset = _fold(partition, offset, given, SMALL)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    if checkpoint is not None:
        await checkpoint
    return {"longest": longest, "offset": offset}


def measure(place: Installation, day: Path, sizes: Sizes) -> list[Figure]:
    config = place.settings("hold", events.plan_of(day), LIMITS)
    found = run(
        "tests.bench.kafka.hold",
        "held",
        BENCH_CONFIG=str(config),
        BENCH_EVENTS=str(day),
        BENCH_KEPT=str(sizes.kept),
        BENCH_SECONDS=str(sizes.hold_s),
    )
    return [
        told("contacts in one shard", found["visits"], "contacts"),
        at_most("longest gap between two folds, with checkpoints", found["gap"], 0.5, "s"),
        told("the same without checkpoints", found["gap_without"], "s"),
        at_most("closing and copying", found["close"] + found["copy"], 0.5, "s"),
        told("of it copying", found["copy"], "s"),
        told("snapshot", found["bytes"] / 1e6, "MB"),
        told("bytes of it per contact", found["bytes"] / found["visits"], "B"),
        told("checkpoint, the longest", found["took"], "s"),
        told("checkpoints seen", found["checkpoints"], ""),
    ]
