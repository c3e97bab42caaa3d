"""A simulated day of chats: valid, the same for a seed, and told as the center knows it."""

import json
import pickle
from collections import Counter, defaultdict
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.chats import CHAT, CHAT_TYPES
from streams.drivers.replay import Options, replay
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.chat.layout import CHAT_FLOOR
from streams.simulator.chat.settings import ChatHabits
from streams.simulator.feed import Feed, FeedSettings
from streams.simulator.files import write_files
from streams.simulator.settings import Outage, SimulatorSettings
from streams.simulator.wire import topic_of
from tests import naive_chat, simulated_days
from tests.bank import newest
from tests.naive import Key

HOUR_MS = 3_600_000
BAD = FeedSettings(seed=4, reordered=0.1, late=0.03, duplicated=0.05, malformed=0.02)
OUTAGES = (
    Outage(kind="site_down", name="sapporo", at=time(11, 0), minutes=40),
    Outage(kind="chat_restart", name="chat", at=time(13, 30), minutes=1),
)
FLOOR = CHAT_FLOOR.model_copy(update={"habits": ChatHabits(withdrawn=0.04)})
DAY = SimulatorSettings(
    seed=7, heartbeat_s=300, chat=True, chat_floor=FLOOR, staff_events=True, outages=OUTAGES
)
TEAM = {"site": "nagoya", "home": "mobile-care", "people": 1}
START_MS = round(DAY.start.timestamp() * 1000)
CAUSES = ("customer", "system", "queue_timeout", "no_staff", "other")
SETTLED = ("waiting", "chat_pending_reply", "turn_open", "offer_open", "cohort_open")


def simulated(hours: float) -> tuple[list[dict[str, Any]], Center]:
    return simulated_days.simulated(DAY.model_dump_json(), hours)


def chat_events(hours: float = 24) -> list[dict[str, Any]]:
    return [event for event in simulated(hours)[0] if topic_of(event["source"]) == "chat"]


def account(rows: list[dict[str, Any]]) -> dict[Key, dict[str, int]]:
    names = ("program", "queue", "channel", "site", "bucket_ms")
    return {tuple(row[name] for name in names): row["columns"] for row in rows}  # type: ignore[misc]


def total(hours: float) -> Counter[str]:
    columns: Counter[str] = Counter()
    for row in simulated(hours)[1].chat_truth():
        columns.update(row["columns"])
    return columns


def test_the_same_seed_gives_the_same_chats_whatever_the_steps() -> None:
    center, stepped = Center(DAY), []
    for minute in range(0, 14 * 60, 7):
        stepped += center.advance(START_MS + minute * 60_000)
    stepped += center.advance(START_MS + 14 * HOUR_MS)
    at_once = Center(DAY)
    assert json.dumps(stepped) == json.dumps(at_once.advance(START_MS + 14 * HOUR_MS))
    assert center.chat_truth() == at_once.chat_truth()


def test_a_center_with_chats_and_bots_survives_pickling_and_works_at_night() -> None:
    nights = SimulatorSettings(
        seed=4, scale=0.5, around_the_clock=True, staff_events=True, chat=True, bots=True
    )
    center = Center(nights)
    center.advance(START_MS + 3 * HOUR_MS)
    twin = pickle.loads(pickle.dumps(center))
    until_ms = START_MS + 5 * HOUR_MS
    assert twin.advance(until_ms) == center.advance(until_ms) != []
    assert twin.chat_truth() == center.chat_truth() != []
    assert twin.bot_truth() == center.bot_truth() != []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"teams": [TEAM | {"queues": ["shop-chat"]}]}, "must be its home's"),
        ({"queues": {"a": {"program": "mars", "chats_per_day": 1}}}, "not listed"),
        ({"queues": {"a": {"program": "b", "chats_per_day": 1, "overflow_to": "c"}}}, "'c'"),
    ],
)
def test_a_chat_floor_that_names_what_is_not_there_is_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        SimulatorSettings.model_validate({"chat": True, "chat_floor": change})


