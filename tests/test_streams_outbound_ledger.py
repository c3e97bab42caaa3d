"""Outbound work in the ledger, months, /metrics, board, rejects: finality, revisions, forgetting."""

import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from kernels.columns import LIST_COLUMNS, OUTBOUND_ARRIVAL_PART, OUTBOUND_END_COLUMNS, OUTBOUND_ROW
from schemas.catalog import KPIS
from schemas.catalog_outbound import NOT_COMPUTED
from schemas.keys import BUCKET_MS
from schemas.pst import PstRow
from schemas.targets import Plan, Queue
from streams.board import plain_lines
from streams.board import render as render_board
from streams.certification.explained import explained, kpi_named, value_of
from streams.certification.files import read_rows
from streams.certification.months import Known, Owner, book
from streams.certification.months import rows as month_rows
from streams.certification.points import UNKNOWN
from streams.certification.recorded import measured
from streams.close import Record
from streams.errors import UserError
from streams.exporter import ViewCollector, render
from streams.kpis import summary
from streams.rebuild import seed
from streams.shard import Shard
from streams.view import QueueKey
from tests import naive_outbound as twin
from tests import strategies_outbound as some
from tests.effort import examples
from tests.ledgers import newest
from tests.shards import encoded, rows
from tests.strategies import FIRST_EDGE_MS as T

