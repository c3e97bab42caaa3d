"""The fold of outbound work against the vectors and the slow twin."""

from collections.abc import Mapping
from dataclasses import astuple
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels import columns, outbound_walk
from schemas.columns_outbound import OUTBOUND_COLUMNS
from schemas.keys import Basis
from schemas.outbound import OUTBOUND, OUTBOUND_TYPES, REASONS, RESULTS
from schemas.targets import Plan
from streams.shard import Shard
from tests import naive_outbound as twin
from tests import strategies_outbound as some
from tests.effort import examples
from tests.shards import encoded, in_batches, rows
from tests.test_naive import named, plan_of, table

MODERATE = settings(max_examples=examples(20), suppress_health_check=list(HealthCheck))


def figures(shard: Shard, marks: Mapping[str, int] | None) -> twin.Figures:
    """Columns up to the watermarks, zeros left out."""
    shard.sweep(dict(marks or {}))
    found = rows(shard.view(0).outbound, columns.OUTBOUND_ROW)
    return twin.Figures(found, shard.duplicates, shard.conflicts)


def test_names_of_columns_types_results_and_reasons_are_those_of_the_contract() -> None:
    assert {
        Basis.ARRIVAL: columns.OUTBOUND_ARRIVAL_PART[:2],
        Basis.END: columns.OUTBOUND_END_COLUMNS,
        Basis.SNAPSHOT: columns.LIST_COLUMNS,
    } == OUTBOUND_COLUMNS
    walk = outbound_walk
    codes = (walk.LISTED, walk.DIALLED, walk.CLOSED, walk.WITHDRAWN, walk.COUNTED)
    names = ("record_listed", "record_dialled", "record_closed", "record_withdrawn", "list_counted")
    assert dict(zip(names, codes, strict=True)) == {n: c for c, n in enumerate(OUTBOUND_TYPES)}
    answered = (walk.RIGHT_PARTY, walk.WRONG_PARTY, walk.ABANDONED)
    assert [RESULTS[code] for code in answered] == list(twin.ANSWERED)
    assert len(RESULTS) <= 8
    reasons = {"exhausted": walk.EXHAUSTED, "bad_record": walk.BAD}
    assert reasons == {name: walk.EXHAUSTED + n for n, name in enumerate(REASONS)}


@named("outbound_rules.json")
def test_fold_and_twin_give_every_worked_example(vector: dict[str, Any]) -> None:
    events, plan, marks = vector["events"], plan_of(vector), vector.get("watermarks")
    assert all(OUTBOUND.validate_python(event) for event in events)
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
        (key.program, key.queue): tuple(now)
        for key, now in shard.view(at_ms).outbound_now.items()
        if now.listed or now.lists
    }
    if not marks:  # no record is expired where nothing is known to have passed
        assert shown == {k: astuple(g) for k, g in twin.gauges(events, plan, at_ms).items()}


@MODERATE
@given(st.data(), st.lists(st.integers(1, 20), max_size=4))
def test_watermarks_between_the_batches_change_nothing_at_the_end(
    data: st.DataObject, cuts: list[int]
) -> None:
    """A record that was open when its list was to be done turns out to have been completed before."""
    events, plan = data.draw(some.event_sets()), data.draw(some.plans())
    marks, raw = data.draw(some.watermarks()), encoded(events)
    shard = Shard(plan)
    edges = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    for start, stop in pairwise(edges):
        shard.sweep({name: min(mark, events[start]["time"]) for name, mark in marks.items()})
        shard.fold("acd", start, list(range(start, stop)), raw[start:stop])
    assert figures(shard, marks).columns == twin.columns(events, plan, marks).columns


def test_a_record_with_as_many_attempts_as_it_may_have_finds_room_for_all_of_them() -> None:
    start, step = 1_709_546_400_000, 2_400_000
    said = {"source": "s", "program": "bank", "record": "r", "queue": "winback"}
    events: list[dict[str, Any]] = [{"type": "record_listed", "time": start, "id": "l"} | said]
    for n in range(999):
        attempt = {"type": "record_dialled", "time": start + n * step, "id": f"d{n}"}
        events.append(attempt | said | {"result": "busy"})
    plan = Plan.model_validate({"queues": {"winback": {"program": "bank", "channel": "outbound"}}})
    shard = in_batches(Shard(plan), events, range(100, 1000, 100))
    found = figures(shard, {"bank": start + 30 * 86_400_000}).columns
    assert found == twin.columns(events, plan, {"bank": start + 30 * 86_400_000}).columns
    assert sum(row.get("dials_n", 0) for row in found.values()) == 999
