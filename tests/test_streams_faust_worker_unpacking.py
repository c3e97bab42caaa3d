"""Records are fetched by whole record batches; one alone is the next of them."""

from types import SimpleNamespace
from typing import Any, NamedTuple

from streams.drivers.faust_worker import unpacking


class Record(NamedTuple):
    offset: int


class Fetched:
    """Two record batches of a partition, as aiokafka's fetcher holds them."""

    _topic_partition = None
    _assignment = SimpleNamespace(state_value=lambda tp: SimpleNamespace())

    def __init__(self) -> None:
        self._partition_records: Any = Unpacked()

    def check_assignment(self, partition: Any) -> bool:
        return True

    def has_more(self) -> bool:
        return self._partition_records is not None

    def _update_position(self) -> None:
        pass


class Unpacked:
    next_fetch_offset = 4

    def __init__(self) -> None:
        self._batches = iter([[Record(4), Record(5)], [Record(8)]])

    def __next__(self) -> Any:
        records = next(self._batches)
        self.next_fetch_offset = records[-1].offset + 1
        return unpacking._Records(records[-1].offset, records)


def test_one_record_at_a_time_gives_all_of_them_in_order() -> None:
    fetched, found = Fetched(), []
    while (record := unpacking._getone(fetched)) is not None:
        found.append(record.offset)
    assert found == [4, 5, 8]
    assert unpacking._getone(fetched) is None
