"""Wire events on their way into the event topics: acknowledged, or said not to be."""

from collections import deque
from contextlib import suppress
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from schemas.events import TOPIC_OF
from streams.errors import UserError
from streams.kafka.clients import explained, for_kafka_python
from streams.kafka.keys import partition_of
from streams.kafka.reach import reach
from streams.kafka.records import Place, reject_record, taken_again_record
from streams.kafka.settings import REJECTS, KafkaSettings
from streams.rejects import Reject

MOST_PENDING, MOST_BYTES = 20_000, 32 * 1024 * 1024
"""Records on their way at most: the client itself would keep any number of them in memory."""
METADATA_MS = 5_000
PATIENCE_S = 120.0
"""A broker may be away for so long; then what it did not acknowledge has failed."""
LINGER_MS, BATCH_BYTES = 20, 256 * 1024


class NotAcknowledged(UserError):
    """Records of which the cluster did not say that it has them; some may be there all the same."""


class Routes:
    """Which topic, without prefix, an event goes to: that of its type.

    A source's heartbeats go where its events go, or they would overtake them; before its first
    event, and for types that are not known, that is voice's.
    """

    def __init__(self) -> None:
        self._of_source: dict[str, str] = {}

    def topic(self, type_: str, source: str) -> str:
        """The topic of an event of this source."""
        topic = TOPIC_OF.get(type_)
        if topic is None:
            return self._of_source.get(source, "acd")
        if topic != "plan":
            self._of_source[source] = topic
        return topic


class Outgoing:
    """A producer that loses nothing silently: idempotent, acknowledged by all replicas in sync.

    Record timestamps are the broker's or now, never event times: retention goes by them. Raises
    UserError where the cluster cannot be reached, NotAcknowledged from `flush` (and from a `send`
    that had to flush) with what failed.
    """

    def __init__(self, settings: KafkaSettings, patience_s: float = PATIENCE_S) -> None:
        self.sent = 0
        """Records handed over so far, acknowledged or not."""
        self._settings = settings
        self._patience_s = patience_s
        self._pending: deque[Any] = deque()
        self._pending_bytes = 0
        self._counts: dict[str, int] = {}
        self.routes = Routes()
        compression = None if settings.compression == "none" else settings.compression
        options = for_kafka_python(settings) | {
            "acks": "all",
            "enable_idempotence": True,
            "compression_type": compression,
            "linger_ms": LINGER_MS,
            "batch_size": BATCH_BYTES,
            "max_block_ms": METADATA_MS,
            "delivery_timeout_ms": round(patience_s * 1000),
            "request_timeout_ms": round(min(30.0, patience_s / 2) * 1000),
            "allow_auto_create_topics": False,
        }
        with explained(settings):
            reach(settings)
            self._producer = KafkaProducer(**options)

    def send(
        self, topic: str, key: bytes | None, value: bytes, partition: int | None = None
    ) -> None:
        """Hand over a record; without a key or partition to any partition of the topic."""
        if topic not in self._counts:
            self._partitions(topic)
        name = self._settings.topic(topic)
        with explained(self._settings):
            self._pending.append(self._producer.send(name, value, key, partition=partition))
        self.sent += 1
        self._pending_bytes += len(value)
        if len(self._pending) >= MOST_PENDING or self._pending_bytes >= MOST_BYTES:
            self.flush()

    def send_event(self, type_: str, source: str, program: str, raw: bytes) -> None:
        """Hand over an event, keyed by its program."""
        topic = self.routes.topic(type_, source)
        count = self._counts.get(topic) or self._partitions(topic)
        # Kept by program: hashing each key anew took the client a quarter of its time.
        self.send(topic, program.encode(), raw, partition_of(program, count))

    def look_at(self, topic: str) -> None:
        """Raises UserError where the topic is missing."""
        self._partitions(topic)

    def keep_reject(self, each: Reject, kept_ms: int, source: str, kind: str) -> None:
        """Write to the topic `rejects` what was refused on its way to a topic."""
        key, value = reject_record(each, -1, kept_ms, source, kind)
        self.send(REJECTS, key, value)

    def mark_taken_again(self, place: Place, at_ms: int, partition: int) -> None:
        """Note in `partition` of the topic `rejects`, where the reject lies, that it was sent again."""
        key, value = taken_again_record(place, at_ms)
        self.send(REJECTS, key, value, partition)

    def settled(self, wait_s: float) -> bool:
        """Whether the fate of every record is known, after waiting at most so long for it."""
        with suppress(KafkaTimeoutError):
            self._producer.flush(wait_s)
        return all(one.is_done for one in self._pending)

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until every record is acknowledged. Raises NotAcknowledged."""
        if not self._pending:
            return
        with suppress(KafkaTimeoutError):
            # Longer than a delivery may take, so that a record fails by itself and says why.
            self._producer.flush(self._patience_s + 10 if timeout_s is None else timeout_s)
        lost = [one for one in self._pending if not one.is_done or one.failed()]
        total = len(self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        if lost:
            raise NotAcknowledged(
                f"{len(lost):,} of {total:,} records were not acknowledged: {_reason(lost)}",
                "send the same again once the cluster is well: what has arrived changes nothing",
            )

    def close(self) -> None:
        """Let go. What was not flushed is given up."""
        try:
            self._producer.close(timeout=0)
        except KafkaTimeoutError:
            # The client (3.0.12) gives up closing where it cannot flush, and would go on trying.
            self._producer._sender.force_close()

    def __enter__(self) -> Self:
        """To be closed behind a block."""
        return self

    def __exit__(self, *error: object) -> None:
        """As `close`."""
        self.close()

    def _partitions(self, topic: str) -> int:
        """Partition count of a topic; it is chosen once. Raises UserError."""
        name = self._settings.topic(topic)
        with explained(self._settings):
            try:
                found = self._producer.partitions_for(name)
            except KafkaTimeoutError:
                # The client waits for a topic that is missing as for a cluster that is away.
                reach(self._settings)
                raise UserError(
                    f"Kafka at {self._settings.bootstrap}: topic {name} is missing",
                    "floorwatch topics apply",
                ) from None
        self._counts[topic] = len(found)
        return len(found)


def _reason(lost: list[Any]) -> str:
    known = [one.exception for one in lost if one.is_done]
    if not known:
        return "the cluster did not answer in time"
    return f"{type(known[0]).__name__}: {known[0]}"[:300]
