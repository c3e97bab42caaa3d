"""The slow twin of people against worked examples, the identities of its columns, and disorder."""

import json
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.forecasts import PLAN
from schemas.keys import BUCKET_MS
from schemas.staff import ACTIVITIES, STAFF, STATES
from schemas.targets import Plan, Program
from tests import strategies_staff as some
from tests.data import ROOT
from tests.effort import examples
from tests.naive import pooled
from tests.naive_staff import (
    BELIEVED_MS,
    HALF_HOUR_MS,
    PLANNED_OFF,
    Columns,
    attainment,
    attainment_by_interval,
    columns,
    midnight,
    people,
    ratios,
    repeats,
)

VECTORS: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "vectors" / "staff_rules.json").read_text("utf-8")
)["vectors"]
MODERATE = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
EDGE_MS = some.start_of(some.DAYS[0]) + 10 * some.HOUR_MS


def having(field: str) -> Any:
    found = [pytest.param(v, id=v["name"]) for v in VECTORS if field in v]
    assert found
    return pytest.mark.parametrize("vector", found)


def plan_of(vector: dict[str, Any]) -> Plan:
    return Plan.model_validate_json(json.dumps(vector.get("plan", {})))


def table(rows: list[dict[str, Any]]) -> dict[Any, dict[str, int]]:
    return {tuple(row["key"]): row["columns"] for row in rows if row["columns"]}


def found_by(vector: dict[str, Any]) -> Columns:
    if "given" in vector:
        return table(vector["given"])
    return columns(vector["events"], plan_of(vector), vector.get("until", {}))


def asked_and_there(vector: dict[str, Any], found: Columns) -> dict[Any, dict[str, int]]:
    low, high = vector.get("band", (0.95, 1.15))
    interval_ms = vector.get("interval_ms", HALF_HOUR_MS)
    return attainment(found, plan_of(vector), interval_ms, (low, high))


def expect_ratios(values: dict[str, Fraction | None], expected: dict[str, Any]) -> None:
    wanted = {name: value and Fraction(*value) for name, value in expected.items()}
    assert {name: values[name] for name in wanted} == wanted


# Worked examples


@having("columns")
def test_every_rule_of_a_person_has_an_example_that_holds(vector: dict[str, Any]) -> None:
    assert found_by(vector) == table(vector["columns"])


@having("duplicates")
def test_what_is_told_twice_and_what_loses_is_counted(vector: dict[str, Any]) -> None:
    duplicates, conflicts = repeats(vector["events"])
    told = (duplicates.total(), conflicts.total())
    assert told == (vector["duplicates"], vector["conflicts"])


@having("total")
def test_the_sums_of_long_examples(vector: dict[str, Any]) -> None:
    assert pooled(found_by(vector).values()) == vector["total"]


@having("kpis")
def test_the_number_examples_of_people(vector: dict[str, Any]) -> None:
    found = found_by(vector)
    fte = pooled(asked_and_there(vector, found).values())
    expect_ratios(ratios(pooled(found.values()) | fte), vector["kpis"])


@having("attainment")
def test_attainment_of_each_group_and_site(vector: dict[str, Any]) -> None:
    assert asked_and_there(vector, found_by(vector)) == table(vector["attainment"])


@having("netted")
def test_attainment_is_not_what_netted_fte_would_give(vector: dict[str, Any]) -> None:
    total = pooled(found_by(vector).values())
    asked = total["req_fte_ms"]
    netted = 1 - Fraction(abs(total["staffed_ms"] - asked), asked)
    assert netted == Fraction(*vector["netted"]["attainment_dev"])
    assert netted > Fraction(*vector["kpis"]["attainment_dev"])


def test_the_golden_trace_interval_by_interval() -> None:
    [trace] = [vector for vector in VECTORS if "cells" in vector]
    for cell in trace["cells"]:
        start, until = cell["span_ms"]
        whose = cell.get("staff", ("A", "B", None))
        events = [event for event in trace["events"] if event.get("staff") in whose]
        found = columns(events, plan_of(trace), trace["until"])
        inside = {key: row for key, row in found.items() if start <= key[4] < until}
        total = pooled(inside.values())
        assert (cell["interval"], total) == (cell["interval"], cell["columns"])
        fte = pooled(attainment(inside, plan_of(trace)).values())
        staffed = {"staffed_fte": Fraction(total["staffed_ms"], until - start)}
        expect_ratios(ratios(total | fte) | staffed, cell.get("kpis", {}))


