"""The worker: Faust's app and lifecycle around the partitions this process owns."""

import asyncio
import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import faust
from faust.types import TP
from faust.types.auth import AuthProtocol
from mode import CrashingSupervisor

from streams import logs
from streams.checkpoint.beside import LoopThread
from streams.checkpoint.kafka import KafkaStore
from streams.clock import Clock, WallClock
from streams.drivers.faust_worker import pins, transport
from streams.drivers.partition import Owned, Partition
from streams.errors import UserError
from streams.health import Health
from streams.kafka.clients import for_aiokafka
from streams.kafka.keys import owner_of
from streams.kafka.settings import EVENT_TOPICS
from streams.merged import Carried, merged
from streams.settings import Settings
from streams.shard import FoldFailed, Gap, warm
from streams.view import LagView, View

FAILED, LATE = 1, 3
"""Exit codes: ended by an error; not ended by the deadline, so ended by force."""
TICK_S = 0.25
VIEW_WAIT_S = 5.0
FRESH_S = 0.1
QUEUED_BATCHES = 8
POLL_RECORDS = 20_000


class Host:
    """What the transport and the app share: the owned partitions and what is known of the group."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.linger_s = settings.kafka.linger_ms / 1000
        self.clock = clock or WallClock()
        self.pacing = WallClock()
        self.health = Health(self.pacing, awaits=("kernels", "assignment"))
        self.failure: BaseException | None = None
        self.app: Any = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="fold")
        self._thread = LoopThread("checkpoints")
        self._owned = Owned(self._partition)
        self._carried = Carried()
        self._ends: dict[TP, int] = {}
        self._assigned_s: float | None = None
        self._made: tuple[float, View] | None = None

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
            KafkaStore(kafka, number, EVENT_TOPICS),
        )

    def plain_name(self, topic: str) -> str:
        """A topic's name without the installation's prefix."""
        return self.settings.kafka.plain_name(topic)

    def _is_event(self, tp: TP) -> bool:
        return tp.topic in self.settings.kafka.event_topics

    def owner(self, tp: TP) -> Partition | None:
        """The open partition that a topic's partition belongs to."""
        return self.partitions.get(tp.partition) if self._is_event(tp) else None

    async def opened(self, assignment: set[TP]) -> dict[TP, int]:
        """Open the shards of an assignment; returns where each of their topics goes on."""
        places = [tp for tp in assignment if self._is_event(tp)]
        thread = self.app.consumer._thread
        try:
            self._whole(places)
            starts, self._ends = await thread.call_thread(thread.span, assignment)
            # Of the leader's topic nothing is read, but without a place there is no fetch at all.
            others = {tp: offset for tp, offset in starts.items() if not self._is_event(tp)}
            await self._owned.open(
                {tp.partition for tp in places},
                self._by_number(starts),
                self._by_number(self._ends),
            )
        except Exception as error:
            await self.fail(error)
            return {}
        self._assigned_s = time.monotonic()
        self._made = None
        self.health.done("assignment")
        logs.info("assigned", "shards assigned", partitions=sorted(self.partitions))
        return others | {tp: self._place(tp) for tp in places}

    def _place(self, tp: TP) -> int:
        return self.partitions[tp.partition].shard.positions[self.plain_name(tp.topic)]

    def _by_number(self, offsets: dict[TP, int]) -> dict[int, dict[str, int]]:
        found: dict[int, dict[str, int]] = {}
        for tp, offset in offsets.items():
            if not self._is_event(tp):
                continue
            found.setdefault(tp.partition, {})[self.plain_name(tp.topic)] = offset
        return found

    def _whole(self, places: Sequence[TP]) -> None:
        """A shard needs the same partition of every event topic."""
        kafka = self.settings.kafka
        for number in {tp.partition for tp in places}:
            topics = {tp.topic for tp in places if tp.partition == number}
            if topics != set(kafka.event_topics) or number >= kafka.partitions:
                raise UserError(
                    f"partition {number} was assigned of {', '.join(sorted(topics))} only, or there "
                    f"are more than the {kafka.partitions} of the settings",
                    "all event topics need the partition count of kafka.partitions: "
                    "floorwatch topics check",
                )

    async def revoked(self) -> None:
        """Write and let go of every shard: a rebalance revokes all of them."""
        if self.partitions:
            self.health.await_again("assignment")
        for partition in await self._owned.drop(last=self.failure is None):
            self._carried.keep(partition.number)
        self._made = None

    async def fold(self, batch: transport.FetchedBatch) -> None:
        """Fold one batch; where it leaves a hole, or broke off, fetch from where the shard stands."""
        owner = batch.owner
        try:
            owner.fold(batch.topic, batch.fetched_from, batch.records)
        except Gap as gap:
            tp = TP(self.settings.kafka.topic(gap.topic), owner.number)
            logs.warn("fetched_again", str(gap), topic=gap.topic, partition=owner.number)
            await self.app.consumer.go_to(tp, gap.expected)
        except FoldFailed as failed:
            await self._back(owner, failed)

    async def _back(self, owner: Partition, failed: FoldFailed) -> None:
        places = [tp for tp in self._ends if tp.partition == owner.number]
        thread = self.app.consumer._thread
        try:
            starts, ends = await thread.call_thread(thread.span, places)
            number = owner.number
            await owner.go_back(
                failed, self._by_number(starts)[number], self._by_number(ends)[number]
            )
        except Exception as error:
            await self.fail(error)
            return
        for tp in places:
            await self.app.consumer.go_to(tp, self._place(tp))

    async def tick(self) -> None:
        """Note how far fetching is, begin checkpoints that are due."""
        self.health.beat()
        for partition in list(self.partitions.values()):
            lags = self._lags(partition)
            behind = any(lag.records for lag in lags)
            ends = {lag.topic: lag.end for lag in lags}
            try:
                if not behind:
                    partition.reached({topic: 0 for topic in ends})
                partition.tick(behind)
            except FoldFailed as failed:
                await self._back(partition, failed)
            except Exception as error:
                await self.fail(error)

    def _lags(self, partition: Partition) -> list[LagView]:
        consumer = self.app.consumer
        shard, found = partition.shard, []
        for topic in EVENT_TOPICS:
            tp = TP(self.settings.kafka.topic(topic), partition.number)
            fetched, end = consumer._thread.reached(tp)
            at = shard.positions.get(topic, 0)
            if fetched is not None and at == consumer._next.get(tp):
                at = max(at, fetched)  # behind the last record may lie a transaction's marker
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
            try:
                views[number] = partition.view()
            except FoldFailed as failed:
                await self._back(partition, failed)
                continue
            lags += self._lags(partition)
        view = merged(views, self._carried, self.clock.now_ms(), tuple(lags), self._checkpoints())
        self._made = time.monotonic(), view
        return view

    def _checkpoints(self) -> dict[int, tuple[int, float]]:
        found = {n: p.last_commit for n, p in self.partitions.items()}
        return {n: said for n, said in found.items() if said is not None}

    async def fail(self, error: BaseException) -> None:
        """End the process: a supervisor starts it anew, and the newest checkpoints stand."""
        if self.failure is None:
            self.failure = error
            logs.error("worker_failed", str(error) or type(error).__name__)
            os.kill(os.getpid(), signal.SIGTERM)

    def deadline(self) -> None:
        """Armed when the process begins to end: a broker that is away must not hold it for ever."""
        timer = threading.Timer(self.settings.kafka.exit_deadline_s, os._exit, (LATE,))
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Let go of the threads."""
        self._thread.close()
        self._beside.shutdown()


class _Worker(faust.Worker):
    """Faust's worker; ends within the deadline, at once at a second signal."""

    def _on_sigint(self) -> None:
        self._ending()
        self._schedule_shutdown(signal.SIGINT)

    def _on_sigterm(self) -> None:
        self._ending()
        self._schedule_shutdown(signal.SIGTERM)

    def _ending(self) -> None:
        host = self.app.floorwatch  # type: ignore[attr-defined]
        if self._signal_stop_time:
            os._exit(LATE)
        host.health.await_again("shutdown")
        host.deadline()

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """The process keeps its name."""


