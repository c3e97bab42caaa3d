"""What the transport and the app share: the owned partitions and what is known of the group."""

import asyncio
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from faust.types import TP

from kernels.jit import cold
from streams import logs
from streams.broken import FoldFailed, Gap
from streams.checkpoint.beside import LoopThread
from streams.checkpoint.kafka import KafkaStore
from streams.clock import Clock, WallClock
from streams.drivers.faust_worker.batch import FetchedBatch
from streams.drivers.partition import Owned, Partition
from streams.errors import UserError
from streams.health import Health
from streams.kafka.keys import owner_of
from streams.kafka.settings import FOLDED_TOPICS
from streams.live import flow
from streams.merged import Carried, merged
from streams.settings import Settings
from streams.view import LagView, View
from streams.warm import warm, warm_calls

LATE = 3
"""Exit code: not ended by the deadline, so ended by force."""
VIEW_WAIT_S = 5.0
FRESH_S = 0.1


class Host:
    """What the transport and the app share: the owned partitions and what is known of the group."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or WallClock()
        self.pacing = WallClock()
        self.health = Health(self.pacing, awaits=("kernels", "assignment"))
        self.failure: BaseException | None = None
        self.app: Any = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="fold")
        self._thread = LoopThread("checkpoints")
        self._kernels: Future[None] = Future()
        self._owned = Owned(self._partition)
        self._carried = Carried()
        self._ends: dict[TP, int] = {}
        self._assigned_s: float | None = None
        self._made: tuple[float, View] | None = None
        self.allowed = False
        """Whether the shards of the assignment are ours to open."""
        self._epoch = 0
        self._changing = asyncio.Lock()
        """Opening and letting go never overlap."""

    def load_kernels(self) -> None:
        """Load them beside joining the group and reading checkpoints; shards fold on that thread.
        What the first figures do not need is loaded once they can be seen.

        What is to be compiled first comes first: it would take the time in which the group waits.
        """
        if cold():
            warm()
        self._kernels = self._beside.submit(warm_calls)

    @property
    def partitions(self) -> dict[int, Partition]:
        """The partitions owned now, by number."""
        return self._owned.partitions

    def _partition(self, number: int) -> Partition:
        kafka = self.settings.kafka
        return Partition(
            number,
            self.settings,
            owner_of(number, kafka.partitions),
            (self.clock, self.pacing),
            self._beside,
            self._thread,
            KafkaStore(kafka, number, FOLDED_TOPICS),
        )

    def plain_name(self, topic: str) -> str:
        """A topic's name without the installation's prefix."""
        return self.settings.kafka.plain_name(topic)

    def _is_folded(self, tp: TP) -> bool:
        return tp.topic in self.settings.kafka.folded_topics

    def owner(self, tp: TP) -> Partition | None:
        """The open partition that a topic's partition belongs to."""
        return self.partitions.get(tp.partition) if self._is_folded(tp) else None

    async def opened(self) -> dict[TP, int]:
        """Open the shards of the present assignment; returns where each topic goes on."""
        epoch = self._epoch
        async with self._changing:
            if not self.allowed or epoch != self._epoch:
                return {}  # revoked meanwhile: opening them would fence their next owner
            try:
                return await self._opened(self.app.consumer.assignment())
            except Exception as error:
                await self.fail(error)
                return {}

    async def _loaded(self) -> None:
        await asyncio.wrap_future(self._kernels)
        self.health.done("kernels")
        self._beside.submit(warm)

    async def idle(self) -> None:
        """There are more workers than shards: ready to take over, and that is all there is to do."""
        await self._loaded()
        self.health.done("assignment")
        logs.info("assigned", "no shard is left for this worker", partitions=[])

    async def _opened(self, assignment: set[TP]) -> dict[TP, int]:
        places = [tp for tp in assignment if self._is_folded(tp)]
        self._whole(places)
        starts, self._ends = await self._span(assignment)
        opened = await self._owned.open(
            {tp.partition for tp in places}, self._by_number(starts), self._by_number(self._ends)
        )
        await self._loaded()
        for partition in opened:
            self._carried.began(partition.number, partition.shard)
        self._assigned_s = time.monotonic()
        self._made = None
        self.health.done("assignment")
        logs.info("assigned", "shards assigned", partitions=sorted(self.partitions))
        # Of the leader's topic nothing is read, but without a place there is no fetch at all.
        others = {tp: offset for tp, offset in starts.items() if not self._is_folded(tp)}
        return others | {tp: self._place(tp) for tp in places}

    async def _span(self, places: Iterable[TP]) -> tuple[dict[TP, int], dict[TP, int]]:
        thread = self.app.consumer._thread
        found: tuple[dict[TP, int], dict[TP, int]] = await thread.call_thread(thread.span, places)
        return found

    async def out_of_range(self, places: list[TP]) -> None:
        """A fetch found the log to begin behind, or to end before, where a shard stands."""
        starts, self._ends = await self._span(self._ends)
        try:
            for tp in places:
                if (owner := self.owner(tp)) is None:
                    await self.app.consumer.go_to(tp, starts[tp])
                    continue
                owner.place(self.plain_name(tp.topic), starts[tp], self._ends[tp])
                await self.app.consumer.go_to(tp, self._place(tp))
        except UserError as error:
            await self.fail(error)

    def _place(self, tp: TP) -> int:
        return self.partitions[tp.partition].shard.positions[self.plain_name(tp.topic)]

    def _by_number(self, offsets: dict[TP, int]) -> dict[int, dict[str, int]]:
        found: dict[int, dict[str, int]] = {}
        for tp, offset in offsets.items():
            if not self._is_folded(tp):
                continue
            found.setdefault(tp.partition, {})[self.plain_name(tp.topic)] = offset
        return found

    def _whole(self, places: Sequence[TP]) -> None:
        """A shard needs the same partition of every event topic."""
        kafka = self.settings.kafka
        for number in {tp.partition for tp in places}:
            topics = {tp.topic for tp in places if tp.partition == number}
            if topics != set(kafka.folded_topics) or number >= kafka.partitions:
                raise UserError(
                    f"partition {number} was assigned of {', '.join(sorted(topics))} only, or there "
                    f"are more than the {kafka.partitions} of the settings",
                    "all event topics need the partition count of kafka.partitions: "
                    "floorwatch topics check",
                )

    async def revoked(self) -> None:
        """Write and let go of every shard: a rebalance revokes all of them."""
        self.allowed = False
        self._epoch += 1
        async with self._changing:
            if self.partitions:
                self.health.await_again("assignment")
                logs.info("revoked", "shards let go", partitions=sorted(self.partitions))
            for partition in await self._owned.drop(last=self.failure is None):
                shard = partition.shard
                self._carried.saw(partition.number, shard, flow(shard))
                self._carried.keep(partition.number)
            self._made = None

    async def fold(self, batch: FetchedBatch) -> None:
        """Fold one batch; where it leaves a hole, or broke off, fetch from where the shard stands."""
        if self.failure is not None:
            return
        owner = batch.owner
        try:
            owner.fold(batch.topic, batch.fetched_from, batch.records)
        except Gap as gap:
            tp = TP(self.settings.kafka.topic(gap.topic), owner.number)
            logs.warn("fetched_again", str(gap), topic=gap.topic, partition=owner.number)
            await self.app.consumer.go_to(tp, gap.expected)
        except FoldFailed as failed:
            await self._back(owner, failed)
        except Exception as error:
            await self.fail(error)  # the state may be torn: nothing of it is written any more

    async def _back(self, owner: Partition, failed: FoldFailed) -> None:
        owner.open_now = False  # at once: waiting for the lock must not write what is torn
        async with self._changing:
            places = [tp for tp in self._ends if self.owner(tp) is owner]
            if not places:
                return  # let go meanwhile
            try:
                starts, ends = await self._span(places)
                at = owner.number
                await owner.go_back(failed, self._by_number(starts)[at], self._by_number(ends)[at])
            except Exception as error:
                await self.fail(error)
                return
            for tp in places:
                await self.app.consumer.go_to(tp, self._place(tp))

    async def tick(self) -> None:
        """Note how far fetching is, begin checkpoints that are due."""
        self.health.beat()
        if self.failure is not None:
            return
        writing = sum(partition.shard.visits > 0 for partition in self.partitions.values())
        for partition in list(self.partitions.values()):
            if not partition.open_now:
                continue
            try:
                lags = self._noted(partition)
                lag = sum(each.records for each in lags)
                places = {each.topic: (each.end - each.records, each.end) for each in lags}
                partition.tick(lag, max(1, writing), places)
            except FoldFailed as failed:
                await self._back(partition, failed)
            except Exception as error:
                await self.fail(error)

    def _noted(self, partition: Partition) -> list[LagView]:
        """Its lags; where there is none, it has caught up. Raises FoldFailed."""
        lags = self._lags(partition)
        if not any(each.records for each in lags):
            partition.reached({each.topic: 0 for each in lags})
        return lags

    def _lags(self, partition: Partition) -> list[LagView]:
        consumer = self.app.consumer
        shard, found = partition.shard, []
        for topic in FOLDED_TOPICS:
            tp = TP(self.settings.kafka.topic(topic), partition.number)
            given, stands, end = consumer._thread.reached(tp)
            at = shard.positions.get(topic, 0)
            if stands is not None and at == given:
                at = max(at, stands)  # behind the last record may lie a transaction's marker
            end = max(self._ends.get(tp, 0), end or 0)
            found.append(
                LagView(topic, partition.number, max(0, end - at), shard.newest.get(topic), end)
            )
        return found

    def view(self) -> View:
        """The newest view of all shards; empty without contact to the group. From any thread."""
        made = self._made
        if made is not None and time.monotonic() - made[0] < FRESH_S:
            return made[1]
        loop = self.loop
        if loop is None or not loop.is_running() or self._out_of_contact():
            return self._carried.nothing(self.clock.now_ms())
        waiting = asyncio.run_coroutine_threadsafe(self._view(), loop)
        return waiting.result(VIEW_WAIT_S)

    def _out_of_contact(self) -> bool:
        """Whether another worker may own our shards: nothing of them may be exported twice."""
        if self._assigned_s is None or self.failure is not None:
            return True
        heard = self.app.consumer._thread.heard_s() or self._assigned_s
        silent_s = time.monotonic() - max(heard, self._assigned_s)
        return silent_s > self.settings.kafka.session_timeout_s

    async def _view(self) -> View:
        views, lags = {}, []
        for number, partition in list(self.partitions.items()):
            if not partition.open_now:
                continue
            try:
                noted = self._noted(partition)  # now, not a tick later: a restart's first figures
                views[number] = partition.view()
            except FoldFailed as failed:
                await self._back(partition, failed)
                continue
            lags += noted
        view = merged(views, self._carried, self.clock.now_ms(), tuple(lags), self._checkpoints())
        self._made = time.monotonic(), view
        return view

    def _checkpoints(self) -> dict[int, tuple[int, float]]:
        found = {n: p.last_commit for n, p in self.partitions.items()}
        return {n: said for n, said in found.items() if said is not None}

    async def fail(self, error: BaseException) -> None:
        """End the process: a supervisor starts it anew, and the newest checkpoints stand."""
        if self.failure is None:
            self.failed(error)
            os.kill(os.getpid(), signal.SIGTERM)

    def failed(self, error: BaseException) -> None:
        """Note why the process ends: from here on nothing is folded, written or shown."""
        self.failure = error
        if isinstance(error, UserError):
            logs.error("worker_failed", str(error))
            return
        trace = "".join(traceback.format_exception(error))
        logs.error("worker_failed", f"{type(error).__name__}: {error}", trace=trace)

    def deadline(self) -> None:
        """Armed when the process begins to end: a broker that is away must not hold it for ever."""
        timer = threading.Timer(self.settings.kafka.exit_deadline_s, os._exit, (LATE,))
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Let go of the threads."""
        self._thread.close()
        self._beside.shutdown()
