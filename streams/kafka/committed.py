"""Reading whole topics, committed records only, by offsets of one's own: no group, no reset."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition

from streams.errors import UserError
from streams.kafka.clients import explained, for_kafka_python
from streams.kafka.reach import reach
from streams.kafka.settings import KafkaSettings

MOST = 5000
"""Records of one poll."""
AWAY_S = 30.0
"""Without news for so long: is the cluster still there?"""


class Tail(NamedTuple):
    """A partition of a topic, named without prefix."""

    topic: str
    partition: int


class Committed:
    """A consumer of all partitions of some topics. Seek each before polling. Raises UserError."""

    def __init__(self, settings: KafkaSettings, topics: Sequence[str]) -> None:
        self._settings = settings
        options = for_kafka_python(settings) | {
            "isolation_level": "read_committed",
            "group_id": None,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "allow_auto_create_topics": False,
            "max_poll_records": MOST,
        }
        with explained(settings):
            reach(settings)
            self._consumer = KafkaConsumer(**options)
            self._partitions = {
                Tail(topic, number): TopicPartition(settings.topic(topic), number)
                for topic in topics
                for number in self._numbers(topic)
            }
            self._tails = {partition: tail for tail, partition in self._partitions.items()}
            self._consumer.assign(list(self._tails))
        self._ends: dict[Tail, int] = {}

    def narrow(self, number: int) -> None:
        """Read only this partition of each topic from here on. Ask for `bounds`, and seek, anew."""
        self._tails = {
            at: tail for tail, at in self._partitions.items() if tail.partition == number
        }
        self._consumer.assign(list(self._tails))
        self._ends = {}

    def bounds(self) -> dict[Tail, tuple[int, int]]:
        """First offset and present end of each partition; open transactions lie behind the end."""
        with explained(self._settings):
            starts = self._consumer.beginning_offsets(list(self._tails))
            ends = self._consumer.end_offsets(list(self._tails))
        self._ends = {self._tails[each]: end for each, end in ends.items()}
        return {self._tails[each]: (start, ends[each]) for each, start in starts.items()}

    def seek(self, tail: Tail, offset: int) -> None:
        """Read a partition from here on."""
        self._consumer.seek(self._partitions[tail], offset)

    def poll(self, wait_ms: int) -> list[tuple[Tail, Any]]:
        """The next records, in order within each partition."""
        with explained(self._settings):
            found = self._consumer.poll(wait_ms)
        return [
            (self._tails[each], record) for each, records in found.items() for record in records
        ]

    def position(self, tail: Tail) -> int:
        """Offset behind what was polled, and behind what is passed over there."""
        return int(self._consumer.position(self._partitions[tail]))

    def at_end(self) -> bool:
        """Whether everything up to the end that `bounds` told has been polled."""
        return all(self.position(tail) >= end for tail, end in self._ends.items())

    def to_end(self, wait_ms: int) -> Iterator[tuple[Tail, Any]]:
        """Every record up to the end that `bounds` told. Raises UserError if the cluster goes away."""
        heard_s = time.monotonic()
        while not self.at_end():
            found = self.poll(wait_ms)
            yield from found
            if found:
                heard_s = time.monotonic()
            elif time.monotonic() - heard_s > AWAY_S:
                heard_s = time.monotonic()
                reach(self._settings)

    def close(self) -> None:
        """Let go."""
        self._consumer.close()

    def __enter__(self) -> Self:
        """To be closed behind a block."""
        return self

    def __exit__(self, *error: object) -> None:
        """As `close`."""
        self.close()

    def _numbers(self, topic: str) -> list[int]:
        name = self._settings.topic(topic)
        numbers = self._consumer.partitions_for_topic(name)
        if not numbers:
            self._consumer.close()
            raise UserError(
                f"Kafka at {self._settings.bootstrap}: topic {name} is missing",
                "floorwatch topics apply",
            )
        return sorted(numbers)
