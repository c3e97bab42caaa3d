"""The fold of conversations, probes and IVR calls against the vectors and the slow twins."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels import bot_walk, calls, probes
from kernels.columns import (
    ARRIVAL_ROW,
    BOT_COLUMNS,
    BOTS_ROW,
    CALL_COLUMNS,
    OPENING_COLUMNS,
    PROBED_COLUMNS,
    UPTIME_ROW,
)
from schemas import bots as contract
from schemas.columns_bots import BOT_COLUMNS as DECLARED
from schemas.contacts import IvrLeft
from schemas.keys import Basis
from schemas.targets import Plan
from schemas.technologies import Technologies
from streams import bots
from streams.live import _cells
from streams.shard import Shard
from tests import naive_bots as twin
from tests import strategies as voice
from tests import strategies_bots as some
from tests.effort import examples
from tests.naive_ivr import call_columns
from tests.shards import bins, encoded, in_batches, rows
from tests.test_naive_bots import BOT_VECTORS, IVR_VECTORS, events_of, named, plan_of, table

MODERATE = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
DAY_MS = 24 * 3_600_000
Events = Sequence[Mapping[str, Any]]


def promised(vector: Mapping[str, Any]) -> Technologies:
    return Technologies.model_validate_json(json.dumps(vector.get("technologies", {})))


def figures(shard: Shard, marks: Mapping[str, int] | None) -> twin.Figures:
    """Columns up to the watermarks, zeros left out."""
    shard.sweep(dict(marks or {}))
    probed = _cells(shard, bots.uptime_with_open(shard, shard.until(dict(marks or {}))))
    stored = _cells(shard, shard.state.bots)
    counted = (shard.duplicates, shard.conflicts)
    return twin.Figures(rows(stored, BOTS_ROW), rows(probed, UPTIME_ROW), bins(stored), *counted)


def parts(found: twin.Figures) -> tuple[Any, ...]:
    return found.arrival, found.clipped, found.latency_hist


def call_figures(shard: Shard, marks: Mapping[str, int] | None) -> dict[Any, dict[str, int]]:
    """Columns of the calls' rules up to the watermarks, zeros left out."""
    shard.sweep(dict(marks or {}))
    arrival = rows(_cells(shard, shard.state.arrival), ARRIVAL_ROW)
    found = {k: {n: v for n, v in row.items() if n in CALL_COLUMNS} for k, row in arrival.items()}
    found |= rows(_cells(shard, shard.state.bots), BOTS_ROW)
    return {key: row for key, row in found.items() if row}


def test_names_of_columns_types_and_codes_are_those_of_the_contract() -> None:
    assert DECLARED[Basis.ARRIVAL] == BOT_COLUMNS + CALL_COLUMNS
    assert DECLARED[Basis.CLIPPED] == PROBED_COLUMNS + OPENING_COLUMNS
    codes = (bot_walk.STARTED, bot_walk.MIGRATED, bot_walk.SUBMITTED, bot_walk.DELIVERED)
    codes += (bot_walk.MESSAGE, bot_walk.COMPLETED, bot_walk.HANDED, bot_walk.ENDED)
    assert (*codes, bot_walk.LOST) == tuple(range(len(contract.CONVERSATION_TYPES)))
    assert contract.CONVERSATION_TYPES[bot_walk.COMPLETED] == "task_completed"
    assert contract.TECHNOLOGY_TYPES[probes.PROBE] == "probe"
    assert contract.TECHNOLOGY_TYPES[probes.ATTEMPTS] == "attempts_counted"
    assert contract.ENDED_BY[bot_walk.BY_ERROR - 1] == "error"
    assert PROBED_COLUMNS[1:4] == tuple(f"{status}_ms" for status in contract.STATUSES)
    results = IvrLeft.model_json_schema()["properties"]["result"]["enum"]
    assert [getattr(calls, name.upper(), calls.TO_QUEUE) for name in results] == [1, 2, 3, 4, 5]


@named(BOT_VECTORS, numbers=False)
def test_the_fold_gives_every_worked_example(vector: dict[str, Any]) -> None:
    shard = Shard(plan_of(vector), technologies=promised(vector))
    found = figures(in_batches(shard, events_of(vector), topic="bot"), vector.get("watermarks"))
    assert found.arrival == table(vector["arrival"])
    assert found.clipped == table(vector["clipped"])
    wanted = table(vector["latency_hist"], "bins")
    assert found.latency_hist == {k: {int(i): n for i, n in b.items()} for k, b in wanted.items()}
    assert (found.duplicates, found.conflicts) == (vector["duplicates"], vector["conflicts"])


