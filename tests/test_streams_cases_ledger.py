"""Deferred work in the ledger, months, /metrics, rejects: finality, revisions, forgetting."""

import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from kernels.columns import CASES_ROW
from schemas.keys import BUCKET_MS
from schemas.pst import PstRow
from schemas.targets import Plan
from streams.board import plain_lines
from streams.board import render as render_board
from streams.certification.months import Known, Owner, book
from streams.certification.months import rows as month_rows
from streams.certification.points import UNKNOWN
from streams.certification.recorded import measured
from streams.close import Record
from streams.exporter import ViewCollector, render
from streams.kpis import summary
from streams.rebuild import seed
from streams.shard import Shard
from streams.view import QueueKey
from tests import naive_cases as twin
from tests import strategies_cases as some
from tests.effort import examples
from tests.ledgers import newest
from tests.shards import encoded, rows
from tests.strategies import FIRST_EDGE_MS as T

MODERATE = settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
HOUR_MS, DAY_MS = 3_600_000, 24 * 3_600_000
BASES = ("arrival", "due", "end", "snapshot")
PARTS = {
    "arrival": ("case_received", "case_carried", "orphan", "contradictions"),
    "due": ("due_n", "due_ontime_n", "due_pending_n"),
    "end": ("done_n", "done_ontime_n", "reopened_n", "withdrawn_n", "expired_n"),
    "snapshot": ("snap_open_n", "snap_late_n", "snap_late_ms"),
}
Event = dict[str, Any]
MAIL = QueueKey("bank", "mail", "deferred")


def case(kind: str, time: int, name: str = "c", **fields: Any) -> Event:
    event = {"type": f"case_{kind}", "time": time, "source": "crm", "program": "bank", "case": name}
    queue = {"queue": "mail"} if kind in ("received", "reopened") else {}
    return event | {"id": f"{kind}{time}"} | queue | fields


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
    [found] = [r for r in records if (r.basis, r.bucket_ms) == (basis, start) and r.queue == "mail"]
    return found


PLAN = Plan.model_validate(
    {
        "programs": {"bank": {"time_zone": "UTC"}},
        "queues": {
            "mail": {"program": "bank", "channel": "deferred", "due_s": 3600},
            "cards": {"program": "bank"},
        },
    }
)


def test_a_completion_told_late_restates_the_interval_that_the_case_fell_due_in() -> None:
    shard = told(Shard(PLAN), [case("received", T)])
    final = one(closed(shard, T + 4 * HOUR_MS), "due", T + HOUR_MS)
    assert (final.state, final.columns) == ("FINAL", {"due_n": 1})
    told(shard, [case("completed", T + 60_000)])
    changed = closed(shard, T + 4 * HOUR_MS + 1000)
    restated = one(changed, "due", T + HOUR_MS)
    assert (restated.state, restated.revision, restated.reason) == ("RESTATED", 2, "late_event")
    assert restated.old_columns == {"due_n": 1}
    assert restated.columns == {"due_n": 1, "due_ontime_n": 1}


def test_a_case_of_weeks_does_not_keep_its_queues_intervals_from_leaving() -> None:
    shard = told(Shard(PLAN), [case("received", T)])
    for day in range(1, 21):
        closed(shard, T + day * DAY_MS)
    view = shard.view(T + 20 * DAY_MS)
    assert all(key.start_ms >= T + 19 * DAY_MS for key in view.cases.keys)
    assert view.cases_now[MAIL].overdue == 1
    told(shard, [case("completed", T + 20 * DAY_MS)])
    closed(shard, T + 21 * DAY_MS)
    day = {k.start_ms: row for k, row in _day_rows(shard, T + 21 * DAY_MS).items()}
    assert sum(row.get("snap_late_n", 0) for row in day.values()) == 20
    assert sum(row.get("due_n", 0) for row in day.values()) == 1
    assert shard.cases.pool.used[4] == 0


def _day_rows(shard: Shard, at_ms: int) -> dict[Any, dict[str, int]]:
    cells = shard.view(at_ms).day_cases
    return {
        key: {n: v for n, v in zip(CASES_ROW, row, strict=True) if v}
        for key, row in zip(cells.keys, cells.columns.tolist(), strict=True)
    }


