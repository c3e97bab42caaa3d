"""A monitor can use all that a center around the clock tells it: when it goes on, and when it begins anew."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

import pytest

from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.demo_settings import AROUND_THE_CLOCK
from streams.simulator.wire import topic_of
from tests.shards import fed

MINUTE_MS = 60_000
EVERYTHING = AROUND_THE_CLOCK.model_copy(update={"scale": 0.2})


def at(hour: int, minute: int) -> int:
    """A moment of a local day, ms UTC."""
    moment = datetime(2026, 3, 10, hour, minute, tzinfo=EVERYTHING.zone)
    return round(moment.timestamp() * 1000)


def monitor() -> Shard:
    center = Center(EVERYTHING)
    return Shard(center.plan(), technologies=center.technologies())


def watched(shard: Shard, told: Iterable[tuple[int, dict[str, Any]]]) -> Counter[tuple[str, int]]:
    """Events by type and version, told to a monitor as they happen; it closes intervals as it goes."""
    types: Counter[tuple[str, int]] = Counter()
    for minute, sent in groupby(told, lambda one: one[0] // MINUTE_MS):
        events = sorted((event for _, event in sent), key=lambda event: topic_of(event["source"]))
        for topic, of_topic in groupby(events, lambda event: topic_of(event["source"])):
            fed(shard, list(of_topic), topic)
        now_ms = (minute + 1) * MINUTE_MS
        shard.sweep(shard.view(now_ms).watermarks)
        shard.close(now_ms)
        types.update((event["type"], event.get("version", 0)) for event in events)
    return types


@pytest.mark.parametrize("hour", [0, 6, 17, 23])
def test_a_center_that_begins_anew_is_not_refused_whatever_the_hour(hour: int) -> None:
    shard = monitor()
    stopped = at(hour, 40)
    for run, begins in ("1", at(hour, 25)), ("2", stopped):
        center = Center(EVERYTHING.model_copy(update={"run": run}))
        told = watched(shard, center.events(begins, begins + 15 * MINUTE_MS))
        assert told["fte_requested", 1]
        assert any(type_ == "scheduled" for type_, _ in told)
    assert shard.rejected == {}


def at_work(shard: Shard, now_ms: int) -> dict[tuple[str, str], int]:
    """People who are not logged out, by group and site."""
    states = shard.view(now_ms).people
    return {
        (key.queue, key.site): count
        for key, people in states.items()
        if (count := sum(now.staff for name, now in people.items() if name != "logged_out"))
    }


def test_whoever_left_while_a_center_was_down_is_not_at_work_for_good() -> None:
    both, alone = monitor(), monitor()
    watched(both, Center(EVERYTHING.model_copy(update={"run": "1"})).events(at(13, 50), at(13, 58)))
    before = at_work(both, at(13, 58))
    for shard in (both, alone):
        center = Center(EVERYTHING.model_copy(update={"run": "2"}))
        watched(shard, center.events(at(14, 4), at(14, 10)))
    assert before
    assert at_work(both, at(14, 10)) == at_work(alone, at(14, 10))


def test_a_center_that_begins_in_the_last_minutes_of_a_shift_has_people_everywhere() -> None:
    shard = monitor()
    watched(shard, Center(EVERYTHING).events(at(13, 50), at(13, 56)))
    groups = {(one.group, site) for one in shard.plan.groups for site in one.sites}
    assert at_work(shard, at(13, 56)).keys() == groups


def test_what_a_client_changes_in_the_morning_is_not_too_late_after_a_night_at_work() -> None:
    shard = monitor()
    center = Center(EVERYTHING.model_copy(update={"seed": 13}))  # who changes many half-hours
    told = watched(shard, center.events(at(0, 5), at(11, 30)))
    assert told["fte_requested", 2]
    # A schedule that excuses a day of absence the next morning can be past the horizon.
    refused = {json.loads(each.raw)["type"] for each in shard.rejects}
    assert refused <= {"scheduled"}
