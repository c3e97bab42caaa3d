"""The slow twin of technology against hand-made vectors, its identities, and itself in disorder."""

import json
from collections import defaultdict
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.bots import BOT, CONVERSATION_TYPES
from schemas.contacts import ACD
from schemas.targets import Plan
from schemas.technologies import Technologies
from tests import strategies as voice
from tests import strategies_bots as some
from tests.data import ROOT
from tests.effort import examples
from tests.naive import columns as visit_columns
from tests.naive import pooled, wait_bin, wait_edges
from tests.naive_bot_kpis import kpis
from tests.naive_bots import Figures, columns
from tests.naive_ivr import call_columns

FAR_MS = voice.FIRST_EDGE_MS + 2 * 86_400_000
"""Behind every limit and time-out of what strategies draw."""
MODERATE = settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])


def read(name: str) -> list[dict[str, Any]]:
    return json.loads((ROOT / "tests" / "vectors" / name).read_text("utf-8"))["vectors"]


BOT_VECTORS, IVR_VECTORS = read("bot_rules.json"), read("ivr_rules.json")


def named(vectors: list[dict[str, Any]], numbers: bool) -> Any:
    chosen = [vector for vector in vectors if (vector["rule"] == "numbers") is numbers]
    return pytest.mark.parametrize("vector", [pytest.param(v, id=v["name"]) for v in chosen])


def events_of(vector: dict[str, Any]) -> list[dict[str, Any]]:
    """The events, each group of copies as that many conversations or contacts."""
    events = list(vector.get("events", ()))
    for group in vector.get("copies", ()):
        for n, event in product(range(group["n"]), group["events"]):
            names = {key: f"{group['prefix']}{n}" for key in ("conversation", "contact")}
            events.append(event | {key: name for key, name in names.items() if key in event})
    return events


def plan_of(vector: dict[str, Any]) -> Plan:
    return Plan.model_validate_json(json.dumps(vector.get("plan", {})))


def figures_of(vector: dict[str, Any]) -> Figures:
    known = Technologies.model_validate_json(json.dumps(vector.get("technologies", {})))
    return columns(events_of(vector), plan_of(vector), known, vector.get("watermarks"))


def table(rows: list[dict[str, Any]], name: str = "columns") -> dict[Any, Any]:
    return {tuple(row["key"]): row[name] for row in rows}


@named(BOT_VECTORS, numbers=False)
def test_every_rule_of_a_conversation_or_a_probe_has_a_vector_that_holds(
    vector: dict[str, Any],
) -> None:
    figures = figures_of(vector)
    assert figures.arrival == table(vector["arrival"])
    assert figures.clipped == table(vector["clipped"])
    bins = {key: {int(i): n for i, n in row.items()} for key, row in _bins(vector).items()}
    assert figures.latency_hist == bins
    assert (figures.duplicates, figures.conflicts) == (vector["duplicates"], vector["conflicts"])


def _bins(vector: dict[str, Any]) -> dict[Any, Any]:
    return table(vector["latency_hist"], "bins")


@named(IVR_VECTORS, numbers=False)
def test_every_rule_of_an_ivr_call_has_a_vector_that_holds(vector: dict[str, Any]) -> None:
    found = call_columns(vector["events"], plan_of(vector), vector.get("watermarks"))
    assert found == table(vector["calls"])


def expect(row: dict[str, int], vector: dict[str, Any]) -> None:
    assert row == vector["totals"]
    values = kpis(row | vector.get("beside", {}))
    wanted = {key: Fraction(*of) if of else None for key, of in vector["kpis"].items()}
    assert {key: values[key] for key in wanted} == wanted


@named(BOT_VECTORS, numbers=True)
def test_the_number_examples_of_the_definitions(vector: dict[str, Any]) -> None:
    figures = figures_of(vector)
    expect(pooled([*figures.arrival.values(), *figures.clipped.values()]), vector)


