"""The cluster's checkpoint: one Kafka transaction per shard {snapshot, ledger, rejects, offsets}.

The committed offset of topic `snapshots` is that of the snapshot's first chunk, so a restore seeks
straight to it; those of the event topics are where folding goes on. Exact under SIGKILL, SIGSTOP
and broker restarts: a new owner fences the old one before it reads.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from streams.close import Record
from streams.errors import UserError
from streams.kafka.clients import for_aiokafka
from streams.kafka.records import BadRecord, interval_of, interval_record, reject_record
from streams.kafka.settings import INTERVALS, REJECTS, SNAPSHOTS, KafkaSettings
from streams.rejects import Reject

CHUNK = 900_000
LARGEST = 2 * 1024 * 1024
META = b"meta"
PATIENCE_S = 30.0
"""For an answer while restoring; afterwards the process ends and another owner tries."""


class CheckpointError(UserError):
    """A checkpoint that was not written, or cannot be read: this process must not go on with it."""


class Checkpoint(NamedTuple):
    """What becomes durable together. `offsets`: where each event topic (plain name) goes on."""

    pieces: Iterable[bytes]
    offsets: Mapping[str, int]
    records: Sequence[Record]
    rejects: Sequence[Reject]
    now_ms: int


class Kept(NamedTuple):
    """What a shard goes on with; no snapshot: it begins."""

    snapshot: bytes | None
    offsets: Mapping[str, int]


class _Meta(msgspec.Struct):
    chunks: int
    length: int


class KafkaStore:
    """The checkpoints of one shard. Every call within one and the same event loop."""

    def __init__(self, settings: KafkaSettings, shard: int, topics: Sequence[str]) -> None:
        self.shard = shard
        self._settings = settings
        self._topics = {name: TopicPartition(settings.topic(name), shard) for name in topics}
        self._snapshots = TopicPartition(settings.topic(SNAPSHOTS), shard)
        self._producer: AIOKafkaProducer | None = None
        self._chunks = 0
        self._offsets: dict[str, int] = {}

    async def open(self) -> Kept:
        """Fence the former owner, then read its newest checkpoint. Raises CheckpointError."""
        try:
            self._producer = self._made()
            await self._producer.start()
            # Beginning waits for the transactional id: that fences, and ends what was open.
            await self._producer.begin_transaction()
            await self._producer.abort_transaction()
            return await self.read()
        except (KafkaError, TimeoutError) as error:
            raise self._failed("cannot be read", error) from error

    def _made(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            transactional_id=f"{self._settings.group}-{self.shard}",
            acks="all",
            # Chunks are compressed already.
            compression_type=None,
            max_batch_size=1_000_000,
            max_request_size=LARGEST,
            transaction_timeout_ms=60_000,
            **for_aiokafka(self._settings),
        )

    async def read(self) -> Kept:
        """The newest checkpoint: what `open` found, or what was committed since."""
        # A snapshot has a checksum of its own, which is looked at when it is opened.
        consumer = self._reader(self._settings.group, check_crcs=False)
        await consumer.start()
        try:
            consumer.assign([self._snapshots])
            self._offsets = {}
            for name, place in self._topics.items():
                offset = await consumer.committed(place)
                if offset is not None:
                    self._offsets[name] = offset
            at = await consumer.committed(self._snapshots)
            if at is None:
                # Offsets of an idle group are forgotten after a week; the topic is compacted.
                kept = await self._newest_of_all(consumer)
            else:
                kept = await self._from(consumer, at)
        finally:
            await consumer.stop()
        if kept is None:
            self._offsets = {}  # counted anew: that steps back on purpose
        self._chunks = max(self._chunks, -(-len(kept or b"") // CHUNK))
        return Kept(kept, dict(self._offsets))

    async def recorded(self) -> list[Record]:
        """Every ledger record of this shard, for one that has lost its state."""
        place = TopicPartition(self._settings.topic(INTERVALS), self.shard)
        consumer = self._reader(None)
        await consumer.start()
        try:
            consumer.assign([place])
            return [interval_of(each.value) async for each in _all(consumer, place) if each.value]
        except (KafkaError, TimeoutError, BadRecord) as error:
            raise self._failed("has a ledger that cannot be read", error) from error
        finally:
            await consumer.stop()

    async def told(self, topic: str, since: int, wanted: Callable[[bytes], bool]) -> list[bytes]:
        """Wanted records of one of this shard's topics (plain name), from an offset to its present end."""
        place = self._topics[topic]
        consumer = self._reader(None)
        await consumer.start()
        try:
            consumer.assign([place])
            found = (each.value async for each in _all(consumer, place, since) if each.value)
            return [value async for value in found if wanted(value)]
        except (KafkaError, TimeoutError) as error:
            raise self._failed(
                f"cannot go on: topic {place.topic} cannot be read", error
            ) from error
        finally:
            await consumer.stop()

    async def commit(self, what: Checkpoint) -> float:
        """Write one checkpoint; returns the seconds it took. Raises CheckpointError."""
        back = {n: o for n, o in what.offsets.items() if o < self._offsets.get(n, 0)}
        if back:
            raise CheckpointError(
                f"shard {self.shard}: a checkpoint at {back} would step back behind {self._offsets}",
                "the newer one stands; see what else writes to this group",
            )
        assert self._producer is not None
        started = time.monotonic()
        try:
            await self._producer.begin_transaction()
            first = await self._write(what)
            places = {self._topics[name]: offset for name, offset in what.offsets.items()}
            await self._producer.send_offsets_to_transaction(
                {**places, self._snapshots: first}, self._settings.group
            )
            await self._producer.commit_transaction()
        except (KafkaError, TimeoutError) as error:
            raise self._failed("was not written", error) from error
        self._offsets |= what.offsets
        return time.monotonic() - started

    async def _write(self, what: Checkpoint) -> int:
        """Send everything but the offsets; returns the offset of the first chunk."""
        first, number, length = -1, 0, 0
        waiting: list[asyncio.Future[Any]] = []
        for chunk in _chunks(what.pieces):
            sent = await self._send(self._snapshots, str(number).encode(), chunk)
            if number == 0:
                first = (await sent).offset
            waiting.append(sent)
            number, length = number + 1, length + len(chunk)
        meta = msgspec.json.encode(_Meta(number, length))
        waiting.append(await self._send(self._snapshots, META, meta))
        for gone in range(number, self._chunks):
            waiting.append(await self._send(self._snapshots, str(gone).encode(), None))
        intervals = TopicPartition(self._settings.topic(INTERVALS), self.shard)
        for record in what.records:
            waiting.append(await self._send(intervals, *interval_record(record)))
        rejects = TopicPartition(self._settings.topic(REJECTS), self.shard)
        for reject in what.rejects:
            keyed = reject_record(reject, self.shard, what.now_ms)
            waiting.append(await self._send(rejects, *keyed))
        await asyncio.gather(*waiting)
        self._chunks = number
        return first

    async def _send(
        self, to: TopicPartition, key: bytes, value: bytes | None
    ) -> asyncio.Future[Any]:
        assert self._producer is not None
        sent: asyncio.Future[Any] = await self._producer.send(
            to.topic, value, key, partition=to.partition
        )
        # A transaction that fails fails all that was sent in it: the first one is told.
        sent.add_done_callback(_retrieved)
        return sent

    async def close(self) -> None:
        """Let go of the producer; what was not committed never was."""
        if self._producer is not None:
            await self._producer.stop()

    def _reader(self, group: str | None, check_crcs: bool = True) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=16 * 1024 * 1024,
            check_crcs=check_crcs,
            **for_aiokafka(self._settings),
        )

    async def _from(self, consumer: AIOKafkaConsumer, at: int) -> bytes:
        """The snapshot whose first chunk lies at this offset."""
        consumer.seek(self._snapshots, at)
        chunks: dict[int, bytes] = {}
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = await consumer.getmany(self._snapshots, timeout_ms=1000)
            for record in found.get(self._snapshots, ()):
                whole = _taken(chunks, record)
                if whole is not None:
                    return whole
        raise CheckpointError(
            f"shard {self.shard}: no whole snapshot behind offset {at} of {self._snapshots.topic}",
            "was the topic cleaned by hand? Delete the group's offsets to count anew from the events",
        )

    async def _newest_of_all(self, consumer: AIOKafkaConsumer) -> bytes | None:
        chunks: dict[int, bytes] = {}
        newest: bytes | None = None
        async for record in _all(consumer, self._snapshots):
            newest = _taken(chunks, record) or newest
        return newest

    def _failed(self, what: str, error: BaseException) -> CheckpointError:
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return CheckpointError(
            f"checkpoint of shard {self.shard} {what}: {told}",
            "another worker may own it now, or the brokers are away; the newest one stands",
        )