def test_a_reopening_behind_the_horizon_leaves_what_is_recorded_and_is_counted_now() -> None:
    shard = told(Shard(PLAN), [case("received", T), case("completed", T + 60_000)])
    ledger = closed(shard, T + 2 * DAY_MS)
    assert one(ledger, "due", T + HOUR_MS).columns == {"due_n": 1, "due_ontime_n": 1}
    told(shard, [case("reopened", T + 2 * DAY_MS, due_at=T + 2 * DAY_MS + HOUR_MS)])
    later = closed(shard, T + 3 * DAY_MS)
    assert not [r for r in later if r.state == "RESTATED"]
    assert one(later, "arrival", T + 2 * DAY_MS).columns == {"case_carried": 1}
    assert shard.view(T + 3 * DAY_MS).cases_now[MAIL].overdue == 1


def test_an_orphan_lowers_the_completeness_of_its_queueless_row_only() -> None:
    records = closed(
        told(Shard(PLAN), [case("completed", T), case("received", T, "d")]), T + DAY_MS
    )
    found = {r.queue: r.completeness for r in records if (r.basis, r.bucket_ms) == ("arrival", T)}
    assert found["mail"] == 1.0 and found[""] == 0.0


@MODERATE
@given(st.data(), st.lists(st.integers(1, 20), max_size=5))
def test_what_was_forgotten_behind_the_floor_is_kept_in_days_and_ledger(
    data: st.DataObject, cuts: list[int]
) -> None:
    """Events in the order of time, closed after each batch: nothing is too late, nothing is lost.

    A reopening may come behind the horizon of what it changes, so here there is none."""
    drawn, plan = data.draw(some.event_sets()), data.draw(some.plans())
    kinds = ("case_received", "case_completed", "case_withdrawn")
    kept = [e for e in drawn if e["type"] in kinds and e["time"] < T + 300 * DAY_MS]
    seen: set[tuple[str, str]] = set()
    events = []
    for event in sorted(kept, key=lambda e: (e["time"], e["type"] != "case_received")):
        # Each case once, from its receipt on: what was forgotten is not known again.
        owner = (event["program"], event["case"])
        first = event["type"] == "case_received"
        if first != (owner in seen) and (first or (*owner, "closed") not in seen):
            seen.add(owner if first else (*owner, "closed"))  # type: ignore[arg-type]
            events.append(event | {"source": "s", "id": event["type"], "rev": 0, "seq": 0})
    shard, ledger = Shard(plan), dict[Any, Record]()
    edges = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    for start, stop in pairwise(edges):
        told(shard, events[start:stop])
        ledger |= newest([*ledger.values(), *closed(shard, events[stop - 1]["time"])])
    end = max((e["time"] for e in events), default=T) + 420 * DAY_MS
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
    events = [case("received", T), case("completed", T + 60_000)]
    ledger = closed(told(Shard(PLAN), events), T + 4 * HOUR_MS)
    shard = Shard(PLAN)
    seed(shard, ledger, partial=False)
    assert not [r for r in closed(told(shard, events), T + 4 * HOUR_MS) if r.revision]


def test_the_months_values_of_a_queue_and_its_program_are_those_of_its_sums() -> None:
    cases = [
        *(case("received", T, "early"), case("completed", T + HOUR_MS, "early")),
        *(case("received", T, "late"), case("completed", T + 2 * HOUR_MS, "late")),
        case("received", T, "open"),
    ]
    shard = told(Shard(PLAN), cases)
    end = T + 2 * DAY_MS
    records = sorted(newest(closed(shard, end)).values(), key=lambda r: r.bucket_ms)
    found = book(records, PLAN, ("month",), Known({"bank": (T, end)}))
    read = {(v.queue, v.kpi): v for v in month_rows(found, PLAN, "2024-03")}
    for queue in ("mail", ""):
        assert read[queue, "on_time"].value == pytest.approx(1 / 3)
        assert read[queue, "on_time"].n == 3
        assert read[queue, "on_time_completed_variant"].value == 0.5
        # At the ends of two days "open" was 13 and 37 hours late.
        assert read[queue, "avg_time_late"].value == 25 * 3600
        assert read[queue, "on_time"].item == "4.3"
    assert "service_level" not in {kpi for queue, kpi in read if queue == "mail"}
    assert "on_time" not in {kpi for queue, kpi in read if queue == "cards"}
    whole = found["2024-03", Owner("bank", "mail")]
    assert whole.waiting == 0 and whole.figure.state == "FINAL"
    assert whole.missing == 31 * 96 - len(whole.figure.intervals)


