"""FINAL means final: closing at any moment, restarts, silence, and what comes too late."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Program, Queue
from streams.close import Record
from streams.figures import figures
from streams.settings import LimitSettings
from streams.shard import Shard
from tests import ledgers, naive
from tests.effort import examples
from tests.shards import fed, raw
from tests.strategies import FIRST_EDGE_MS, HOUR_MS, PROGRAMS, SOURCES, Event, event_sets, plans

slow = settings(max_examples=examples(20), suppress_health_check=list(HealthCheck))
LIMITS = LimitSettings(lateness_s=900, horizon_s=8 * 3600)
LONGEST_VISIT_MS, LATEST_MS = 4 * HOUR_MS, 4 * HOUR_MS
"""Together less than lateness + horizon, so that nothing comes after its visit was forgotten."""
END_MS = FIRST_EDGE_MS + 16 * HOUR_MS
SHOP = Plan(programs={"shop": Program()}, queues={"sales": Queue(program="shop")})


def short_visits() -> st.SearchStrategy[list[Event]]:
    def short(events: list[Event]) -> bool:
        visits: dict[Any, list[int]] = {}
        for event in events:
            visit = (event["program"], event["contact"], event.get("segment", 1))
            visits.setdefault(visit, []).append(event["time"])
        return all(max(times) - min(times) <= LONGEST_VISIT_MS for times in visits.values())

    return event_sets(max_contacts=3).filter(short)


@dataclass(frozen=True)
class Delivered:
    """Events in order of arrival, and the moments at which the shard closes."""

    steps: tuple[tuple[int, Event | None], ...]
    """(time of arrival, event or None for a close at that time)"""
    events: list[Event] = field(repr=False)


@st.composite
def schedules(draw: st.DrawFn, late: bool = True) -> Delivered:
    events = draw(short_visits())
    delay = st.sampled_from((0, 0, 1000, BUCKET_MS, 2 * HOUR_MS, LATEST_MS)) if late else st.just(0)
    arrivals: list[tuple[int, Event | None]] = [
        (event["time"] + draw(delay), event) for event in events
    ]
    first, last = min(a[0] for a in arrivals), max(a[0] for a in arrivals)
    moments = draw(st.lists(st.integers(first, last + 6 * HOUR_MS), max_size=8))
    steps = sorted([*arrivals, *((moment, None) for moment in moments)], key=lambda step: step[0])
    return Delivered((*steps, (END_MS, None)), events)


def promise(shard: Shard, moment_ms: int) -> None:
    """Every source says that it has sent all up to a moment."""
    pairs = [(source, program) for source in SOURCES for program in PROGRAMS]
    beat = {"type": "heartbeat", "time": moment_ms}
    fed(shard, [beat | {"source": source, "program": program} for source, program in pairs])


def step(shard: Shard, moment_ms: int, event: Event | None) -> list[Record]:
    if event is not None:
        fed(shard, [event])
        return []
    promise(shard, moment_ms)
    return shard.close(moment_ms)


def recorded(delivered: Delivered, plan: Plan, restarts: frozenset[int] = frozenset()) -> Any:
    """Every ledger record of a run that is restarted from its snapshot before some steps."""
    shard, records = Shard(plan, LIMITS), []
    for n, (moment, event) in enumerate(delivered.steps):
        if n in restarts:
            kept, shard = shard.snapshot(), Shard(plan, LIMITS)
            shard.restore(kept)
        records += step(shard, moment, event)
    assert not shard.take_rejects()
    return records


def in_order(delivered: Delivered) -> Delivered:
    steps = sorted(
        ((event["time"] if event else moment, event) for moment, event in delivered.steps),
        key=lambda step: step[0],
    )
    return Delivered(tuple(steps), delivered.events)


def revisions(records: list[Record]) -> Iterator[list[Record]]:
    """Records of each interval and basis, in the order they were made."""
    found: dict[Any, list[Record]] = {}
    for record in records:
        found.setdefault((*record[:5], record.basis), []).append(record)
    yield from found.values()


@slow
@given(delivered=schedules(), plan=plans())
def test_a_final_value_changes_only_by_a_restatement_that_keeps_old_value_and_reason(
    delivered: Delivered, plan: Plan
) -> None:
    for history in revisions(recorded(delivered, plan)):
        states = [record.state for record in history]
        provisional = states.count("PROVISIONAL")
        assert set(states[:provisional]) <= {"PROVISIONAL"}
        final = history[provisional:]
        assert [record.revision for record in final] == list(range(1, len(final) + 1))
        assert [record.state for record in final[:1]] in ([], ["FINAL"])
        assert {record.state for record in final[1:]} <= {"RESTATED"}
        for before, after in pairwise(final):
            assert after.old_columns == before.columns
            assert after.reason
            assert (after.columns, after.wait_hist) != (before.columns, before.wait_hist)


@slow
@given(delivered=schedules(), plan=plans())
def test_the_ledger_ends_with_the_slow_twins_columns_however_late_events_came(
    delivered: Delivered, plan: Plan
) -> None:
    marks = dict.fromkeys(PROGRAMS, END_MS)
    want = naive.columns(delivered.events, plan, marks)
    records = recorded(delivered, plan)
    assert ledgers.columns(records) == ledgers.expected(want)
    hists = {(*key, "arrival"): hist for key, hist in want.wait_hist.items()}
    assert ledgers.wait_hists(records) == hists


@slow
@given(delivered=schedules(), plan=plans())
def test_the_ledger_ends_as_if_every_event_had_come_in_time(
    delivered: Delivered, plan: Plan
) -> None:
    late, timely = recorded(delivered, plan), recorded(in_order(delivered), plan)
    assert ledgers.columns(late) == ledgers.columns(timely)
    assert ledgers.wait_hists(late) == ledgers.wait_hists(timely)


@slow
@given(data=st.data(), delivered=schedules(), plan=plans())
def test_a_restart_between_any_two_steps_repeats_and_skips_no_record(
    data: st.DataObject, delivered: Delivered, plan: Plan
) -> None:
    places = st.integers(0, len(delivered.steps) - 1)
    restarts = data.draw(st.frozensets(places, min_size=1, max_size=4))
    assert recorded(delivered, plan, restarts) == recorded(delivered, plan)


@slow
@given(delivered=schedules(), plan=plans())
def test_closing_again_without_news_records_nothing(delivered: Delivered, plan: Plan) -> None:
    shard = Shard(plan, LIMITS)
    for moment, event in delivered.steps:
        step(shard, moment, event)
        if event is None:
            assert shard.close(moment) == []


def visit(contact: str, entry: int, wait: int = 5000, talk: int = 60_000) -> list[Event]:
    base = {"source": "pbx", "program": "shop", "contact": contact}
    return [
        base | {"type": "queued", "time": entry, "id": "1", "queue": "sales"},
        base | {"type": "answered", "time": entry + wait, "id": "2"},
        base | {"type": "disconnected", "time": entry + wait + talk, "id": "3", "by": "customer"},
    ]


def heartbeat(time_ms: int) -> Event:
    return {"type": "heartbeat", "source": "pbx", "program": "shop", "time": time_ms}


def of_bucket(records: list[Record], bucket_ms: int, basis: str) -> Record:
    (found,) = (r for r in records if r.queue and (r.bucket_ms, r.basis) == (bucket_ms, basis))
    return found


def test_a_feed_that_fell_silent_leaves_final_intervals_of_less_than_full_completeness() -> None:
    shard = Shard(SHOP, live=True)
    now = FIRST_EDGE_MS + 5 * 60_000
    fed(shard, visit("c", FIRST_EDGE_MS))
    fed(shard, [heartbeat(now)])
    limits = shard.limits
    wait_ms = round((limits.unresolved_s - limits.lateness_s) * 1000)
    due = FIRST_EDGE_MS + BUCKET_MS + round(limits.unresolved_s * 1000)
    assert shard.close(due, caught_up=False) == []
    assert shard.close(FIRST_EDGE_MS + BUCKET_MS + wait_ms - 1) == []
    records = shard.close(due)
    arrival = of_bucket(records, FIRST_EDGE_MS, "arrival")
    assert (arrival.state, arrival.columns["ans"]) == ("FINAL", 1)
    assert arrival.completeness == 5 / 15
    after = of_bucket(records, FIRST_EDGE_MS + BUCKET_MS, "arrival")
    assert (after.columns, after.completeness) == ({}, 0.0)


def test_a_live_feed_without_traffic_is_complete_and_has_no_ratios() -> None:
    shard = Shard(SHOP, live=True)
    records = []
    for hour in range(5):
        fed(shard, [heartbeat(FIRST_EDGE_MS + hour * HOUR_MS)])
        records += shard.close(FIRST_EDGE_MS + hour * HOUR_MS)
    newest = ledgers.newest(records)
    assert newest[("shop", "sales", "voice", "", FIRST_EDGE_MS, "arrival")].state == "FINAL"
    for _, figure in figures(newest.values(), SHOP, "30min", "queue"):
        kpis: Any = figure.kpis()
        assert figure.completeness == 1.0
        assert (kpis["volume_offered"], kpis["volume_handled"]) == (0, 0)
        ratios = ("answer_rate", "asa", "abandon_voice", "aht", "wait_p90")
        assert [kpis[name] for name in ratios] == [None] * len(ratios)
        assert kpis["service_level"] == {"20": None}


def test_an_event_older_than_lateness_and_horizon_is_refused_and_kept() -> None:
    shard = Shard(SHOP)
    fed(shard, [*visit("c", FIRST_EDGE_MS), heartbeat(FIRST_EDGE_MS + 12 * HOUR_MS)])
    shard.close(0)
    floor = FIRST_EDGE_MS + 6 * HOUR_MS
    late, just_in_time = visit("late", floor - 1)[0], visit("in time", floor)[0]
    before = len(shard.take_rejects())
    fed(shard, [late, just_in_time])
    (refused,) = shard.take_rejects()
    assert before == 0
    assert (refused.reason, refused.raw) == ("too_late", raw(late))
    records = shard.close(0)
    assert [record.bucket_ms for record in records if record.columns.get("offered")] == [floor]


def test_a_new_source_that_has_promised_nothing_does_not_restate_the_past_again_and_again() -> None:
    shard = Shard(SHOP)
    fed(shard, [*visit("c", FIRST_EDGE_MS), heartbeat(FIRST_EDGE_MS + 4 * HOUR_MS)])
    shard.close(0)
    fed(shard, [event | {"source": "second"} for event in visit("late", FIRST_EDGE_MS)])
    restated = [record for record in shard.close(0) if record.state == "RESTATED"]
    assert {record.basis for record in restated} == {"arrival", "cohort", "end", "clipped"}
    assert shard.close(0) == []
