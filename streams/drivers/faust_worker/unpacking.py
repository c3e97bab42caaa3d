"""Fetched records by whole record batches of the log, where aiokafka goes through them one by one.

A Python step and an object per record were more than half of what fetching costs. What is aborted,
what are markers and where fetching goes on stays aiokafka's to decide, per record batch.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from aiokafka.consumer import fetcher


class Taken(list[Any]):
    """Records of a partition from offset `start` on, none left out between it and the first.

    The first ones may lie below it: a record batch comes whole.
    """

    start = -1


class _Records(NamedTuple):
    """A record batch in place of a record: aiokafka goes on behind its last offset."""

    offset: int
    records: list[Any]


class _Whole:
    """A record batch of which iterating yields all records at once."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[_Records]:
        records = list(self._batch)
        if records:
            yield _Records(records[-1].offset, records)


class _Batches:
    """What was fetched of a partition, each record batch in one piece."""

    def __init__(self, records: Any) -> None:
        self.has_next = records.has_next
        self._records = records

    def next_batch(self) -> _Whole:
        """The next record batch."""
        return _Whole(self._records.next_batch())


_unpack = fetcher.PartitionRecords._unpack_records


def _by_batch(self: Any) -> Any:
    self._records = _Batches(self._records)
    return _unpack(self)


def _as_it_is(self: Any, tp: Any, record: Any) -> Any:
    return record


def _getall(self: Any, max_records: int | None = None) -> Taken:
    """What was fetched before a seek may arrive behind it: only the client knows where it begins.

    Taken as what follows the batch before, such a batch made a shard skip 20,000 events.
    """
    taken = Taken()
    if not self.check_assignment(self._topic_partition) or not self.has_more():
        return taken
    waiting = self._partition_records
    taken.start = waiting.next_fetch_offset
    taken += getattr(waiting, "held_over", ())
    waiting.held_over = []
    while max_records is None or len(taken) < max_records:
        batch = next(waiting, None)
        if batch is None:
            _give(self, taken)
            self._partition_records = None
            return taken
        taken += batch.records
    _hold_over(waiting, taken, max_records)
    _give(self, taken)
    return taken


def _give(fetched: Any, taken: Taken) -> None:
    """Note behind which record fetching stands, and only then where: markers lie between them.

    The other way round a position behind records on their way to the shard would pass for one
    behind markers, and the shard for one that has folded them.
    """
    if taken:
        state = fetched._assignment.state_value(fetched._topic_partition)
        state.given = taken[-1].offset + 1
    fetched._update_position()


def _hold_over(waiting: Any, taken: Taken, most: int) -> None:
    """Keep what is over for the next call: aiokafka counts on never getting more than it asked."""
    waiting.held_over = taken[most:]
    del taken[most:]
    # Not where the first one held over lies: of what is between nothing was left out.
    waiting.next_fetch_offset = taken[-1].offset + 1


def _getone(self: Any) -> Any:
    """The next record, None if there is none."""
    taken = _getall(self, 1)
    return taken[0] if taken else None


def install() -> None:
    """Fetch like this in the whole process."""
    fetcher.PartitionRecords._unpack_records = _by_batch
    fetcher.PartitionRecords._consumer_record = _as_it_is
    fetcher.FetchResult.getall = _getall
    fetcher.FetchResult.getone = _getone
