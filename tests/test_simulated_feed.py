"""The bad feed carries chats and conversations as it carries calls: late, twice, broken, endless."""

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.events import EVENT
from streams.simulator.center import Center
from streams.simulator.feed import Delivery, Feed, FeedSettings, Label
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import topic_of

HOUR_MS = 3_600_000
SETTINGS = SimulatorSettings(seed=3, heartbeat_s=60, chat=True, bots=True)
START_MS = round(SETTINGS.start.timestamp() * 1000) + 10 * HOUR_MS
BAD = FeedSettings(seed=5, reordered=0.2, late=0.05, overdue=0.01, duplicated=0.05)


@cache
def sent() -> tuple[tuple[int, dict[str, Any]], ...]:
    """What is told of chats and technology in the first hours of a center."""
    told = Center(SETTINGS).events(START_MS, START_MS + 2 * HOUR_MS)
    return tuple(one for one in told if topic_of(one[1]["source"]) in ("chat", "bot"))


def delivered(settings: FeedSettings) -> list[Delivery]:
    return Feed(settings).deliver(sent())


def test_chats_and_conversations_are_delayed_and_repeated() -> None:
    labels: Counter[tuple[str, Label]] = Counter()
    for one in delivered(BAD):
        labels[topic_of(json.loads(one.raw)["source"]), one.label] += 1
    spoiled = {Label.REORDERED, Label.LATE, Label.OVERDUE, Label.DUPLICATE}
    assert {label for topic, label in labels if topic == "chat"} >= spoiled
    assert {label for topic, label in labels if topic == "bot"} >= spoiled


def test_every_kind_of_breakage_breaks_every_event_of_chats_and_technology() -> None:
    broken = [
        one.raw for one in delivered(FeedSettings(malformed=1.0)) if one.label is Label.MALFORMED
    ]
    assert len(broken) == len([event for _, event in sent() if event["type"] != "heartbeat"])
    for raw in broken:
        with pytest.raises(ValidationError):
            EVENT.validate_json(raw)


def test_ends_of_chats_and_conversations_can_be_missing_and_nothing_else_is() -> None:
    feed = Feed(FeedSettings(seed=2, missing_ends=0.1))
    arrived = [json.loads(one.raw) for one in feed.deliver(sent())]
    missing = [json.loads(raw) for raw in feed.missing]
    ends = {"chat_ended", "chat_acw_ended", "conversation_ended"}
    assert {event["type"] for event in missing} == ends
    assert [event for _, event in sent() if event not in arrived] == missing


def test_a_heartbeat_follows_all_it_promises_but_messages_that_a_transfer_repeats() -> None:
    promised: dict[tuple[str, str], int] = {}
    for one in delivered(FeedSettings(seed=5, reordered=0.2, late=0.05)):
        event = json.loads(one.raw)
        pair = (event["source"], event["program"])
        if event["type"] == "heartbeat":
            promised[pair] = max(event["time"], promised.get(pair, 0))
        elif "carried" not in event:
            assert event["time"] > promised.get(pair, 0)
    assert {topic_of(source) for source, _ in promised} == {"chat", "bot"}
