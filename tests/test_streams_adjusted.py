"""A shard that is adjusted stands where it would if it had been told in time, people included."""

from random import Random
from typing import Any

import numpy as np

from kernels.cells import unpack
from streams.adjusted import adjust
from streams.audited import compared
from streams.close import Record
from streams.settings import LimitSettings
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from tests.ledgers import newest
from tests.shards import raw

HOUR_MS = 3_600_000
LIMITS = LimitSettings(lateness_s=900, horizon_s=1800, unresolved_s=1800)
PLANNED = ("scheduled", "fte_requested")


def center() -> tuple[Any, list[dict[str, Any]]]:
    """Two hours of a simulated center with people and chats; it falls silent afterwards."""
    found = Center(SimulatorSettings(seed=7, heartbeat_s=600, staff_events=True, chat=True))
    start = round(found.settings.start.timestamp() * 1000) + 9 * HOUR_MS
    return found.plan(), [event for _, event in found.events(start, start + 2 * HOUR_MS)]


def fold(shard: Shard, events: list[dict[str, Any]]) -> None:
    """As from a file: of all topics."""
    at = shard.positions.get("log", 0)
    shard.fold("log", at, range(at, at + len(events)), [raw(one) for one in events])


def beats(events: list[dict[str, Any]], at_ms: int) -> list[dict[str, Any]]:
    feeds = {(one["source"], one["program"]) for one in events if one["type"] not in PLANNED}
    beat = {"type": "heartbeat", "v": 1, "time": at_ms}
    return [beat | {"source": source, "program": program} for source, program in sorted(feeds)]


def lived(plan: Any, events: list[dict[str, Any]], forget: bool) -> tuple[Shard, list[Record]]:
    """A shard after these events, closed until everything in it has left its tables."""
    shard, records = Shard(plan, LIMITS), []
    fold(shard, events)
    end_ms = max(one["time"] for one in events if "time" in one)
    for hours in range(7):
        fold(shard, beats(events, end_ms + hours * HOUR_MS))
        records += shard.close(end_ms + hours * HOUR_MS, forget=forget)
    return shard, records


def sums(shard: Shard) -> dict[tuple[int, Any], list[int]]:
    """Day rows that are not 0, by table and names, with their bins."""
    found = {}
    for number, days in enumerate(shard.days):
        queue, site, start = unpack(days.cells.keys[: int(days.cells.used[0])])
        for row, key in enumerate(zip(queue.tolist(), site.tolist(), start.tolist(), strict=True)):
            name = (shard.names.queues[key[0]], shard.names.sites[key[1]], key[2])
            bins = days.cells.hist[row] if len(days.cells.hist) else np.zeros(0, np.int32)
            values = [*days.cells.columns[row].tolist(), *bins.tolist()]
            if any(values):
                found[number, name] = values
    return found


def test_an_adjusted_shard_has_the_sums_and_values_of_one_that_was_told_in_time() -> None:
    plan, events = center()
    facts = [one for one in events if one["type"] not in ("heartbeat", *PLANNED)]
    # Whose last state is missing is in the one before for long: the shard may still change that.
    last = {one["staff"]: one["id"] for one in facts if one["type"] == "staff_state"}.values()
    missed = Random(3).sample([one for one in facts if one["id"] not in last], 60)
    in_time, wanted = lived(plan, events, forget=True)
    shard, records = lived(plan, [one for one in events if one not in missed], forget=True)
    _, recount = lived(plan, events, forget=False)
    was = newest(records)
    found = compared(was.values(), newest(recount).values(), fewer=True)
    assert {one.key[2] for one in found.differences} >= {"voice", "chat", "staff"}
    people = [one for one in was.values() if one.channel == "staff"]
    restated, left = adjust(shard, found.differences, people, 0)
    assert left == []
    assert len(restated) == len(found.differences)
    now = was | newest(restated)
    assert {key: one.columns for key, one in now.items() if one.columns} == {
        key: one.columns for key, one in newest(wanted).items() if one.columns
    }
    assert sums(shard) == sums(in_time)
    assert compared(now.values(), newest(recount).values()).differences == []
    for one in restated:
        assert one.old_columns == getattr(was.get((*one[:5], one.basis)), "columns", {})
        assert (one.state, one.reason) == ("RESTATED", "audit")
