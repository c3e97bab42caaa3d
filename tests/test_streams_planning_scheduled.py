"""Who is scheduled from now on: every minute of the official schedule, and nothing twice."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.targets import Plan
from streams.planning.scheduled import AHEAD
from streams.planning.versions import Versions
from streams.shard import Shard
from streams.view import CellKey, Scheduled
from tests.shards import fed
from tests.test_naive import MODERATE

DAY = "1970-01-03"
MIDNIGHT_MS = 2 * 86_400_000
QUARTER_MS, MINUTE_MS = 900_000, 60_000


def row(
    staff: str, activity: str, start_min: int, end_min: int, version: int = 1, site: str = "B"
) -> dict[str, Any]:
    return {
        "type": "scheduled", "v": 1, "id": f"{staff}/{version}/{activity}/{start_min}", "time": 0,
        "source": "wfm", "program": "shop", "group": "tier1", "site": site, "staff": staff,
        "day": DAY, "version": version, "activity": activity,
        "start": MIDNIGHT_MS + start_min * MINUTE_MS, "end": MIDNIGHT_MS + end_min * MINUTE_MS,
    }  # fmt: skip


def told(events: list[dict[str, Any]], at_min: int) -> dict[CellKey, Scheduled]:
    return fed(Shard(Plan()), events, "plan").view(MIDNIGHT_MS + at_min * MINUTE_MS).scheduled


def slowly(events: list[dict[str, Any]], at_min: int, site: str) -> tuple[list[int], list[int]]:
    """Minute by minute: who has something scheduled, and for whom it is work."""
    first = at_min // 15 * 15
    heads, work = [0] * AHEAD, [0] * AHEAD
    for minute in range(AHEAD * 15):
        moment = MIDNIGHT_MS + (first + minute) * MINUTE_MS
        for staff in {event["staff"] for event in events if event["site"] == site}:
            mine = [e for e in events if e["staff"] == staff and e["start"] <= moment < e["end"]]
            heads[minute // 15] += bool(mine) * MINUTE_MS
            work[minute // 15] += (
                bool(mine) * MINUTE_MS * all(e["activity"] == "work" for e in mine)
            )
    return heads, work


shifts = st.tuples(st.integers(0, 1200), st.integers(30, 480), st.integers(5, 60))


@MODERATE
@given(st.lists(shifts, min_size=1, max_size=4), st.integers(0, 1439))
def test_each_minute_ahead_is_counted_where_it_is_scheduled(
    people: list[tuple[int, int, int]], at_min: int
) -> None:
    events = []
    for number, (start, length, rest) in enumerate(people):
        site = "BC"[number % 2]
        pause = start + length // 3
        events.append(row(f"p{number}", "work", start, start + length, site=site))
        events.append(row(f"p{number}", "break", pause, pause + rest, site=site))
    found = told(events, at_min)
    for site in "BC":
        heads, work = slowly(events, at_min, site)
        one = found.get(CellKey("shop", "tier1", "staff", site, 0))
        if one is None:
            assert not any(heads)
        else:
            assert one.first_ms == MIDNIGHT_MS + at_min // 15 * QUARTER_MS
            assert (one.heads.tolist(), one.work.tolist()) == (heads, work)


def test_only_the_official_version_counts() -> None:
    events = [row("ana", "work", 480, 960), row("ana", "work", 540, 600, version=2)]
    (one,) = told(events, 480).values()
    assert one.heads.sum() == 60 * MINUTE_MS


def test_it_is_worked_out_anew_when_a_schedule_comes_or_a_bucket_is_over() -> None:
    shard = fed(Shard(Plan()), [row("ana", "work", 480, 960)], "plan")
    at = MIDNIGHT_MS + 480 * MINUTE_MS
    first = shard.view(at).scheduled
    assert shard.view(at + MINUTE_MS).scheduled is first
    assert shard.view(at + QUARTER_MS).scheduled is not first
    fed(shard, [row("ben", "work", 480, 540)], "plan")
    (one,) = shard.view(at + QUARTER_MS).scheduled.values()
    assert one.heads[0] == 2 * QUARTER_MS


def test_a_restored_shard_knows_the_schedule() -> None:
    shard = fed(Shard(Plan()), [row("ana", "work", 480, 960)], "plan")
    again = Shard(Plan())
    again.view(MIDNIGHT_MS)
    again.restore(shard.snapshot())
    (one,) = again.view(MIDNIGHT_MS + 480 * MINUTE_MS).scheduled.values()
    assert one.work.sum() == 480 * MINUTE_MS


def test_who_is_expected_for_contacts_does_other_work_for_customers_at_another_time(
    tmp_path: Path,
) -> None:
    told = [
        row("ann", "work", 0, 60),
        row("ann", "customer_work", 10, 20),
        row("bob", "work", 0, 60),
    ]
    log = tmp_path / "plan.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in told))
    found = Versions(Plan(), None, log).scheduled(MIDNIGHT_MS + 60 * MINUTE_MS)
    work = [found[key]["sched_work_ms"] // MINUTE_MS for key in sorted(found)]
    assert work == [25, 25, 30, 30]
    assert {of["sched_ms"] for of in found.values()} == {30 * MINUTE_MS}