@named(IVR_VECTORS, numbers=True)
def test_the_ivr_examples_of_the_definitions(vector: dict[str, Any]) -> None:
    expect(pooled(call_columns(events_of(vector), Plan()).values()), vector)


@pytest.mark.parametrize(("vectors", "wire"), [(BOT_VECTORS, BOT), (IVR_VECTORS, ACD)])
def test_every_vector_is_made_of_valid_events(vectors: list[dict[str, Any]], wire: Any) -> None:
    for vector in vectors:
        groups = [vector.get("events", []), *(g["events"] for g in vector.get("copies", ()))]
        assert all(wire.validate_json(json.dumps(event)) for group in groups for event in group)


def test_the_vectors_meet_every_event_type_in_every_state() -> None:
    rules = {vector["rule"] for vector in BOT_VECTORS}
    kinds = [kind for kind in CONVERSATION_TYPES if kind != "conversation_started"]
    kinds += ["conversation_started, the first", "conversation_started, another"]
    states = ("while open", "after a hand-off", "after an end")
    assert {f"walk: {kind}, {state}" for kind, state in product(kinds, states)} <= rules


def test_containment_is_not_what_was_not_handed_off() -> None:
    [vector] = [v for v in BOT_VECTORS if v["name"].startswith("definitions T3")]
    figures = figures_of(vector)
    values = kpis(pooled(figures.arrival.values()))
    assert values["containment"] == Fraction(62, 100)
    assert values["containment_high"] == Fraction(82, 100) == 1 - values["handoff_to_human"]


@given(st.data())
@MODERATE
def test_figures_do_not_depend_on_order_or_repeats(data: st.DataObject) -> None:
    events, marks = data.draw(some.event_sets()), data.draw(some.watermarks())
    around = (data.draw(some.plans()), data.draw(some.technologies()), marks)
    once = columns(events, *around)
    delivered = data.draw(some.deliveries(events))
    again = columns(delivered, *around)
    assert (again.arrival, again.clipped) == (once.arrival, once.clipped)
    assert (again.latency_hist, again.conflicts) == (once.latency_hist, once.conflicts)
    repeats = sum(event["type"] != "heartbeat" for event in delivered) - len(events)
    assert again.duplicates == once.duplicates + repeats


@given(some.event_sets(), some.plans(), some.technologies(), some.watermarks())
@MODERATE
def test_conversations_submits_and_time_are_conserved_at_every_key(
    events: list[some.Event], plan: Plan, known: Technologies, marks: dict[str, int]
) -> None:
    figures = columns(events, plan, known, marks)
    for key, found in figures.arrival.items():
        row = defaultdict(int, found)
        ways = ("contained", "handoff", "left", "open", "unknown")
        assert row["conv_start"] == sum(row[f"conv_{way}"] for way in ways)
        begun = row["conv_start"] + row["migrated_start"]
        unsettled = sum(row[f"{of}_{way}"] for of in ("conv", "migrated") for way in ways[3:])
        assert row["conv_n"] == begun - unsettled
        assert row["conv_left_error"] <= row["conv_left"]
        assert row["migrated_n"] <= row["migrated_start"]
        open_or_not = ("lat_n", "lat_timeout", "lat_unknown", "lat_open")
        assert row["n_submit"] == sum(row[name] for name in open_or_not)
        assert row["lat_in_x"] <= row["lat_n"] == sum(figures.latency_hist.get(key, {}).values())
        assert row["blocked"] <= row["attempts"]
        if row["conv_start"]:
            values = kpis(row)
            assert values["containment"] + values["handoff_to_human"] <= 1
            assert values["containment"] <= values["containment_high"]
    for found in figures.clipped.values():
        row = defaultdict(int, found)
        spans = row["up_ms"] + row["degraded_ms"] + row["down_ms"] + row["unknown_ms"]
        assert 0 < spans == row["total_ms"] <= 900_000
        assert row["open_ms"] in (0, row["total_ms"])
        assert row["up_open_ms"] == (row["up_ms"] if row["open_ms"] else 0)
        assert row["unknown_open_ms"] == (row["unknown_ms"] if row["open_ms"] else 0)


