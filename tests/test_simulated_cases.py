"""Simulated days of deferred work: valid, seeded, and counted by the service as the center knows it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from schemas.deferred import CASE, CASE_TYPES
from streams.drivers.replay import Options, replay
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.feed import Feed, FeedSettings
from streams.simulator.files import write_files
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import CASE_SOURCE, topic_of
from tests import naive_cases
from tests.bank import newest

DAY_MS = 24 * 3_600_000
SETTINGS = SimulatorSettings(seed=5, scale=0.15, heartbeat_s=600, cases=True)
START_MS = round(SETTINGS.start.timestamp() * 1000)
BAD = FeedSettings(seed=4, reordered=0.1, late=0.03, duplicated=0.05, malformed=0.02)


@cache
def simulated(days: float) -> tuple[list[dict[str, Any]], Center]:
    center = Center(SETTINGS)
    events = center.advance(START_MS + round(days * DAY_MS))
    return [e for e in events if e["source"] == CASE_SOURCE and e["type"] != "heartbeat"], center


def account(rows: list[dict[str, Any]]) -> dict[Any, dict[str, int]]:
    names = ("program", "queue", "channel", "site", "bucket_ms")
    return {tuple(row[name] for name in names): row["columns"] for row in rows}


def test_every_event_of_a_case_is_valid_of_topic_acd_and_every_type_occurs() -> None:
    events = simulated(3)[0]
    assert all(CASE.validate_python(event) for event in events)
    assert {event["type"] for event in events} == set(CASE_TYPES)
    assert topic_of(CASE_SOURCE) == "acd"


def test_the_slow_twin_counts_three_days_of_cases_as_the_center_knows_them() -> None:
    events, center = simulated(3)
    marks = dict.fromkeys(SETTINGS.programs, START_MS + 3 * DAY_MS)
    found = naive_cases.columns(events, center.plan(), marks)
    assert found.columns == account(center.case_truth())
    names = {name for row in found.columns.values() for name in row}
    assert {"due_n", "due_ontime_n", "due_pending_n", "snap_late_ms", "reopened_n"} <= names


def test_a_replay_of_a_bad_feed_records_the_truth(tmp_path: Path) -> None:
    center = Center(SETTINGS)
    end = START_MS + 2 * DAY_MS
    write_files(center, START_MS, end, tmp_path, Feed(BAD))
    settings = Settings.load(tmp_path / "plan.toml")
    replay(settings, [tmp_path / "events.jsonl"], Options(tmp_path / "store.db"))
    found: dict[Any, dict[str, int]] = {}
    for key, (columns, *_) in newest(tmp_path / "store.db").items():
        if key[2] == "deferred" and columns:
            found.setdefault(key[:5], {}).update(columns)
    known = account(json.loads((tmp_path / "case_truth.json").read_text()))
    # What falls due later is not recorded yet.
    assert found == {key: row for key, row in known.items() if key[4] < end}