MODERATE = settings(
    max_examples=examples(12), deadline=None, suppress_health_check=list(HealthCheck)
)
HOUR_MS, DAY_MS = 3_600_000, 24 * 3_600_000
MIDNIGHT_MS = (T // DAY_MS + 1) * DAY_MS
PARTS = {"arrival": OUTBOUND_ARRIVAL_PART, "end": OUTBOUND_END_COLUMNS, "snapshot": LIST_COLUMNS}
Event = dict[str, Any]
WINBACK = QueueKey("bank", "winback", "outbound")


def said(kind: str, time: int, record: str = "r", **fields: Any) -> Event:
    event = {"type": kind, "time": time, "source": "dialer", "program": "bank"}
    queue = {} if kind in ("record_closed", "record_withdrawn") else {"queue": "winback"}
    return event | {"record": record, "id": f"{kind}{time}"} | queue | fields


def listed(time: int, record: str = "r", **fields: Any) -> Event:
    return said("record_listed", time, record, **fields)


def dialled(time: int, result: str, record: str = "r") -> Event:
    return said("record_dialled", time, record, result=result)


def counted(time: int, planned: int, dialled_by_now: int, per_day: int, **fields: Any) -> Event:
    event = said("list_counted", time, planned=planned, dialled=dialled_by_now, per_day=per_day)
    del event["record"]
    return event | fields


def told(shard: Shard, events: Sequence[Mapping[str, Any]]) -> Shard:
    at = shard.positions.get("acd", 0)
    shard.fold("acd", at, list(range(at, at + len(events))), encoded(events))
    return shard


def closed(shard: Shard, until: int) -> list[Record]:
    beats = [
        {"type": "heartbeat", "time": until, "source": source, "program": program}
        for source, program in shard.names.feeds
    ]
    told(shard, beats)
    return shard.close(until)


def one(records: Sequence[Record], basis: str, start: int) -> Record:
    [found] = [
        r for r in records if (r.basis, r.bucket_ms) == (basis, start) and r.queue == "winback"
    ]
    return found


PLAN = Plan.model_validate(
    {
        "programs": {"bank": {"time_zone": "UTC"}},
        "queues": {
            "winback": {"program": "bank", "channel": "outbound", "due_s": 3600},
            "cards": {"program": "bank"},
            "mail": {"program": "bank", "channel": "deferred"},
        },
    }
)


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


def month_of(events: Sequence[Event], days: int = 3) -> tuple[list[Record], dict[Any, Any], Any]:
    """Newest records, values by (queue, KPI), and the book they were read from."""
    shard, end = told(Shard(PLAN), events), T + days * DAY_MS
    records = sorted(newest(closed(shard, end)).values(), key=lambda r: r.bucket_ms)
    found = book(records, PLAN, ("month",), Known({"bank": (T, end)}))
    read = {(v.queue, v.kpi): v for v in month_rows(found, PLAN, "2024-03")}
    return records, read, found


MONTH = [
    *(listed(T, "reached"), dialled(T + 1000, "right_party", "reached")),
    *(listed(T, "given-up"), dialled(T + 1000, "machine", "given-up")),
    said("record_closed", T + 2000, "given-up", reason="exhausted"),
    *(listed(T, "wrong"), said("record_closed", T + 2000, "wrong", reason="bad_record")),
    *(listed(T, "open"), dialled(T + 1000, "wrong_party", "open")),
    *(counted(T, 1000, 400, 1000), counted(T + DAY_MS, 2000, 2300, 1000)),
    counted(T + DAY_MS, 500, 480, 1000, list="b"),
]


def test_the_months_values_of_a_campaign_and_its_program_are_those_of_its_sums() -> None:
    _, read, found = month_of(MONTH)
    for queue in ("winback", ""):
        assert read[queue, "rpc_rate"].value == pytest.approx(1 / 3)
        assert (read[queue, "rpc_rate"].n, read[queue, "rpc_rate"].item) == (3, "4.3")
        # 600 behind on one day, 20 of the second list on the next, whose first list is 300 ahead.
        assert read[queue, "list_backlog"].value == pytest.approx(620 / 3000)
        assert (read[queue, "list_backlog"].unit, read[queue, "list_backlog"].n) == ("d", 3000)
        assert read[queue, "list_backlog_net_variant"].value == pytest.approx(320 / 3000)
        assert read[queue, "dialer_completion"].value == 3 / 4
        assert read[queue, "dialer_effectiveness"].value == 2 / 4
        assert read[queue, "dialer_effectiveness"].item == "4.5"
        assert read[queue, "volume_dials"].value == 3
    assert "service_level" not in {kpi for queue, kpi in read if queue == "winback"}
    assert not {"rpc_rate", "list_backlog"} & {kpi for q, kpi in read if q in ("cards", "mail")}
    assert found["2024-03", Owner("bank", "winback")].figure.state == "FINAL"


def test_a_month_without_a_count_of_a_list_has_no_backlog_rather_than_none() -> None:
    _, read, _ = month_of([listed(T), dialled(T + 1000, "right_party")])
    assert read["winback", "list_backlog"].value is None
    assert read["winback", "rpc_rate"].value == 1.0


def test_a_months_backlog_is_followed_to_the_ends_of_its_days() -> None:
    records, _, found = month_of(MONTH)
    of = value_of(found, PLAN, KPIS["list_backlog"], Owner("bank", "winback"), "2024-03")
    parts = explained(of, found, records, PLAN).parts
    assert {one.column: one.total for one in parts.shares} == {
        "list_behind_n": 620,
        "plan_per_day": 3000,
    }
    told_of = [one for one in parts.intervals if one.columns]
    assert [one.bucket_ms for one in told_of] == [
        MIDNIGHT_MS - BUCKET_MS,
        MIDNIGHT_MS + DAY_MS - BUCKET_MS,
    ]


def test_contacts_per_staffed_hour_are_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    assert not NOT_COMPUTED.keys() & KPIS.keys()
    with pytest.raises(UserError, match=r"O4.*not computed") as refused:
        kpi_named("rpc_per_hour")
    assert "import" in refused.value.hint
    path = tmp_path / "rows.toml"
    row = '[[rows]]\nname = "o4"\nmetric = "rpc_per_hour"\nprogram = "bank"\n'
    path.write_text(row)
    with pytest.raises(UserError, match=r"O4.*staffing group") as refused:
        read_rows(path)
    assert "imported = true" in refused.value.hint


def samples(shard: Shard, at_ms: int) -> dict[tuple[str, str], float]:
    text = render(ViewCollector(lambda: shard.view(at_ms), PLAN, "0.1.0")).decode()
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


def test_a_program_with_campaigns_still_has_one_service_level_to_score() -> None:
    """Campaigns have no T that could differ from the others'."""
    plan = Plan.model_validate(
        {
            "queues": {
                "winback": {"program": "bank", "channel": "outbound"},
                "cards": {"program": "bank", "targets": [{"thresholds_s": [30]}]},
            }
        }
    )
    row = PstRow.model_validate(
        {
            "name": "level",
            "metric": "service_level",
            "item": "4.3",
            "type": "service",
            "direction": "up",
            "program": "bank",
            "targets": [{"valid_from": "2024-03", "value": 0.8}],
        }
    )
    found = measured(row, ["2024-03"], {}, plan, {})
    assert [cell.value for cell in found.cells] == [UNKNOWN]


@pytest.mark.parametrize("wrong", [{"no_reply_s": 60}, {"concurrency": 2}, {"deferred": True}])
def test_settings_of_chats_are_refused_of_a_campaign(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"chat|messaging"):
        Queue.model_validate({"program": "bank", "channel": "outbound"} | wrong)
    assert Queue(program="bank", channel="outbound", due_s=60, clock="open").due_s == 60
