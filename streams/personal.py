"""Figures of each person, where settings ask for them: noted once nothing can change them any more.

They are taken when the floor moves over an interval (2 h of lateness and 4 h of horizon after it,
unless the limits say otherwise), from the same events as the group's row: below the floor every
event is too late, so there are no revisions. A replay in any order has no floor; it notes everything
it knows when it ends. The names are those of `Names.staff`: pseudonyms where there is a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.cells import make_cells, resized, unpack
from kernels.columns import STAFF_ROW
from kernels.layout import BUCKET_MS, Cells
from kernels.personal import NUMBER_BITS, book_everybody

if TYPE_CHECKING:
    from streams.shard import Shard

ROOM = 4_000


class PersonRecord(NamedTuple):
    """What a person's time of one interval adds up to: staff columns that are not 0."""

    program: str
    staff: str
    bucket_ms: int
    columns: dict[str, int]


class Personal(NamedTuple):
    """Everything there is of people in [since, until) ms of each program: it replaces what was kept."""

    spans: dict[str, tuple[int, int]]
    records: list[PersonRecord]


def note(shard: Shard, since: NDArray[np.int64], until: NDArray[np.int64]) -> None:
    """Note everybody's whole intervals in [since, until), int64 (programs,), ms, for the next commit."""
    if not shard.privacy.personal_figures:
        return
    begin, end = (np.maximum(each, 0) // BUCKET_MS * BUCKET_MS for each in (since, until))
    spans = {
        name: (int(begin[code]), int(end[code]))
        for code, name in enumerate(shard.names.programs)
        if begin[code] < end[code]
    }
    if spans:
        shard.personal.append(Personal(spans, _records(shard, _booked(shard, begin, end))))


def taken(shard: Shard) -> list[Personal]:
    """What was noted since the last call, for the checkpoint that makes it durable."""
    found, shard.personal = shard.personal, []
    return found


def _booked(shard: Shard, since: NDArray[np.int64], until: NDArray[np.int64]) -> Cells:
    people, places = shard.state.people, shard.state.places
    scratch = places._replace(queue=places.queue.copy(), site=places.site.copy())
    cells: Cells = make_cells(ROOM, len(STAFF_ROW), 0)
    at, end = 0, int(people.used[0])
    while at < end:
        at = book_everybody(people, scratch, cells, since, until, at)
        if at < end:
            cells = resized(cells, 2 * len(cells.keys))
    return cells


def _records(shard: Shard, cells: Cells) -> list[PersonRecord]:
    used = int(cells.used[0])
    low, high, bucket = unpack(cells.keys[:used])
    persons = shard.state.people.persons[low + (high << NUMBER_BITS)]
    keys = zip(persons["program"].tolist(), persons["lo"].tolist(), bucket.tolist(), strict=True)
    found = []
    for (program, digest, number), row in zip(keys, cells.columns[:used].tolist(), strict=True):
        columns = {name: count for name, count in zip(STAFF_ROW, row, strict=True) if count}
        if columns:
            names = shard.names.programs[program], shard.names.staff.get(digest, "")
            found.append(PersonRecord(*names, number * BUCKET_MS, columns))
    return found
