"""The slow twin against hand-made vectors, the conservation identities, and itself in disorder."""

import json
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.contacts import ACD, EVENT_TYPES
from schemas.targets import Plan
from tests import strategies as some
from tests.data import ROOT
from tests.effort import examples
from tests.naive import Figures, columns, pooled, wait_bin, wait_edges
from tests.naive_kpis import kpis, kpis_of

VECTORS = ROOT / "tests" / "vectors"
MODERATE = settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])


def read(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / name).read_text("utf-8"))


def named(*files: str) -> Any:
    found = [vector for file in files for vector in read(file)["vectors"]]
    return pytest.mark.parametrize("vector", [pytest.param(v, id=v["name"]) for v in found])


def plan_of(vector: dict[str, Any]) -> Plan:
    return Plan.model_validate_json(json.dumps(vector.get("plan", {})))


def table(rows: list[dict[str, Any]]) -> dict[Any, Any]:
    return {tuple(row["key"]): row["columns"] for row in rows}


def histograms(rows: list[dict[str, Any]]) -> dict[Any, Any]:
    bins = {tuple(row["key"]): row["bins"] for row in rows}
    return {key: {int(index): n for index, n in row.items()} for key, row in bins.items()}


@named("visit_rules.json", "edge_cases.json")
def test_every_rule_of_a_visit_has_a_vector_that_holds(vector: dict[str, Any]) -> None:
    figures = columns(vector["events"], plan_of(vector), vector.get("watermarks"))
    assert figures.arrival == table(vector["arrival"])
    assert figures.handling == table(vector["handling"])
    assert figures.wait_hist == histograms(vector["wait_hist"])
    assert (figures.duplicates, figures.conflicts) == (vector["duplicates"], vector["conflicts"])


@named("visit_rules.json", "edge_cases.json")
def test_every_vector_is_made_of_valid_events(vector: dict[str, Any]) -> None:
    assert all(ACD.validate_json(json.dumps(event)) for event in vector["events"])


def test_the_vectors_meet_every_event_type_in_every_state() -> None:
    rules = [vector["rule"] for vector in read("visit_rules.json")["vectors"]]
    walked = " ".join(rule for rule in rules if rule.startswith("walk: "))
    for kind in EVENT_TYPES:
        assert kind in walked
    for numbered in ("entry 1", "entry 2", "entry 3", "entry 4"):
        assert numbered in rules


def as_value(expected: Any) -> Any:
    if isinstance(expected, list):
        return pytest.approx(expected[0] / expected[1], rel=1e-12)
    return expected


