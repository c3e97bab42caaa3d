"""Simulated days of campaigns: valid, seeded, and counted by the service as the center knows them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from schemas.outbound import OUTBOUND, OUTBOUND_TYPES, RESULTS
from streams.drivers.replay import Options, replay
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.feed import Feed, FeedSettings
from streams.simulator.files import write_files
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import DIALER_SOURCE, topic_of
from tests import naive_outbound
from tests.bank import newest
from tests.test_simulated_cases import account

DAY_MS = 24 * 3_600_000
SETTINGS = SimulatorSettings(seed=5, scale=0.1, heartbeat_s=1800, outbound=True)
START_MS = round(SETTINGS.start.timestamp() * 1000)
BAD = FeedSettings(seed=4, reordered=0.1, late=0.03, duplicated=0.05, malformed=0.02)


@cache
def simulated(days: float) -> tuple[list[dict[str, Any]], Center]:
    center = Center(SETTINGS)
    events = center.advance(START_MS + round(days * DAY_MS))
    return [e for e in events if e["source"] == DIALER_SOURCE and e["type"] != "heartbeat"], center


def test_every_event_of_a_campaign_is_valid_of_topic_acd_and_every_type_occurs() -> None:
    events = simulated(4)[0]
    assert all(OUTBOUND.validate_python(event) for event in events)
    assert {event["type"] for event in events} == set(OUTBOUND_TYPES)
    assert {event["result"] for event in events if "result" in event} >= set(RESULTS[:6])
    assert topic_of(DIALER_SOURCE) == "acd"


def test_the_slow_twin_counts_four_days_of_campaigns_as_the_center_knows_them() -> None:
    events, center = simulated(4)
    marks = dict.fromkeys(SETTINGS.programs, START_MS + 4 * DAY_MS)
    found = naive_outbound.columns(events, center.plan(), marks)
    assert found.columns == account(center.outbound_truth())
    names = {name for row in found.columns.values() for name in row}
    wanted = {"rec_rpc", "rec_exhausted", "rec_bad", "rec_withdrawn", "contact_n", "list_behind_n"}
    assert wanted <= names
    sums = {name: sum(r.get(name, 0) for r in found.columns.values()) for name in names}
    assert 0 < sums["dialled_n"] < sums["list_n"]


def test_a_replay_of_a_bad_feed_records_the_truth(tmp_path: Path) -> None:
    center = Center(SETTINGS)
    end = START_MS + 2 * DAY_MS
    write_files(center, START_MS, end, tmp_path, Feed(BAD))
    settings = Settings.load(tmp_path / "plan.toml")
    replay(settings, [tmp_path / "events.jsonl"], Options(tmp_path / "store.db"))
    found: dict[Any, dict[str, int]] = {}
    for key, (columns, *_) in newest(tmp_path / "store.db").items():
        if key[2] == "outbound" and columns:
            found.setdefault(key[:5], {}).update(columns)
    known = account(json.loads((tmp_path / "outbound_truth.json").read_text()))
    assert found == {key: row for key, row in known.items() if key[4] < end}
