"""A day of one queue as events, with people who are there: what is planted in it, and nothing else.

First come first served, exponential handle time and patience; nobody is scheduled unless asked.
"""

import heapq
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner, Result

from streams.cli import app

Event = dict[str, Any]
HALF_HOUR_MS = 1_800_000
DAY = "2026-03-02"
OPENS_MS = 1_772_409_600_000
"""2026-03-02 09:00 in Tokyo."""
CONTACTS, AHT_S, STAFF, PATIENCE_S, WITHIN_S = 90, 180.0, 10, 120.0, 20.0
CONFIG = """
[plan.programs.bank]
time_zone = "Asia/Tokyo"
[plan.queues.cards]
program = "bank"
opening_hours = { opens = "09:00", closes = "13:00" }
targets = [{ thresholds_s = [20], service_level = 0.8 }]
"""


class Staged(NamedTuple):
    """A day of `half_hours`, from 09:00 on; contacts of a half-hour on the average."""

    contacts: float = CONTACTS
    aht_s: float = AHT_S
    staff: int = STAFF
    half_hours: int = 8
    seed: int = 1


AS_PLANNED = Staged()


def calls(day: Staged, opens_ms: int = OPENS_MS) -> list[Event]:
    """What happens to each contact, by the people who are there all day."""
    chance = random.Random(day.seed)
    free = [0.0] * day.staff
    told: list[Event] = []
    moment, number = 0.0, 0
    while True:
        moment += chance.expovariate(day.contacts / 1800)
        if moment >= day.half_hours * 1800:
            return told
        number += 1
        patience, handling = chance.expovariate(1 / PATIENCE_S), chance.expovariate(1 / day.aht_s)
        wait = max(0.0, free[0] - moment)
        steps = [("queued", moment, {"queue": "cards"})]
        if wait > patience:
            steps.append(("disconnected", moment + patience, {"by": "customer"}))
        else:
            heapq.heapreplace(free, moment + wait + handling)
            steps.append(("answered", moment + wait, {"staff": "s"}))
            steps.append(("disconnected", moment + wait + handling, {"by": "customer"}))
        for place, (kind, at, more) in enumerate(steps):
            told.append({
                "type": kind, "v": 1, "id": str(place), "source": "acd", "program": "bank",
                "contact": f"{opens_ms}-{number}", "time": opens_ms + round(at * 1000), **more,
            })  # fmt: skip


def people(day: Staged, opens_ms: int = OPENS_MS, group: str = "desk") -> list[Event]:
    """Everybody is at work from 09:00 until the day ends."""
    closes_ms = opens_ms + day.half_hours * HALF_HOUR_MS
    return [
        {
            "type": "staff_state", "v": 1, "id": f"{person}-{state}", "source": "desk",
            "program": "bank", "group": group, "staff": f"s{person}", "state": state, "time": at,
            "site": ("oslo", "rome")[person % 5 > 2],
        }
        for person in range(day.staff)
        for state, at in (("available", opens_ms), ("logged_out", closes_ms))
    ]  # fmt: skip


def beats(sources: Sequence[str], at_ms: int) -> list[Event]:
    return [
        {"type": "heartbeat", "source": source, "program": "bank", "time": at_ms}
        for source in sources
    ]


def written(
    folder: Path,
    day: Staged,
    plan: Staged | None = AS_PLANNED,
    staffed: bool = True,
    config: str = CONFIG,
) -> Path:
    """A store with a recorded day and its plan (None: none), by the commands a user has."""
    events = calls(day) + (people(day) if staffed else [])
    end = OPENS_MS + (day.half_hours + 12) * HALF_HOUR_MS
    events += beats(["acd", "desk"] if staffed else ["acd"], end)
    events.sort(key=lambda event: event["time"])
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (folder / "center.toml").write_text(config)
    store = folder / "center.db"
    options = ("--config", folder / "center.toml", "--store", store)
    ran(floorwatch("replay", *options, "--summary", "none", "--complete", folder / "events.jsonl"))
    if plan is not None:
        times = [f"{9 + n // 2:02}:{n % 2 * 30:02}" for n in range(plan.half_hours)]
        forecast = [f"bank,cards,{DAY},{t},{plan.contacts},{plan.aht_s}" for t in times]
        asked = [f"bank,desk,{DAY},{t},{plan.staff}" for t in times]
        files = {"forecast": ["program,queue,date,time,contacts,aht_s", *forecast]}
        files["required"] = ["program,group,date,time,fte_required", *asked]
        for name, lines in files.items():
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        ran(floorwatch("plan", "import", *options, "--published", "2026-02-27",
                       *(folder / f"{name}.csv" for name in files)))  # fmt: skip
    return store


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def ran(done: Result) -> Result:
    assert done.exit_code == 0, done.output
    return done