def samples(shard: Shard, at_ms: int) -> dict[tuple[str, str], float]:
    text = render(ViewCollector(lambda: shard.view(at_ms), PLAN, "0.1.0")).decode()
    return {
        (sample.name, sample.labels.get("queue", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_show_backlog_due_soon_overdue_and_what_fell_due_today() -> None:
    at = T + 3 * HOUR_MS
    cases = [case("received", T, "late"), case("received", at - HOUR_MS + 60_000, "soon")]
    cases += [case("received", T, "far", due_at=at + DAY_MS), case("received", T, "done")]
    shard = told(Shard(PLAN), [*cases, case("completed", T + 1000, "done")])
    closed(shard, at)
    read = samples(shard, at)
    assert (read["cc_cases_open", "mail"], read["cc_cases_due_soon", "mail"]) == (3, 1)
    assert read["cc_cases_overdue", "mail"] == 1
    assert read["cc_cases_overdue_since_timestamp_seconds", "mail"] == (T + HOUR_MS) / 1000
    assert read["cc_cases_average_time_late_seconds", "mail"] == 2 * 3600
    assert (read["cc_day_cases_due", "mail"], read["cc_day_on_time_ratio", "mail"]) == (2, 0.5)
    assert read["cc_case_queue_open", "mail"] == 1
    promised = ("cc_queue_average_time_late_limit_seconds", "cc_queue_due_soon_seconds")
    assert [read[name, "mail"] for name in promised] == [3600, 3600]
    assert ("cc_interval_contacts_offered", "mail") not in read
    assert ("cc_cases_open", "cards") not in read


def test_the_board_shows_deferred_work_in_both_languages_and_unknown_where_its_feed_is_silent() -> (
    None
):
    at = T + 3 * HOUR_MS
    cases = [case("received", T, "late"), case("received", T, "done")]
    shard = told(Shard(PLAN), [*cases, case("completed", T + 1000, "done")])
    closed(shard, at)
    seen = shard.view(at)
    lines = [line for line in plain_lines(seen, PLAN, at) if "bank/mail" in line]
    said = "Open 1, Due soon 0, Overdue 1, Longest late 2:00:00, Mean late 2:00:00"
    assert lines == [f"13:00:00 bank/mail: {said}, On time today 50.0%"]
    console = Console(width=130, file=io.StringIO(), color_system=None)
    console.print(render_board(seen, PLAN, at, 130, lang="ja"))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(word in shown for word in ("案件", "期限間近", "期限超過", "納期率(本日)"))
    silent = plain_lines(shard.view(at + DAY_MS), PLAN, at + DAY_MS)
    assert [line for line in silent if "bank/mail" in line] == ["13:00:00 bank/mail: unknown --"]


def test_a_replays_summary_tells_of_cases() -> None:
    shard = told(Shard(PLAN), [case("received", T), case("completed", T + 1000)])
    closed(shard, T + DAY_MS)
    view = shard.view(T + DAY_MS)
    found = summary(view.day_arrival, view.day_handling, PLAN, technology=(view.day_cases,))
    assert found["kpis"]["on_time"] == 1.0
    assert found["columns"]["done_n"] == 1


@pytest.mark.parametrize(
    ("event", "reason", "says"),
    [
        (case("received", T, queue="cards"), "wrong_channel", "channel 'voice'"),
        (case("received", T, queue="nowhere"), "unmapped_queue", "'nowhere'"),
        (case("received", T, program="shop"), "unmapped_program", "'shop'"),
        (case("received", T, due_at="soon"), "invalid", "due_at"),
        ({**case("received", T), "case": ""}, "invalid", "case"),
        (case("done", T), "unknown_type", "case_done"),
    ],
)
def test_what_cannot_be_counted_is_rejected_and_says_why(
    event: Event, reason: str, says: str
) -> None:
    shard = told(Shard(PLAN), [event, case("received", T, "good")])
    assert [(each.reason, each.offset) for each in shard.rejects] == [(reason, 0)]
    assert says in shard.rejects[0].detail
    assert rows(shard.view(T).cases, CASES_ROW)


def test_cases_behind_the_floor_ahead_of_now_or_on_another_topic_are_refused() -> None:
    shard = told(Shard(PLAN), [case("received", T)])
    closed(shard, T + DAY_MS)
    told(shard, [case("completed", T + 1000)])
    assert [each.reason for each in shard.rejects] == ["too_late"]
    live = Shard(PLAN, live=True)
    live.fold("acd", 0, [0], encoded([case("received", T + HOUR_MS)]), now_ms=T)
    live.fold("chat", 0, [0], encoded([case("received", T)]), now_ms=T)
    assert [each.reason for each in live.rejects] == ["in_the_future", "wrong_topic"]


def test_a_program_with_deferred_work_still_has_one_service_level_to_score() -> None:
    """Its queues of cases have no T that could differ from the others'."""
    plan = Plan.model_validate(
        {
            "queues": {
                "mail": {"program": "bank", "channel": "deferred"},
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
