"""Why people's time is restated: a schedule edit is told from what only came late."""

from typing import Any

from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.close import Record
from streams.settings import LimitSettings
from streams.shard import Shard
from tests.shards import encoded
from tests.views import MIDNIGHT_MS, NINE_MS

HOUR_MS = 3_600_000
LIMITS = LimitSettings(lateness_s=900, horizon_s=8 * 3600)
CLOSED_MS = NINE_MS + 3 * HOUR_MS
Event = dict[str, Any]
BASE = {"program": "bank", "source": "wfm", "staff": "ann", "group": "desk"}


def scheduled(identity: str, version: int, start: int, end: int, **fields: Any) -> Event:
    row = {"type": "scheduled", "time": MIDNIGHT_MS - HOUR_MS, "id": identity, "day": "2024-03-04"}
    row |= {"version": version, "activity": "work", "start": start, "end": end}
    return BASE | row | fields


def available(time: int = NINE_MS, **fields: Any) -> Event:
    event = {"type": "staff_state", "time": time, "id": f"s{time}", "state": "available"}
    return BASE | event | fields


def fed(shard: Shard, events: list[Event]) -> Shard:
    at = shard.positions.get("people", 0)
    shard.fold("people", at, range(at, at + len(events)), encoded(events))
    assert shard.rejects == []
    return shard


def closed(shard: Shard) -> list[Record]:
    fed(shard, [{"type": "heartbeat", "time": CLOSED_MS, "source": "wfm", "program": "bank"}])
    return [record for record in shard.close(CLOSED_MS) if record.state == "RESTATED"]


def final(*events: Event) -> Shard:
    """Nine to twelve are closed, with a lateness of a quarter of an hour."""
    shard = fed(Shard(Plan(), LIMITS), [*events])
    assert closed(shard) == []
    return shard


def reasons(records: list[Record]) -> dict[int, str]:
    """Reason by hour and quarter from nine on: 5 is 10:15."""
    return {(record.bucket_ms - NINE_MS) // BUCKET_MS: record.reason for record in records}


SHIFT = scheduled("shift", 1, NINE_MS, NINE_MS + 4 * HOUR_MS)
EDIT = [
    scheduled("shift-2", 2, NINE_MS, NINE_MS + 4 * HOUR_MS, time=CLOSED_MS, restates="yes"),
    scheduled("break-2", 2, NINE_MS + HOUR_MS, NINE_MS + HOUR_MS + 2 * BUCKET_MS,
              activity="break", time=CLOSED_MS, restates="yes"),
]  # fmt: skip


def test_an_edit_that_restates_is_named_where_it_changed_the_schedule_and_only_there() -> None:
    shard = final(SHIFT, available())
    assert reasons(closed(fed(shard, EDIT))) == {4: "schedule_edit", 5: "schedule_edit"}


def test_an_edit_of_a_span_that_has_ended_is_named_too() -> None:
    shard = final(SHIFT, available(), available(CLOSED_MS - 1, state="logged_out"))
    assert reasons(closed(fed(shard, EDIT))) == {4: "schedule_edit", 5: "schedule_edit"}


def test_rows_of_one_edit_that_come_apart_are_all_of_the_edit() -> None:
    shard = final(SHIFT, available())
    assert reasons(closed(fed(shard, EDIT[:1]))) == {}
    bare = [{name: what for name, what in EDIT[1].items() if name != "restates"}]
    assert reasons(closed(fed(shard, bare))) == {4: "schedule_edit", 5: "schedule_edit"}


def test_a_shift_taken_back_is_restated_by_the_edit() -> None:
    nothing = scheduled("leave", 2, NINE_MS, NINE_MS, time=CLOSED_MS, restates="yes")
    found = reasons(closed(fed(final(SHIFT, available()), [nothing])))
    assert found and {*found.values()} == {"schedule_edit"}


def test_a_schedule_published_in_time_that_came_late_is_a_late_event() -> None:
    found = reasons(closed(fed(final(available()), [SHIFT])))
    assert found and {*found.values()} == {"late_event"}


def test_a_state_that_came_late_is_a_late_event_also_after_an_edit() -> None:
    shard = final(SHIFT, available())
    closed(fed(shard, EDIT))
    late = available(NINE_MS + HOUR_MS, state="aux", aux="break")
    found = reasons(closed(fed(shard, [late])))
    assert found and {*found.values()} == {"late_event"}


def test_of_an_edit_and_a_late_event_in_one_interval_the_edit_is_named() -> None:
    late = available(NINE_MS + HOUR_MS, state="aux", aux="break")
    found = reasons(closed(fed(final(SHIFT, available()), [*EDIT, late])))
    assert (found[4], found[5], found[6]) == ("schedule_edit", "schedule_edit", "late_event")


def test_an_edit_stays_the_reason_over_a_restart_before_the_next_closing() -> None:
    shard = fed(final(SHIFT, available()), EDIT)
    restored = Shard(Plan(), LIMITS)
    restored.restore(shard.snapshot())
    assert reasons(closed(restored)) == {4: "schedule_edit", 5: "schedule_edit"}