class _Raw(faust.Schema[Any, Any]):
    """Values are fetched batches: nothing to decode."""

    def loads_value(
        self, app: Any, message: Any, *, loads: Any = None, serializer: Any = None
    ) -> Any:
        """The batch as it is."""
        return message.value


def make_app(host: Host, folder: str) -> faust.App:
    """Faust's app with the one processor, for `host`; `folder` is one it may write into.

    Raises UserError where what is overridden is gone.
    """
    pins.check()
    transport.install()
    kafka = host.settings.kafka
    app = faust.App(
        kafka.app,
        broker=[f"{transport.SCHEME}://{server}" for server in kafka.servers],
        broker_credentials=_credentials(host.settings),
        store="memory://",
        datadir=folder,
        autodiscover=False,
        topic_allow_declare=False,
        topic_disable_leader=False,
        consumer_auto_offset_reset="none",
        stream_wait_empty=False,
        agent_supervisor=CrashingSupervisor,
        broker_session_timeout=kafka.session_timeout_s,
        broker_heartbeat_interval=min(1.0, kafka.session_timeout_s / 6),
        broker_max_poll_records=POLL_RECORDS,
        web_enabled=False,
        tracing_enabled=False,
    )
    app.floorwatch = host  # type: ignore[attr-defined]
    host.app = app
    topic = app.topic(
        *kafka.event_topics,
        schema=_Raw(value_type=bytes, value_serializer="raw"),
        maxsize=QUEUED_BATCHES,
    )

    @app.agent(topic, name="fold")
    async def fold(stream: Any) -> None:
        async for event in stream.noack().events():
            await host.fold(event.value)
            event.ack()

    @app.timer(TICK_S, on_leader=False)  # type: ignore[untyped-decorator]
    async def tick() -> None:
        await host.tick()

    async def last(sender: Any, *_: Any, **__: Any) -> None:
        await host.revoked()

    shutdown: Any = app.on_before_shutdown
    shutdown.connect(last)
    return app


def _credentials(settings: Settings) -> Any:
    options = for_aiokafka(settings.kafka)
    protocol = AuthProtocol(options["security_protocol"])
    if protocol is AuthProtocol.PLAINTEXT:
        return None
    if protocol is AuthProtocol.SSL:
        return faust.SSLCredentials(options["ssl_context"])
    return faust.SASLCredentials(
        username=options["sasl_plain_username"],
        password=options["sasl_plain_password"],
        ssl_context=options["ssl_context"],
        mechanism=options["sasl_mechanism"],
    )


def run(host: Host) -> int:
    """Run until a signal or a failure; returns the exit code. Raises the failure if it is a user's."""
    warm()
    host.health.done("kernels")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    host.loop = loop
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
    code = 0
    with tempfile.TemporaryDirectory(prefix="floorwatch-") as folder:
        worker = _Worker(
            make_app(host, folder),
            loop=loop, quiet=True, redirect_stdouts=False, override_logging=False,
        )  # fmt: skip
        worker.spinner = None
        try:
            worker.execute_from_commandline()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            host.close()
    if isinstance(host.failure, UserError):
        raise host.failure
    return FAILED if host.failure is not None else code
