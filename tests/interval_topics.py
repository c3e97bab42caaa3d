"""Topics as `floorwatch topics apply` makes them, and workers' transactions into them, for tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from streams.close import Record
from streams.kafka.clients import for_kafka_python
from streams.kafka.records import interval_record, reject_record
from streams.kafka.settings import INTERVALS, REJECTS, KafkaSettings
from streams.rejects import Reject

BUCKET_MS = 900_000
FIRST_MS = 1_767_538_800_000 // BUCKET_MS * BUCKET_MS


def make_topics(settings: KafkaSettings, *names: str) -> None:
    wanted = {
        settings.topic(name): {"num_partitions": 4, "replication_factor": 1} for name in names
    }
    client = KafkaAdminClient(**for_kafka_python(settings))
    client.create_topics(wanted, wait_for_metadata=True)
    client.close()


def values(settings: KafkaSettings, topic: str) -> list[Any]:
    """Committed records of a topic, partition after partition."""
    options = for_kafka_python(settings) | {"isolation_level": "read_committed"}
    consumer = KafkaConsumer(**options, auto_offset_reset="earliest", enable_auto_commit=False)
    name = settings.topic(topic)
    tails = [TopicPartition(name, number) for number in consumer.partitions_for_topic(name)]
    consumer.assign(tails)
    ends = consumer.end_offsets(tails)
    found: list[Any] = []
    while any(consumer.position(tail) < ends[tail] for tail in tails):
        found += [each for records in consumer.poll(200).values() for each in records]
    consumer.close()
    return sorted(found, key=lambda each: (each.partition, each.offset))


class Worker:
    """Writes as a worker does: one transaction a checkpoint."""

    def __init__(self, settings: KafkaSettings, shard: int = 0) -> None:
        self.settings = settings
        self.shard = shard
        options = for_kafka_python(settings) | {"transactional_id": f"{settings.app}-{shard}"}
        self.producer = KafkaProducer(**options)
        self.producer.init_transactions()

    def commit(
        self,
        records: Iterable[Record] = (),
        rejects: Iterable[Reject] = (),
        others: Iterable[tuple[str, bytes]] = (),
        abort: bool = False,
    ) -> None:
        self.producer.begin_transaction()
        for record in records:
            self._send(INTERVALS, *interval_record(record))
        for each in rejects:
            self._send(REJECTS, *reject_record(each, self.shard, FIRST_MS))
        for topic, value in others:
            self._send(topic, b"other", value)
        self.producer.flush(30)
        if abort:
            self.producer.abort_transaction()
        else:
            self.producer.commit_transaction()

    def _send(self, topic: str, key: bytes, value: bytes) -> None:
        self.producer.send(self.settings.topic(topic), value, key, partition=self.shard)


@contextmanager
def worker(settings: KafkaSettings, shard: int = 0) -> Iterator[Worker]:
    one = Worker(settings, shard)
    try:
        yield one
    finally:
        one.producer.close(timeout=5)


def interval(number: int, revision: int = 1, program: str = "shop", **changed: Any) -> Record:
    """A ledger record; every number another bucket."""
    states = {0: "PROVISIONAL", 1: "FINAL"}
    record = Record(
        program, "sales", "voice", "", FIRST_MS + number * BUCKET_MS, "arrival", revision,
        states.get(revision, "RESTATED"), 1.0, {"offered": number + 1, "ans": number},
        {3: number} if number else {}, {"offered": number} if revision > 1 else None,
        "late_event" if revision > 1 else "", FIRST_MS + number * BUCKET_MS + 1,
    )  # fmt: skip
    return record._replace(**changed)
