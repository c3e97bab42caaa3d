"""Outbound work in the ledger, /metrics, board, rejects: finality, revisions, forgetting."""

import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from kernels.columns import LIST_COLUMNS, OUTBOUND_ARRIVAL_PART, OUTBOUND_END_COLUMNS, OUTBOUND_ROW
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Queue
from streams.board import plain_lines
from streams.board import render as render_board
from streams.close import Record
from streams.exporter import ViewCollector, render
from streams.kpis import summary
from streams.rebuild import seed
from streams.shard import Shard
from streams.view import QueueKey
from tests import naive_outbound as twin
from tests import strategies_outbound as some
from tests.campaigns import DAY_MS, MONTH, PLAN, Event, closed, counted, dialled, listed, said, told
from tests.effort import examples
from tests.ledgers import newest
from tests.shards import encoded, rows
from tests.strategies import FIRST_EDGE_MS as T

MODERATE = settings(max_examples=examples(12), suppress_health_check=list(HealthCheck))
HOUR_MS = 3_600_000
MIDNIGHT_MS = (T // DAY_MS + 1) * DAY_MS
PARTS = {"arrival": OUTBOUND_ARRIVAL_PART, "end": OUTBOUND_END_COLUMNS, "snapshot": LIST_COLUMNS}
WINBACK = QueueKey("bank", "winback", "outbound")


def one(records: Sequence[Record], basis: str, start: int) -> Record:
    [found] = [
        r for r in records if (r.basis, r.bucket_ms) == (basis, start) and r.queue == "winback"
    ]
    return found


def test_an_attempt_told_late_restates_the_interval_in_which_the_list_was_to_be_done() -> None:
    shard = told(Shard(PLAN), [listed(T)])
    final = one(closed(shard, T + 4 * HOUR_MS), "end", T + HOUR_MS)
    assert (final.state, final.columns) == ("FINAL", {"list_n": 1})
    told(shard, [dialled(T + 60_000, "busy")])
    changed = closed(shard, T + 4 * HOUR_MS + 1000)
    restated = one(changed, "end", T + HOUR_MS)
    assert (restated.state, restated.revision, restated.reason) == ("RESTATED", 2, "late_event")
    assert restated.old_columns == {"list_n": 1}
    assert restated.columns == {"list_n": 1, "dialled_n": 1}


def test_a_count_of_a_list_told_late_restates_the_last_interval_of_its_day() -> None:
    closing = MIDNIGHT_MS - BUCKET_MS
    shard = told(Shard(PLAN), [counted(MIDNIGHT_MS - 4 * HOUR_MS, 6000, 5000, 1000)])
    final = one(closed(shard, MIDNIGHT_MS + 3 * HOUR_MS), "snapshot", closing)
    assert final.columns["list_behind_n"] == 1000
    told(shard, [counted(MIDNIGHT_MS - HOUR_MS, 6000, 5400, 1000)])
    restated = one(closed(shard, MIDNIGHT_MS + 3 * HOUR_MS + 1), "snapshot", closing)
    assert (restated.state, restated.columns["list_behind_n"]) == ("RESTATED", 600)


def test_a_record_of_weeks_does_not_keep_its_campaigns_intervals_from_leaving() -> None:
    shard = told(Shard(PLAN), [listed(T)])
    for day in range(1, 21):
        closed(shard, T + day * DAY_MS)
    view = shard.view(T + 20 * DAY_MS)
    assert all(key.start_ms >= T + 19 * DAY_MS for key in view.outbound.keys)
    assert view.outbound_now[WINBACK][:2] == (1, 1)
    closed(shard, T + 33 * DAY_MS)
    assert shard.outbound.pool.used[4] == 0
    assert shard.view(T + 33 * DAY_MS).outbound_now[WINBACK].listed == 0


def test_a_completed_record_that_is_forgotten_and_called_again_is_not_completed_twice() -> None:
    shard = told(Shard(PLAN), [listed(T), dialled(T + 60_000, "right_party")])
    ledger = closed(shard, T + 2 * DAY_MS)
    assert shard.outbound.pool.used[4] == 0
    told(shard, [dialled(T + 2 * DAY_MS, "right_party")])
    ledger += closed(shard, T + 3 * DAY_MS)
    sums = {
        name: sum(r.columns.get(name, 0) for r in ledger if r.revision) for name in OUTBOUND_ROW
    }
    assert (sums["rpc_n"], sums["dials_n"]) == (2, 2)
    assert (sums["rec_done"], sums["rec_rpc"], sums["rec_carried"]) == (1, 1, 1)


@MODERATE
@given(st.data(), st.lists(st.integers(1, 20), max_size=5))
def test_what_was_forgotten_behind_the_floor_is_kept_in_days_and_ledger(
    data: st.DataObject, cuts: list[int]
) -> None:
    """Events in the order of time, closed after each batch: nothing is too late, nothing is lost.

    What comes behind a completion may find the record forgotten, so here nothing does."""
    drawn, plan = data.draw(some.event_sets()), data.draw(some.plans())
    kept = [e for e in drawn if e["time"] < T + 300 * DAY_MS]
    ended: set[Any] = set()
    events: list[Event] = []
    for event in sorted(kept, key=lambda e: (e["time"], e["type"] != "record_listed")):
        name = event.get("record")
        if name is not None:
            first = name not in {e.get("record") for e in events}
            if name in ended or first != (event["type"] == "record_listed"):
                continue
            if event["type"] in ("record_closed", "record_withdrawn") or (
                event.get("result") == "right_party"
            ):
                ended.add(name)
        events.append(event | {"source": "s", "id": f"n{len(events)}", "rev": 0, "seq": 0})
    shard, ledger = Shard(plan), dict[Any, Record]()
    edges = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    for start, stop in pairwise(edges):
        told(shard, events[start:stop])
        ledger |= newest([*ledger.values(), *closed(shard, events[stop - 1]["time"])])
    end = max((e["time"] for e in events), default=T) + 500 * DAY_MS
    ledger |= newest([*ledger.values(), *closed(shard, end)])
    wanted = twin.columns(events, plan, dict.fromkeys(some.PROGRAMS, end)).columns
    found = {k: r.columns for k, r in ledger.items() if r.columns}
    split = {
        (*key, basis): {n: v for n, v in row.items() if n in names}
        for key, row in wanted.items()
        for basis, names in PARTS.items()
    }
    assert found == {key: row for key, row in split.items() if row and key[4] + BUCKET_MS <= end}
    assert shard.rejects == []


def test_a_ledger_whose_state_was_lost_is_counted_again_without_a_revision() -> None:
    events = [listed(T), dialled(T + 60_000, "right_party"), counted(T, 10, 9, 5)]
    ledger = closed(told(Shard(PLAN), events), T + 2 * DAY_MS)
    shard = Shard(PLAN)
    seed(shard, ledger, partial=False)
    assert not [r for r in closed(told(shard, events), T + 2 * DAY_MS) if r.revision]


def samples(shard: Shard, at_ms: int, plan: Plan = PLAN) -> dict[tuple[str, str], float]:
    text = render(ViewCollector(lambda: shard.view(at_ms), plan, "0.1.0")).decode()
    return {
        (sample.name, sample.labels.get("queue", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_show_lists_backlog_and_the_day_of_the_dialer() -> None:
    at = T + 2 * HOUR_MS
    events = [*MONTH[:9], listed(at - 1000, "new"), dialled(at - 500, "abandoned", "open")]
    shard = told(Shard(PLAN), [*events, counted(at - 2000, 1000, 400, 800)])
    closed(shard, at)
    read = samples(shard, at)
    assert (read["cc_list_records_open", "winback"], read["cc_list_backlog_days", "winback"]) == (
        2,
        0.75,
    )
    assert read["cc_list_records_never_dialled", "winback"] == 1
    assert read["cc_list_records_behind", "winback"] == 600
    assert read["cc_list_told_timestamp_seconds", "winback"] == (at - 2000) / 1000
    assert read["cc_day_rpc_ratio", "winback"] == pytest.approx(1 / 3)
    assert read["cc_day_dialer_completion_ratio", "winback"] == 3 / 4
    assert read["cc_day_dials_abandoned", "winback"] == 1
    assert ("cc_interval_contacts_offered", "winback") not in read
    assert not [name for name, queue in read if queue == "cards" and name.startswith("cc_list_")]


@pytest.mark.parametrize(
    ("hours", "is_open"), [({}, 1), ({"opens": "09:00", "closes": "09:15"}, 0)]
)
def test_metrics_say_whether_a_campaign_is_open_also_while_its_feed_is_silent(
    hours: dict[str, str], is_open: int
) -> None:
    campaign = {"program": "bank", "channel": "outbound", "opening_hours": hours}
    plan = Plan.model_validate({"queues": {"winback": campaign}})
    read = samples(Shard(plan), T + HOUR_MS, plan)
    assert read["cc_campaign_open", "winback"] == is_open
    assert ("cc_list_records_open", "winback") not in read


def test_yesterdays_count_says_nothing_of_today() -> None:
    shard = told(Shard(PLAN), [counted(MIDNIGHT_MS - 1000, 1000, 400, 1000)])
    assert shard.view(MIDNIGHT_MS - 1).outbound_now[WINBACK].behind == 600
    today = shard.view(MIDNIGHT_MS).outbound_now[WINBACK]
    assert (today.lists, today.behind, today.told_ms) == (0, 0, -1)


def test_the_board_shows_campaigns_in_both_languages_and_unknown_where_their_feed_is_silent() -> (
    None
):
    at = T + HOUR_MS
    shard = told(Shard(PLAN), [*MONTH[:9], counted(T, 1000, 400, 1000)])
    closed(shard, at)
    seen = shard.view(at)
    lines = [line for line in plain_lines(seen, PLAN, at) if "bank/winback" in line]
    shown = "Days behind 0.6, Behind 600, On list 1, Not dialled 0, RPC today 33.3%, Dialled 3"
    assert lines == [f"11:00:00 bank/winback: {shown}, Lost by dialer 0"]
    console = Console(width=150, file=io.StringIO(), color_system=None)
    console.print(render_board(seen, PLAN, at, 150, lang="ja"))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(
        word in text for word in ("キャンペーン", "未処理(日)", "RPC率(本日)", "ダイアラー放棄")
    )
    silent = plain_lines(shard.view(at + DAY_MS), PLAN, at + DAY_MS)
    assert [line for line in silent if "bank/winback" in line] == [
        "11:00:00 bank/winback: unknown --"
    ]


def test_a_replays_summary_tells_of_outbound_work() -> None:
    shard = told(Shard(PLAN), MONTH)
    closed(shard, T + 2 * DAY_MS)
    view = shard.view(T + 2 * DAY_MS)
    found = summary(view.day_arrival, view.day_handling, PLAN, technology=(view.day_outbound,))
    assert found["kpis"]["rpc_rate"] == pytest.approx(1 / 3)
    assert found["columns"]["dials_n"] == 3


@pytest.mark.parametrize(
    ("event", "reason", "says"),
    [
        (listed(T, queue="cards"), "wrong_channel", "channel 'voice'"),
        (listed(T, queue="mail"), "wrong_channel", "campaign with channel 'outbound'"),
        (listed(T, queue="nowhere"), "unmapped_queue", "'nowhere'"),
        (listed(T, program="shop"), "unmapped_program", "'shop'"),
        (dialled(T, "hung_up"), "invalid", "result"),
        (counted(T, 10, 9, 0), "invalid", "per_day"),
        ({**listed(T), "record": ""}, "invalid", "record"),
        (said("record_done", T), "unknown_type", "record_done"),
    ],
)
def test_what_cannot_be_counted_is_rejected_and_says_why(
    event: Event, reason: str, says: str
) -> None:
    shard = told(Shard(PLAN), [event, listed(T, "good")])
    assert [(each.reason, each.offset) for each in shard.rejects] == [(reason, 0)]
    assert says in shard.rejects[0].detail
    assert rows(shard.view(T).outbound, OUTBOUND_ROW)


def test_records_behind_the_floor_ahead_of_now_or_on_another_topic_are_refused() -> None:
    shard = told(Shard(PLAN), [listed(T)])
    closed(shard, T + DAY_MS)
    told(shard, [dialled(T + 1000, "busy")])
    assert [each.reason for each in shard.rejects] == ["too_late"]
    live = Shard(PLAN, live=True)
    live.fold("acd", 0, [0], encoded([listed(T + HOUR_MS)]), now_ms=T)
    live.fold("chat", 0, [0], encoded([listed(T)]), now_ms=T)
    assert [each.reason for each in live.rejects] == ["in_the_future", "wrong_topic"]


def test_a_list_or_record_told_of_without_end_is_refused_at_the_thousandth_time() -> None:
    many = [counted(T + n, 10, 9, 5, id=f"n{n}") for n in range(1001)]
    shard = told(Shard(PLAN), many)
    assert [each.reason for each in shard.rejects] == ["record_full"]
    assert "the day of the list" in shard.rejects[0].detail


@pytest.mark.parametrize("wrong", [{"no_reply_s": 60}, {"concurrency": 2}, {"deferred": True}])
def test_settings_of_chats_are_refused_of_a_campaign(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"chat|messaging"):
        Queue.model_validate({"program": "bank", "channel": "outbound"} | wrong)
    assert Queue(program="bank", channel="outbound", due_s=60, clock="open").due_s == 60
