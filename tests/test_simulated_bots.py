"""A simulated day of bots, probes and carriers: valid, seeded, told as the center knows it."""

import json
from collections import Counter, defaultdict
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from schemas.bots import BOT, CONVERSATION_TYPES, TECHNOLOGY_CHANNELS, TECHNOLOGY_TYPES
from streams.drivers.replay import Options, replay
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.feed import Feed, FeedSettings
from streams.simulator.files import write_files
from streams.simulator.settings import Outage, SimulatorSettings
from streams.simulator.wire import topic_of
from tests import naive, naive_bots, naive_chat, simulated_days
from tests.bank import newest
from tests.naive import Key

HOUR_MS = 3_600_000
BAD = FeedSettings(seed=4, reordered=0.1, late=0.03, duplicated=0.05, malformed=0.02)
OUTAGES = (Outage(kind="feed_silent", name="probes", at=time(16, 0), minutes=20),)
DAY = SimulatorSettings(seed=7, heartbeat_s=300, chat=True, bots=True, outages=OUTAGES)
START_MS = round(DAY.start.timestamp() * 1000)


def simulated(hours: float) -> tuple[list[dict[str, Any]], Center]:
    return simulated_days.simulated(DAY.model_dump_json(), hours)


def of_topic(topic: str, hours: float = 24) -> list[dict[str, Any]]:
    return [event for event in simulated(hours)[0] if topic_of(event["source"]) == topic]


def account(rows: list[dict[str, Any]]) -> dict[Key, dict[str, int]]:
    names = ("program", "queue", "channel", "site", "bucket_ms")
    return {tuple(row[name] for name in names): row["columns"] for row in rows}  # type: ignore[misc]


def total(hours: float) -> Counter[str]:
    columns: Counter[str] = Counter()
    for row in simulated(hours)[1].bot_truth():
        columns.update(row["columns"])
    return columns


def test_the_same_seed_gives_the_same_conversations_whatever_the_steps() -> None:
    center, stepped = Center(DAY), []
    for minute in range(0, 14 * 60, 7):
        stepped += center.advance(START_MS + minute * 60_000)
    stepped += center.advance(START_MS + 14 * HOUR_MS)
    at_once = Center(DAY)
    assert json.dumps(stepped) == json.dumps(at_once.advance(START_MS + 14 * HOUR_MS))
    assert center.bot_truth() == at_once.bot_truth()


def test_every_event_of_technology_is_valid_and_every_type_occurs() -> None:
    for event in of_topic("bot"):
        model = BOT.validate_json(json.dumps(event))
        assert set(event) <= set(type(model).model_fields)
    happened = {event["type"] for event in of_topic("bot")}
    assert happened == {*CONVERSATION_TYPES, *TECHNOLOGY_TYPES, "heartbeat"}


def visits(events: list[dict[str, Any]], *types: str) -> set[tuple[str, str, int]]:
    """The visits that events of these types are about, or name."""
    told = [event for event in events if event["type"] in types]
    return {(event["program"], event["contact"], event.get("segment", 1)) for event in told}


def test_who_is_handed_off_asks_for_a_person_in_the_visit_that_is_named() -> None:
    asked = visits(simulated(24)[0], "queued", "chat_requested")
    handed = visits(of_topic("bot"), "handed_off")
    assert handed <= asked
    assert {program for program, _, _ in handed} == {"mobile-care", "shop-orders", "card-service"}
    assert (
        set()
        != visits(of_topic("bot"), "conversation_migrated")
        <= visits(of_topic("chat"), "chat_ended")
    )


def test_a_day_of_technology_has_everything_that_can_become_of_it() -> None:
    known = total(24)
    outcomes = ("contained", "handoff", "left", "left_error", "unknown")
    assert all(known[f"conv_{how}"] for how in outcomes)
    assert known["migrated_n"] and known["lat_timeout"] and known["lat_unknown"]
    assert all(known[f"{how}_ms"] for how in ("up", "degraded", "down", "unknown"))
    assert 0 < known["unknown_open_ms"] < known["open_ms"] < known["total_ms"]
    assert known["attempts"] > known["blocked"] > 0
    midday = total(12)
    assert midday["conv_open"] and midday["conv_start"] > midday["conv_open"]


@pytest.mark.parametrize("hours", [8.0, 11.4, 12.01, 24, 40])
def test_the_slow_twins_find_in_the_events_what_the_center_knows(hours: float) -> None:
    center, watermarks = Center(DAY), dict.fromkeys(DAY.programs, START_MS + int(hours * HOUR_MS))
    plan, now = center.plan(), simulated(hours)[1]
    bots = naive_bots.columns(of_topic("bot", hours), plan, center.technologies(), watermarks)
    found: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    for table in (bots.arrival, bots.clipped):
        for key, row in table.items():
            found[key] |= row
    assert found == account(now.bot_truth())
    calls = naive.columns(
        [event for event in of_topic("acd", hours) if event["type"] != "heartbeat"],
        plan,
        watermarks,
    )
    assert calls.arrival == account(now.truth()["arrival"])
    chats = naive_chat.columns(of_topic("chat", hours), plan, watermarks)
    offered = sum(row.get("offered", 0) for row in chats.arrival.values())
    assert offered == sum(r["columns"].get("offered", 0) for r in now.chat_truth())


def test_a_replayed_day_of_a_bad_feed_gives_the_centers_own_account_of_its_technology(
    tmp_path: Path,
) -> None:
    center, until_ms = Center(DAY), START_MS + 24 * HOUR_MS
    write_files(center, START_MS, until_ms, tmp_path, Feed(BAD))
    settings = Settings.load(tmp_path / "plan.toml")
    replay(settings, [tmp_path / "events.jsonl"], Options(tmp_path / "store.db"))
    told: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    for key, (columns, *_) in newest(tmp_path / "store.db").items():
        if key[2] in TECHNOLOGY_CHANNELS:
            told[key[:5]] |= columns  # type: ignore[index]
    known = account(json.loads((tmp_path / "bot_truth.json").read_text()))
    assert {key: row for key, row in told.items() if row} == known
    assert len(known) > 500
    assert {key[2] for key in known} >= {"bot", "conversational", "rpa", "telecom", "chat_service"}
