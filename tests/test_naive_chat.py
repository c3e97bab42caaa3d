"""The slow chat twin against hand-made vectors, the conservation identities, and disorder."""

import json
from collections import defaultdict
from datetime import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.catalog import KPIS, registry
from schemas.catalog_chat import CHAT_KPIS
from schemas.chats import CHAT, CHAT_EVENTS, CHAT_TYPES
from schemas.columns import CHAT_COLUMNS, COLUMNS
from schemas.contacts import EVENT_TYPES
from schemas.keys import Basis
from schemas.kpi import Formula, Kpi, Term, Unit
from schemas.targets import OpeningHours, Plan, Queue
from tests import strategies_chat as some
from tests.data import ROOT
from tests.effort import examples
from tests.naive import pooled
from tests.naive_chat import TABLES, ChatFigures, columns, is_elsewhere
from tests.naive_chat_walk import reason_code
from tests.strategies import Event, deliveries

RULES = json.loads((ROOT / "tests/vectors/chat_rules.json").read_text("utf-8"))
VECTORS = pytest.mark.parametrize(
    "vector", [pytest.param(v, id=v["name"]) for v in RULES["vectors"]]
)
EXAMPLES = pytest.mark.parametrize(
    "example", [pytest.param(v, id=v["name"]) for v in RULES["examples"]]
)
MODERATE = settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
CHAT_ONLY = {name for names in CHAT_COLUMNS.values() for name in names}


def plan_of(vector: dict[str, Any]) -> Plan:
    return Plan.model_validate_json(json.dumps(vector.get("plan", {})))


def table(vector: dict[str, Any], name: str) -> dict[Any, Any]:
    rows = vector.get(name, [])
    if name.endswith("_hist"):
        return {tuple(row["key"]): {int(n): m for n, m in row["bins"].items()} for row in rows}
    return {tuple(row["key"]): row["columns"] for row in rows}


def in_all(figures: ChatFigures) -> dict[str, int]:
    """Every column, summed over all keys; 0 for those without a row."""
    tables = (figures.arrival, figures.handling, figures.offers, figures.turns)
    return defaultdict(int, pooled(row for rows in tables for row in rows.values()))


@VECTORS
def test_every_rule_of_a_chat_visit_has_a_vector_that_holds(vector: dict[str, Any]) -> None:
    figures = columns(vector["events"], plan_of(vector), vector.get("watermarks"))
    for name in TABLES:
        assert (name, getattr(figures, name)) == (name, table(vector, name))
    assert (figures.duplicates, figures.conflicts) == (vector["duplicates"], vector["conflicts"])


@VECTORS
def test_every_chat_vector_is_made_of_valid_events(vector: dict[str, Any]) -> None:
    assert all(CHAT.validate_json(json.dumps(event)) for event in vector["events"])


def test_the_vectors_meet_every_row_of_the_walk_and_every_numbered_rule() -> None:
    rules = [vector["rule"] for vector in RULES["vectors"]]
    for kind in CHAT_TYPES:
        assert any(rule.startswith(f"walk: {kind}") for rule in rules), kind
    numbered = [f"{part} {n}" for part in ("reply", "entry") for n in range(1, 5)]
    for rule in (*numbered, "offer 1", "offer 2", "turns", "session abandoned", "deferred"):
        assert rule in rules


def valued(kpi: Kpi, total: dict[str, int]) -> float:
    def summed(parts: tuple[Term, ...]) -> int:
        return sum(part.sign * total[part.column] for part in parts)

    value = summed(kpi.numerator) / summed(kpi.denominator)
    return value / 1000 if kpi.unit is Unit.SECONDS else value


@EXAMPLES
def test_the_chat_examples_of_the_definitions(example: dict[str, Any]) -> None:
    events = [
        event | {"contact": f"c{part}.{n}"}
        for part, story in enumerate(example["parts"])
        for n in range(story["times"])
        for event in story["events"]
    ]
    total = in_all(columns(events, Plan()))
    assert {name: total[name] for name in example["columns"]} == example["columns"]
    declared = {kpi.key: kpi for kpi in CHAT_KPIS}
    for key, (over, under) in example["kpis"].items():
        assert valued(declared[key], total) == pytest.approx(over / under, rel=1e-12), key