@named(BOT_VECTORS, numbers=True)
def test_the_fold_gives_the_number_examples_of_the_definitions(vector: dict[str, Any]) -> None:
    shard = in_batches(
        Shard(plan_of(vector), technologies=promised(vector)), events_of(vector), [7], topic="bot"
    )
    found = figures(shard, vector.get("watermarks"))
    assert twin.pooled([*found.arrival.values(), *found.clipped.values()]) == vector["totals"]


@named(IVR_VECTORS, numbers=False)
def test_the_fold_gives_every_worked_example_of_a_call(vector: dict[str, Any]) -> None:
    shard = in_batches(Shard(plan_of(vector)), vector["events"])
    assert call_figures(shard, vector.get("watermarks")) == table(vector["calls"])


@named(IVR_VECTORS, numbers=True)
def test_the_fold_gives_the_ivr_examples_of_the_definitions(vector: dict[str, Any]) -> None:
    shard = in_batches(Shard(Plan()), events_of(vector), [11, 100])
    assert twin.pooled(call_figures(shard, None).values()) == vector["totals"]


@MODERATE
@given(st.data(), st.lists(st.integers(1, 60), max_size=6), st.integers(-1, 6))
def test_any_order_batching_repeats_and_a_crash_give_the_columns_of_the_twin(
    data: st.DataObject, cuts: list[int], crash: int
) -> None:
    events, marks = data.draw(some.event_sets()), data.draw(some.watermarks())
    plan, known = data.draw(some.plans()), data.draw(some.technologies())
    delivered = data.draw(some.deliveries(events))
    shard = in_batches(Shard(plan, technologies=known), delivered, cuts, crash, "bot")
    wanted, found = twin.columns(delivered, plan, known, marks), figures(shard, marks)
    assert parts(found) == parts(wanted)
    # Whether a repeat meets the loser or the winner depends on which came first.
    assert found.duplicates + found.conflicts == wanted.duplicates + wanted.conflicts


@MODERATE
@given(st.data(), st.lists(st.integers(1, 60), max_size=4))
def test_watermarks_between_the_batches_change_nothing_at_the_end(
    data: st.DataObject, cuts: list[int]
) -> None:
    """A conversation idle for too long goes on, a response comes after its time-out."""
    events, marks = data.draw(some.event_sets()), data.draw(some.watermarks())
    known, raw = data.draw(some.technologies()), encoded(events)
    shard = Shard(Plan(), technologies=known)
    edges = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    for start, stop in pairwise(edges):
        reached = {name: min(mark, events[start]["time"]) for name, mark in marks.items()}
        shard.sweep(reached)
        shard.fold("bot", start, list(range(start, stop)), raw[start:stop])
    wanted = twin.columns(events, Plan(), known, marks)
    assert parts(figures(shard, marks)) == parts(wanted)


def test_what_was_never_probed_again_is_unknown_for_a_month_and_then_not_counted() -> None:
    probe = {"type": "probe", "time": voice.FIRST_EDGE_MS, "source": "bot", "program": "bank"}
    probe |= {
        "id": "1",
        "technology": "faq",
        "kind": "rpa",
        "status": "up",
        "next_within_ms": 60_000,
    }
    later = probe | {"id": "2", "time": probe["time"] + 400 * DAY_MS}
    marks = {"bank": later["time"] + 90 * DAY_MS}
    for events in ([probe], [probe, later], [later, probe]):
        shard = in_batches(Shard(Plan()), events, topic="bot")
        found = figures(shard, marks)
        assert parts(found) == parts(twin.columns(events, Plan(), Technologies(), marks))
        total = twin.pooled(found.clipped.values())
        assert total["unknown_ms"] == len(events) * 31 * DAY_MS


@MODERATE
@given(st.data(), st.lists(st.integers(1, 60), max_size=6), st.integers(-1, 6))
def test_calls_in_any_order_give_the_columns_of_the_twin(
    data: st.DataObject, cuts: list[int], crash: int
) -> None:
    events, plan = data.draw(voice.event_sets()), data.draw(voice.plans())
    marks = data.draw(voice.watermarks())
    delivered = data.draw(voice.deliveries(events))
    shard = in_batches(Shard(plan), delivered, cuts, crash)
    assert call_figures(shard, marks) == call_columns(delivered, plan, marks)
