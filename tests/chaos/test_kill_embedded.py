"""The embedded driver, killed while a log grows, ends with exactly what happened."""

import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from streams.checkpoint.sqlite import SqliteStore
from streams.simulator.center import Center
from streams.simulator.files import plan_toml
from streams.simulator.settings import SimulatorSettings
from tests import naive
from tests.data import ROOT
from tests.ledgers import columns, expected

KILLS = 6
HOUR_MS = 3_600_000
CENTER = SimulatorSettings(seed=4, scale=0.2, heartbeat_s=60)
QUICK = "\n[checkpoint]\ninterval_s = 0.02\n"


def day() -> list[dict[str, Any]]:
    """Events of 16 hours in the order they were sent, and a promise of two days more."""
    start = round(CENTER.start.timestamp() * 1000) + 6 * HOUR_MS
    events = [event for _, event in Center(CENTER).events(start, start + 16 * HOUR_MS)]
    feeds = {(event["source"], event["program"]) for event in events}
    last = {"type": "heartbeat", "time": start + 64 * HOUR_MS}
    return events + [last | {"source": s, "program": p} for s, p in sorted(feeds)]


def committed(store: Path) -> int:
    """Bytes of the log behind the newest commit."""
    with (
        contextlib.suppress(sqlite3.OperationalError),
        contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as reading,
    ):
        for (state,) in reading.execute("SELECT state FROM position"):
            place = json.loads(state)["source"]
            return int(place["base"] + place["offset"])
    return 0


def followed(config: Path, log: Path, store: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.chaos.follow", config, log, store]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def until_committed(process: subprocess.Popen[bytes], store: Path, place: int) -> None:
    while committed(store) < place:
        assert process.poll() is None
        time.sleep(0.01)


def naive_day(events: list[dict[str, Any]]) -> Mapping[Any, dict[str, int]]:
    marks = {event["program"]: event["time"] for event in events if event["type"] == "heartbeat"}
    return expected(naive.columns(events, Center(CENTER).plan(), marks))


def test_a_follower_killed_while_its_log_grows_records_exactly_what_the_slow_twin_counts(
    tmp_path: Path,
) -> None:
    events = day()
    lines = [msgspec.json.encode(event) + b"\n" for event in events]
    config, log, store = (tmp_path / name for name in ("config.toml", "log.jsonl", "store.db"))
    config.write_text(plan_toml(Center(CENTER).plan()) + QUICK)
    log.write_bytes(lines.pop(0))
    chance, starts = random.Random(6), []
    for kills_left in range(KILLS, 0, -1):
        process = followed(config, log, store)
        starts.append(committed(store))
        share = len(lines) // (8 * kills_left + 8)
        with log.open("ab", buffering=0) as file:
            for piece in range(8):
                file.write(b"".join(lines[:share]))
                del lines[:share]
                if piece == 0:
                    until_committed(process, store, starts[-1] + 1)
                time.sleep(chance.uniform(0, 0.05))
        process.kill()
        process.wait()
    process = followed(config, log, store)
    starts.append(committed(store))
    with log.open("ab") as file:
        file.write(b"".join(lines))
    until_committed(process, store, log.stat().st_size)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    print("resumed at byte", *starts, "of", log.stat().st_size)

    assert sum(0 < start < log.stat().st_size for start in starts) == KILLS
    kept = SqliteStore(store, read_only=True)
    assert columns(kept.ledger()) == naive_day(events)
    assert not list(kept.rejects())
    kept.close()
