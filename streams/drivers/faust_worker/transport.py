"""Faust's transport, handing on whole fetched batches instead of single records.

Named by import (`floorwatch://`), so never run as a script: it would get a second copy of itself.
"""

import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import aiokafka
from aiokafka import conn
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from faust.app import base
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage
from mode import Service

from streams.drivers.faust_worker import unpacking
from streams.drivers.faust_worker.batch import FetchedBatch

LOGGER = logging.getLogger("faust.floorwatch")
"""Faust would take one of ours, and tell of its own affairs in it."""
SCHEME = "floorwatch"
IDLE_WAIT_MS, SHORTEST_WAIT_MS = 100, 20
"""Faust has 1,500: a fetch of an idle partition would hold up the others for so long."""
FULL_FETCH = 1_000_000
"""Bytes from which the broker collects no longer."""
PARTITION_BYTES = 4 * 1024 * 1024
CHECK_EVERY_S = 1.0
READ_AHEAD = 4 * 1024 * 1024
"""Bytes of an answer taken in before reading pauses. With aiokafka's 64 KiB a snapshot of many
megabytes stopped and started the socket at every other read."""


class Consumer(driver.Consumer):
    """One message per (partition, fetch); never commits; seeks to where the shards stand."""

    logger = LOGGER
    _thread: "Thread"

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._read_offset: Any = _Anywhere()

    @property
    def host(self) -> Any:
        """The worker's own object, put on the app by `make_app`."""
        return self.app.floorwatch  # type: ignore[attr-defined]

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        """Batches of one poll."""
        try:
            records, active = await self._wait_next_records(timeout)
        except NoOffsetForPartitionError:
            return  # between assignment and our seek: nothing of Faust's is committed
        except OffsetOutOfRangeError as error:
            await self.host.out_of_range([ensure_TP(tp) for tp in error.args[0]])
            return
        if not records or self.should_stop or not self.flow_active:
            # What was fetched into a stopped flow is fetched again: resuming seeks.
            return
        generation = self.app.consumer_generation_id
        taken: Mapping[Any, Any] = records
        for place, found in taken.items():
            tp = ensure_TP(place)
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            owner = self.host.owner(tp)
            if owner is None or not found or not (active is None or tp in active):
                continue
            batch = FetchedBatch(owner, self.host.plain_name(tp.topic), found.start, found)
            at_s = found[-1].timestamp / 1000
            value: Any = batch
            yield tp, ConsumerMessage(
                tp.topic, tp.partition, found[-1].offset, at_s, 0, [], None, value, None, 0, 0, tp,
                generation_id=generation,
            )  # fmt: skip

    async def perform_seek(self) -> None:
        """After a start or a rebalance: open the shards of this assignment, go where they stand."""
        places = await self.host.opened()
        for tp, offset in places.items():
            await self.go_to(tp, offset)

    async def go_to(self, tp: TP, offset: int) -> None:
        """Fetch from this offset on."""
        await self._thread.call_thread(self._thread.place, tp, offset)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """From here on the shards of the assignment may be opened."""
        self.host.allowed = True
        await super().on_partitions_assigned(assigned, generation_id)
        if not assigned:
            await self.host.idle()  # where there is nothing to seek, Faust does not ask

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Write what the shards hold while they are still ours, then let go of them."""
        await self.host.revoked()
        await super().on_partitions_revoked(revoked)

    def ack(self, message: Any) -> bool:
        """Offsets are part of the checkpoint: nothing is remembered of what was folded."""
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def commit(self, *topics: Any, **named: Any) -> bool:
        """Never: a commit of Faust's could lie ahead of the checkpoint."""
        return False

    force_commit = commit

    async def commit_and_end_transactions(self) -> None:
        """Nothing to commit."""

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """A batch is one message: the offsets between two of them are no gap."""

    async def verify_all_partitions_active(self) -> None:
        """Faust looks at its own commits, of which there are none."""

    def _new_consumer_thread(self) -> "Thread":
        return Thread(self, loop=self.loop, beacon=self.beacon)

    @Service.task
    async def _watch_coordinator(self) -> None:
        """aiokafka parks fatal errors of the group until someone asks; Faust never does."""
        while not self.should_stop:
            await self.sleep(CHECK_EVERY_S)
            try:
                await self._thread.call_thread(self._thread.check)
            except Exception as error:
                if not self.should_stop:  # else the thread has ended before its watcher
                    await self.host.fail(error)
                return


