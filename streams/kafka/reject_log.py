"""The topic `rejects` as a list: what is open, and what was sent again."""

from collections.abc import Iterator
from typing import NamedTuple

from streams import logs
from streams.kafka.committed import Committed
from streams.kafka.records import BadRecord, KeptReject, Place, TakenAgain, reject_of
from streams.kafka.settings import REJECTS, KafkaSettings
from streams.rejects import Reject

POLL_MS = 200


class Logged(NamedTuple):
    """A reject and the partition of the topic `rejects` that holds it."""

    kept: KeptReject
    partition: int


class RejectLog:
    """Rejects by the text of their place, in the order of that topic's partitions."""

    def __init__(self) -> None:
        self.by_id: dict[str, Logged] = {}
        self.taken_again: set[str] = set()

    def listed(self, replayed: bool = False) -> Iterator[tuple[str, Reject, int]]:
        """(id, reject, kept at ms) of those that were not sent again, or of all."""
        for name, (kept, _) in self.by_id.items():
            if replayed or name not in self.taken_again:
                topic, position = kept.place.columns()
                reject = Reject(kept.reason, kept.detail, topic, position, kept.raw)
                yield name, reject, kept.kept_ms

    def add(self, kept: KeptReject, partition: int) -> None:
        """Note a reject. One that was met again is the same, and stays as it was first kept."""
        self.by_id.setdefault(kept.place.text(), Logged(kept, partition))

    def mark(self, place: Place) -> None:
        """Note that a reject was sent again."""
        self.taken_again.add(place.text())


def read_rejects(settings: KafkaSettings) -> RejectLog:
    """All committed records of the topic `rejects` up to its present end. Raises UserError."""
    log = RejectLog()
    with Committed(settings, (REJECTS,)) as topic:
        for tail, (start, _) in topic.bounds().items():
            topic.seek(tail, start)
        for tail, message in topic.to_end(POLL_MS):
            try:
                said = reject_of(message.value)
            except (BadRecord, TypeError) as error:
                place = Place(REJECTS, tail.partition, message.offset)
                logs.warn("bad_record", f"{place.text()}: {error}")
                continue
            if isinstance(said, TakenAgain):
                log.mark(said.place)
            else:
                log.add(said, tail.partition)
    return log
