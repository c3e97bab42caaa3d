"""The plan's figures of a shard: every version of every forecast and requirement, and which counts.

Rows are kept as one sorted array: a plan of 2,000 queues and 40 days is a million of them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.forecasts import AHT_BASES
from streams.decode_plan import Planned
from streams.wire import FORECAST_CODE

ROW = np.dtype(
    [
        ("queue", np.int32),
        ("site", np.int32),
        ("start", np.int64),
        ("end", np.int64),
        ("version", np.int64),
        ("published", np.int64),
        ("rev", np.int64),
        ("amount", np.int64),
        ("aht", np.int64),
        ("basis", np.int32),
        ("shrinkage", np.int32),
        ("concurrency", np.int32),
        ("note", np.int32),
    ]
)
"""One version's figure for one interval of a queue or group (by its code). `amount`: thousandths of
contacts, or of FTE; `aht` ms; `basis`: place in AHT_BASES; `shrinkage` permille; `concurrency`
thousandths; `note`: place in Book.notes."""
_ORDER = ("queue", "site", "start", "version")
_STANDS = ("published", "rev", "end", "amount", "aht", "basis", "shrinkage", "concurrency")
SETTLE_AT = 50_000
"""So many new rows are sorted in at once at the latest."""


class Note(NamedTuple):
    """Where a version came from."""

    source: str
    author: str
    reason: str


class Book:
    """All versions. Of one version and interval the row published last stands, whatever the order
    in which rows came."""

    def __init__(self) -> None:
        self._rows = np.zeros(0, ROW)
        self._new: list[tuple[int, ...]] = []
        self.notes: list[Note] = []
        self._known: dict[Note, int] = {}
        self.changed = 0
        """Rises with every batch of figures: what was worked out of older ones is out of date."""

    def take(self, planned: Sequence[Planned]) -> None:
        """Keep the figures of a batch."""
        for event, queue, site, _ in planned:
            note = self._note(Note(event.source, event.author, event.reason))
            head = (queue, site, event.start, event.end, event.version, event.time, event.rev)
            if event.code == FORECAST_CODE:
                told = (
                    event.milli_contacts,
                    event.aht_ms,
                    AHT_BASES.index(event.aht_basis),
                    event.shrinkage_permille,
                    event.milli_concurrency,
                )
            else:
                told = (event.milli_fte, 0, 0, 0, 0)
            self._new.append((*head, *told, note))
        self.changed += bool(planned)
        if len(self._new) > SETTLE_AT:
            self.rows()

    def rows(self) -> NDArray[np.void]:
        """All that stands, ROW (n,), by queue, site, start and version."""
        if self._new:
            merged = np.concatenate((self._rows, np.array(self._new, ROW)))
            order = np.lexsort([merged[name] for name in (*_STANDS[::-1], *_ORDER[::-1])])
            self._rows, self._new = _last_of_each(merged[order]), []
        return self._rows

    def between(self, since_ms: int, until_ms: int) -> NDArray[np.void]:
        """Rows whose interval begins in [since, until) ms."""
        rows = self.rows()
        return rows[(rows["start"] >= since_ms) & (rows["start"] < until_ms)]

    def forget_before(self, moment_ms: int) -> None:
        """Drop the figures of intervals that ended before `moment_ms`."""
        rows = self.rows()
        if len(rows) and int(rows["end"].min()) < moment_ms:
            self._rows = rows[rows["end"] >= moment_ms]

    def _note(self, note: Note) -> int:
        code = self._known.get(note)
        if code is None:
            code = self._known[note] = len(self.notes)
            self.notes.append(note)
        return code

    def restore(self, rows: NDArray[np.void], notes: Sequence[Any]) -> None:
        """Take over what `rows` gave, and the notes."""
        self._rows, self._new = rows.copy(), []
        self.notes = [Note(*note) for note in notes]
        self._known = {note: code for code, note in enumerate(self.notes)}
        self.changed += 1


def _last_of_each(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Of sorted rows the last of each queue, site, start and version."""
    last = np.ones(len(rows), np.bool_)
    last[:-1] = np.any([rows[name][:-1] != rows[name][1:] for name in _ORDER], axis=0)
    return rows[last]


def official(rows: NDArray[np.void], begins: NDArray[np.int64]) -> NDArray[np.void]:
    """Of each queue, site and start the version that counts.

    `begins` int64 (n,): when the local day of each row begins, ms UTC. The greatest version that
    was published before it, or else the least one: a later one is an edit.
    """
    return _chosen(rows, rows["published"] < begins)


def newest(rows: NDArray[np.void], asof: NDArray[np.int64] | None = None) -> NDArray[np.void]:
    """Of each queue, site and start the greatest version, of those published up to `asof` ms (n,)."""
    if asof is not None:
        rows = rows[rows["published"] <= asof]
    return _chosen(rows, np.ones(len(rows), np.bool_))


def _chosen(rows: NDArray[np.void], eligible: NDArray[np.bool_]) -> NDArray[np.void]:
    if not len(rows):
        return rows
    first = np.ones(len(rows), np.bool_)
    first[1:] = np.any([rows[name][:-1] != rows[name][1:] for name in _ORDER[:3]], axis=0)
    starts = np.flatnonzero(first)
    places = np.where(eligible, np.arange(len(rows)), -1)
    best = np.maximum.reduceat(places, starts)
    return rows[np.where(best >= 0, best, starts)]
