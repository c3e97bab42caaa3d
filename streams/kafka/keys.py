"""Which partition a program belongs to: Kafka's standard hash of its name."""

from collections.abc import Callable
from functools import cache

from kafka.partitioner import murmur2

POSITIVE = 0x7FFFFFFF


@cache
def partition_of(program: str, partitions: int) -> int:
    """The partition that producers give to records with this key."""
    return int(murmur2(program.encode()) & POSITIVE) % partitions


def owner_of(number: int, partitions: int) -> Callable[[str], bool]:
    """Whether a program belongs to partition `number`."""
    return lambda program: partition_of(program, partitions) == number
