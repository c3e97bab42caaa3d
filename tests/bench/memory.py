"""Bytes per visit kept, and memory over many days; each in a process of its own."""

import gc
import os
import tempfile
from pathlib import Path

import msgspec

from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.files import EVENTS, write_files
from streams.simulator.settings import SimulatorSettings
from streams.sources.file import FileSource
from streams.warm import warm
from tests.bench.figure import Figure, at_most, told
from tests.bench.process import run

VISITS = 300_000
DAYS = 10
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def resident() -> int:
    """Bytes of this process in memory now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _feed(shard: Shard, values: list[bytes], at: int) -> int:
    for i in range(0, len(values), 1000):
        part = values[i : i + 1000]
        shard.fold("bench", at, range(at, at + len(part)), part)
        at += len(part)
    return at


def visits_kept() -> dict[str, float]:
    """Fold a big center's days from a file, forgetting nothing, until 300,000 visits are kept."""
    warm()
    with tempfile.TemporaryDirectory() as folder:
        center = Center(SimulatorSettings(scale=30))
        start = round(center.settings.start.timestamp() * 1000)
        write_files(center, start, start + 2 * DAY_MS + DAY_MS // 2, Path(folder))
        plan = center.plan()
        del center
        before = resident()
        shard = Shard(plan)
        source = FileSource(Path(folder) / EVENTS)
        at = 0
        while shard.visits < VISITS and (chunk := source.read(1000)):
            at = _feed(shard, chunk.lines, at)
            shard.take_rejects()
        grown = resident() - before
    return {"visits": shard.visits, "events": at, "bytes": grown}


def flat() -> dict[str, float]:
    """Fold 10 simulated days as live; memory after day 3 and after day 10."""
    warm()
    center = Center(SimulatorSettings(scale=2))
    shard = Shard(center.plan())
    now = round(center.settings.start.timestamp() * 1000)
    center.begin(now)
    at, marks = 0, {}
    for hour in range(DAYS * 24):
        now += HOUR_MS
        at = _feed(shard, [msgspec.json.encode(event) for event in center.advance(now)], at)
        shard.close(now)
        shard.take_rejects()
        if (hour + 1) % 24 == 0:
            marks[(hour + 1) // 24] = resident()
    return {"day_3": marks[3], "day_10": marks[DAYS], "events": at}


def measure() -> list[Figure]:
    kept = run("tests.bench.memory", "visits_kept")
    days = run("tests.bench.memory", "flat")
    return [
        told("visits kept", kept["visits"], "visits"),
        told("events per visit", kept["events"] / kept["visits"], "events"),
        at_most("bytes per visit kept", kept["bytes"] / kept["visits"], 500, "B"),
        at_most("memory after day 10 / after day 3", days["day_10"] / days["day_3"], 1.1),
        told("memory after day 10", days["day_10"] / 2**20, "MiB"),
    ]
