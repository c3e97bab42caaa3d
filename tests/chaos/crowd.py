"""A large center's events from those of a small one: every contact several times, under other ids."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from streams.simulator.center import Center
from streams.simulator.feed import Feed, FeedSettings
from streams.simulator.files import plan_toml
from streams.simulator.settings import SimulatorSettings

HOUR_MS = 3_600_000
SPEED = 60
"""Times life at which the events are sent."""
HEARTBEAT_S = 60
BAD = FeedSettings(
    seed=7, late=0.01, late_s=300, duplicated=0.02, duplicated_s=60, reordered=0.05, reordered_s=20
)
WHOSE = (b'"conversation":"', b'"contact":"', b'"case":"', b'"record":"', b'"staff":"')
"""What an event is about: a conversation, a contact, a case, a record on a list, else a person.
Technologies and lists stay as many."""
HORIZON_MS = 2_700_000
LIMITS = f"\n[limits]\nlateness_s = 900\nhorizon_s = {HORIZON_MS // 1000}\nunresolved_s = 5400\n"
"""Short ones: visits are recycled an hour of event time after their last interval: one minute."""


_OVER = ("record_closed", "record_withdrawn", "case_completed", "case_withdrawn")
BACK_WITHIN_MS = 2_100_000
"""What comes to something that was over that long ago may find it forgotten, and is then counted as one
whose beginning nobody knows: by law 1 the columns are of a set of events within the horizon only."""
CALLED_WITHIN_MS = 4_800_000
"""A callback that is pending is kept until it counts as unresolved."""


class _Ends:
    """Which events come to something within the time that the state promises to know it."""

    def __init__(self) -> None:
        self._until: dict[str, int] = {}

    def known(self, event: dict[str, Any]) -> bool:
        """To be asked of every event, in their order."""
        of = event.get("record") or event.get("case") or event.get("contact") or ""
        if event["time"] > self._until.get(of, event["time"]):
            return False
        if event["type"] in _OVER or event.get("result") == "right_party":
            self._until.setdefault(of, event["time"] + BACK_WITHIN_MS)
        elif event["type"] == "callback_chosen":
            self._until[of] = event["time"] + CALLED_WITHIN_MS
        return True


def events_of(center: Center, hours: float) -> Iterator[bytes]:
    """Lines in the order of arrival by a bad feed whose heartbeats are true, then a last promise."""
    # The morning of a weekday days ago: opening to the busy hours.
    start = round(center.settings.start.timestamp() * 1000) + 8 * HOUR_MS
    until, feed, ends = start + round(hours * HOUR_MS), Feed(BAD), _Ends()
    for moment, event in center.events(start, until):
        if not ends.known(event):
            continue
        yield from (delivery.raw for delivery in feed.carry(moment, msgspec.json.encode(event)))
    yield from (delivery.raw for delivery in feed.rest())
    for beat in center.heartbeats():
        yield msgspec.json.encode(beat | {"time": until + 24 * HOUR_MS})


def write(folder: Path, rate: float, seconds: float) -> tuple[Path, Path, int]:
    """Events for so many seconds at a rate and 60 times life: file, settings file, lines."""
    hours = seconds * SPEED / 3600
    settings = SimulatorSettings(
        seed=21,
        scale=12,
        heartbeat_s=HEARTBEAT_S,
        staff_events=True,
        chat=True,
        bots=True,
        cases=True,
        outbound=True,
        forecasts=True,
    )
    center = Center(settings)
    base = list(events_of(center, hours))
    told = sum(b'"heartbeat"' not in line for line in base)
    copies = max(1, round(rate * seconds / told))
    path, lines = folder / "crowd.jsonl", 0
    with path.open("wb") as file:
        for line in base:
            if b'"heartbeat"' in line:
                file.write(line + b"\n")
                lines += 1
                continue
            whose = next((name for name in WHOSE if name in line), None)
            if whose is None:  # what is asked of a group, or seen of a technology, comes once
                file.write(line + b"\n")
                lines += 1
                continue
            for copy in range(copies):
                mark = b"%d-" % copy
                again = line.replace(whose, whose + mark, 1)
                file.write(again.replace(b'"id":"', b'"id":"' + mark, 1) + b"\n")
            lines += copies
    config = folder / "floorwatch.toml"
    config.write_text(plan_toml(center.plan(), center.technologies()) + LIMITS, encoding="utf-8")
    return path, config, lines
