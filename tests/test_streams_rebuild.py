"""A shard whose state is lost counts its log anew; what its ledger holds as FINAL is respected."""

from typing import Any

from schemas.targets import Plan, Queue
from streams.close import Record
from streams.rebuild import seed
from streams.shard import Shard
from tests.ledgers import newest
from tests.shards import fed
from tests.test_streams_shard_edges import HOUR_MS, T, call, promise

PLAN = Plan(queues={"sales": Queue(program="shop")})
QUARTER_MS = HOUR_MS // 4
CALLS = [event for at in range(0, 3 * HOUR_MS, 300_000) for event in call(f"c{at}", T + at)]
END = promise(T + 12 * HOUR_MS)
Event = dict[str, Any]


def counted(events: list[Event], shard: Shard | None = None) -> tuple[Shard, list[Record]]:
    """Events folded in pieces, closed after each as a worker does."""
    shard = shard or Shard(PLAN, live=True)
    records: list[Record] = []
    for start in range(0, len(events), 12):
        part = events[start : start + 12]
        fed(shard, [*part, promise(int(part[-1]["time"]))])
        records += shard.close(T + 12 * HOUR_MS, caught_up=False)
    fed(shard, [END])
    return shard, records + shard.close(T + 12 * HOUR_MS, caught_up=False)


def again(ledger: list[Record], events: list[Event], partial: bool = False) -> list[Record]:
    shard = Shard(PLAN, live=True)
    seed(shard, ledger, partial)
    return counted(events, shard)[1]


def finals(records: list[Record]) -> list[Record]:
    return [record for record in records if record.revision]


def test_a_log_that_is_whole_rebuilds_its_ledger_without_a_single_revision() -> None:
    _, ledger = counted(CALLS)
    assert len(finals(ledger)) > 20
    assert not finals(again(ledger, CALLS))


def test_an_interval_that_is_counted_otherwise_is_restated_with_the_reason_rebuild() -> None:
    _, ledger = counted(CALLS)
    missing = [event for event in CALLS if event["contact"] != "c3600000"]
    changed = finals(again(ledger, missing))
    assert {record.bucket_ms for record in changed} == {T + HOUR_MS}
    for record in changed:
        assert (record.state, record.reason, record.revision) == ("RESTATED", "rebuild", 2)
    (arrival,) = [record for record in changed if record.basis == "arrival" and record.queue]
    assert arrival.old_columns is not None
    assert (arrival.old_columns["offered"], arrival.columns["offered"]) == (3, 2)


def test_no_interval_is_restated_before_it_is_counted_whole() -> None:
    _, ledger = counted(CALLS)
    shard = Shard(PLAN, live=True)
    seed(shard, ledger, partial=False)
    fed(shard, [*CALLS[:30], promise(T + HOUR_MS)])
    assert not finals(shard.close(T + 12 * HOUR_MS, caught_up=False))


def test_of_a_log_that_has_lost_its_beginning_the_oldest_intervals_stay_as_recorded() -> None:
    _, ledger = counted(CALLS)
    rest = [event for event in CALLS if event["time"] >= T + HOUR_MS]
    changed = again(ledger, rest, partial=True)
    untouched = T + HOUR_MS + 4 * HOUR_MS  # the unresolved limit behind the earliest event
    assert not [record for record in changed if record.bucket_ms < untouched]
    assert not finals(changed)


def test_behind_the_untouched_hours_a_rebuilt_shard_records_as_ever() -> None:
    _, ledger = counted(CALLS)
    later = [event for at in (9, 10) for event in call(f"d{at}", T + at * HOUR_MS)]
    shard = Shard(PLAN, live=True)
    seed(shard, ledger, partial=True)
    rest = [event for event in CALLS if event["time"] >= T + HOUR_MS]
    _, records = counted([*rest, *later, promise(T + 30 * HOUR_MS)], shard)
    known = newest(records)
    assert known["shop", "sales", "voice", "", T + 9 * HOUR_MS, "arrival"].columns["offered"] == 1


def test_a_rebuild_goes_on_after_a_restart_in_the_middle() -> None:
    _, ledger = counted(CALLS)
    missing = [event for event in CALLS if event["contact"] != "c3600000"]
    first = Shard(PLAN, live=True)
    seed(first, ledger, partial=False)
    fed(first, [*missing[:30], promise(int(missing[29]["time"]))])
    early = finals(first.close(T + 12 * HOUR_MS, caught_up=False))
    second = Shard(PLAN, live=True)
    second.restore(first.snapshot())
    changed = early + finals(counted(missing[30:], second)[1])
    assert {(record.bucket_ms, record.reason) for record in changed} == {(T + HOUR_MS, "rebuild")}


def test_a_late_event_after_the_rebuild_is_restated_as_one() -> None:
    _, ledger = counted(CALLS)
    shard = Shard(PLAN, live=True)
    seed(shard, ledger, partial=False)
    counted(CALLS, shard)
    fed(shard, call("late", T + 8 * HOUR_MS))
    late = finals(shard.close(T + 12 * HOUR_MS, caught_up=False))
    assert {record.reason for record in late if record.state == "RESTATED"} == {"late_event"}