def _retrieved(sent: asyncio.Future[Any]) -> None:
    if not sent.cancelled():
        sent.exception()


def _taken(chunks: dict[int, bytes], record: ConsumerRecord) -> bytes | None:
    """Note a chunk; the whole snapshot once its meta record is there."""
    if record.key != META:
        if record.value is not None:
            chunks[int(record.key)] = record.value
        return None
    meta = msgspec.json.decode(record.value, type=_Meta)
    whole = b"".join(chunks.get(number, b"") for number in range(meta.chunks))
    return whole if len(whole) == meta.length else None


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of any size joined to chunks of at most CHUNK; at least one."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        if waiting and size + len(piece) > CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
        waiting.append(piece)
        size += len(piece)
    yield b"".join(waiting)


async def _all(consumer: AIOKafkaConsumer, place: TopicPartition, since: int | None = None) -> Any:
    """Every committed record of a partition, or those from `since` on, up to its present end."""
    end = (await consumer.end_offsets([place]))[place]
    if since is None:
        await consumer.seek_to_beginning(place)
    else:
        consumer.seek(place, since)
    until = time.monotonic() + PATIENCE_S
    # By position, not by records: markers of transactions have offsets but are no records.
    while await consumer.position(place) < end:
        found = await consumer.getmany(place, timeout_ms=500)
        for record in found.get(place, ()):
            yield record
        if found:
            until = time.monotonic() + PATIENCE_S
        elif time.monotonic() > until:
            raise TimeoutError(f"{place.topic}-{place.partition}: no records up to offset {end}")
