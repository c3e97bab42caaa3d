"""A partition with a store in memory: what it writes when, and what it refuses to go on with."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from schemas.targets import Plan, Queue
from streams.broken import FoldFailed, Gap
from streams.checkpoint.beside import LoopThread
from streams.checkpoint.kafka import Checkpoint, CheckpointError, Kept
from streams.clock import ManualClock
from streams.close import Record
from streams.drivers.partition import IDLE_MS, Partition
from streams.settings import Settings
from streams.shard import Shard
from tests.shards import encoded, figures
from tests.test_streams_shard_edges import HOUR_MS, T, call, promise

PLAN = Plan(queues={"sales": Queue(program="shop")})
NONE = {"acd": 0}
FAR = {"acd": 1_000_000}


class Fetched(NamedTuple):
    offset: int
    value: bytes | None


class Memory:
    """A store: what was committed last is what the next owner finds."""

    def __init__(self) -> None:
        self.kept = Kept(None, {})
        self.ledger: list[Record] = []
        self.plan: list[bytes] = []
        self.rejects: list[Any] = []
        self.commits = self.closed = 0
        self.failing = False
        self.slow_read = asyncio.Event()
        self.slow_read.set()

    async def open(self) -> Kept:
        return self.kept

    async def read(self) -> Kept:
        await self.slow_read.wait()
        return self.kept

    async def recorded(self) -> list[Record]:
        return self.ledger

    async def told(self, topic: str, since: int, wanted: Any) -> list[bytes]:
        return [*filter(wanted, self.plan[since:])]

    async def commit(self, what: Checkpoint) -> float:
        if self.failing:
            raise CheckpointError("shard 3 was not written", "the newest one stands")
        self.kept = Kept(b"".join(what.pieces), dict(what.offsets))
        self.ledger += what.records
        self.rejects += what.rejects
        self.commits += 1
        return 0.01

    async def close(self) -> None:
        self.closed += 1


class Bench:
    """Partitions on one store and one clock, until the context ends."""

    def __init__(self, beside: ThreadPoolExecutor, thread: LoopThread) -> None:
        self.store, self.clock = Memory(), ManualClock(T + HOUR_MS)
        self._beside, self._thread = beside, thread

    def partition(self) -> Partition:
        store: Any = self.store
        return Partition(
            *(3, Settings(plan=PLAN), lambda program: True, (self.clock, self.clock)),
            *(self._beside, self._thread, store),
        )

    async def opened(
        self, starts: Mapping[str, int] = NONE, ends: Mapping[str, int] = FAR
    ) -> Partition:
        made = self.partition()
        await made.open(starts, ends)
        return made

    async def ticked(self, partition: Partition, passed_ms: int = 0) -> int:
        """Commits of one tick after so long, once they are written."""
        before = self.store.commits
        self.clock.set(self.clock.now_ms() + passed_ms)
        partition.tick(lag=1)
        await partition._written()
        return self.store.commits - before


@contextmanager
def bench() -> Iterator[Bench]:
    thread = LoopThread("test")
    with ThreadPoolExecutor(1) as beside:
        yield Bench(beside, thread)
    thread.close()


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def fetched(events: list[dict[str, Any]], first: int = 0) -> list[Fetched]:
    return [Fetched(first + i, value) for i, value in enumerate(encoded(events))]


def test_the_next_owner_goes_on_where_the_last_checkpoint_stands() -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        one.fold("acd", 0, fetched(call("a", T)))
        await one.checkpoint()
        one.fold("acd", 3, fetched(call("lost", T), 3))
        two = await on.opened()
        assert two.shard.positions["acd"] == 3
        two.fold("acd", 3, fetched(call("b", T + 60_000), 3))
        rows = figures(two.shard).arrival
        assert sum(row["offered"] for row in rows.values()) == 2

    with bench() as on:
        run(story(on))


def test_a_batch_behind_a_hole_is_not_folded_but_asked_for_again() -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        one.fold("acd", 0, fetched(call("a", T)))
        with pytest.raises(Gap) as gap:
            one.fold("acd", 5, fetched(call("b", T), 5))
        assert gap.value.expected == 3

    with bench() as on:
        run(story(on))


def test_what_cannot_be_used_behind_a_hole_is_kept_once_when_it_is_fetched_again() -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        tombstone = Fetched(5, None)
        with pytest.raises(Gap):
            one.fold("acd", 3, [tombstone])
        one.fold("acd", 0, [*fetched(call("a", T)), tombstone])
        await one.checkpoint()
        assert [each.reason for each in on.store.rejects] == ["tombstone"]
        assert one.shard.rejected == {("acd", "tombstone"): 1}

    with bench() as on:
        run(story(on))


def test_a_log_that_begins_behind_the_checkpoint_is_a_hole_in_the_shard() -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        one.fold("acd", 0, fetched([*call("a", T), promise(T + 60_000)]))
        await one.checkpoint()
        two = await on.opened(starts={"acd": 40})
        assert (two.shard.positions["acd"], two.shard.holes) == (40, 1)
        assert two.shard.feeds.gaps()["shop"][0][0] == T + 60_000

    with bench() as on:
        run(story(on))


def test_offsets_moved_by_hand_and_logs_made_anew_are_refused() -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        one.fold("acd", 0, fetched(call("a", T)))
        await one.checkpoint()
        with pytest.raises(CheckpointError, match="ends at offset 2, before the checkpoint's 3"):
            await on.opened(ends={"acd": 2})
        on.store.kept = on.store.kept._replace(offsets={"acd": 1})
        with pytest.raises(CheckpointError, match="not those of its snapshot") as told:
            await on.opened()
        assert "by hand" in told.value.hint

    with bench() as on:
        run(story(on))


def test_a_checkpoint_follows_new_events_a_closed_interval_and_an_idle_hour() -> None:
    async def story(on: Bench) -> list[int]:
        one = await on.opened({"acd": 0}, {"acd": 0})
        commits = [await on.ticked(one, 60_000)]
        one.fold("acd", 0, fetched(call("a", T)))
        commits.append(await on.ticked(one, 100))  # too soon after the one before
        commits.append(await on.ticked(one, 60_000))
        commits.append(await on.ticked(one, 60_000))  # nothing new
        one.fold("acd", 3, fetched([promise(T + HOUR_MS)], 3))
        commits.append(await on.ticked(one, 0))  # at once: intervals have closed
        commits.append(await on.ticked(one, 60_000))
        commits.append(await on.ticked(one, IDLE_MS))
        return commits

    with bench() as on:
        assert run(story(on)) == [1, 0, 1, 0, 1, 0, 1]


def test_a_checkpoint_that_fails_is_told_at_the_next_tick() -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        one.fold("acd", 0, fetched(call("a", T)))
        on.store.failing = True
        on.clock.set(on.clock.now_ms() + 60_000)
        one.tick(lag=0)
        with pytest.raises(CheckpointError, match="was not written"):
            for _ in range(200):
                await asyncio.sleep(0.01)
                one.tick(lag=0)

    with bench() as on:
        run(story(on))


def test_a_shard_is_let_go_although_its_last_checkpoint_fails() -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        one.fold("acd", 0, fetched(call("a", T)))
        on.store.failing = True
        await one.drop(last=True)
        assert on.store.closed == 1
        one.fold("acd", 3, fetched(call("b", T), 3))
        assert one.shard.positions["acd"] == 3

    with bench() as on:
        run(story(on))


def test_tombstones_and_records_that_are_too_long_are_kept_and_the_rest_is_folded() -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        values = encoded(call("a", T))
        long = b'{"type":"queued","note":"' + b"x" * 70_000 + b'"}'
        records = [values[0], None, values[1], long, values[2]]
        one.fold("acd", 0, [Fetched(i, value) for i, value in enumerate(records)])
        await one.checkpoint()
        assert one.shard.positions["acd"] == 5
        assert [(each.reason, each.offset) for each in on.store.rejects] == [
            ("tombstone", 1), ("line_too_long", 3),
        ]  # fmt: skip
        assert on.store.rejects[1].raw.startswith(b"sha256:")
        assert sum(row["ans"] for row in figures(one.shard).arrival.values()) == 1

    with bench() as on:
        run(story(on))


def test_nothing_is_written_while_a_broken_shard_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(on: Bench) -> None:
        one = await on.opened()
        one.fold("acd", 0, fetched(call("a", T)))
        await one.checkpoint()
        commits, kept = on.store.commits, on.store.kept
        with monkeypatch.context() as broken:
            broken.setattr(Shard, "settle", _break)
            with pytest.raises(FoldFailed) as failed:
                one.fold("acd", 3, fetched(call("b", T), 3))
                one.shard.rest()
        on.store.slow_read.clear()
        going = asyncio.create_task(one.go_back(failed.value, NONE, FAR))
        await asyncio.sleep(0.05)
        assert await on.ticked(one, 2 * IDLE_MS) == 0
        one.fold("acd", 6, fetched(call("c", T), 6))
        on._thread._loop.call_soon_threadsafe(on.store.slow_read.set)
        await going
        assert (on.store.commits, on.store.kept) == (commits, kept)
        assert one.shard.positions["acd"] == 3
        one.fold("acd", 3, fetched(call("b", T), 3))
        assert sum(row["offered"] for row in figures(one.shard).arrival.values()) == 2

    with bench() as on:
        run(story(on))


def test_a_shard_without_state_but_with_a_ledger_is_counted_anew_without_revisions() -> None:
    events = [*call("a", T), promise(T + 12 * HOUR_MS)]

    async def story(on: Bench) -> tuple[int, int]:
        on.clock.set(T + 12 * HOUR_MS)
        one = await on.opened()
        one.fold("acd", 0, fetched(events))
        await one.checkpoint()
        recorded = len(on.store.ledger)
        on.store.kept = Kept(None, {})
        two = await on.opened()
        two.fold("acd", 0, fetched(events))
        await two.checkpoint()
        finals = [record for record in on.store.ledger[recorded:] if record.revision]
        return recorded, len(finals)

    with bench() as on:
        recorded, again = run(story(on))
    assert recorded > 20
    assert again == 0


def _break(*anything: Any) -> None:
    raise IndexError("index is out of bounds")
