"""A worker that keeps a million contacts ends and is started again: until it serves figures."""

import json
import statistics
import time
from pathlib import Path

import msgspec

from streams.kafka.settings import KafkaSettings
from streams.settings import Settings
from tests.bench.figure import Figure, at_most, told
from tests.bench.kafka import events, served
from tests.bench.kafka.cluster import Installation
from tests.bench.kafka.processes import Beside, beside
from tests.bench.kafka.sizes import Sizes

WORKER = "tests.bench.kafka.worker"
RESTARTS = 3
LIMITS = "[limits]\nhorizon_s = 172800\n"
"""Contacts of the whole day stay open to restatement: that is how so many are kept."""
LOOK_S = 0.02
PATIENCE_S = 120
FIGURE = "cc_day_contacts_offered"


class _Contact(msgspec.Struct):
    contact: str


def fill(settings: KafkaSettings, lines: list[bytes], kept: int) -> int:
    """Write a day's contacts as often as it takes, then the promise that all was sent; records."""
    day = [line for line in lines if not events.is_heartbeat(line)]
    contacts = {msgspec.json.decode(line, type=_Contact).contact for line in day}
    times = -(-kept // len(contacts))
    return events.write(settings, events.copies(day, times)) + promise(settings, day)


def promise(settings: KafkaSettings, lines: list[bytes]) -> int:
    """Heartbeats of now, of every feed that these events name."""
    feeds = {
        (event["source"], event["program"]) for event in map(msgspec.json.decode, lines[:20_000])
    }
    now_ms = round(time.time() * 1000)
    beats = [
        {"type": "heartbeat", "time": now_ms, "source": source, "program": program}
        for source, program in sorted(feeds)
    ]
    return events.write(settings, map(msgspec.json.encode, beats))


def measure(place: Installation, day: Path, folder: Path, sizes: Sizes) -> list[Figure]:
    """Fill, fold, stop; then start again and look at once how long it takes."""
    config = place.settings("kept", events.plan_of(day), LIMITS)
    settings = Settings.load(config).kafka
    lines = day.read_bytes().splitlines()
    written = fill(settings, lines, sizes.kept)
    page, caught_up = _folded(config, folder / "fill")
    visits = page.total("cc_visits_in_memory")
    if visits < sizes.kept:
        raise SystemExit(f"{visits} contacts are kept, not {sizes.kept}")
    took = []
    for number in range(RESTARTS if sizes.kept > 10_000 else 1):
        promise(settings, lines)
        took.append(_started(config, folder / f"restart-{number}", visits))
    parts = [json.loads(one["said"]) for one in took]
    return [
        told("contacts kept", visits, "contacts"),
        told("events folded for them", written, "events"),
        told("of them, largest shard", max(parts[-1]["visits"].values()), "contacts"),
        told("longest checkpoint while filling", caught_up["longest_checkpoint"], "s"),
        at_most("restart to first figure", statistics.median(o["served"] for o in took), 5, "s"),
        told("slowest restart", max(one["served"] for one in took), "s"),
        told("until it answers at all", statistics.median(o["listens"] for o in took), "s"),
        told("until ready", statistics.median(o["ready"] for o in took), "s"),
        told("last checkpoint and end", statistics.median(o["ended"] for o in took), "s"),
    ]


def _folded(config: Path, folder: Path) -> tuple[served.Page, dict[str, float]]:
    """Let a worker fold everything and write it; its page before it ended."""
    port = served.free_port()
    with beside(folder, WORKER, str(config), BENCH_PORT=str(port)) as running:
        page = served.await_rest(port, running)
        running.stop()
        return page, json.loads(running.wait())


def _started(config: Path, folder: Path, visits: float) -> dict[str, float]:
    """Seconds from the start of the process: until it listens, is ready, serves its figures."""
    port = served.free_port()
    with beside(folder, WORKER, str(config), BENCH_PORT=str(port)) as running:
        listens = _after(running, lambda: served.fetched(port, "/ready")[0] > 0)
        ready = _after(running, lambda: served.is_ready(port))
        served_s = _after(running, lambda: _shows(served.scrape(port), visits))
        ended = time.perf_counter()
        running.stop()
        said = running.wait()
        ended = time.perf_counter() - ended
    return {"listens": listens, "ready": ready, "served": served_s, "ended": ended, "said": said}


def _shows(page: served.Page | None, visits: float) -> bool:
    """Whether a page shows all contacts, caught up, and figures of the day."""
    return bool(
        page
        and served.at_rest(page)
        and page.total("cc_visits_in_memory") >= visits
        and page.total(FIGURE) > 0
    )


def _after(running: Beside, seen: "object") -> float:
    deadline = time.perf_counter() + PATIENCE_S
    while not seen():  # type: ignore[operator]
        if not running.runs or time.perf_counter() > deadline:
            running.stop()
            raise SystemExit(f"a restarted worker shows no figures:\n{running.log.read_text()}")
        time.sleep(LOOK_S)
    return time.perf_counter() - running.started