@having("events")
def test_every_example_is_made_of_valid_events(vector: dict[str, Any]) -> None:
    for event in vector["events"]:
        contract = STAFF if event["type"] == "staff_state" else PLAN
        assert contract.validate_json(json.dumps(event))


def test_the_examples_meet_every_column_state_and_activity() -> None:
    page = (ROOT / "kernels" / "STAFF.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_]+_ms)`", page)) - {"abs_dev_fte_ms"}
    classes = [*PLANNED_OFF, "other", "customer_work"]
    named = named | {f"aux_{name}_ms" for name in classes}
    met = {name for v in VECTORS for row in v.get("columns", []) for name in row["columns"]}
    assert met == named
    rules = [vector["rule"] for vector in VECTORS]
    spans = [*(state for state in STATES if state != "aux"), *(f"aux {name}" for name in classes)]
    assert {f"span: {name}" for name in spans} <= set(rules)
    assert all(rules.count(f"allowed: {name}") == 2 for name in ACTIVITIES)


# Sums


@given(some.worlds())
@MODERATE
def test_states_add_up_to_logged_in_time_at_every_key(world: some.World) -> None:
    for key, found in columns(world.events, world.plan, world.until).items():
        row = Counter(found)
        assert key[2] == "staff"
        assert key[4] % BUCKET_MS == 0
        off = [f"aux_{name}_ms" for name in (*PLANNED_OFF, "other")]
        assert row["logged_in_ms"] == sum(row[c] for c in ("avail_ms", "busy_union_ms", *off))
        busy = ("staff_handle_ms", "staff_acw_ms", "aux_customer_work_ms")
        assert row["busy_union_ms"] == sum(row[name] for name in busy)
        on_the_phone = row["avail_ms"] + row["staff_handle_ms"] + row["staff_acw_ms"]
        assert row["staffed_ms"] == on_the_phone
        assert row["ringing_ms"] <= row["avail_ms"]
        assert row["lent_ms"] <= row["busy_union_ms"]
        assert row["chat_busy_union_ms"] <= min(row["logged_in_ms"], row["sess_ms"])
        assert row["busy_overrun_ms"] <= row["mismatch_ms"] <= row["sched_ms"]
        assert row["unplanned_lost_ms"] <= min(row["paid_ms"], row["mismatch_ms"])
        assert row["sched_work_ms"] + row["act_planned_ms"] == row["sched_ms"] >= row["paid_ms"]
        assert row["act_xor_ms"] <= 2 * row["sched_ms"]
        assert all(n > 0 for n in found.values())


@given(some.worlds(revised=False))
@MODERATE
def test_clipped_pieces_sum_to_the_whole_of_every_span(world: some.World) -> None:
    believed = unknown = 0
    for (program, _), (states, _) in people(world.events).items():
        told = sorted(
            (e["time"], e.get("seq", 0), STATES.index(e["state"]) > 0, e["id"], e) for e in states
        )
        end = max([world.until.get(program, -1), *(each[0] for each in told)])
        times = [each[0] for each in told] + [end]
        # Ties of one sequence are settled by the state; which aux it is does not matter here.
        for (start, stop), each in zip(pairwise(times), told, strict=True):
            if each[4]["state"] != "logged_out":
                believed += min(stop - start, BELIEVED_MS)
                unknown += max(0, stop - start - BELIEVED_MS)
    total = Counter(pooled(columns(world.events, world.plan, world.until).values()))
    assert (total["logged_in_ms"], total["state_unknown_ms"]) == (believed, unknown)


@given(some.worlds())
@MODERATE
def test_people_and_requests_add_up(world: some.World) -> None:
    parts = defaultdict(list)
    for event in world.events:
        parts[event["program"], event.get("staff")].append(event)
    tables = [columns(part, world.plan, world.until) for part in parts.values()]
    keys = {key for one in tables for key in one}
    merged = {key: pooled(one[key] for one in tables if key in one) for key in keys}
    assert merged == columns(world.events, world.plan, world.until)


@given(some.worlds(), st.integers(0, 3 * some.HOUR_MS))
@MODERATE
def test_a_watermark_that_moves_on_changes_nothing_behind_it(
    world: some.World, further: int
) -> None:
    later = {program: at + further for program, at in world.until.items()}
    before = columns(world.events, world.plan, world.until)
    after = columns(world.events, world.plan, later)
    for program, at in world.until.items():
        for key in before.keys() | after.keys():
            if key[0] == program and key[4] + BUCKET_MS <= at:
                assert before.get(key) == after.get(key)
    for key, row in before.items():
        assert all(n <= after[key][name] for name, n in row.items())


