"""A morning of two programs as a store has it at 11:10: one desk short of people, one feed behind."""

import json
from pathlib import Path
from typing import Any

from tests.staged_day import DAY, OPENS_MS, Staged, beats, calls, floorwatch, people, ran

CONFIG = """
[plan.programs.bank]
time_zone = "Asia/Tokyo"
[plan.programs.travel]
time_zone = "Asia/Tokyo"
[plan.queues.cards]
program = "bank"
opening_hours = { opens = "09:00", closes = "13:00" }
targets = [{ thresholds_s = [20], service_level = 0.8 }]
[plan.queues.loans]
program = "bank"
opening_hours = { opens = "09:00", closes = "13:00" }
targets = [{ thresholds_s = [20], service_level = 0.9 }]
[plan.queues.tours]
program = "travel"
opening_hours = { opens = "09:00", closes = "13:00" }
targets = [{ thresholds_s = [20], service_level = 0.8 }]
[[plan.groups]]
program = "bank"
group = "desk"
serves = ["cards"]
"""
SHORT = Staged(staff=8, seed=3)
NOW_MS, BEHIND_MS = OPENS_MS + 130 * 60_000, OPENS_MS + 100 * 60_000
"""11:10; the feed of travel has told up to 10:40."""
AWAY = "s<9>"


def _scheduled(staff: str) -> dict[str, Any]:
    return {
        "type": "scheduled", "v": 1, "id": f"plan-{staff}", "time": 0, "source": "wfm",
        "program": "bank", "group": "desk", "staff": staff, "day": DAY, "version": 1,
        "activity": "work", "start": OPENS_MS, "end": OPENS_MS + 14_400_000,
        "site": "oslo",
    }  # fmt: skip


def _elsewhere(at_ms: int) -> list[dict[str, Any]]:
    """A call of travel, answered at once."""
    head = {"v": 1, "source": "tours", "program": "travel", "contact": f"t{at_ms}"}
    steps = (("queued", 0, {"queue": "tours"}), ("answered", 1, {"staff": "t1"}),
             ("disconnected", 60, {"by": "customer"}))  # fmt: skip
    return [
        {**head, "type": kind, "id": str(n), "time": at_ms + after * 1000, **more}
        for n, (kind, after, more) in enumerate(steps)
    ]


def events(now_ms: int) -> list[dict[str, Any]]:
    """What all feeds had told by then, in order of time."""
    told = [*calls(SHORT), *people(SHORT)]
    told += [one for minute in (5, 35, 65) for one in _elsewhere(OPENS_MS + minute * 60_000)]
    told += [*beats(["acd", "desk"], now_ms)]
    told += [{**one, "program": "travel"} for one in beats(["tours"], min(BEHIND_MS, now_ms))]
    # Somebody who was there the day before: what never spoke is no feed, and is not missed.
    day_before = OPENS_MS - 20 * 3_600_000
    told += [
        {**people(Staged(staff=1))[0], "id": f"y{n}", "staff": AWAY, "state": state,
         "time": day_before + n}
        for n, state in enumerate(("available", "logged_out"))
    ]  # fmt: skip
    return sorted((one for one in told if one["time"] <= now_ms), key=lambda one: one["time"])


def morning(folder: Path, now_ms: int = NOW_MS) -> Path:
    """The store, with the forecast of cards, FTE required of the desk and a schedule of nine."""
    shift = [_scheduled(name) for name in (*(f"s{n}" for n in range(SHORT.staff)), AWAY)]
    for name, of in (("events", events(now_ms)), ("shift", shift)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in of))
    (folder / "center.toml").write_text(CONFIG)
    options = ("--config", folder / "center.toml", "--store", folder / "center.db")
    ran(floorwatch("replay", *options, "--summary", "none", "--live",
                   folder / "shift.jsonl", folder / "events.jsonl"))  # fmt: skip
    times = [f"{9 + n // 2:02}:{n % 2 * 30:02}" for n in range(8)]
    files = {
        "forecast": ["program,queue,date,time,contacts,aht_s",
                     *(f"bank,cards,{DAY},{at},90,180" for at in times)],
        "required": ["program,group,date,time,fte_required",
                     *(f"bank,desk,{DAY},{at},10" for at in times)],
    }  # fmt: skip
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    paths = [folder / f"{name}.csv" for name in files]
    ran(floorwatch("plan", "import", *options, "--published", "2026-02-27", *paths))
    ran(floorwatch("act", "add", "--store", folder / "center.db", "--program", "bank",
                   "--queue", "cards", "--from", f"{DAY}T09:30", "--to", f"{DAY}T10:00",
                   "--owner", "lead", "--cause", "absence", "--lever", "<b>overtime</b> & breaks",
                   "--by", "mori"))  # fmt: skip
    return folder / "center.db"
