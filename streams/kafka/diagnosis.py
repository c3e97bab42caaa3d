"""Whether a cluster can do the work: reached, topics as declared, clocks agree, a record goes round."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from streams.clock import Clock
from streams.errors import UserError
from streams.finding import Line
from streams.kafka import topics
from streams.kafka.clients import admin, explained, for_kafka_python
from streams.kafka.settings import KafkaSettings

SKEW_WARN_MS, SKEW_FAIL_MS = 1_000, 60_000
SLOW_MS = 1_000
PATIENCE_S = 10.0
SHOWN = 3


def examine(settings: KafkaSettings, clock: Clock) -> Iterator[Line]:
    """Every verdict, in order; nothing further where the cluster cannot be reached.

    Makes a topic of its own for the round trip and deletes it.
    """
    try:
        with admin(settings) as client:
            yield from _told(settings, "kafka", lambda: [_cluster(settings, client)])
            yield from _told(settings, "topics", lambda: _topics(settings, client))
            yield from _told(settings, "partitions", lambda: [_partitions(settings, client)])
            yield from _told(settings, "round trip", lambda: _round_trip(settings, client, clock))
    except UserError as error:
        yield Line("fail", "kafka", error.message, error.hint)


def _told(settings: KafkaSettings, what: str, check: Callable[[], list[Line]]) -> list[Line]:
    try:
        with explained(settings):
            return check()
    except UserError as error:
        return [Line("fail", what, error.message, error.hint)]


def _cluster(settings: KafkaSettings, client: Any) -> Line:
    told = client.describe_cluster()
    brokers = len(told["brokers"])
    said = f"{settings.bootstrap}, cluster {told['cluster_id']}, brokers: {brokers}"
    if brokers < settings.replication:
        return Line(
            "fail", "kafka", said, f"kafka.replication is {settings.replication}: more brokers"
        )
    return Line("ok", "kafka", said)


def _topics(settings: KafkaSettings, client: Any) -> list[Line]:
    found = topics.plan(settings, client)
    if not found:
        return [Line("ok", "topics", f"{len(topics.declared(settings))} as declared")]
    by_hand = all(each.what == topics.COPIES for each in found)
    named = list(dict.fromkeys(each.topic for each in found))
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return [
        Line(
            "warn" if by_hand else "fail",
            "topics",
            f"{len(found)} differences: {', '.join(named[:SHOWN])}{more}",
            "too few copies: kafka-reassign-partitions" if by_hand else "floorwatch topics apply",
        )
    ]


def _partitions(settings: KafkaSettings, client: Any) -> Line:
    there = topics.present(client, topics.declared(settings))
    topics.refuse_other_counts(settings, [], there)
    counts = {there[name].partitions for name in settings.folded_topics if name in there}
    if not counts:
        return Line("fail", "partitions", "no event topic is there", "floorwatch topics apply")
    return Line("ok", "partitions", f"every event topic has {counts.pop()}")


class Trip(NamedTuple):
    """A record's way: our clock around its writing, the broker's at it, and how long it took."""

    before_ms: int
    broker_ms: int
    after_ms: int
    took_ms: float

    @property
    def skew_ms(self) -> int:
        """How far the broker's clock is ahead for certain; negative: behind."""
        ahead, behind = self.broker_ms - self.after_ms, self.broker_ms - self.before_ms
        return max(ahead, 0) or min(behind, 0)


def _round_trip(settings: KafkaSettings, client: Any, clock: Clock) -> list[Line]:
    with _probe_topic(settings, client) as topic:
        trip = _trip(settings, topic, clock)
    slow = trip.took_ms > SLOW_MS
    return [
        skew_line(trip.skew_ms),
        Line(
            "warn" if slow else "ok",
            "round trip",
            f"{trip.took_ms:.0f} ms to write a record and read it",
            "far away, or brokers that have too much to do?" if slow else "",
        ),
    ]


def skew_line(skew_ms: int) -> Line:
    """What a difference between the clocks means: arrival is stamped by the broker's."""
    told = f"{abs(skew_ms) / 1000:.1f} s {'ahead' if skew_ms > 0 else 'behind'}"
    if abs(skew_ms) < SKEW_WARN_MS:
        return Line("ok", "broker's clock", "agrees with this machine's")
    verdict: Any = "fail" if abs(skew_ms) >= SKEW_FAIL_MS else "warn"
    return Line(verdict, "broker's clock", told, "run NTP on both machines")


@contextmanager
def _probe_topic(settings: KafkaSettings, client: Any) -> Iterator[str]:
    """A topic that nobody else reads; deleted at the end, also where it was left from before."""
    name = f"{settings.group}-doctor"
    topics.create(client, [topics.Topic(name, 1, 1, {"message.timestamp.type": "LogAppendTime"})])
    try:
        yield name
    finally:
        with suppress(Exception):
            client.delete_topics([name])


def _trip(settings: KafkaSettings, topic: str, clock: Clock) -> Trip:
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition

    partition, value = TopicPartition(topic, 0), uuid.uuid4().bytes
    options = for_kafka_python(settings)
    producer = KafkaProducer(**options, linger_ms=0)
    consumer = KafkaConsumer(**options)
    try:
        # The first one finds its way; the second is measured.
        first = producer.send(topic, b"", partition=0).get(PATIENCE_S)
        consumer.assign([partition])
        consumer.seek(partition, first.offset)
        _await_value(consumer, topic, b"")
        begun, before_ms = time.perf_counter(), clock.now_ms()
        written = producer.send(topic, value, partition=0).get(PATIENCE_S)
        after_ms = clock.now_ms()
        _await_value(consumer, topic, value)
        took_ms = (time.perf_counter() - begun) * 1000
        return Trip(before_ms, written.timestamp, after_ms, took_ms)
    finally:
        producer.close()
        consumer.close()


def _await_value(consumer: Any, topic: str, value: bytes) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=200).values():
            if any(record.value == value for record in records):
                return
    raise UserError(
        f"a record written to {topic} was not read within {PATIENCE_S:.0f} s",
        "may this client read? see the brokers' logs",
    )
