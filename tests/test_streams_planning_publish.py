"""What is expected of the rest of a day becomes a version of the plan by the rule, and never silently."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.forecasts import OWN_SOURCE, PLAN
from schemas.targets import Plan, Program, PublishRule
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.sources import plan_openers
from streams.clock import ManualClock
from streams.drivers.embedded import Embedded
from streams.errors import UserError
from streams.planning.deviation import Deviation
from streams.planning.journal import append, plan_path
from streams.planning.outlook import outlooks
from streams.planning.publish import Publisher, met, versions
from streams.settings import Settings
from streams.shard import Shard
from streams.view import CellKey, LagView
from tests.shards import fed
from tests.test_schemas_actions import action
from tests.test_streams_drivers import Script
from tests.test_streams_planning_book import forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls, shard_at

KEY = CellKey("bank", "cards", "voice", "", 0)
RULE = PublishRule(volume=0.1, score=2, every_min=60)
RULED = Plan(programs={"bank": Program(publish=RULE, reforecast_prior=100)})
MINUTE_MS = 60_000


def day(*came: int, intervals: int = 6) -> tuple[Shard, int]:
    """100 contacts are forecast of each half-hour; so many came; a minute of the next has passed."""
    plan = [forecast(START + n * HALF_HOUR_MS, 1, 0, 100) for n in range(intervals)]
    now = START + len(came) * HALF_HOUR_MS + MINUTE_MS
    told = [
        event
        for n, contacts in enumerate(came)
        for event in calls(contacts, START + n * HALF_HOUR_MS)
    ]
    return shard_at(now, plan, told), now


def published(shard: Shard, now_ms: int, plan: Plan = RULED) -> list[dict[str, Any]]:
    return versions(shard.view(now_ms), plan)


def over(*came: float) -> list[Deviation]:
    return [
        Deviation(KEY._replace(start_ms=n), n + 1, 1.0, 100.0, 100.0, actual, 10.0)
        for n, actual in enumerate(came)
    ]


@pytest.mark.parametrize(
    ("came", "calls_for_it"),
    [
        ((130, 130), True),
        ((70, 70), True),
        ((130,), False),  # one interval may be a spike
        ((105, 150), False),  # at the end of the first it was no signal
        ((130, 75), False),  # what is left of the signal is noise
        ((130, 40), False),  # to the other side now
        ((108, 108, 108, 108, 108, 108, 108, 108, 108), False),  # sure, but small
    ],
)
def test_two_intervals_in_a_row_must_show_a_large_deviation_to_one_side(
    came: tuple[float, ...], calls_for_it: bool
) -> None:
    assert met(over(*came), RULE) is calls_for_it


def test_a_version_tells_who_published_it_why_and_what_is_expected_of_intervals_not_begun() -> None:
    shard, now = day(130, 130)
    events = published(shard, now)
    assert all(PLAN.validate_python(event) for event in events)
    expected = {one.start_ms: one.contacts for one in outlooks(shard.view(now), RULED)[KEY].rest}
    assert [event["start"] for event in events] == [START + n * HALF_HOUR_MS for n in (3, 4, 5)]
    for event in events:
        assert event["milli_contacts"] == round(expected[event["start"]] * 1000)
        assert (event["source"], event["author"], event["time"]) == (OWN_SOURCE, OWN_SOURCE, now)
        assert event["reason"] == "volume +30.0%, z +4.2 against version 1"
        assert event["aht_basis"] == "end"


@pytest.mark.parametrize("plan", [Plan(), Plan(programs={"bank": Program()})])
def test_without_a_rule_nothing_is_published(plan: Plan) -> None:
    assert published(*day(130, 130), plan) == []


def test_a_version_of_ours_changes_neither_the_official_one_nor_the_rest_of_the_day() -> None:
    shard, now = day(130, 130)
    before = outlooks(shard.view(now), RULED)[KEY]
    events = published(shard, now)
    fed(shard, events, "plan")
    view = shard.view(now)
    assert [one.amount for one in view.day_plan.official[KEY]] == [100] * 6
    assert [one.version for one in view.day_plan.lasting(KEY)][2:4] == [1, events[0]["version"]]
    assert outlooks(view, RULED)[KEY] == before


def test_the_next_version_waits_and_is_measured_against_the_last_one() -> None:
    shard, now = day(130, 130, intervals=10)
    fed(shard, published(shard, now), "plan")
    assert published(shard, now + MINUTE_MS) == []
    told = [event for n in (2, 3, 4) for event in calls(200, START + n * HALF_HOUR_MS)]
    later = START + 5 * HALF_HOUR_MS + MINUTE_MS
    beat = {"type": "heartbeat", "time": later, "source": "acd", "program": "bank"}
    fed(shard, [*told, beat])
    slow = Plan(programs={"bank": Program(publish=RULE.model_copy(update={"every_min": 120}))})
    assert published(shard, later, slow) == []
    again = published(shard, later)
    assert [event["start"] for event in again] == [START + n * HALF_HOUR_MS for n in range(6, 10)]
    assert "against version " + str(now // 1000) in again[0]["reason"]


def test_a_one_off_is_no_reason_to_publish() -> None:
    shard, now = day(130, 130)
    fault = action(
        program="bank", excluded=True, reason="fault", start=START, end=START + HALF_HOUR_MS
    )  # fmt: skip
    view = replace(shard.view(now), left_out=(fault,))
    assert versions(view, RULED) == []


def test_a_silent_feed_is_no_reason_to_publish() -> None:
    shard, now = day(130, 130)
    assert published(shard, now + 12 * 3_600_000) == []


def test_what_cannot_be_written_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    written: list[bytes] = []

    def full(events: Any) -> None:
        if not written:
            written.append(b"")
            raise UserError("disk full")
        written.extend(events)

    shard, now = day(130, 130)
    publisher = Publisher(RULED, full)
    publisher(shard.view(now))
    assert written == [b""]
    publisher(shard.view(now + 1_000))
    assert written == [b""]
    publisher(shard.view(now + MINUTE_MS))
    assert len(written) == 4


def test_a_version_on_its_way_through_the_plan_is_not_published_a_second_time() -> None:
    shard, now = day(130, 130)
    written: list[bytes] = []
    publisher = Publisher(RULED, written.extend)
    unread = (LagView("plan", 0, 2, None, 9),)
    publisher(replace(shard.view(now), lags=unread))
    assert written == []
    for minute in range(3):
        publisher(shard.view(now + minute * MINUTE_MS))
    assert len(written) == 3


def test_a_worker_shows_its_day_whatever_becomes_of_publishing() -> None:
    shard, now = day(130, 130)
    view, written = shard.view(now), list[bytes]()

    def broken(events: Any) -> None:
        raise RuntimeError("no such thing")

    assert Publisher(RULED, broken).shown(lambda: view) is view
    assert Publisher(RULED, written.extend).shown(lambda: view) is view
    assert len(written) == 3


def test_a_run_follows_the_version_it_has_published_and_says_so_once(tmp_path: Path) -> None:
    store = tmp_path / "c.db"
    settings = Settings().model_copy(update={"plan": RULED, "store": store})
    plan = [forecast(START + n * HALF_HOUR_MS, 1, 0, 100) for n in range(6)]
    append(store, [json.dumps(event).encode() for event in plan])
    now = START + 2 * HALF_HOUR_MS + MINUTE_MS
    beat = {"type": "heartbeat", "time": now, "source": "acd", "program": "bank"}
    script = Script([[*calls(130), *calls(130, START + HALF_HOUR_MS), beat], None])
    clock = ManualClock(now)
    run = Embedded(
        settings,
        {"script": lambda state: (script.reopened(state), None), **plan_openers(settings)},
        *(SqliteStore(store), clock, clock),
        watcher=Publisher(RULED, lambda events: append(store, events)),
    )
    run.start()
    for second in range(4):
        clock.set(now + second * 1_000)
        run.step()
    run.finish()
    lines = [json.loads(line) for line in plan_path(store).read_text().splitlines()]
    own = [line for line in lines if line["source"] == OWN_SOURCE]
    assert [line["start"] for line in own] == [START + n * HALF_HOUR_MS for n in (3, 4, 5)]
    newest = run.view().day_plan.lasting(KEY)
    assert [one.amount for one in newest[3:]] == [line["milli_contacts"] / 1000 for line in own]
