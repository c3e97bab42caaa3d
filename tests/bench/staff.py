"""People's time: the fold against its slow twin, and bytes per person and day."""

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np

from schemas.targets import Plan
from streams import staff
from streams.shard import Shard
from streams.warm import warm
from tests import naive_staff
from tests.bench.figure import Figure, Rounds, at_least, at_most, told
from tests.bench.memory import resident
from tests.bench.process import run
from tests.shards import encoded

PEOPLE = 5_000
SLOTS = 3
STEP_S = 300
DAY_MS = 1_767_571_200_000
"""2026-01-05 00:00 UTC."""
BATCH = 1000
ROUNDS = 5
TWIN = 100
"""People that the slow twin is given: its cost per event is what counts."""


def home(number: int) -> dict[str, Any]:
    """Where person `number` belongs."""
    return {
        "program": f"program-{number % 5}",
        "group": f"group-{number % 50}",
        "site": f"site-{number % 3}",
        "staff": f"staff-{number}",
    }


def schedule(number: int) -> Iterator[dict[str, Any]]:
    """A shift of eight hours with two breaks and a meal on top."""
    begin = DAY_MS + (8 + number % 3) * 3_600_000
    rows = (("work", 0, 480), ("break", 120, 135), ("meal", 240, 285), ("break", 390, 405))
    for at, (activity, first, last) in enumerate(rows):
        yield home(number) | {
            "type": "scheduled", "source": "wfm", "time": DAY_MS - 6 * 3_600_000,
            "id": f"{number}-{at}", "day": "2026-01-05", "version": 1, "activity": activity,
            "start": begin + first * 60_000, "end": begin + last * 60_000,
        }  # fmt: skip


def states(number: int) -> Iterator[dict[str, Any]]:
    """What a person with three chats at a time does: a change every five minutes."""
    begin = DAY_MS + (8 + number % 3) * 3_600_000 + number % 240 * 1000
    for at in range(8 * 3600 // STEP_S + 1):
        state = home(number) | {
            "type": "staff_state", "source": "acd", "time": begin + at * STEP_S * 1000,
            "id": f"{number}-{at}", "slots": SLOTS,
        }  # fmt: skip
        if at == 8 * 3600 // STEP_S:
            yield state | {"state": "logged_out"}
        elif at in (24, 25, 26, 48, 49, 78):
            yield state | {"state": "aux", "aux": "break"}
        else:
            held = (number + at) % (SLOTS + 1)
            yield state | {"state": "handling" if held else "available", "sessions": held}


def day(people: int) -> list[dict[str, Any]]:
    """A day of so many people in the order of time, schedules first."""
    planned = [row for number in range(people) for row in schedule(number)]
    done = [event for number in range(people) for event in states(number)]
    return planned + sorted(done, key=lambda event: event["time"])


def kept() -> dict[str, float]:
    """Fold the day of 5,000 people, forgetting nothing."""
    warm()
    raw = encoded(day(PEOPLE))
    before = resident()
    shard = Shard(Plan())
    for at in range(0, len(raw), BATCH):
        part = raw[at : at + BATCH]
        shard.fold("bench", at, range(at, at + len(part)), part)
    grown = resident() - before
    return {"people": int(shard.state.people.used[0]), "events": len(raw), "bytes": grown}


def measure() -> list[Figure]:
    """Ratio and memory, side by side in one run."""
    warm()
    raw = encoded(day(PEOPLE))
    few = day(TWIN)
    names = Shard(Plan())
    batches = [
        names.decoder.decode("bench", range(len(raw)), raw[at : at + BATCH])
        for at in range(0, len(raw), BATCH)
    ]

    def fold() -> None:
        shard = Shard(Plan())
        shard.name(names.names)
        for batch in batches:
            staff.fold(shard, batch)

    def decode() -> None:
        shard = Shard(Plan())
        for at in range(0, len(raw), BATCH):
            shard.decoder.decode("bench", np.arange(BATCH), raw[at : at + BATCH])

    def twin() -> None:
        naive_staff.columns(few, Plan(), {})

    gc.collect()
    gc.freeze()
    took = Rounds(ROUNDS, fold=fold, decode=decode, twin=twin)
    memory = run("tests.bench.staff", "kept")
    per = 1e6 / len(raw)
    return [
        told("people", PEOPLE, "people"),
        told("events", len(raw), "events"),
        at_least("naive twin / batch fold", took.ratio("twin", "fold") * len(raw) / len(few), 15),
        told("batch fold", took.seconds("fold") * per, "us/event"),
        told("decoding to columns", took.seconds("decode") * per, "us/event"),
        told("events a person and day", memory["events"] / memory["people"], "events"),
        at_most("bytes a person and day", memory["bytes"] / memory["people"], 12_000, "B"),
    ]
