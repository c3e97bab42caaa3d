"""Sums of happenings by place and quarter of an hour, as the center's own accounts list them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from schemas.keys import BUCKET_MS, NO_SITE
from streams.simulator.truth import Columns, bucket_of

Place = tuple[str, str, str, str]
"""(program, queue or technology, channel, site)"""
Cell = tuple[str, str, str, str, int]
"""A place and the start of a bucket, ms UTC."""


def cell(program: str, queue: str, channel: str, time_ms: int, site: str = NO_SITE) -> Cell:
    """Where something that happened at `time_ms` is counted."""
    return (program, queue, channel, site, bucket_of(time_ms))


def pieces(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """A span cut at the edges of buckets; none if it is empty."""
    while start_ms < end_ms:
        until_ms = min(end_ms, bucket_of(start_ms) + BUCKET_MS)
        yield start_ms, until_ms
        start_ms = until_ms


class Sums:
    """Columns by cell."""

    def __init__(self) -> None:
        self._rows: defaultdict[Cell, Columns] = defaultdict(_columns)

    def add(self, at: Cell, column: str, by: int = 1) -> None:
        """Count something."""
        self._rows[at][column] += by

    def add_span(
        self, place: Place, start_ms: int, end_ms: int, *columns: str, sign: int = 1
    ) -> None:
        """Add the length of a span, in ms, cut at the edges of buckets; -1 takes it back."""
        for since_ms, until_ms in pieces(start_ms, end_ms):
            for column in columns:
                self._rows[*place, bucket_of(since_ms)][column] += sign * (until_ms - since_ms)

    def copy(self) -> "Sums":
        """The same sums, to be added to apart."""
        twin = Sums()
        for at, row in self._rows.items():
            twin._rows[at].update(row)
        return twin

    def listed(self) -> list[dict[str, Any]]:
        """Columns that are not 0, sorted: `{program, queue, channel, site, bucket_ms, columns}`."""
        names = ("program", "queue", "channel", "site", "bucket_ms")
        kept = {at: {name: n for name, n in row.items() if n} for at, row in self._rows.items()}
        return [
            dict(zip(names, at, strict=True)) | {"columns": kept[at]}
            for at in sorted(kept)
            if kept[at]
        ]


def _columns() -> Columns:
    return defaultdict(int)
