"""Shapes of input and plan that once hung, tore or overwrote what was recorded."""

from contextlib import closing
from pathlib import Path

import pytest

from schemas.targets import OpeningHours, Plan, Program, Queue
from streams.checkpoint.sqlite import SqliteStore
from streams.settings import SourceSettings
from streams.shard import Shard
from streams.snapshot import SnapshotRefused
from streams.view import QueueKey
from tests.ledgers import newest
from tests.shards import encoded, fed, figures
from tests.strategies import FIRST_EDGE_MS

BUCKET_MS = 900_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
T = FIRST_EDGE_MS
SALES = Plan(queues={"sales": Queue(program="shop")})
KEY = QueueKey("shop", "sales", "voice")


def event(kind: str, time: int, contact: str = "c", **more: object) -> dict[str, object]:
    common = {"source": "acd", "program": "shop", "contact": contact, "id": f"{kind}{time}"}
    return {"type": kind, "time": time, **common, **more}


def promise(time: int) -> dict[str, object]:
    return {"type": "heartbeat", "time": time, "source": "acd", "program": "shop"}


def call(contact: str, start: int) -> list[dict[str, object]]:
    return [
        event("queued", start, contact, queue="sales"),
        event("answered", start + 10_000, contact),
        event("disconnected", start + 70_000, contact, by="customer"),
    ]


def test_after_call_work_weeks_after_the_talk_is_counted_without_the_gap() -> None:
    late = [event("acw_started", T + 40 * DAY_MS), event("acw_ended", T + 40 * DAY_MS + 60_000)]
    handling = figures(fed(Shard(SALES), [*call("c", T), *late])).handling
    assert sum(row.get("handle_clip_ms", 0) for row in handling.values()) == 120_000


def test_a_queue_listed_later_leaves_its_final_intervals_alone() -> None:
    first = Shard(Plan())
    fed(first, [*call("c", T), promise(T + 30 * HOUR_MS)])
    recorded = first.close(T + 30 * HOUR_MS)
    second = Shard(SALES)
    second.restore(first.snapshot())
    fed(second, [promise(T + 31 * HOUR_MS)])
    recorded += second.close(T + 31 * HOUR_MS)
    value = newest(recorded)["shop", "sales", "voice", "", T, "arrival"]
    assert (value.revision, value.columns["offered"]) == (1, 1)


def test_handle_time_counts_after_call_work_that_ends_in_a_later_batch() -> None:
    shard = Shard(SALES)
    shard.counts_flow = True
    fed(shard, call("c", T))
    fed(shard, [event("acw_ended", T + 100_000)])
    flow = shard.view(T + HOUR_MS).flow[KEY]
    assert (flow.handled, flow.handle_ms) == (1, 90_000)


def test_a_refused_event_says_nothing_about_when_a_program_began() -> None:
    shard = Shard(SALES, live=True)
    fed(shard, [*call("c", T), promise(T + 12 * HOUR_MS)])
    shard.close(T + 12 * HOUR_MS)
    fed(shard, [event("queued", 0, "old", queue="sales"), promise(T + 13 * HOUR_MS)])
    records = shard.close(T + 13 * HOUR_MS)
    assert min(record.bucket_ms for record in records) >= T
    assert [each.reason for each in shard.take_rejects()] == ["too_late"]


def test_a_source_without_a_promise_does_not_undo_an_expiry() -> None:
    shard = Shard(SALES)
    fed(shard, [event("queued", T, queue="sales"), promise(T + 5 * HOUR_MS)])
    shard.close(T + 5 * HOUR_MS)
    fed(shard, [event("ringing", T + 1000, source="new")])
    shard.close(T + 5 * HOUR_MS)
    (row,) = (row for row in figures(shard).arrival.values() if row.get("offered"))
    assert (row.get("outcome_unknown"), row.get("waiting")) == (1, None)


def test_a_retired_source_holds_no_interval_back() -> None:
    sources = {"old": SourceSettings(retired=True)}
    shard = Shard(SALES, sources=sources)
    fed(shard, [event("ringing", T, "x", source="old"), *call("c", T), promise(T + 3 * HOUR_MS)])
    states = {record.state for record in shard.close(0) if record.bucket_ms == T}
    assert states == {"FINAL"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"program": "nope"}, "unmapped_program"),
        ({"program": "help"}, "wrong_program"),
        ({"queue": "salse"}, "unmapped_queue"),
    ],
)
def test_a_plan_that_lists_queues_knows_every_program_and_queue(
    changed: dict[str, str], reason: str
) -> None:
    plan = Plan(queues={"sales": Queue(program="shop"), "desk": Queue(program="help")})
    shard = fed(Shard(plan), [event("queued", T, queue="sales") | changed])
    assert [each.reason for each in shard.take_rejects()] == [reason]
    assert figures(shard).arrival == {}