@given(st.data())
@MODERATE
def test_chat_figures_do_not_depend_on_order_or_repeats(data: st.DataObject) -> None:
    events, plan = data.draw(some.chat_sets()), data.draw(some.chat_plans())
    marks = data.draw(some.watermarks())
    once = columns(events, plan, marks)
    delivered = data.draw(deliveries(events))
    again = columns(delivered, plan, marks)
    for name in (*TABLES, "conflicts"):
        assert getattr(again, name) == getattr(once, name)
    told = [
        sum(not is_elsewhere(event, plan) for event in of) for of in (events, contacts(delivered))
    ]
    assert again.duplicates == once.duplicates + told[1] - told[0]


def contacts(delivered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in delivered if event["type"] != "heartbeat"]


@given(some.chat_sets(), some.chat_plans(), some.watermarks())
@MODERATE
def test_chats_are_conserved_at_every_arrival_key(
    events: list[Event], plan: Plan, marks: dict[str, int]
) -> None:
    figures = columns(events, plan, marks)
    for key, found in figures.arrival.items():
        row = defaultdict(int, found)
        undecided = row["waiting"] + row["outcome_unknown"]
        assert row["offered"] == row["ans"] + row["abn"] + undecided
        assert row["ans"] == row["cohort_handled"] + row["cohort_open"] + row["cohort_unknown"]
        assert row["ans"] == sum(figures.wait_hist.get(key, {}).values())
        reasons = ("customer", "system", "queue_timeout", "no_staff", "other")
        assert row["abn"] == sum(row[f"abn_{why}"] for why in reasons)
        listed = plan.queues.get(key[1])
        if listed is not None and listed.deferred:
            assert not found.keys() & CHAT_ONLY
            continue
        replies = row["chat_noreply"] + row["chat_dialogue"]
        replies += row["chat_pending_reply"] + row["chat_reply_unknown"]
        assert (row["chat_req"], row["chat_left"], replies) == (
            row["offered"],
            row["abn"],
            row["ans"],
        )
        assert row["sess_abn"] <= row["chat_dialogue"]
        assert row["chat_late_reply"] <= row["chat_noreply"] + row["chat_reply_unknown"]


@given(some.chat_sets(), some.chat_plans(), some.watermarks())
@MODERATE
def test_a_chat_is_one_human_contact_however_many_teams_it_meets(
    events: list[Event], plan: Plan, marks: dict[str, int]
) -> None:
    figures = columns(events, plan, marks)
    first = [event for event in events if event.get("segment", 1) == 1]
    assert in_all(figures)["human_contact_n"] == in_all(columns(first, plan, marks))["offered"]
    assert all(
        row.get("human_contact_n", 0) <= row.get("offered", 0) for row in figures.arrival.values()
    )


@given(some.chat_sets(), some.chat_plans(), some.watermarks())
@MODERATE
def test_turns_offers_and_time_are_conserved(
    events: list[Event], plan: Plan, marks: dict[str, int]
) -> None:
    figures = columns(events, plan, marks)
    total = in_all(figures)
    assert total["handled"] == total["cohort_handled"]
    assert total["talk_ms"] + total["acw_ms"] == total["cohort_handle_ms"]
    assert total["handle_clip_ms"] == total["cohort_handle_ms"]
    assert total["ovf_out"] == total["ovf_in"]
    answers = ("offer_acc", "offer_dec", "offer_exp", "offer_open")
    for row in figures.offers.values():
        assert row["offer_shown"] == sum(row.get(name, 0) for name in answers)
    for key, row in figures.turns.items():
        assert row.get("n_turn", 0) == sum(figures.resp_hist.get(key, {}).values())
    turns = total["n_turn"] + total["turn_unanswered"] + total["turn_open"] + total["turn_unknown"]
    assert turns <= sum(event["type"] == "message_received" for event in events)
    assert total["sess_abn"] <= total["turn_unanswered"]
    rows = [row for name in TABLES for row in getattr(figures, name).values()]
    assert all(n > 0 for row in rows for n in row.values())


@given(some.chat_sets(), some.chat_plans(), some.watermarks())
@MODERATE
def test_chat_visits_add_up(events: list[Event], plan: Plan, marks: dict[str, int]) -> None:
    odd = [int(event["contact"][1:]) % 2 == 1 for event in events]
    halves = [
        columns([event for event, own in zip(events, odd, strict=True) if own is half], plan, marks)
        for half in (False, True)
    ]
    whole = columns(events, plan, marks)
    for name in TABLES:
        one, two = (getattr(half, name) for half in halves)
        merged = {key: pooled([one.get(key, {}), two.get(key, {})]) for key in {*one, *two}}
        assert merged == getattr(whole, name)


