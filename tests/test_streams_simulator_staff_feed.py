"""The bad feed carries what is told of people as it carries what is told of contacts."""

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.contacts import ACD
from schemas.forecasts import PLAN
from schemas.staff import STAFF
from streams.simulator.center import Center
from streams.simulator.feed import Delivery, Feed, FeedSettings, Label
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import topic_of
from tests.people import CALM, after
from tests.staff_recount import recounted

BAD = FeedSettings(seed=5, reordered=0.2, late=0.05, overdue=0.01, duplicated=0.05, malformed=0.03)
BEGIN_MS, END_MS = after(17), after(26)
CONTRACTS: dict[str, TypeAdapter[Any]] = {"acd": ACD, "staff": STAFF, "plan": PLAN}
SETTINGS: SimulatorSettings = CALM.model_copy(update={"scale": 0.5})


@cache
def played() -> tuple[tuple[tuple[int, dict[str, Any]], ...], Center]:
    center = Center(SETTINGS)
    return tuple(center.events(BEGIN_MS, END_MS)), center


@cache
def delivered(settings: FeedSettings) -> tuple[Delivery, ...]:
    """What is told of people, not of contacts, as it arrives."""
    about_people = [one for one in played()[0] if topic_of(one[1]["source"]) != "acd"]
    return tuple(Feed(settings).deliver(about_people))


def once(deliveries: tuple[Delivery, ...]) -> list[dict[str, Any]]:
    """Valid events in order of arrival, each the first time it comes."""
    seen = dict.fromkeys(one.raw for one in deliveries if one.label is not Label.MALFORMED)
    return [json.loads(raw) for raw in seen]


def known() -> dict[tuple[str, str, str, int], dict[str, int]]:
    return {
        (row["program"], row["group"], row["site"], row["bucket_ms"]): row["columns"]
        for row in played()[1].staff_truth()
    }


def test_states_and_plans_are_delayed_repeated_and_broken_like_everything_else() -> None:
    labels: Counter[tuple[str, Label]] = Counter()
    for one in delivered(BAD):
        if one.label is not Label.MALFORMED:
            labels[topic_of(json.loads(one.raw)["source"]), one.label] += 1
    spoiled = {Label.REORDERED, Label.LATE, Label.OVERDUE, Label.DUPLICATE}
    assert {label for topic, label in labels if topic == "staff"} >= spoiled
    assert {label for topic, label in labels if topic == "plan"} >= spoiled


def test_every_kind_of_breakage_breaks_states_and_plans() -> None:
    broken = [
        one.raw for one in delivered(FeedSettings(malformed=1.0)) if one.label is Label.MALFORMED
    ]
    assert len(broken) > 1000
    for raw in broken:
        for contract in CONTRACTS.values():
            with pytest.raises(ValidationError):
                contract.validate_json(raw)


def test_the_valid_lines_of_a_bad_feed_tell_the_truth_about_people() -> None:
    arrived = once(delivered(BAD))
    sent = [event for _, event in played()[0] if topic_of(event["source"]) != "acd"]
    assert arrived != sent
    assert recounted(arrived, SETTINGS.zone, END_MS) == known()


def test_a_heartbeat_of_a_desk_waits_for_the_states_it_promises() -> None:
    promised: dict[tuple[str, str], int] = {}
    for event in once(delivered(BAD)):
        pair = (event["source"], event["program"])
        if event["type"] == "heartbeat":
            promised[pair] = max(event["time"], promised.get(pair, 0))
        else:
            assert event["time"] > promised.get(pair, 0)
    assert {topic_of(source) for source, _ in promised} == {"staff"}


def test_log_outs_can_be_missing_and_nothing_else_is() -> None:
    about_people = [one for one in played()[0] if topic_of(one[1]["source"]) != "acd"]
    feed = Feed(FeedSettings(seed=2, missing_ends=0.5))
    arrived = [json.loads(one.raw) for one in feed.deliver(about_people)]
    missing = [json.loads(raw) for raw in feed.missing]
    assert {event["state"] for event in missing} == {"logged_out"}
    assert [event for _, event in about_people if event not in arrived] == missing
    assert recounted(arrived, SETTINGS.zone, END_MS) != known()
