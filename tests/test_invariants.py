"""What must hold for every set of events: sums, edges, calendars, memory, flow counters."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels.columns import ARRIVAL_ROW, CLIPPED_COLUMNS, END_COLUMNS, HANDLING_ROW
from kernels.layout import VISITS_USED
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Program, Queue
from streams.close import Record
from streams.figures import figures as pooled
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.view import Flow, QueueKey
from tests import ledgers, naive
from tests.effort import examples
from tests.shards import fed, figures, folded, rows, without_calls
from tests.strategies import FIRST_EDGE_MS, HOUR_MS, Event, event_sets, plans, watermarks

slow = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
DAY_MS = 24 * HOUR_MS
SALES = QueueKey("shop", "sales", "voice")


def visit(contact: str, entry: int, wait: int = 5000, talk: int = 60_000) -> list[Event]:
    """Queued, answered at a site, hung up by the customer."""
    base = {"source": "pbx", "program": "shop", "contact": contact}
    return [
        base | {"type": "queued", "time": entry, "id": "1", "queue": "sales"},
        base | {"type": "answered", "time": entry + wait, "id": "2", "site": "osaka"},
        base | {"type": "disconnected", "time": entry + wait + talk, "id": "3", "by": "customer"},
    ]


def heartbeat(time_ms: int) -> Event:
    return {"type": "heartbeat", "source": "pbx", "program": "shop", "time": time_ms}


def shop(zone: str = "UTC") -> Plan:
    return Plan(programs={"shop": Program(time_zone=zone)}, queues={"sales": Queue(program="shop")})


# Sums


@slow
@given(data=st.data(), plan=plans(), marks=watermarks())
def test_shards_that_split_the_visits_in_any_way_add_up_to_one_shard(
    data: st.DataObject, plan: Plan, marks: dict[str, int]
) -> None:
    events = data.draw(event_sets(max_contacts=6))
    contacts = sorted({event["contact"] for event in events})
    part_of = {contact: data.draw(st.integers(0, 3)) for contact in contacts}
    parts = [
        figures(folded([e for e in events if part_of[e["contact"]] == n], plan, watermarks=marks))
        for n in range(4)
    ]
    whole = figures(folded(events, plan, watermarks=marks))
    for table in ("arrival", "handling", "wait_hist"):
        tables = [getattr(part, table) for part in parts]
        keys = {key for one in tables for key in one}
        merged = {key: naive.pooled(one[key] for one in tables if key in one) for key in keys}
        assert {key: row for key, row in merged.items() if row} == getattr(whole, table)


@slow
@given(data=st.data(), plan=plans(), marks=watermarks())
def test_clipped_handle_time_adds_up_to_the_whole_handle_time(
    data: st.DataObject, plan: Plan, marks: dict[str, int]
) -> None:
    events = data.draw(event_sets())
    found = figures(folded(events, plan, watermarks=marks))
    end = ledgers.total(found.handling.values())
    whole = sum(end.get(name, 0) for name in ("talk_ms", "hold_ms", "acw_ms"))
    assert end.get("handle_clip_ms", 0) == whole
    cohort = ledgers.total(found.arrival.values())
    assert cohort.get("cohort_handle_ms", 0) == whole
    assert cohort.get("cohort_handled", 0) == end.get("handled", 0)


# Edges


def differing(before: dict[Any, Any], after: dict[Any, Any]) -> set[int]:
    """Buckets whose columns differ."""
    keys = before.keys() | after.keys()
    return {key[4] for key in keys if before.get(key) != after.get(key)}


@slow
@given(
    others=st.lists(st.integers(-BUCKET_MS, 2 * BUCKET_MS), max_size=4),
    wait=st.integers(1, BUCKET_MS),
    talk=st.integers(0, 3 * BUCKET_MS),
)
def test_an_entry_that_moves_over_a_bucket_edge_changes_exactly_two_arrival_intervals(
    others: list[int], wait: int, talk: int
) -> None:
    known = [e for n, at in enumerate(others) for e in visit(f"o{n}", FIRST_EDGE_MS + at)]
    later = visit("c", FIRST_EDGE_MS, wait, talk)
    earlier = [later[0] | {"time": FIRST_EDGE_MS - 1}, *later[1:]]
    before, after = (figures(folded(known + moved, shop())) for moved in (earlier, later))
    assert differing(before.arrival, after.arrival) == {FIRST_EDGE_MS - BUCKET_MS, FIRST_EDGE_MS}
    assert after.handling == before.handling


@slow
@given(
    others=st.lists(st.integers(-BUCKET_MS, 2 * BUCKET_MS), max_size=4),
    wait=st.integers(0, BUCKET_MS),
    talk=st.integers(1, 3 * BUCKET_MS),
)
def test_an_end_of_handling_that_moves_over_a_bucket_edge_changes_exactly_two_end_intervals(
    others: list[int], wait: int, talk: int
) -> None:
    known = [e for n, at in enumerate(others) for e in visit(f"o{n}", FIRST_EDGE_MS + at)]
    later = visit("c", FIRST_EDGE_MS - wait - talk, wait, talk)
    earlier = [*later[:2], later[2] | {"time": FIRST_EDGE_MS - 1}]
    before, after = (figures(folded(known + moved, shop())) for moved in (earlier, later))

    def only(found: Any, names: Sequence[str]) -> dict[Any, Any]:
        rows = {
            key: {name: row[name] for name in names if name in row}
            for key, row in found.handling.items()
        }
        return {key: row for key, row in rows.items() if row}

    edge = {FIRST_EDGE_MS - BUCKET_MS, FIRST_EDGE_MS}
    assert differing(only(before, END_COLUMNS), only(after, END_COLUMNS)) == edge
    clipped = differing(only(before, CLIPPED_COLUMNS), only(after, CLIPPED_COLUMNS))
    assert clipped == {FIRST_EDGE_MS - BUCKET_MS}


# Calendars

DST_DAYS = [
    ("Europe/Berlin", "1999-03-28", 92),
    ("Europe/Berlin", "1999-10-31", 100),
    ("Asia/Jerusalem", "1999-04-02", 92),
    ("Asia/Jerusalem", "1999-09-03", 100),
    ("Asia/Jerusalem", "1999-09-04", 96),
    ("America/Sao_Paulo", "2017-10-15", 92),
    ("America/Sao_Paulo", "2018-02-17", 100),
    ("Australia/Lord_Howe", "2024-04-07", 98),
    ("Asia/Kathmandu", "1999-03-28", 96),
]


def month_of(zone: str, day: str) -> tuple[list[Record], Plan]:
    """Ledger of a queue with a contact every 50 minutes, from 20 days before a day to 20 after."""
    plan = shop(zone)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone)).timestamp()
    start = round(noon) * 1000 // BUCKET_MS * BUCKET_MS - 20 * DAY_MS
    shard, records = Shard(plan), list[Record]()
    fed(shard, [heartbeat(start)])
    records += shard.close(start)
    for at in range(start, start + 40 * DAY_MS, DAY_MS):
        entries = range(at, at + DAY_MS, 3_000_000)
        fed(shard, [event for entry in entries for event in visit(str(entry), entry)])
        fed(shard, [heartbeat(at + DAY_MS)])
        records += shard.close(at + DAY_MS)
    return list(ledgers.newest(records).values()), plan


@pytest.mark.parametrize(("zone", "day", "buckets"), DST_DAYS)
def test_a_local_day_has_as_many_buckets_as_the_clock_change_leaves_it(
    zone: str, day: str, buckets: int
) -> None:
    ledger, plan = month_of(zone, day)
    days = {
        datetime.fromtimestamp(key.start_ms / 1000, ZoneInfo(zone)).date().isoformat(): figure
        for key, figure in pooled(ledger, plan, "day", "program")
    }
    assert len(days[day].intervals) == buckets
    starts = sorted(days[day].intervals)
    assert starts[-1] - starts[0] == (buckets - 1) * BUCKET_MS
    spans = pooled(ledger, plan, "30min", "program")
    halves = [f for _, f in spans if f.intervals <= days[day].intervals]
    assert sum(len(half.intervals) for half in halves) == buckets


@pytest.mark.parametrize(("zone", "day", "buckets"), DST_DAYS)
def test_a_month_is_the_sum_of_its_days_and_a_day_of_its_intervals(
    zone: str, day: str, buckets: int
) -> None:
    ledger, plan = month_of(zone, day)
    for span, parts in (("month", "day"), ("day", "60min"), ("60min", "15min")):
        whole = list(pooled(ledger, plan, span, "program"))  # type: ignore[arg-type]
        pieces = defaultdict(list)
        for _, piece in pooled(ledger, plan, parts, "program"):  # type: ignore[arg-type]
            pieces[min(piece.intervals)].append(piece)
        for _, figure in whole:
            begin_within = (piece for start in figure.intervals for piece in pieces[start])
            inside = [piece for piece in begin_within if piece.intervals <= figure.intervals]
            assert ledgers.total(piece.columns for piece in inside) == figure.columns
            assert ledgers.total(piece.wait_hist for piece in inside) == figure.wait_hist


# Memory


def test_memory_stays_bounded_over_days_while_every_day_keeps_its_sums() -> None:
    center_settings = SimulatorSettings(seed=7, scale=0.2, heartbeat_s=300)
    center = Center(center_settings)
    plan, days = center.plan(), 4
    start = round(center_settings.start.timestamp() * 1000)
    events = [
        event
        for n, (_, event) in enumerate(center.events(start, start + days * DAY_MS))
        # Some ends get lost: their visits must not stay for ever.
        if event["type"] == "heartbeat" or n % 97
    ]
    feeds = {(event["source"], event["program"]) for event in events}
    shard, peaks, place = Shard(plan), list[tuple[int, int, int]](), 0
    for hour in range(1, days * 24 + 49):
        until, first = start + hour * HOUR_MS, place
        while place < len(events) and events[place]["time"] < until:
            place += 1
        beats = [{"type": "heartbeat", "time": until, "source": s, "program": p} for s, p in feeds]
        fed(shard, events[first:place] + sorted(beats, key=str))
        shard.close(until, forget=True)
        cells = int(shard.state.arrival.used[0]) + int(shard.state.handling.used[0])
        peaks.append((shard.visits, cells, int(shard.state.visits.used[VISITS_USED])))

    def most(day: int) -> list[int]:
        return [max(column) for column in zip(*peaks[day * 24 : day * 24 + 24], strict=True)]

    for later in range(1, days):
        assert all(n <= 1.15 * first for n, first in zip(most(later), most(0), strict=True))
    assert peaks[-1][0] == 0
    assert not shard.take_rejects()

    marks = dict.fromkeys(plan.programs, start + (days * 24 + 48) * HOUR_MS)
    want = naive.columns(events, plan, marks)
    found = figures_by_day(shard, plan)
    assert found["arrival"] == summed_by_day(want.arrival, plan)
    assert found["handling"] == summed_by_day(want.handling, plan)


def summed_by_day(table: dict[naive.Key, dict[str, int]], plan: Plan) -> dict[Any, dict[str, int]]:
    days: dict[Any, list[dict[str, int]]] = {}
    for key, row in table.items():
        local = datetime.fromtimestamp(key[4] / 1000, UTC).astimezone(plan.zone(key[0]))
        days.setdefault((*key[:4], local.date()), []).append(row)
    return {key: ledgers.total(rows) for key, rows in days.items() if ledgers.total(rows)}


def figures_by_day(shard: Shard, plan: Plan) -> dict[str, dict[Any, dict[str, int]]]:
    view = shard.view(shard.greatest_ms)
    return {
        "arrival": summed_by_day(without_calls(rows(view.day_arrival, ARRIVAL_ROW)), plan),
        "handling": summed_by_day(rows(view.day_handling, HANDLING_ROW), plan),
    }


# Flow counters


def counting(shard: Shard) -> Flow:
    return shard.view(FIRST_EDGE_MS).flow[SALES]


def test_a_visit_counts_its_first_outcome_once_however_often_it_is_told() -> None:
    shard = Shard(shop())
    shard.counts_flow = True
    events = visit("c", FIRST_EDGE_MS)
    for event in (*events, *events, events[1] | {"rev": 1, "time": FIRST_EDGE_MS + 50_000}):
        fed(shard, [event])
    assert counting(shard) == Flow(1, 1, 1, 0, 0, 1, 60_000)


def test_an_outcome_that_is_corrected_leaves_the_flow_counters_where_they_are() -> None:
    shard = Shard(shop())
    shard.counts_flow = True
    entry, answer, end = visit("c", FIRST_EDGE_MS)
    fed(shard, [entry, end])
    assert (counting(shard).answered, counting(shard).abandoned) == (0, 1)
    fed(shard, [answer])
    assert (counting(shard).answered, counting(shard).abandoned) == (0, 1)
    assert figures(shard).arrival[(*SALES, "", FIRST_EDGE_MS)]["ans"] == 1


def test_what_was_caught_up_is_not_counted_as_flow_nor_is_its_later_outcome_twice() -> None:
    shard = Shard(shop())
    fed(shard, visit("old", FIRST_EDGE_MS))
    assert counting(shard) == Flow()
    shard.counts_flow = True
    fed(shard, visit("old", FIRST_EDGE_MS))
    assert counting(shard) == Flow()
    fed(shard, visit("new", FIRST_EDGE_MS))
    assert (counting(shard).offered, counting(shard).answered) == (1, 1)


def test_after_a_restart_the_flow_counters_begin_at_zero_and_count_no_visit_again() -> None:
    shard = Shard(shop())
    shard.counts_flow = True
    entry, answer, end = visit("c", FIRST_EDGE_MS)
    fed(shard, [entry, answer])
    restarted = Shard(shop())
    restarted.restore(shard.snapshot())
    assert counting(restarted) == Flow()
    restarted.counts_flow = True
    fed(restarted, [answer | {"rev": 1, "time": answer["time"] + 1}])
    assert counting(restarted) == Flow()
    fed(restarted, [end])
    assert counting(restarted) == Flow(handled=1, handle_ms=end["time"] - answer["time"] - 1)


@slow
@given(data=st.data())
def test_flow_counters_never_step_down(data: st.DataObject) -> None:
    events = data.draw(event_sets())
    shard, before = Shard(Plan()), dict[QueueKey, Flow]()
    shard.counts_flow = True
    for event in data.draw(st.permutations(events)):
        fed(shard, [event])
        now = shard.view(0).flow
        assert all(
            then <= count
            for queue, flow in before.items()
            for then, count in zip(flow, now[queue], strict=True)
        )
        before = now