@given(some.chat_sets(), some.chat_plans(), some.watermarks())
@MODERATE
def test_automatic_messages_stop_no_clock(
    events: list[Event], plan: Plan, marks: dict[str, int]
) -> None:
    """Said otherwise: without them a visit that has an entry counts the same."""
    requested = {
        (event["contact"], event["segment"])
        for event in columns_input(events)
        if event["type"] in ("chat_requested", "offer_accepted")
    }
    kept = [
        event
        for event in columns_input(events)
        if (event["contact"], event["segment"]) in requested
    ]
    quiet = [event for event in kept if not is_automatic(event)]
    with_them, without = columns(kept, plan, marks), columns(quiet, plan, marks)
    for name in ("wait_hist", "resp_hist", "handling", "turns", "offers"):
        assert getattr(with_them, name) == getattr(without, name)
    for figure in ("offered", "ans", "abn", "chat_left", "sess_abn", "contradictions"):
        assert in_all(with_them)[figure] == in_all(without)[figure]


def columns_input(events: list[Event]) -> list[Event]:
    """The same events with an id each, so that taking one away uncovers no other."""
    return [event | {"id": f"e{n}"} for n, event in enumerate(events)]


def is_automatic(event: Event) -> bool:
    return bool(event["type"] == "message_sent" and event["by"] == "automatic")


@given(some.chat_sets())
@MODERATE
def test_strategies_make_valid_chat_events(events: list[Event]) -> None:
    assert all(CHAT.validate_python(event) for event in events)
    assert all(0 <= reason_code(event) <= 7 for event in events)


def test_chat_and_voice_share_no_type_name_but_the_heartbeat() -> None:
    assert not {*CHAT_TYPES} & {*EVENT_TYPES}
    assert len(CHAT_EVENTS) == len({*CHAT_TYPES}) <= 31


def test_each_column_of_chat_has_one_basis_and_a_name_of_its_own() -> None:
    names = [name for table in (COLUMNS, CHAT_COLUMNS) for row in table.values() for name in row]
    assert len(names) == len({*names})


def test_the_chat_catalogue_can_stand_beside_the_one_of_voice() -> None:
    both = registry((*(kpi for kpi in KPIS.values() if kpi not in CHAT_KPIS), *CHAT_KPIS))
    assert {kpi.key for kpi in CHAT_KPIS} <= both.keys()
    shares = [kpi.quantile for kpi in CHAT_KPIS if kpi.formula is Formula.QUANTILE]
    assert shares == [50, 80, 90, 95]
    assert {kpi.histogram for kpi in CHAT_KPIS if kpi.quantile} == {"resp_hist"}
    assert {kpi.basis for kpi in CHAT_KPIS if kpi.id == "R5"} == {Basis.RECEIPT}


@pytest.mark.parametrize(
    "settings_of_chat",
    [{"no_reply_s": 60}, {"unresolved_s": 60}, {"clock": "open"}, {"deferred": True}],
)
def test_a_voice_queue_has_no_settings_of_chat(settings_of_chat: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="settings of chat"):
        Queue.model_validate({"program": "bank"} | settings_of_chat)


def test_only_messaging_can_be_deferred() -> None:
    assert Queue(program="bank", channel="messaging", deferred=True).deferred
    with pytest.raises(ValidationError, match="messaging"):
        Queue(program="bank", channel="chat", deferred=True)


def test_a_chat_customer_has_10_minutes_and_a_messaging_customer_a_day_to_reply() -> None:
    assert Queue(program="bank", channel="chat").no_reply_ms == 600_000
    assert Queue(program="bank", channel="messaging").no_reply_ms == 86_400_000
    assert Queue(program="bank", channel="messaging", no_reply_s=1.5).no_reply_ms == 1500


@given(some.chat_sets())
@MODERATE
def test_a_queue_that_is_always_open_has_the_clock_that_always_runs(events: list[Event]) -> None:
    def plan(clock: Any) -> Plan:
        names = (("bank", "cards"), ("bank", "loans"), ("travel", "flights"))
        own = {"channel": "chat", "clock": clock, "opening_hours": OpeningHours(opens=time(0, 0))}
        return Plan(queues={queue: Queue(program=program, **own) for program, queue in names})

    assert columns(events, plan("open")) == columns(events, plan("always"))
