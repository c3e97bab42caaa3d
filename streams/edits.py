"""Which cells of people's time a schedule edit has changed since intervals were last closed.

The reason of a restated record is read from here: rows that say `restates` rewrite the past with
intent, a row that was only delivered late does not (kernels/STAFF.md, Official schedule).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.cells import cell_key
from kernels.layout import BUCKET_MS, CHANGED, People
from kernels.schedule import LONGEST_ROW_MS

if TYPE_CHECKING:
    from streams.shard import Shard

Stretches = dict[int, set[tuple[int, ...]]]
"""By bucket: place, start, end, activity and whether paid of the pieces in it, ms."""


def before(people: People) -> dict[int, Stretches]:
    """Official schedules, by number, of those with new rows whose schedule holds an edit.

    To be called between taking rows and making them official.
    """
    persons = people.persons[: int(people.used[0])]
    changed = np.flatnonzero(persons["flags"] & CHANGED).tolist()
    return {n: _stretches(people, n) for n in changed if _rows(people, n)["restates"].any()}


def touched(shard: Shard, former: dict[int, Stretches]) -> set[int]:
    """Packed keys of the cells in which the schedules are others now, on days that hold an edit."""
    people, places = shard.state.people, shard.names.places
    found: set[int] = set()
    for number, old in former.items():
        new, edited = _stretches(people, number), _edited(people, number)
        for bucket in edited & {*old, *new}:
            for place, *_ in old.get(bucket, set()) ^ new.get(bucket, set()):
                found.add(int(cell_key(*places[place], bucket)))
    return found


def _rows(people: People, number: int) -> Any:
    person = people.persons[number]
    return people.rows[person["row_start"] : person["row_start"] + person["rows"]]


def _edited(people: People, number: int) -> set[int]:
    """Buckets that any version covers of the days of which a row says `restates`."""
    rows = _rows(people, number)
    believed = rows["end"] - rows["start"] <= LONGEST_ROW_MS
    of_days = rows[believed & np.isin(rows["day"], rows["day"][rows["restates"] > 0])]
    spans = zip(of_days["start"].tolist(), of_days["end"].tolist(), strict=True)
    return {bucket for start, end in spans for bucket in _buckets(start, end)}


def _stretches(people: People, number: int) -> Stretches:
    """A person's official schedule, cut at bucket edges."""
    person = people.persons[number]
    first = int(person["piece_start"])
    found: Stretches = {}
    for piece in people.pieces[first : first + int(person["pieces"])]:
        start, end = int(piece["start"]), int(piece["end"])
        what = int(piece["place"]), int(piece["activity"]), int(piece["paid"])
        for bucket in _buckets(start, end):
            begin = max(start, bucket * BUCKET_MS)
            until = min(end, (bucket + 1) * BUCKET_MS)
            found.setdefault(bucket, set()).add((what[0], begin, until, *what[1:]))
    return found


def _buckets(start_ms: int, end_ms: int) -> range:
    return range(start_ms // BUCKET_MS, -(-end_ms // BUCKET_MS))
