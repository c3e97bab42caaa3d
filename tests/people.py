"""The people of simulated centers, as events tell of them and as the centers know them."""

from collections import Counter, defaultdict
from datetime import datetime, time
from typing import Any

from streams.simulator.center import Center
from streams.simulator.settings import Habits, Outage, SimulatorSettings
from tests.simulated_days import simulated
from tests.staff_recount import official

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
CALM = SimulatorSettings(seed=2, heartbeat_s=300, staff_events=True)
OUTAGES = (
    Outage(kind="site_down", name="nagoya", at=time(11, 0), minutes=40),
    Outage(kind="acd_drop", name="acd-2", at=time(13, 0), minutes=10),
    Outage(kind="acd_restart", name="acd-1", at=time(11, 30), minutes=2),
    Outage(kind="feed_silent", name="desk-sapporo", at=time(16, 0), minutes=20),
    Outage(kind="feed_silent", name="wfm", at=time(17, 30), minutes=60),
)
BAD_DAY = SimulatorSettings(
    seed=7, outages=OUTAGES, habits=Habits(absent=0.12), heartbeat_s=300, staff_events=True
)
NIGHTS = SimulatorSettings(
    seed=4, scale=0.4, around_the_clock=True, heartbeat_s=600, staff_events=True
)
START_MS = round(CALM.start.timestamp() * 1000)

Event = dict[str, Any]


def after(hours: float) -> int:
    return START_MS + round(hours * HOUR_MS)


def day(settings: SimulatorSettings, hours: float = 24) -> tuple[list[Event], Center]:
    """What had been told by then, and the center as it was."""
    return simulated(settings.model_dump_json(), hours)


def told(settings: SimulatorSettings, type_: str, hours: float = 24) -> list[Event]:
    return [event for event in day(settings, hours)[0] if event["type"] == type_]


def timelines(settings: SimulatorSettings, hours: float = 24) -> dict[str, list[Event]]:
    """What is said of each person, in order; names are unique over the center."""
    people: defaultdict[str, list[Event]] = defaultdict(list)
    for event in sorted(told(settings, "staff_state", hours), key=lambda each: each["time"]):
        people[event["staff"]].append(event)
    return people


def versions(settings: SimulatorSettings, hours: float) -> dict[tuple[str, str, int], list[Event]]:
    """Rows of each (person, day, version)."""
    rows: defaultdict[tuple[str, str, int], list[Event]] = defaultdict(list)
    for event in told(settings, "scheduled", hours):
        rows[event["staff"], event["day"], event["version"]].append(event)
    return rows


def truth(center: Center) -> dict[tuple[str, str, str, int], dict[str, int]]:
    return {
        (row["program"], row["group"], row["site"], row["bucket_ms"]): row["columns"]
        for row in center.staff_truth()
    }


def totals(settings: SimulatorSettings, hours: float = 24) -> Counter[str]:
    total: Counter[str] = Counter()
    for columns in truth(day(settings, hours)[1]).values():
        total.update(columns)
    return total


def midnight_ms(local_day: str) -> int:
    start = datetime.fromisoformat(local_day).replace(tzinfo=CALM.zone)
    return round(start.timestamp() * 1000)


def schedules(settings: SimulatorSettings) -> dict[str, list[Event]]:
    """The official rows of each person on the first day."""
    rows: defaultdict[str, list[Event]] = defaultdict(list)
    for row in told(settings, "scheduled"):
        if row["day"] == "2026-01-05":
            rows[row["staff"]].append(row)
    return {staff: official(each, settings.zone) for staff, each in rows.items()}
