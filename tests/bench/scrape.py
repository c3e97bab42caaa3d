"""What a scrape costs the stream: the same events folded with a reader of /metrics beside and without.

Many centers in one shard, with their people and plans, so that the page has 85,000 series. The view
is made between two batches, on the thread that folds, as drivers do; the page is written on the server's.
The noon happens within NOON_MS, about as long as folding it takes: what a view works out anew each
minute or quarter of an hour, it does as seldom here as beside a clock.
"""

import re
import statistics
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec

from schemas.targets import Plan
from streams.cli.worker import LOOK_EVERY_S
from streams.clock import WallClock
from streams.exporter import Page
from streams.planning.rest import RestOfDay
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.files import EVENTS, write_files
from streams.simulator.settings import SimulatorSettings
from streams.view import View
from streams.warm import warm
from tests.bench.figure import Figure, at_least, at_most, told

SERIES, EVERY_S = 85_000, 5.0
APART_S = 1.0
"""Scraped so often here; its cost is set beside the pause that a fast Prometheus makes."""
SCALE, COPIES = 0.5, 53
ROUNDS = 5
BATCH = 1000
HOUR_MS, NOON_MS = 3_600_000, 5_000
OPEN_MS, BEGUN_MS, LAST_MS = 8 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS
_TIME = re.compile(rb'"time":(\d+)')
_NAMED = re.compile(rb'"(program|queue|group|contact|staff|id)":"')


class _Stream:
    """A shard that is folded, and whoever asks for its view."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self._folds = False
        self._asked: SimpleQueue[Future[View]] = SimpleQueue()

    def view(self) -> View:
        """From another thread: the next moment between two batches."""
        if not self._folds:
            return self.shard.view(self.shard.greatest_ms)
        asked: Future[View] = Future()
        self._asked.put(asked)
        return asked.result(60)

    def answer(self) -> None:
        """On the thread that folds."""
        try:
            asked = self._asked.get_nowait()
        except Empty:
            return
        asked.set_result(self.shard.view(self.shard.greatest_ms))

    def fold(self, batches: list[list[bytes]]) -> float:
        """Seconds that pass."""
        began, self._folds = time.perf_counter(), True
        at = self.shard.positions.get("bench", 0)
        for batch in batches:
            self.shard.fold("bench", at, range(at, at + len(batch)), batch)
            at += len(batch)
            self.answer()
        self.shard.rest()
        self._folds = False
        return time.perf_counter() - began


def _centers(count: int) -> tuple[list[bytes], list[bytes], Plan]:
    """Morning and noon of `count` copies of a small center, and their plan."""
    center = Center(SimulatorSettings(scale=SCALE, staff_events=True, forecasts=True))
    midnight = round(center.settings.start.timestamp() * 1000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(center, midnight + OPEN_MS, midnight + LAST_MS, folder)
        lines = (folder / EVENTS).read_bytes().splitlines()
    plan, parts = center.plan(), ([], [])
    for line in lines:
        passed_ms = msgspec.json.decode(line)["time"] - midnight - BEGUN_MS
        late = passed_ms >= 0
        at_ms = midnight + BEGUN_MS + passed_ms * NOON_MS // (LAST_MS - BEGUN_MS)
        moved = _TIME.sub(rb'"time":%d' % at_ms, line) if late else line
        parts[late].extend(_NAMED.sub(rb'"\1":"%d-' % n, moved) for n in range(count))
    many = {
        f"{n}-{name}": queue.model_copy(update={"program": f"{n}-{queue.program}"})
        for name, queue in plan.queues.items()
        for n in range(count)
    }
    return *parts, Plan(queues=many)


def _batches(lines: list[bytes]) -> list[list[bytes]]:
    return [lines[i : i + BATCH] for i in range(0, len(lines), BATCH)]


def _scraping(page: Page, ended: threading.Event, seen: list[bytes]) -> None:
    while not ended.wait(APART_S):
        seen.append(page())


def _folded(
    plan: Plan, kept: bytes, noon: list[list[bytes]], scraped: bool
) -> tuple[float, list[bytes]]:
    """Seconds that folding the noon took, and the pages read meanwhile."""
    shard = Shard(plan)
    shard.restore(kept)
    stream, seen, ended, rest = _Stream(shard), [], threading.Event(), RestOfDay(plan)
    page = Page(stream.view, WallClock(), plan, max_age_ms=0, rest=rest)
    stream.fold(noon[:1])
    page()  # the first of a process takes longer, and of a quarter of an hour: once in 180 scrapes
    threading.Thread(target=rest.keep, args=(stream.view, ended, LOOK_EVERY_S)).start()
    reader = threading.Thread(target=_scraping, args=(page, ended, seen))
    if scraped:
        reader.start()
    took = stream.fold(noon[1:])
    ended.set()
    while reader.is_alive():
        stream.answer()
        time.sleep(0.001)
    if shard.rejected:
        raise SystemExit(f"the events of the bench are refused: {dict(shard.rejected)}")
    return took, seen


def _as_before(earlier: bytes, later: bytes) -> float:
    """Share of the series that are in families with the same series in the same order on both pages."""
    before, after = _families(earlier), _families(later)
    same = sum(len(of) for name, of in after.items() if before.get(name) == of)
    return same / sum(map(len, after.values()))


def _families(page: bytes) -> dict[bytes, list[bytes]]:
    """Names and labels of a page's lines, by name."""
    found: dict[bytes, list[bytes]] = {}
    for line in page.splitlines():
        if not line.startswith(b"#"):
            series = line.rpartition(b" ")[0]
            found.setdefault(series.partition(b"{")[0], []).append(series)
    return found


def measure() -> list[Figure]:
    warm()
    morning, noon, plan = _centers(COPIES)
    shard = Shard(plan)
    _Stream(shard).fold(_batches(morning))
    shard.close(shard.greatest_ms)  # as a checkpoint does: what is behind is in the ledger
    kept, cut = shard.snapshot(), _batches(noon)
    costs, rates, kept_shares, series = [], [], [], 0
    for _ in range(ROUNDS):
        alone, _none = _folded(plan, kept, cut, scraped=False)
        beside, seen = _folded(plan, kept, cut, scraped=True)
        series = sum(not line.startswith(b"#") for line in seen[-1].splitlines())
        costs.append((beside - alone) / len(seen))
        rates.append(len(noon) / alone)
        kept_shares.extend(map(_as_before, seen, seen[1:]))
    cost = statistics.median(costs)
    return [
        at_least("series of the page", series, SERIES, "series"),
        told("events a second, nobody scraping", statistics.median(rates), "events/s"),
        told("series in a family as a page before", statistics.mean(kept_shares) * 100, "%"),
        told("a scrape holds the stream for", cost, "s"),
        at_most("rate lost to a scrape every 5 s", cost / EVERY_S * 100, 5, "%"),
    ]
