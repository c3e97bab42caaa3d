"""How old is the first event that a scrape does not show yet, at a steady rate offered live."""

import json
import random
import time
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tests.bench.figure import Figure, at_most, told
from tests.bench.kafka import offered, served
from tests.bench.kafka.cluster import Installation
from tests.bench.kafka.events import plan_of
from tests.bench.kafka.processes import Beside, beside
from tests.bench.kafka.sizes import Sizes

LEAST = 0.02
DEFAULT_MS, SPARING_MS = 100, 250
"""Lingers measured: the default, and one that takes fewer turns for the same events."""


class Visible:
    """Which of the events offered a page shows."""

    def __init__(self, ordered: Iterable[offered.Due], start_ms: float, rate: int) -> None:
        self._start_ms, self._step_ms = start_ms, 1000 / rate
        self._by_feed: dict[offered.Feed, list[int]] = {}
        for number, each in enumerate(ordered):
            if not each.heartbeat:
                self._by_feed.setdefault(each.feed, []).append(number)

    def _due_ms(self, number: int) -> float:
        return self._start_ms + number * self._step_ms

    def age_ms(self, page: served.Page, before: float) -> float:
        """Age of the oldest event that the page does not show.

        By feed, since partitions run ahead of each other: what is younger than the newest event of
        its feed that is shown; one of the same millisecond counts as not shown. And by the sum:
        were the events shown the first ones sent, the next one would be the oldest that is not.
        """
        newest = page.by("cc_feed_last_event_timestamp_seconds", "source", "program")
        hidden = [round(page.total("cc_events_total") - before)]
        for feed, numbers in self._by_feed.items():
            last_ms = round(newest.get(feed, 0.0) * 1000)
            at = bisect_left(numbers, last_ms, key=lambda number: int(self._due_ms(number)))
            if at < len(numbers):
                hidden.append(numbers[at])
        return page.at_ms - self._due_ms(min(hidden))


def measure(
    place: Installation, events: Path, folder: Path, sizes: Sizes, linger_ms: int
) -> list[Figure]:
    """Offer events to one worker that has nothing else to do, and scrape it."""
    count, port = round(sizes.rate * sizes.live_s), served.free_port()
    name = f"live-{linger_ms}"
    config = place.settings(name, plan_of(events), linger_ms=linger_ms)
    worker = beside(folder / name, "tests.bench.kafka.worker", str(config), BENCH_PORT=str(port))
    with worker as running:
        before = served.await_rest(port, running).total("cc_events_total")
        producer = beside(
            folder / f"{name}-offered", "tests.bench.kafka.offered",
            *(str(config), str(events), str(sizes.rate), str(count)),
        )  # fmt: skip
        with producer as sending:
            pages, shares = _watched(running, sending, port, sizes)
            said = json.loads(sending.wait())
        after = served.await_rest(port, running).total("cc_events_total")
        running.stop()
        observed = json.loads(running.wait())
    with events.open("rb") as lines:
        visible = Visible(offered.due(lines, sizes.rate, count), said["start_ms"], sizes.rate)
    end_ms = said["start_ms"] + sizes.live_s * 1000
    within = [page for page in pages if said["start_ms"] + 1000 <= page.at_ms <= end_ms]
    ages = [visible.age_ms(page, before) / 1000 for page in within]
    if after - before != count or not ages:
        raise SystemExit(
            f"{count} events were offered, {after - before} shown; {len(ages)} scrapes"
        )
    rate = f"at {sizes.rate:,}/s, linger {linger_ms} ms"
    cpu = f"CPU of the worker, {rate}", _share(shares, said, sizes) * 100
    return [
        at_most(f"age of the first event not shown, p99, {rate}", _p99(ages), 0.5, "s"),
        told(f"the same, median, linger {linger_ms} ms", float(np.median(ages)), "s"),
        told(f"scrapes, linger {linger_ms} ms", len(ages), "scrapes"),
        at_most(*cpu, 15, "% core") if linger_ms == SPARING_MS else told(*cpu, "% core"),
        told(f"latest that an event was sent, linger {linger_ms} ms", said["worst_ms"] / 1000, "s"),
        told(f"events a batch, {rate}", observed["records"] / observed["batches"], "events"),
    ]


def _p99(ages: list[float]) -> float:
    return float(np.quantile(ages, 0.99, method="higher"))


def _watched(
    worker: Beside, producer: Beside, port: int, sizes: Sizes
) -> tuple[list[served.Page], list[tuple[float, float]]]:
    """Scrapes at random moments, three times as often as a fast Prometheus (5 s), while events are
    offered; CPU seconds used by each moment (ms)."""
    while "ready" not in producer.output.read_text("utf-8"):
        if not producer.runs:
            producer.wait()
        time.sleep(LEAST)
    bodies, used = [], []
    rng = random.Random(1)
    until = time.monotonic() + sizes.live_s + offered.LEAD_MS / 1000
    while time.monotonic() < until:
        used.append((time.time() * 1000, worker.cpu_s()))
        time.sleep(rng.uniform(*sizes.apart_s))
        bodies.append(served.fetched(port, "/metrics"))
    used.append((time.time() * 1000, worker.cpu_s()))
    # Parsed afterwards: the scraper must not take CPU from those it watches.
    return [served.read(body, at) for status, body, at in bodies if status == 200], used


def _share(used: list[tuple[float, float]], said: dict[str, float], sizes: Sizes) -> float:
    """Share of a core between the first event and the last."""
    start, end = said["start_ms"], said["start_ms"] + sizes.live_s * 1000
    moments, seconds = zip(*used, strict=True)
    first, last = np.interp([start, end], moments, seconds)
    return float((last - first) / (end - start) * 1000)