@pytest.mark.parametrize("channel", ["deferred", "outbound"])
@pytest.mark.parametrize("unmapped", ["accept", "reject"])
@pytest.mark.parametrize(("topic", "kind"), [("acd", "queued"), ("chat", "chat_requested")])
def test_a_contact_that_names_a_queue_of_other_work_is_refused_rather_than_offered_there(
    channel: str, unmapped: str, topic: str, kind: str
) -> None:
    queues = {
        "sales": Queue(program="shop"),
        "mail": Queue(program="shop", channel=channel, due_s=3600),
    }
    shard = Shard(Plan(queues=queues, unmapped_queues=unmapped))
    shard.fold(topic, 0, [0], encoded([event(kind, T, queue="mail")]))
    (refused,) = shard.take_rejects()
    assert (refused.reason, refused.topic) == ("wrong_channel", topic)
    assert f"'mail' is listed with channel {channel!r}" in refused.detail
    assert (
        figures(fed(shard, call("c", T))).arrival.keys()
        == figures(fed(Shard(SALES), call("c", T))).arrival.keys()
    )


CALL = ("acd", "queued", {})
CHAT = ("chat", "chat_requested", {})
MESSAGE = ("chat", "chat_requested", {"channel": "messaging"})


@pytest.mark.parametrize(
    ("stated", "contact", "own"),
    [
        ("voice", CHAT, "chat"),
        ("voice", MESSAGE, "messaging"),
        ("chat", CALL, "voice"),
        ("chat", MESSAGE, "messaging"),
        ("messaging", CALL, "voice"),
        ("messaging", CHAT, "chat"),
    ],
)
def test_a_contact_is_refused_by_a_queue_that_is_said_to_be_of_another_channel(
    stated: str, contact: tuple[str, str, dict[str, str]], own: str
) -> None:
    topic, kind, fields = contact
    shard = Shard(Plan.model_validate({"queues": {"q": {"program": "shop", "channel": stated}}}))
    shard.fold(topic, 0, [0], encoded([event(kind, T, queue="q") | fields]))
    (refused,) = shard.take_rejects()
    assert (refused.reason, refused.offset) == ("wrong_channel", 0)
    assert f"'q' is listed with channel {stated!r}" in refused.detail
    assert f"the contact is of channel {own!r}" in refused.detail
    assert {key.channel for key in shard.names.queues if key.queue} == {stated}


@pytest.mark.parametrize(
    ("contact", "own"), [(CALL, "voice"), (CHAT, "chat"), (MESSAGE, "messaging")]
)
@pytest.mark.parametrize("stated", [{}, {"channel": "own"}])
def test_a_contact_is_counted_in_a_queue_of_its_channel_and_in_one_of_which_none_was_said(
    stated: dict[str, str], contact: tuple[str, str, dict[str, str]], own: str
) -> None:
    topic, kind, fields = contact
    listed = {"program": "shop"} | dict.fromkeys(stated, own)
    shard = Shard(Plan.model_validate({"queues": {"q": listed}}))
    shard.fold(topic, 0, [0], encoded([event(kind, T, queue="q") | fields]))
    assert shard.take_rejects() == []
    assert {key.channel for key in shard.view(0).arrival.keys if key.queue == "q"} == {own}


def test_a_call_that_overflows_to_a_queue_of_chats_is_refused_there_and_stays_in_its_own() -> None:
    queues = {"sales": Queue(program="shop"), "web": Queue(program="shop", channel="chat")}
    moved = event("overflowed", T + 1000, queue="web")
    shard = fed(Shard(Plan(queues=queues)), [event("queued", T, queue="sales"), moved])
    assert [(each.reason, each.offset) for each in shard.take_rejects()] == [("wrong_channel", 1)]
    assert {key.queue for key in shard.view(0).arrival.keys if key.queue} == {"sales"}


def test_a_plan_that_is_kept_and_read_back_states_no_channel_that_was_not_stated(
    tmp_path: Path,
) -> None:
    queues = {"any": {"program": "shop"}, "calls": {"program": "shop", "channel": "voice"}}
    plan = Plan.model_validate({"queues": queues})
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.keep_plan(plan)
        kept = store.plan()
    assert kept == plan
    takes = {name: queue.takes_contacts_of("chat") for name, queue in kept.queues.items()}
    assert takes == {"any": True, "calls": False}
    assert kept.queues["any"].model_copy(update={"due_s": None}).takes_contacts_of("chat")


def test_a_plan_may_not_move_days_that_are_counted_to_another_time_zone() -> None:
    queues = {"sales": Queue(program="shop")}
    shard = fed(Shard(Plan(queues=queues)), call("c", T))
    moved = Plan(programs={"shop": Program(time_zone="Asia/Tokyo")}, queues=queues)
    with pytest.raises(SnapshotRefused, match="time zone"):
        Shard(moved).restore(shard.snapshot())


def test_a_queue_may_be_open_over_midnight() -> None:
    night = Plan(
        queues={
            "sales": Queue(
                program="shop",
                opening_hours=OpeningHours(days=("fri",), opens="22:00", closes="06:00"),
            )
        }
    )
    hours, zone = night.queues["sales"].opening_hours, night.zone("shop")
    friday = 20_518 * 96  # 2026-03-06 00:00 UTC
    is_open = [hours.open_in(friday + quarter, zone) for quarter in (87, 88, 96 + 23, 96 + 24, 0)]
    assert is_open == [False, True, True, False, False]