def test_calls_are_what_they_are_without_chat() -> None:
    calm = SimulatorSettings(seed=7, heartbeat_s=300)
    told = [
        [event for event in Center(each).advance(START_MS + 14 * HOUR_MS) if "contact" in event]
        for each in (calm, calm.model_copy(update={"chat": True}))
    ]
    assert [event for event in told[1] if event["source"] != "chat"] == told[0] != told[1]


def test_every_event_of_a_chat_is_valid_and_every_type_occurs() -> None:
    for event in chat_events():
        model = CHAT.validate_json(json.dumps(event))
        assert set(event) <= set(type(model).model_fields)
    happened = {event["type"] for event in chat_events()}
    assert happened == {*CHAT_TYPES, "heartbeat"}


def test_a_day_of_chats_has_everything_that_can_become_of_them() -> None:
    known = total(24)
    assert all(known[f"abn_{how}"] for how in CAUSES)
    assert known["chat_noreply"] > known["chat_late_reply"] > 0
    assert known["sess_abn"] and known["turn_unanswered"] and known["ovf_in"] == known["ovf_out"]
    assert known["chat_reply_unknown"] and known["turn_unknown"] and known["cohort_unknown"]
    assert known["escalated_tier"] and known["offer_dec"]
    midday = total(13.48)
    assert (
        midday["waiting"]
        and midday["offer_open"]
        and midday["turn_open"]
        and midday["chat_pending_reply"]
    )


@pytest.mark.parametrize("hours", [11.4, 13.48, 13.6, 24, 40])
def test_the_slow_twin_finds_in_the_events_what_the_center_knows_of_its_chats(hours: float) -> None:
    watermarks = dict.fromkeys(DAY.programs, START_MS + round(hours * HOUR_MS))
    figures = naive_chat.columns(chat_events(hours), Center(DAY).plan(), watermarks)
    found: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    for table in (figures.arrival, figures.handling, figures.offers, figures.turns):
        for key, row in table.items():
            found[key] |= row
    assert found == account(simulated(hours)[1].chat_truth())
    assert figures.duplicates == figures.conflicts == 0


def test_people_who_chat_have_several_at_once_and_never_more_than_their_slots() -> None:
    states = [event for event in simulated(24)[0] if event.get("slots")]
    assert {event["state"] for event in states} >= {"available", "handling", "acw"}
    assert {event.get("sessions", 0) for event in states} == {0, 1, 2, 3}
    assert all(event.get("sessions", 0) <= event["slots"] for event in states)
    assert all("chat" in event["group"] for event in states)


def test_a_replayed_day_of_a_bad_feed_gives_the_centers_own_account_of_its_chats(
    tmp_path: Path,
) -> None:
    center = Center(DAY)
    # Until the next morning, before the doors open: every chat of the day is settled.
    until_ms = START_MS + 31 * HOUR_MS
    write_files(center, START_MS, until_ms, tmp_path, Feed(BAD))
    settings = Settings.load(tmp_path / "plan.toml")
    replay(settings, [tmp_path / "events.jsonl"], Options(tmp_path / "store.db"))
    told: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    people: dict[Key, dict[str, int]] = {}
    for key, (columns, *_) in newest(tmp_path / "store.db").items():
        if key[2] == "chat":
            told[key[:5]] |= columns  # type: ignore[index]
        elif key[2] == "staff" and columns:
            people[key[:5]] = columns  # type: ignore[index]
    known = account(json.loads((tmp_path / "chat_truth.json").read_text()))
    assert {key: row for key, row in told.items() if row} == known
    assert len(known) > 300
    assert not any(name in row for row in known.values() for name in SETTLED)
    chatting = json.loads((tmp_path / "staff_truth.json").read_text())
    for row in chatting:
        key = (row["program"], row["group"], "staff", row["site"], row["bucket_ms"])
        if row["bucket_ms"] + 900_000 <= until_ms:
            assert people[key] == row["columns"]
    assert any("sess_ms" in row["columns"] for row in chatting)
