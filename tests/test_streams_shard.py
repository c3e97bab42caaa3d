"""The shard against the slow twin: the columns are a function of the set of events."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.targets import Plan
from streams.shard import Shard
from tests import naive
from tests.effort import examples
from tests.shards import fed, figures, folded
from tests.strategies import deliveries, event_sets, plans, watermarks

VECTORS = Path(__file__).parent / "vectors"
slow = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))


def vectors(name: str) -> list[dict[str, Any]]:
    return json.loads((VECTORS / f"{name}.json").read_text())["vectors"]  # type: ignore[no-any-return]


def keyed(table: list[Mapping[str, Any]], field: str = "columns") -> dict[Any, Any]:
    return {tuple(row["key"]): row[field] for row in table}


@pytest.mark.parametrize("vector", vectors("visit_rules"), ids=lambda vector: vector["name"])
def test_each_rule_of_a_visit_settles_its_example(vector: dict[str, Any]) -> None:
    plan = Plan.model_validate(vector.get("plan", {}))
    got = figures(folded(vector["events"], plan, watermarks=vector.get("watermarks")))
    assert got.arrival == keyed(vector["arrival"])
    assert got.handling == keyed(vector["handling"])
    assert (got.duplicates, got.conflicts) == (vector["duplicates"], vector["conflicts"])


@slow
@given(data=st.data(), plan=plans(), marks=watermarks())
def test_any_delivery_of_a_set_of_events_gives_the_columns_of_the_slow_twin(
    data: st.DataObject, plan: Plan, marks: dict[str, int]
) -> None:
    events = data.draw(event_sets())
    delivered = data.draw(deliveries(events))
    cuts = data.draw(st.lists(st.integers(0, len(delivered)), max_size=4))
    got = figures(folded(delivered, plan, cuts, marks))
    want = naive.columns(events, plan, marks)
    assert got.arrival == want.arrival
    assert got.handling == want.handling
    assert got.wait_hist == want.wait_hist


@slow
@given(data=st.data(), plan=plans(), marks=watermarks())
def test_a_restart_at_any_moment_changes_no_column(
    data: st.DataObject, plan: Plan, marks: dict[str, int]
) -> None:
    events = data.draw(event_sets())
    cut = data.draw(st.integers(0, len(events)))
    first = fed(Shard(plan), events[:cut])
    second = Shard(plan)
    second.restore(first.snapshot())
    fed(second, events[cut:])
    second.sweep(marks)
    want = naive.columns(events, plan, marks)
    got = figures(second)
    assert (got.arrival, got.handling) == (want.arrival, want.handling)
    assert got.wait_hist == want.wait_hist


@slow
@given(data=st.data(), plan=plans())
def test_every_offered_contact_is_answered_abandoned_waiting_or_unknown(
    data: st.DataObject, plan: Plan
) -> None:
    events = data.draw(event_sets())
    marks = data.draw(watermarks())
    for row in figures(folded(events, plan, watermarks=marks)).arrival.values():
        outcomes = ("ans", "abn", "waiting", "outcome_unknown")
        assert row.get("offered", 0) == sum(row.get(name, 0) for name in outcomes)
        cohort = ("cohort_handled", "cohort_open", "cohort_unknown")
        assert row.get("ans", 0) == sum(row.get(name, 0) for name in cohort)
        assert row.get("ans_in_T1", 0) <= row.get("ans", 0)
