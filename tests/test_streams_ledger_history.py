"""Whatever is recorded of an interval follows from what was recorded of it before.

The limits are small, so that intervals close and leave the state between any two batches.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.targets import Plan
from streams.settings import LimitSettings
from streams.shard import Shard
from tests import strategies as calls
from tests import strategies_bots as bots
from tests import strategies_chat as chat
from tests import strategies_staff as staff
from tests.chaos.storm import unexplained
from tests.effort import examples
from tests.shards import fed

Event = dict[str, Any]
MODERATE = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
AT_ONCE = LimitSettings(lateness_s=0, horizon_s=0, unresolved_s=1800)
QUARTER_MS = 900_000
STEPS = 20
"""Quarters from one promise to the next after the last event; 15 of them reach past any span."""


def promised(shard: Shard, topic: str, until: int) -> None:
    """Every source of the shard says that all before `until` ms has been sent."""
    beats = [
        {"type": "heartbeat", "time": max(0, until), "source": source, "program": program}
        for source, program in shard.names.feeds
    ]
    fed(shard, beats, topic)


def history(
    shard: Shard, topic: str, events: Sequence[Mapping[str, Any]], cuts: Sequence[int]
) -> list[Any]:
    """What is recorded of events sent in the order of their times, closing after each batch."""
    events = sorted(events, key=lambda event: event["time"])
    edges = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    found = []
    end = 0
    for start, stop in pairwise(edges):
        fed(shard, events[start:stop], topic)
        end = events[stop - 1]["time"]
        promised(shard, topic, end)
        found += shard.close(end)
    for step in range(1, 15 * STEPS, STEPS):
        promised(shard, topic, end + step * QUARTER_MS)
        found += shard.close(end + step * QUARTER_MS)
    return found


def assert_sound(records: list[Any]) -> None:
    assert not unexplained(records)
    for record in records:
        assert all(value >= 0 for value in record.columns.values()), record
        assert all(value >= 0 for value in record.wait_hist.values()), record


CUTS = st.lists(st.integers(1, 60), max_size=12)


@MODERATE
@given(calls.event_sets(), calls.plans(), CUTS)
def test_revisions_of_an_interval_of_calls_follow_from_each_other(
    events: list[Event], plan: Plan, cuts: list[int]
) -> None:
    assert_sound(history(Shard(plan, AT_ONCE), "acd", events, cuts))


@MODERATE
@given(chat.chat_sets(), chat.chat_plans(), CUTS)
def test_revisions_of_an_interval_of_chats_follow_from_each_other(
    events: list[Event], plan: Plan, cuts: list[int]
) -> None:
    assert_sound(history(Shard(plan, AT_ONCE), "chat", events, cuts))


@MODERATE
@given(bots.event_sets(), bots.plans(), bots.technologies(), CUTS)
def test_revisions_of_an_interval_of_bots_and_technology_follow_from_each_other(
    events: list[Event], plan: Plan, technologies: Any, cuts: list[int]
) -> None:
    shard = Shard(plan, AT_ONCE, technologies=technologies)
    assert_sound(history(shard, "bot", events, cuts))


@MODERATE
@given(staff.worlds(), CUTS)
def test_revisions_of_an_interval_of_staff_follow_from_each_other(
    world: staff.World, cuts: list[int]
) -> None:
    assert_sound(history(Shard(world.plan, AT_ONCE), "staff", world.events, cuts))


MINUTE_MS = 60_000


def probe(at: int, status: str, name: str) -> Event:
    return {
        "type": "probe", "v": 1, "id": name, "time": at, "source": "nms", "program": "bank",
        "technology": "line", "kind": "telecom", "status": status,
        "next_within_ms": 60 * MINUTE_MS,
    }  # fmt: skip


def state(at: int, doing: str, name: str) -> Event:
    return {
        "type": "staff_state", "v": 1, "id": name, "time": at, "source": "acd", "program": "bank",
        "staff": "ana", "state": doing, "group": "line",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "first", "second"),
    [
        ("bot", probe(0, "up", "a"), probe(70 * MINUTE_MS, "down", "b")),
        ("staff", state(0, "available", "a"), state(70 * MINUTE_MS, "aux", "b")),
    ],
)
def test_correcting_the_last_event_leaves_alone_the_intervals_that_have_left(
    topic: str, first: Event, second: Event
) -> None:
    shard = Shard(Plan(), AT_ONCE)
    fed(shard, [first, second], topic)
    promised(shard, topic, 61 * MINUTE_MS)
    found = shard.close(61 * MINUTE_MS)
    assert [record.state for record in found].count("FINAL") == 4
    fed(shard, [{**second, "time": 75 * MINUTE_MS, "rev": 1}], topic)
    promised(shard, topic, 76 * MINUTE_MS)
    later = shard.close(76 * MINUTE_MS)
    assert min(record.bucket_ms for record in later) == 60 * MINUTE_MS
    assert_sound(found + later)


def test_somebody_first_heard_of_late_was_not_absent_in_the_intervals_that_have_left() -> None:
    shard = Shard(Plan(), AT_ONCE)
    fed(shard, [state(0, "available", "a")], "staff")
    promised(shard, "staff", 150 * MINUTE_MS)
    found = shard.close(150 * MINUTE_MS)
    shift = {
        "type": "scheduled", "v": 1, "id": "s", "time": 0, "source": "wfm", "program": "bank",
        "staff": "ben", "group": "line", "day": "1970-01-01", "version": 1, "activity": "work",
        "start": 0, "end": 300 * MINUTE_MS,
    }  # fmt: skip
    fed(shard, [shift], "plan")
    fed(shard, [state(170 * MINUTE_MS, "available", "b") | {"staff": "ben"}], "staff")
    promised(shard, "staff", 171 * MINUTE_MS)
    later = shard.close(171 * MINUTE_MS)
    assert found
    assert min(record.bucket_ms for record in later) >= 120 * MINUTE_MS
    assert_sound(found + later)
