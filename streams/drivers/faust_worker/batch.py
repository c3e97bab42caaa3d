"""A message of the transport: everything one fetch brought of one partition."""

from typing import NamedTuple

from streams.drivers.partition import Fetched, Partition


class FetchedBatch(NamedTuple):
    """What one fetch brought of one partition, for the shard that was open when it was fetched."""

    owner: Partition
    topic: str
    fetched_from: int
    records: list[Fetched]
