"""The fold of people against the published examples and the slow twin, whatever the order."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels.columns import ATTAINMENT_COLUMNS, STAFF_COLUMNS, STAFF_ROW
from schemas import columns as names
from schemas import staff as contract
from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams import staff
from streams.kpis import value
from streams.live import _cells
from streams.shard import Shard
from tests import naive_staff as twin
from tests import strategies_staff as some
from tests.effort import examples
from tests.naive import pooled
from tests.shards import encoded, in_batches, rows
from tests.test_naive_staff import VECTORS, having, plan_of, table

MODERATE = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))


def folded(
    events: list[dict[str, Any]], plan: Plan, cuts: Iterable[int] = (), crash: int = -1
) -> Shard:
    """A shard fed with the events in batches."""
    return in_batches(Shard(plan), events, cuts, crash, "people")


def columns(shard: Shard, until: Mapping[str, int]) -> dict[Any, dict[str, int]]:
    """Staff columns with open spans up to the watermarks, zeros left out."""
    shard.rest()
    cells = _cells(shard, staff.with_open(shard, shard.until(dict(until))))
    return rows(cells, STAFF_ROW)


def test_names_of_columns_states_and_activities_are_those_of_the_contract() -> None:
    assert names.STAFF_COLUMNS == STAFF_COLUMNS
    assert names.ATTAINMENT_COLUMNS == ATTAINMENT_COLUMNS
    from kernels import spans

    for prefix, told in (("AUX_", contract.AUX_CLASSES), ("", contract.ACTIVITIES)):
        codes = [getattr(spans, f"{prefix}{name.upper()}") for name in told if name != "work"]
        assert codes == [code for code, name in enumerate(told) if name != "work"]
    states = [spans.LOGGED_OUT, spans.AVAILABLE, spans.RINGING, spans.HANDLING_STATE]
    assert states == [contract.STATES.index(name) for name in contract.STATES[:4]]
    assert (spans.ACW, spans.AUX) == (4, 5)


@having("events")
def test_the_fold_gives_every_worked_example(vector: dict[str, Any]) -> None:
    shard = folded(vector["events"], plan_of(vector), range(1, 200, 3))
    found = columns(shard, vector.get("until", {}))
    wanted = twin.columns(vector["events"], plan_of(vector), vector.get("until", {}))
    assert found == wanted
    if "columns" in vector:
        assert found == table(vector["columns"])


@having("duplicates")
def test_the_fold_counts_what_is_told_twice(vector: dict[str, Any]) -> None:
    shard = folded(vector["events"], plan_of(vector))
    told = (shard.duplicates, shard.conflicts)
    assert told == (vector["duplicates"], vector["conflicts"])


@MODERATE
@given(some.deliveries(), st.lists(st.integers(1, 120), max_size=6), st.integers(-1, 6))
def test_any_order_batching_repeats_and_a_crash_give_the_columns_of_the_twin(
    delivery: tuple[some.World, list[dict[str, Any]]], cuts: list[int], crash: int
) -> None:
    world, events = delivery
    found = columns(folded(events, world.plan, cuts, crash), world.until)
    assert found == twin.columns(world.events, world.plan, world.until)


@MODERATE
@given(some.worlds())
def test_attainment_read_from_the_view_is_that_of_the_twin(world: some.World) -> None:
    shard = folded(world.events, world.plan)
    end = max((e["time"] for e in world.events), default=0) + 3 * some.DAY_MS
    view = shard.view(end)
    wanted = twin.columns(world.events, world.plan, dict.fromkeys(some.PROGRAMS, end))
    asked = {key: row for key, row in twin.attainment_by_interval(wanted, world.plan).items()}
    found = {}
    for key, row in rows(view.staff, STAFF_ROW).items():
        told = {name: row.get(name, 0) for name in ATTAINMENT_COLUMNS}
        if told["n_int"]:
            program, group, _, site, start = key
            at = twin.planning_interval(program, start, world.plan, twin.HALF_HOUR_MS)
            told["req_fte_ms"] = told.pop("int_req_fte_ms")
            found[program, group, site, at] = told
    assert found == asked


BOUNDED = (
    "occupancy", "adherence_shift_all", "adherence_activity_off_phone", "absenteeism", "busy_overrun",
    "attainment_band",
)  # fmt: skip


@MODERATE
@given(some.worlds())
def test_occupancy_adherence_absence_and_attainment_lie_between_0_and_1_at_every_key(
    world: some.World,
) -> None:
    end = max((e["time"] for e in world.events), default=0) + 3 * some.DAY_MS
    cells = folded(world.events, world.plan).view(end).staff
    every = {(): pooled(rows(cells, STAFF_ROW).values()), **rows(cells, STAFF_ROW)}
    for key, row in every.items():
        for name in BOUNDED:
            share = value(KPIS[name], row)
            assert share is None or 0 <= share <= 1, (key, name)


@MODERATE
@given(some.worlds(revised=False), st.lists(st.integers(1, 120), max_size=6))
def test_what_was_forgotten_behind_the_floor_is_kept_in_days_and_ledger(
    world: some.World, cuts: list[int]
) -> None:
    """Events in the order of time, closed after each batch: nothing is too late, nothing is lost."""
    plan_facts = [e for e in world.events if e["type"] != "staff_state"]
    states = sorted(
        (e for e in world.events if e["type"] == "staff_state"), key=lambda e: e["time"]
    )
    shard = Shard(world.plan)
    raw = encoded(plan_facts + states)
    ledger: dict[Any, Any] = {}
    edges = sorted({0, len(raw), len(plan_facts), *(len(plan_facts) + cut for cut in cuts)})
    last = max((e["time"] for e in states), default=0)
    for start, stop in pairwise(edges):
        if start >= len(raw):
            break
        shard.fold("people", start, list(range(start, min(stop, len(raw)))), raw[start:stop])
        told = [*plan_facts, *states][start:stop]
        reached = max((e["time"] for e in told if e["type"] == "staff_state"), default=0)
        _promise(shard, reached)
        _note(ledger, shard.close(reached))
    assert [each.reason for each in shard.rejects] == []
    end = max(last, 0) + 4 * some.DAY_MS
    _promise(shard, end)
    _note(ledger, shard.close(end))
    wanted = twin.columns(world.events, world.plan, dict.fromkeys(some.PROGRAMS, end))
    heard = {e["program"] for e in states}
    wanted = {k: v for k, v in wanted.items() if k[0] in heard and k[4] + BUCKET_MS <= end}
    assert {k: v for k, v in ledger.items() if v} == wanted


def _promise(shard: Shard, until: int) -> None:
    """Every source that was heard says that it has told all up to here."""
    for source, program in list(shard.names.feeds):
        at = shard.positions.get("beats", 0)
        beat = {"type": "heartbeat", "time": max(0, until), "source": source, "program": program}
        shard.fold("beats", at, [at], encoded([beat]))


def _note(ledger: dict[Any, Any], records: list[Any]) -> None:
    for record in records:
        if record.channel == "staff":
            key = (record.program, record.queue, record.channel, record.site, record.bucket_ms)
            ledger[key] = record.columns


def test_fte_asked_for_more_than_a_month_at_once_is_refused() -> None:
    asked = next(e for v in VECTORS for e in v.get("events", ()) if e["type"] == "fte_requested")
    shard = Shard(Plan())
    long = asked | {"end": asked["start"] + 32 * some.DAY_MS}
    month = asked | {"end": asked["start"] + 31 * some.DAY_MS}
    shard.fold("people", 0, [0, 1], encoded([long, month]))
    assert [each.reason for each in shard.rejects] == ["invalid"]
    assert len(columns(shard, {})) == 31 * 96


def test_what_the_plan_says_holds_back_no_watermark() -> None:
    row = next(e for v in VECTORS for e in v.get("events", ()) if e["type"] == "scheduled")
    shard = Shard(Plan())
    shard.fold("people", 0, [0], encoded([row]))
    assert shard.feeds.watermarks() == {}


@pytest.mark.parametrize("day", ["2024-02-30", "2023-02-29"])
def test_a_day_that_no_calendar_has_is_refused_by_name(day: str) -> None:
    row = next(e for v in VECTORS for e in v.get("events", ()) if e["type"] == "scheduled")
    shard = Shard(Plan())
    shard.fold("people", 0, [0], encoded([row | {"day": day}]))
    [refused] = shard.rejects
    assert (refused.reason, day in refused.detail) == ("invalid", True)