class _Anywhere(dict[TP, int]):
    """Faust drops what lies below its read offset; the shard knows better what it has folded."""

    def __getitem__(self, tp: TP) -> Any:
        return None


class Thread(driver.AIOKafkaConsumerThread):
    """The thread in which the client of the group lives."""

    logger = LOGGER

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        client = super()._create_worker_consumer(transport)
        linger_ms = self.app.floorwatch.settings.kafka.linger_ms  # type: ignore[attr-defined]
        if linger_ms:
            # The broker collects: one answer for all partitions, where polling after a pause
            # of our own took several, each naming every partition of every topic.
            client._fetch_min_bytes = FULL_FETCH
        client._fetch_max_wait_ms = max(linger_ms, SHORTEST_WAIT_MS) if linger_ms else IDLE_WAIT_MS
        client._max_partition_fetch_bytes = PARTITION_BYTES
        # Faust reads what a producer took back, unless it commits by transactions of its own.
        client._isolation_level = "read_committed"
        return client

    async def place(self, tp: TP, offset: int) -> None:
        """Seek; what was fetched of the partition is forgotten."""
        state = self._state(tp)
        if state is not None:
            state.given = offset
        self._ensure_consumer().seek(driver.ensure_aiokafka_TP(tp), offset)

    async def check(self) -> None:
        """Raise what the coordinator met; note when it was last heard of."""
        coordinator: Any = self._consumer and self._consumer._coordinator
        if not coordinator:
            return
        coordinator.check_errors()
        if not hasattr(coordinator, "heard_s"):
            coordinator.heard_s = time.monotonic()
            coordinator._do_heartbeat = _noting(coordinator)

    def heard_s(self) -> float | None:
        """Moment (monotonic) of the last answer of the coordinator; None before the first look."""
        return getattr(self._consumer and self._consumer._coordinator, "heard_s", None)

    async def span(self, places: Iterable[TP]) -> tuple[dict[TP, int], dict[TP, int]]:
        """First retained and next offset of these partitions."""
        client = self._ensure_consumer()
        wanted = [driver.ensure_aiokafka_TP(tp) for tp in places]
        starts = await client.beginning_offsets(wanted)
        ends = await client.end_offsets(wanted)
        return (
            {ensure_TP(tp): offset for tp, offset in starts.items()},
            {ensure_TP(tp): offset for tp, offset in ends.items()},
        )

    def reached(self, tp: TP) -> tuple[int | None, int | None, int | None]:
        """Behind which record fetching stands, where it stands, markers of transactions included,
        and the partition's end."""
        state = self._state(tp)
        if state is None or not state.has_valid_position:
            return None, None, None
        stands = state.position  # first: see unpacking
        return getattr(state, "given", None), stands, state.highwater

    def _state(self, tp: TP) -> Any:
        """What the client knows of a partition it is assigned; None if it is not."""
        subscription = self._ensure_consumer()._subscription.subscription
        assignment = subscription and subscription.assignment
        try:
            return assignment and assignment.state_value(driver.ensure_aiokafka_TP(tp))
        except KeyError:
            return None


def _noting(coordinator: Any) -> Any:
    heartbeat = coordinator._do_heartbeat

    async def noted() -> bool:
        heard: bool = await heartbeat()
        if heard:
            coordinator.heard_s = time.monotonic()
        return heard

    return noted


class _Unscanned:
    """Faust's decorators tell a scanner about each function: it would look through every module."""

    @staticmethod
    def attach(*_: Any, **__: Any) -> None:
        """Nothing."""


class Transport(driver.Transport):
    """`floorwatch://host:port`."""

    Consumer = Consumer


def install() -> None:
    """Register the transport; let fetched records come as the client reads them off the wire, large
    answers in one go."""
    TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
    unpacking.install()
    conn.READER_LIMIT = READ_AHEAD
    # Nothing is discovered by scanning modules; naming the scanner cost 0.16 s of a start.
    setattr(base, "venusian", _Unscanned)  # noqa: B010