def expect_kpis(values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert {name: values[name] for name in expected} == {
        name: as_value(value) for name, value in expected.items()
    }


@named("service_level_variants.json")
def test_the_number_examples_of_the_definitions(vector: dict[str, Any]) -> None:
    start, until = vector["span_ms"]
    if "events" not in vector:
        expect_kpis(kpis_of(vector["columns"], {}, until - start), vector["kpis"])
        return
    figures = columns(vector["events"], Plan())
    assert pooled([*figures.arrival.values(), *figures.handling.values()]) == vector["columns"]
    if "wait_hist" in vector:
        waits = {str(index): n for index, n in pooled(figures.wait_hist.values()).items()}
        assert waits == vector["wait_hist"]
    expect_kpis(kpis(figures, start, until), vector["kpis"])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_golden_trace_before_and_after_its_late_connection(moment: str) -> None:
    trace = read("golden_trace.json")
    events = trace["events"] + (trace["late"] if moment == "after" else [])
    figures = columns(events, plan_of(trace))
    for cell in trace[moment]:
        start, until = cell["span_ms"]
        rows = [*figures.arrival.items(), *figures.handling.items()]
        inside = pooled(row for key, row in rows if start <= key[4] < until)
        assert (cell["interval"], inside) == (cell["interval"], cell["columns"])
        expect_kpis(kpis(figures, start, until), cell["kpis"])


def test_talk_of_7_days_to_the_millisecond_is_believed() -> None:
    [vector] = [v for v in read("visit_rules.json")["vectors"] if v["name"].startswith("talk of")]
    *before, end = vector["events"]
    figures = columns([*before, end | {"time": end["time"] - 1}], Plan())
    total = pooled([*figures.arrival.values(), *figures.handling.values()])
    assert total["talk_ms"] == total["handle_clip_ms"] == total["cohort_handle_ms"] == 604_800_000
    assert "contradictions" not in total


@given(st.data())
@MODERATE
def test_figures_do_not_depend_on_order_or_repeats(data: st.DataObject) -> None:
    events, plan = data.draw(some.event_sets()), data.draw(some.plans())
    marks = data.draw(some.watermarks())
    once = columns(events, plan, marks)
    delivered = data.draw(some.deliveries(events))
    again = columns(delivered, plan, marks)
    assert (again.arrival, again.handling, again.wait_hist, again.conflicts) == (
        once.arrival,
        once.handling,
        once.wait_hist,
        once.conflicts,
    )
    repeats = sum(event["type"] != "heartbeat" for event in delivered) - len(events)
    assert again.duplicates == once.duplicates + repeats


@given(some.event_sets(), some.plans(), some.watermarks())
@MODERATE
def test_contacts_are_conserved_at_every_arrival_key(
    events: list[some.Event], plan: Plan, marks: dict[str, int]
) -> None:
    figures = columns(events, plan, marks)
    for key, found in figures.arrival.items():
        row = defaultdict(int, found)
        assert row["offered"] == (row["ans"] + row["abn"] + row["waiting"] + row["outcome_unknown"])
        assert row["ans"] == row["cohort_handled"] + row["cohort_open"] + row["cohort_unknown"]
        assert row["ans"] == sum(figures.wait_hist.get(key, {}).values())
        for i in range(1, 5):
            assert row[f"ans_in_T{i}"] <= row[f"ans_in_2T{i}"] <= row["ans"]
            assert row[f"abn_in_T{i}"] <= row["abn"]
        reasons = "customer system queue_timeout no_staff callback_later callback_failed voicemail"
        assert row["abn"] == sum(row[f"abn_{why}"] for why in [*reasons.split(), "other"])
        assert row["abn_short"] <= row["abn"]
        assert row["hold_abandon"] <= row["ans"]
        assert row["callbacks_in_turn"] <= row["offered"]
    assert figures.wait_hist.keys() <= figures.arrival.keys()


@given(some.event_sets(), some.plans(), some.watermarks())
@MODERATE
def test_time_and_moves_are_conserved_over_all_keys(
    events: list[some.Event], plan: Plan, marks: dict[str, int]
) -> None:
    figures = columns(events, plan, marks)
    total = defaultdict(int, pooled([*figures.arrival.values(), *figures.handling.values()]))
    assert total["handled"] == total["cohort_handled"]
    pieces = total["talk_ms"] + total["hold_ms"] + total["acw_ms"]
    assert pieces == total["cohort_handle_ms"] == total["handle_clip_ms"]
    assert total["ovf_out"] == total["ovf_in"]
    classes = ("tier", "sales", "back_office", "other")
    assert sum(total[f"escalated_{name}"] for name in classes) <= total["handled"]
    visits = {(event["program"], event["contact"], event.get("segment", 1)) for event in events}
    assert total["offered"] + total["blocked"] + total["orphan"] <= len(visits)
    assert all(n > 0 for row in figures.arrival.values() for n in row.values())
    assert all(n > 0 for row in figures.handling.values() for n in row.values())


@given(some.event_sets(), some.plans(), some.watermarks())
@MODERATE
def test_visits_add_up(events: list[some.Event], plan: Plan, marks: dict[str, int]) -> None:
    halves: list[Figures] = []
    for odd in (False, True):
        half = [event for event in events if (int(event["contact"][1:]) % 2 == 1) is odd]
        halves.append(columns(half, plan, marks))
    whole = columns(events, plan, marks)
    for name in ("arrival", "handling", "wait_hist"):
        one, two = (getattr(half, name) for half in halves)
        merged = {key: pooled([one.get(key, {}), two.get(key, {})]) for key in {*one, *two}}
        assert merged == getattr(whole, name)


@given(some.event_sets())
@MODERATE
def test_strategies_make_valid_events(events: list[some.Event]) -> None:
    assert all(ACD.validate_python(event) for event in events)


@given(st.integers(0, 2**38))
def test_a_histogram_bin_is_at_most_5_percent_wide(wait_ms: int) -> None:
    edges, index = wait_edges(), wait_bin(wait_ms)
    assert index == 0 or edges[index - 1] < wait_ms
    if index < len(edges):
        assert wait_ms <= edges[index]
        assert index < 2 or (edges[index] - edges[index - 1]) * 20 <= edges[index - 1]
