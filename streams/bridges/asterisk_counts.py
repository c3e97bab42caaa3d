"""Numbering of records within their second, and counts of names that cannot fill the memory."""

import msgspec

from streams.bridges.asterisk_lines import Record

MAX_COUNTED_NAMES = 200
"""Distinct record names counted apart; QueueLog() can invent any number of them."""
MAX_COUNTED_LENGTH = 64
REPEAT_WINDOW_S = 10
"""Seconds in which identical lines are told apart, should the writer's clock step back."""


class Second(msgspec.Struct, array_like=True):
    """Lines of one second: how many, and how often each content."""

    lines: int = 0
    seen: dict[str, int] = {}


def place_of(seconds: dict[int, Second], record: Record, clock_ms: int) -> tuple[int, str]:
    """Place of a record among those of its second, and its id; remembers both in `seconds`."""
    now = record.time_ms // 1000
    if now not in seconds:
        oldest = clock_ms // 1000 - REPEAT_WINDOW_S
        for at in [at for at in seconds if at < oldest]:
            del seconds[at]
        seconds[now] = Second()
    second = seconds[now]
    digest = record.digest()
    place, repeats = second.lines, second.seen.get(digest, 0)
    second.lines += 1
    second.seen[digest] = repeats + 1
    return place, f"{digest}-{repeats}" if repeats else digest


def count(counts: dict[str, int], name: str) -> None:
    """Adds one to a name; the names beyond the limit share one entry."""
    known = name[:MAX_COUNTED_LENGTH]
    if known not in counts and len(counts) >= MAX_COUNTED_NAMES:
        known = "(others)"
    counts[known] = counts.get(known, 0) + 1
