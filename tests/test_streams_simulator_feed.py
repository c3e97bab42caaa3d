"""The bad feed: what it does to the stream, and what its labels promise."""

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.contacts import ACD
from streams.simulator.center import Center
from streams.simulator.feed import Delivery, Feed, FeedSettings, Label
from streams.simulator.settings import SimulatorSettings
from tests.naive import columns

HOUR_MS = 3_600_000
SETTINGS = SimulatorSettings(seed=3, heartbeat_s=60)
START_MS = round(SETTINGS.start.timestamp() * 1000) + 8 * HOUR_MS
BAD = FeedSettings(seed=5, reordered=0.2, late=0.05, overdue=0.002, duplicated=0.05, malformed=0.03)


@cache
def sent() -> tuple[tuple[int, dict[str, Any]], ...]:
    return tuple(Center(SETTINGS).events(START_MS, START_MS + 2 * HOUR_MS))


@cache
def delivered(settings: FeedSettings) -> tuple[Delivery, ...]:
    return tuple(Feed(settings).deliver(sent()))


def contact_events(deliveries: tuple[Delivery, ...]) -> list[Any]:
    others = (Label.MALFORMED, Label.HEARTBEAT)
    return [json.loads(one.raw) for one in deliveries if one.label not in others]


def broken_promises(deliveries: tuple[Delivery, ...]) -> int:
    """Events that come for the first time after a heartbeat that said they had been sent."""
    promised: dict[tuple[str, str], int] = {}
    seen: set[bytes] = set()
    broken = 0
    for one in deliveries:
        if one.label is Label.MALFORMED:
            continue
        event = json.loads(one.raw)
        pair = (event["source"], event["program"])
        if one.label is Label.HEARTBEAT:
            promised[pair] = max(event["time"], promised.get(pair, 0))
        elif one.raw not in seen:
            broken += event["time"] <= promised.get(pair, 0)
            seen.add(one.raw)
    return broken


def test_a_feed_without_faults_delivers_what_was_sent_as_it_was_sent() -> None:
    deliveries = delivered(FeedSettings())
    assert [json.loads(one.raw) for one in deliveries] == [event for _, event in sent()]
    assert {one.label for one in deliveries} == {Label.GOOD, Label.HEARTBEAT}


def test_malformed_lines_are_refused_and_all_others_accepted() -> None:
    refused = Counter[Label]()
    for one in delivered(BAD):
        try:
            ACD.validate_json(one.raw)
        except ValidationError:
            refused[one.label] += 1
    labels = Counter(one.label for one in delivered(BAD))
    assert refused == {Label.MALFORMED: labels[Label.MALFORMED]}
    assert set(labels) == set(Label) - {Label.MISSING}


def test_every_kind_of_breakage_breaks_every_type_of_event() -> None:
    everything = FeedSettings(malformed=1.0)
    broken = [one.raw for one in delivered(everything) if one.label is Label.MALFORMED]
    assert len(broken) == len([event for _, event in sent() if event["type"] != "heartbeat"])
    for raw in broken:
        with pytest.raises(ValidationError):
            ACD.validate_json(raw)
        assert b"\n" not in raw


def test_the_valid_lines_of_a_bad_feed_add_up_to_what_was_sent() -> None:
    plan = Center(SETTINGS).plan()
    clean = columns((event for _, event in sent()), plan)
    bad = columns(contact_events(delivered(BAD)), plan)
    repeats = [one for one in delivered(BAD) if one.label is Label.DUPLICATE]
    assert (bad.arrival, bad.handling) == (clean.arrival, clean.handling)
    assert repeats != []


def test_delays_stay_within_their_bounds() -> None:
    sent_at = {json.dumps(event): moment for moment, event in sent()}
    for one in delivered(BAD):
        if one.label in (Label.MALFORMED, Label.DUPLICATE, Label.HEARTBEAT):
            continue
        delay_s = (one.at_ms - sent_at[json.dumps(json.loads(one.raw))]) / 1000
        low, high = {
            Label.GOOD: (0.0, 0.0),
            Label.REORDERED: (0.0, BAD.reordered_s),
            Label.LATE: (0.0, BAD.late_s),
            Label.OVERDUE: (BAD.overdue_s, 1.2 * BAD.overdue_s),
        }[one.label]
        assert low <= delay_s <= high
    moments = [one.at_ms for one in delivered(BAD)]
    assert moments == sorted(moments)


def test_heartbeats_wait_for_delayed_events_unless_they_are_told_to_lie() -> None:
    assert broken_promises(delivered(BAD)) == 0
    assert broken_promises(delivered(BAD.model_copy(update={"truthful": False}))) > 0


def test_missing_ends_are_kept_apart_and_nothing_else_is_lost() -> None:
    feed = Feed(FeedSettings(seed=2, missing_ends=0.1))
    arrived = [json.loads(one.raw) for one in feed.deliver(sent())]
    missing = [json.loads(raw) for raw in feed.missing]
    assert {event["type"] for event in missing} == {"disconnected", "acw_ended"}
    lost = [event for _, event in sent() if event not in arrived]
    assert lost == missing


def test_the_same_seed_spoils_the_same_events_whatever_the_steps() -> None:
    feed, stepped = Feed(BAD), []
    for moment, event in sent():
        stepped += feed.carry(moment, json.dumps(event, separators=(",", ":")).encode())
    stepped += feed.rest()
    assert tuple(stepped) == delivered(BAD)
    assert tuple(stepped) != delivered(BAD.model_copy(update={"seed": 6}))
