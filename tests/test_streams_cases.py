"""The fold of deferred work against the vectors and the slow twin."""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels import case_walk, columns
from schemas.columns_cases import CASE_COLUMNS
from schemas.deferred import CASE, CASE_TYPES
from schemas.keys import Basis
from streams.shard import Shard
from tests import naive_cases as twin
from tests import strategies_cases as some
from tests.effort import examples
from tests.shards import encoded, in_batches, rows
from tests.test_naive import named, plan_of, table

MODERATE = settings(max_examples=examples(20), suppress_health_check=list(HealthCheck))


def figures(shard: Shard, marks: Mapping[str, int] | None) -> twin.Figures:
    """Columns up to the watermarks, zeros left out."""
    shard.sweep(dict(marks or {}))
    found = rows(shard.view(0).cases, columns.CASES_ROW)
    return twin.Figures(found, shard.duplicates, shard.conflicts)


def test_names_of_columns_and_types_are_those_of_the_contract() -> None:
    assert CASE_COLUMNS == {
        Basis.ARRIVAL: columns.CASE_ARRIVAL_COLUMNS,
        Basis.DUE: columns.DUE_COLUMNS,
        Basis.END: columns.CASE_END_COLUMNS,
        Basis.SNAPSHOT: columns.SNAPSHOT_COLUMNS,
    }
    names = ("RECEIVED", "COMPLETED", "REOPENED", "WITHDRAWN")
    codes = {f"case_{name.lower()}": getattr(case_walk, name) for name in names}
    assert codes == {name: code for code, name in enumerate(CASE_TYPES)}


@named("case_rules.json")
def test_fold_and_twin_give_every_worked_example(vector: dict[str, Any]) -> None:
    events, plan, marks = vector["events"], plan_of(vector), vector.get("watermarks")
    assert all(CASE.validate_python(event) for event in events)
    assert twin.columns(events, plan, marks).columns == table(vector["columns"])
    assert figures(in_batches(Shard(plan), events), marks).columns == table(vector["columns"])


@MODERATE
@given(st.data(), st.lists(st.integers(1, 20), max_size=5), st.integers(-1, 5))
def test_any_order_batching_repeats_and_a_crash_give_the_columns_of_the_twin(
    data: st.DataObject, cuts: list[int], crash: int
) -> None:
    events, plan = data.draw(some.event_sets()), data.draw(some.plans())
    marks = data.draw(some.watermarks())
    delivered = data.draw(some.deliveries(events))
    shard = in_batches(Shard(plan), delivered, cuts, crash)
    wanted, found = twin.columns(delivered, plan, marks), figures(shard, marks)
    assert found.columns == wanted.columns == twin.columns(events, plan, marks).columns
    assert found.duplicates + found.conflicts == wanted.duplicates + wanted.conflicts
    at_ms = max(e["time"] for e in events)
    shown = {
        (key.program, key.queue): asdict(twin.Gauges(*now[:4], now.earliest_ms or -1))
        for key, now in shard.view(at_ms).cases_now.items()
        if now.open
    }
    if not marks:  # no case is expired where nothing is known to have passed
        assert shown == {k: asdict(g) for k, g in twin.gauges(events, plan, at_ms).items()}


@MODERATE
@given(st.data(), st.lists(st.integers(1, 20), max_size=4))
def test_watermarks_between_the_batches_change_nothing_at_the_end(
    data: st.DataObject, cuts: list[int]
) -> None:
    """A case that was open at the ends of days turns out to have been closed before."""
    events, plan = data.draw(some.event_sets()), data.draw(some.plans())
    marks, raw = data.draw(some.watermarks()), encoded(events)
    shard = Shard(plan)
    edges = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    for start, stop in pairwise(edges):
        shard.sweep({name: min(mark, events[start]["time"]) for name, mark in marks.items()})
        shard.fold("acd", start, list(range(start, stop)), raw[start:stop])
    assert figures(shard, marks).columns == twin.columns(events, plan, marks).columns