@given(some.worlds(), st.sampled_from((BUCKET_MS, HALF_HOUR_MS, some.HOUR_MS)))
@MODERATE
def test_attainment_has_one_interval_of_each_request_and_keeps_what_was_asked(
    world: some.World, interval_ms: int
) -> None:
    found = columns(world.events, world.plan, world.until)
    total = Counter(pooled(attainment(found, world.plan, interval_ms).values()))
    intervals = attainment_by_interval(found, world.plan, interval_ms)
    assert total["n_int"] == len(intervals)
    asked = [row["req_fte_ms"] for row in found.values() if "req_fte_ms" in row]
    assert total["req_fte_ms"] == sum(asked)
    assert len(asked) * BUCKET_MS / interval_ms <= len(intervals) <= len(asked)


# Order


@given(some.deliveries())
@MODERATE
def test_columns_of_people_do_not_depend_on_order_or_repeats(
    delivery: tuple[some.World, list[some.Event]],
) -> None:
    world, again = delivery
    once = columns(world.events, world.plan, world.until)
    assert columns(again, world.plan, world.until) == once
    told, told_again = repeats(world.events), repeats(again)
    assert told_again[1] == told[1]
    personal = [sum("staff" in event for event in events) for events in (world.events, again)]
    assert told_again[0].total() - told[0].total() == personal[1] - personal[0]


@given(some.worlds())
@MODERATE
def test_strategies_make_valid_staff_events(world: some.World) -> None:
    for event in world.events:
        contract = STAFF if event["type"] == "staff_state" else PLAN
        assert contract.validate_json(json.dumps(event))


# Edges and calendars


@given(some.state_events("bank", "ann", some.DAYS[0]))
@MODERATE
def test_an_event_that_moves_over_a_bucket_edge_changes_only_the_two_buckets_there(
    others: list[some.Event],
) -> None:
    apart = [event for event in others if abs(event["time"] - EDGE_MS) > 1]
    base = {"type": "staff_state", "source": "pbx", "program": "bank", "staff": "ann"}
    moved = base | {"id": "moved", "state": "acw", "group": "moved"}
    end = base | {"id": "end", "time": EDGE_MS + BUCKET_MS, "state": "acw", "group": "end"}
    until = {"bank": EDGE_MS + BUCKET_MS}
    before, after = (
        columns([*apart, end, moved | {"time": EDGE_MS + shift}], Plan(), until)
        for shift in (-1, 1)
    )
    keys = before.keys() | after.keys()
    differing = {key[4] for key in keys if before.get(key) != after.get(key)}
    assert differing == {EDGE_MS - BUCKET_MS, EDGE_MS}


@pytest.mark.parametrize(
    ("day", "buckets"),
    [(date(2024, 3, 31), 92), (date(2024, 10, 27), 100), (date(2024, 3, 4), 96)],
)
def test_a_local_day_of_a_person_has_the_buckets_the_clock_change_leaves_it(
    day: date, buckets: int
) -> None:
    plan = Plan(programs={"bank": Program(time_zone="Europe/Berlin")})
    zone = plan.zone("bank")
    began, ended = (midnight(each.isoformat(), zone) for each in (day, day + timedelta(days=1)))
    base = {"source": "acd", "program": "bank", "group": "front", "id": "1", "time": began}
    state = base | {"type": "staff_state", "staff": "ann", "state": "available"}
    shift = {"type": "scheduled", "staff": "ann", "day": day.isoformat(), "activity": "work"}
    asked = {"type": "fte_requested", "milli_fte": 1000}
    whole_day = {"version": 1, "start": began, "end": ended}
    # No span of a day of 25 hours is longer than is believed.
    noon = state | {"id": "2", "time": began + 12 * some.HOUR_MS}
    events = [state, noon, base | shift | whole_day, base | asked | whole_day]
    found = columns(events, plan, {"bank": ended})
    assert len(found) == buckets
    assert sorted(key[4] for key in found) == list(range(began, ended, BUCKET_MS))
    full = {"logged_in_ms": BUCKET_MS, "sched_ms": BUCKET_MS, "req_fte_ms": BUCKET_MS}
    assert all(full.items() <= row.items() for row in found.values())
    for interval_ms in (HALF_HOUR_MS, some.HOUR_MS):
        [total] = attainment(found, plan, interval_ms).values()
        assert total["n_int"] == total["n_in_band"] == buckets * BUCKET_MS // interval_ms
