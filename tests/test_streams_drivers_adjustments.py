"""A partition that is asked by an audit: once, whatever is sent twice or folded again after a crash."""

from typing import Any

from streams.adjusted import prepared
from streams.audited import Difference
from streams.close import Record
from streams.drivers.adjustments import decoded, encoded
from streams.drivers.partition import Partition
from streams.kafka.settings import ADJUSTMENTS
from tests.shards import encoded as events_encoded
from tests.test_streams_drivers_partition import Bench, Fetched, bench, fetched, run
from tests.test_streams_shard_edges import HOUR_MS, T, call, promise

BOTH = {"acd": 0, ADJUSTMENTS: 0}
ENDS = {"acd": 1000, ADJUSTMENTS: 1000}


async def settled(on: Bench) -> tuple[Partition, bytes]:
    """A shard that has let go of an interval with one call, and the adjustment to three calls."""
    on.clock.set(T + 12 * HOUR_MS)
    one = await on.opened(BOTH, ENDS)
    one.fold("acd", 0, fetched([*call("a", T), promise(T + 12 * HOUR_MS)]))
    await one.checkpoint()
    (recorded,) = (each for each in on.store.ledger if each.columns.get("offered"))
    changes: dict[str, tuple[float, float]] = {"offered": (1, 3)}
    counted = recorded._replace(columns=recorded.columns | {"offered": 3})
    key = (*recorded[:5], recorded.basis)
    told, left = prepared(one.shard, [Difference(key, recorded, counted, changes)], [])
    assert left == []
    return one, encoded(told[0])


def audited(on: Bench) -> list[Record]:
    return [each for each in on.store.ledger if each.reason == "audit"]


def offered(partition: Partition) -> int:
    """Over the day sums and what is still live."""
    days = partition.shard.days[0].cells
    return int(days.columns[: int(days.used[0]), 0].sum())


def test_an_adjustment_is_in_the_next_checkpoint_with_the_day_sums_it_changes() -> None:
    async def story(on: Bench) -> None:
        one, asked = await settled(on)
        one.fold(ADJUSTMENTS, 0, [Fetched(0, asked)])
        assert audited(on) == []
        await one.checkpoint()
        (record,) = audited(on)
        assert (record.revision, record.state, record.old_columns) == (
            2, "RESTATED", {**record.columns, "offered": 1},
        )  # fmt: skip
        assert record.recorded_ms == on.clock.now_ms()
        two = await on.opened(BOTH, ENDS)
        assert (offered(two), two.shard.positions[ADJUSTMENTS]) == (3, 1)

    with bench() as on:
        run(story(on))


def test_one_that_was_folded_before_a_crash_is_folded_again_and_counts_once() -> None:
    async def story(on: Bench) -> None:
        one, asked = await settled(on)
        one.fold(ADJUSTMENTS, 0, [Fetched(0, asked)])
        two = await on.opened(BOTH, ENDS)  # the first owner has gone without a checkpoint
        two.fold(ADJUSTMENTS, 0, [Fetched(0, asked)])
        await two.checkpoint()
        assert len(audited(on)) == 1
        assert offered(two) == 3

    with bench() as on:
        run(story(on))


def test_one_that_is_sent_again_later_is_passed_over_also_by_the_next_owner() -> None:
    async def story(on: Bench) -> None:
        one, asked = await settled(on)
        one.fold(ADJUSTMENTS, 0, [Fetched(0, asked), Fetched(1, asked)])
        await one.checkpoint()
        two = await on.opened(BOTH, ENDS)
        two.fold(ADJUSTMENTS, 2, [Fetched(2, asked)])
        await two.checkpoint()
        assert len(audited(on)) == 1
        assert offered(two) == 3
        assert on.store.rejects == []

    with bench() as on:
        run(story(on))


def test_a_shard_counted_anew_from_its_ledger_still_knows_what_was_adjusted() -> None:
    async def story(on: Bench) -> None:
        one, asked = await settled(on)
        one.fold(ADJUSTMENTS, 0, [Fetched(0, asked)])
        await one.checkpoint()
        on.store.kept = on.store.kept._replace(snapshot=None, offsets={})
        two = await on.opened(BOTH, ENDS)
        two.fold("acd", 0, fetched([*call("a", T), promise(T + 12 * HOUR_MS)]))
        await two.checkpoint()
        two.fold(ADJUSTMENTS, 0, [Fetched(0, asked)])
        await two.checkpoint()
        assert len(audited(on)) == 1

    with bench() as on:
        run(story(on))


def test_one_of_an_interval_that_the_shard_still_changes_is_passed_over() -> None:
    async def story(on: Bench) -> None:
        _, asked = await settled(on)
        on.store.kept = on.store.kept._replace(snapshot=None, offsets={})
        on.store.ledger.clear()
        two = await on.opened(BOTH, ENDS)
        two.fold("acd", 0, fetched([*call("a", T), promise(T + HOUR_MS)]))
        two.fold(ADJUSTMENTS, 0, [Fetched(0, asked)])
        await two.checkpoint()
        assert audited(on) == []

    with bench() as on:
        run(story(on))


def test_what_is_no_adjustment_of_this_shard_is_kept_as_a_reject() -> None:
    async def story(on: Bench) -> None:
        one, asked = await settled(on)
        one.shard.names.owns = lambda program: program != "shop"
        event = events_encoded([promise(T)])[0]
        odd = asked.replace(b'"bins":{', b'"bins":{"99999":1,')
        parts: list[Any] = [b"\xff", None, event, odd, asked]
        one.fold(ADJUSTMENTS, 0, [Fetched(at, value) for at, value in enumerate(parts)])
        await one.checkpoint()
        reasons = [(each.reason, each.offset) for each in on.store.rejects]
        assert reasons == [*(("bad_record", at) for at in range(4)), ("wrong_shard", 4)]
        assert audited(on) == []

    with bench() as on:
        run(story(on))


def test_an_adjustment_is_read_as_it_was_written() -> None:
    async def story(on: Bench) -> None:
        _, asked = await settled(on)
        assert encoded(decoded(asked)) == asked

    with bench() as on:
        run(story(on))
