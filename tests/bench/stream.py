"""Decoding, folding and the whole replay, on the events of a simulated center."""

import gc
import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from streams.drivers.replay import Options, replay
from streams.settings import Settings
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.files import write_files
from streams.simulator.settings import SimulatorSettings
from streams.warm import warm
from tests import naive
from tests.bench.figure import Figure, Rounds, at_least, at_most, told

BATCH = 1000
ROUNDS = 5
REPLAYS = 9
TWIN = 200_000
"""Events that the slow twin is given: its cost per event is what counts."""
DAY_MS = 86_400_000


@cache
def day(scale: float = 20.0) -> tuple[Path, Settings]:
    """A simulated day on disk, and settings with its plan."""
    folder = Path(tempfile.mkdtemp(prefix="floorwatch-bench-"))
    center = Center(SimulatorSettings(scale=scale))
    start = round(center.settings.start.timestamp() * 1000)
    write_files(center, start, start + DAY_MS, folder)
    return folder / "events.jsonl", Settings.load(folder / "plan.toml")


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def batches(lines: list[bytes]) -> list[list[bytes]]:
    return [lines[i : i + BATCH] for i in range(0, len(lines), BATCH)]


def measure() -> list[Figure]:
    warm()
    path, settings = day()
    lines = lines_of(path)
    cut = batches(lines)
    events = [json.loads(line) for line in lines[:TWIN]]

    def loads() -> None:
        for line in lines:
            json.loads(line)

    def decode() -> None:
        shard = Shard(settings.plan)
        for batch in cut:
            shard.decoder.decode("bench", range(len(batch)), batch)

    def twin() -> None:
        naive.columns(events, settings.plan)

    def whole() -> None:
        with tempfile.TemporaryDirectory() as folder:
            replay(settings, [path], Options(store=Path(folder) / "bench.db"))

    prepared = _Prepared(settings, cut)
    # The inputs of the other steps are no business of the collector while one step is measured.
    gc.collect()
    gc.freeze()
    took = Rounds(ROUNDS, loads=loads, decode=decode, fold=prepared.fold, twin=twin)
    # A replay's share is the closest of the bounds: more rounds, and nothing between the two.
    replays = Rounds(REPLAYS, decode=decode, whole=whole, fold=prepared.fold)
    per = 1e6 / len(lines)
    twin_share = len(events) / len(lines)
    return [
        told("events", len(lines), "events"),
        told("bytes per event", path.stat().st_size / len(lines), "B"),
        at_least("naive twin / batch fold", took.ratio("twin", "fold") / twin_share, 15),
        at_most("batch fold / json.loads", took.ratio("fold", "loads"), 0.25),
        at_least("json.loads loop / decoding to columns", took.ratio("loads", "decode"), 2),
        at_most("batch fold / whole replay", replays.ratio("fold", "whole"), 0.25),
        # By the time that passes: a replay folds one batch while it decodes the next.
        at_least("decoding alone / whole replay", replays.ratio("decode", "whole", True), 0.5),
        told("json.loads", took.seconds("loads") * per, "us/event"),
        told("decoding to columns", took.seconds("decode") * per, "us/event"),
        told("batch fold", took.seconds("fold") * per, "us/event"),
        told("whole replay", replays.seconds("whole") * per, "us/event"),
    ]


class _Prepared:
    """Batches decoded beforehand, so that only the fold is timed."""

    def __init__(self, settings: Settings, cut: list[list[bytes]]) -> None:
        self._settings = settings
        self._names = Shard(settings.plan)
        self._batches = [
            self._names.decoder.decode("bench", range(len(batch)), batch) for batch in cut
        ]

    def fold(self) -> None:
        shard = Shard(self._settings.plan)
        shard.name(self._names.names)
        for batch in self._batches:
            shard._through_kernels(batch, np.zeros(len(batch.events), np.uint8))
