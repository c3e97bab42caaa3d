"""Two recorded days of a week and the plan of all five, as files and commands make them."""

import json
from pathlib import Path

from tests.staged_day import (
    CONFIG,
    OPENS_MS,
    Staged,
    beats,
    calls,
    floorwatch,
    people,
    ran,
)

DAY_MS = 86_400_000
DATES = tuple(f"2026-03-{2 + n:02}" for n in range(5))
"""Monday to Friday."""
HALF_HOURS, FORECAST, SCHEDULED = 8, 80.0, 12
WORKING = Staged(contacts=96, staff=10, half_hours=HALF_HOURS)
"""A fifth more contacts than forecast, and two of twelve away."""


def plan_files(folder: Path, dates: tuple[str, ...] = DATES, shrinkage: float = 0.1) -> list[Path]:
    """Forecasts, FTE required and schedules: all at work from 09:00 to 13:00, a break at 11:00."""
    times = [f"{9 + n // 2:02}:{n % 2 * 30:02}" for n in range(HALF_HOURS)]
    forecast = [f"bank,cards,{d},{t},{FORECAST},180,{shrinkage}" for d in dates for t in times]
    asked = [f"bank,desk,{d},{t},11" for d in dates for t in times]
    schedule = [
        f"bank,desk,s{person},{d},{activity}"
        for d in dates
        for person in range(SCHEDULED)
        for activity in ("work,09:00,13:00", *(["break,11:00,11:30"] if person < 3 else []))
    ]
    files = {
        "forecast": ["program,queue,date,time,contacts,aht_s,shrinkage", *forecast],
        "required": ["program,group,date,time,fte_required", *asked],
        "schedule": ["program,group,staff,date,activity,start,end", *schedule],
    }
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return [folder / f"{name}.csv" for name in files]


def week(folder: Path, recorded: int = 2) -> Path:
    """A store in which the first days are recorded, with the plan among the events."""
    (folder / "center.toml").write_text(CONFIG)
    config = ("--config", folder / "center.toml")
    out = folder / "plan.jsonl"
    ran(floorwatch("plan", "import", *config, "--published", "2026-02-27", "--out", out,
                   *plan_files(folder)))  # fmt: skip
    events = []
    for n in range(recorded):
        opens = OPENS_MS + n * DAY_MS
        day = WORKING._replace(seed=n + 1)
        events += calls(day, opens)
        events += [e | {"id": f"{n}-{e['id']}"} for e in people(day, opens)]
    end = OPENS_MS + max(0, recorded - 1) * DAY_MS + 12 * 3_600_000
    events += beats(["acd", "desk"], end)
    events.sort(key=lambda event: event["time"])
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    store = folder / "center.db"
    ran(floorwatch("replay", *config, "--store", store, "--summary", "none", out,
                   folder / "events.jsonl"))  # fmt: skip
    return store