@given(some.event_sets(), some.technologies(), some.watermarks())
@MODERATE
def test_conversations_and_technologies_add_up(
    events: list[some.Event], known: Technologies, marks: dict[str, int]
) -> None:
    whole = columns(events, Plan(), known, marks)
    names = {event.get("conversation") or event["technology"] for event in events}
    parts = [
        columns(
            [e for e in events if (e.get("conversation") or e["technology"]) == name],
            Plan(),
            known,
            marks,
        )
        for name in sorted(names)
    ]
    for table_name in ("arrival", "clipped", "latency_hist"):
        tables = [getattr(part, table_name) for part in parts]
        keys = {key for each in tables for key in each}
        merged = {key: pooled(each.get(key, {}) for each in tables) for key in keys}
        assert merged == getattr(whole, table_name)


@given(some.event_sets(), some.technologies(), some.watermarks())
@MODERATE
def test_a_later_watermark_only_settles_what_was_open(
    events: list[some.Event], known: Technologies, marks: dict[str, int]
) -> None:
    early = columns(events, Plan(), known, marks)
    late = columns(events, Plan(), known, dict.fromkeys(some.BOTS, FAR_MS))
    before, after = pooled(early.arrival.values()), pooled(late.arrival.values())
    for name in ("conv_start", "migrated_start", "n_submit", "lat_n", "lat_ms", "conv_handoff"):
        assert before.get(name, 0) == after.get(name, 0)
    assert not {"conv_open", "migrated_open", "lat_open"} & after.keys()
    assert early.latency_hist == late.latency_hist


@given(voice.event_sets(), voice.plans(), voice.watermarks())
@MODERATE
def test_every_ivr_call_counts_once_and_every_attempt_connects_or_is_blocked(
    events: list[voice.Event], plan: Plan, marks: dict[str, int]
) -> None:
    found = call_columns(events, plan, marks)
    for row in found.values():
        ways = ("self_service", "to_queue", "optout", "error", "abn", "unknown", "open")
        assert row.get("ivr_ans", 0) == sum(row.get(f"ivr_{way}", 0) for way in ways)
    total = defaultdict(int, pooled(found.values()))
    first = [event for event in events if event.get("segment", 1) == 1]
    visits = defaultdict(int, pooled(visit_columns(first, plan, marks).arrival.values()))
    assert total["human_contact_n"] == visits["offered"]
    assert visits["blocked"] <= total["attempts"] <= len({(e["contact"]) for e in first})
    assert total["attempts"] >= visits["blocked"] + visits["offered"]


@given(st.data())
@MODERATE
def test_ivr_figures_do_not_depend_on_order_or_repeats(data: st.DataObject) -> None:
    events, plan = data.draw(voice.event_sets()), data.draw(voice.plans())
    marks = data.draw(voice.watermarks())
    delivered = data.draw(voice.deliveries(events))
    assert call_columns(delivered, plan, marks) == call_columns(events, plan, marks)


@given(some.event_sets())
@MODERATE
def test_strategies_make_valid_events(events: list[some.Event]) -> None:
    assert all(BOT.validate_python(event) for event in events)


@pytest.mark.parametrize("latency_ms", [0, 500, 1500, 2000, 2001, 3000, 64_000])
def test_latencies_share_the_edges_of_waits(latency_ms: int) -> None:
    vector = {
        "events": [
            {"type": kind, "time": time, "id": kind, "source": "bot", "program": "bank"}
            | {"conversation": "c", "bot": "faq", "turn": "t"}
            for kind, time in (
                ("conversation_started", 0),
                ("user_submitted", 0),
                ("response_delivered", latency_ms),
            )
        ]
    }
    [bins] = figures_of(vector).latency_hist.values()
    assert bins == {wait_bin(latency_ms): 1}
    assert wait_edges()[wait_bin(latency_ms)] >= latency_ms
