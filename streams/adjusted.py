"""Adjustments: what an audit found different in intervals that a shard has let go of.

Nothing else can change these any more: they lie below the floor, where events are too late, no visit that
is kept reaches back to them, and their rows have left the tables into day sums. So the recount's value
becomes a RESTATED revision, and the day sums get the difference: once, in one transaction with it.

Whoever prepares an adjustment has read the ledger at, or after, a state of the shard in which the intervals
were let go of: then only another adjustment can have revised them since. Of these a shard remembers the
revision, so that what was prepared twice, or is late, is not taken twice.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from kernels.cells import add_rows, make_cells, unpack
from kernels.layout import BUCKET_MS, Cells
from schemas.ledger import AUDIT
from streams.audited import LIVE, Difference, key_of
from streams.close import DAYS_KEPT, HOUR_MS, Key, Record, gone_before
from streams.figures import attained
from streams.planning.earlier import KEPT
from streams.rebuild import Place, place_of
from streams.shard import Shard
from streams.tables import SHAPES, TABLES
from streams.view import STAFF_CHANNEL


class Change(NamedTuple):
    """What a row of a table's day sums gets: differences by column and bin."""

    key: Key
    columns: dict[str, int]
    bins: dict[int, int]


class Adjustment(NamedTuple):
    """RESTATED records of a program that stand or fall together, and what its day sums get for them."""

    records: list[Record]
    sums: list[Change]


def adjust(
    shard: Shard, found: Iterable[Difference], people: Sequence[Record], now_ms: int
) -> tuple[list[Record], list[Difference]]:
    """Ledger records of the differences that may be restated; and the others, each with its reason.

    For a shard and a ledger that nobody else writes meanwhile. `people`: as of `prepared`.
    """
    told, left = prepared(shard, found, people)
    return take(shard, told, now_ms)[0], left


def prepared(
    shard: Shard, found: Iterable[Difference], people: Sequence[Record]
) -> tuple[list[Adjustment], list[Difference]]:
    """Adjustments of the differences that a shard has let go of; and the others, each with its reason.

    `people`: the newest records of staffing groups of the days that are touched, as they are:
    whether a planning interval was in its band depends on all of it.
    """
    told = list(found)
    settled = _settled(shard, [one.key for one in told if not one.kept_as_is])
    left = [
        one if one.kept_as_is else one._replace(kept_as_is=LIVE)
        for one in told
        if one.key not in settled
    ]
    made: list[Adjustment] = []
    of_people: dict[Key, list[Difference]] = {}
    for one in told:
        if one.key not in settled:
            continue
        if one.key[2] != STAFF_CHANNEL:
            record = _restated(one)
            made.append(Adjustment([record], [_difference(one.recorded, record)]))
            continue
        of_people.setdefault(_hour_of(one.key), []).append(one)
    was = _by_hour(people)
    for hour, differing in of_people.items():
        records = [_restated(one) for one in differing]
        made.append(Adjustment(records, _of_people(shard, was.get(hour, []), records)))
    return made, left


def take(
    shard: Shard, told: Sequence[Adjustment], now_ms: int
) -> tuple[list[Record], list[Adjustment]]:
    """Ledger records of adjustments, now booked in the shard; and those that it does not take.

    Refused is what is no longer, or not yet, the shard's past: another adjustment came before it.
    """
    since = now_ms // BUCKET_MS - DAYS_KEPT
    shard.adjusted = {key: one for key, one in shard.adjusted.items() if one[1] >= since}
    settled = _settled(shard, [key_of(record) for one in told for record in one.records])
    records, changes, refused = list[Record](), list[Change](), []
    for one in told:
        keys = [key_of(record) for record in one.records]
        newest = [shard.adjusted.get(key, (0, 0))[0] for key in keys]
        is_next = all(of.revision > known for of, known in zip(one.records, newest, strict=True))
        if not settled.issuperset(keys) or not is_next:
            refused.append(one)
            continue
        records += [record._replace(recorded_ms=now_ms) for record in one.records]
        changes += one.sums
        for key, record in zip(keys, one.records, strict=True):
            shard.adjusted[key] = record.revision, now_ms // BUCKET_MS
    _book(shard, changes)
    shard.restated += len(records)
    return records, refused


def _settled(shard: Shard, keys: Collection[Key]) -> set[Key]:
    """Those that nothing in the shard can change any more."""
    places = {key: place_of(shard, key) for key in keys}
    shard.learn_names()
    before = gone_before(shard)
    live = []
    for name in TABLES:
        cells = getattr(shard.state, name)
        live.append(set(cells.keys[: int(cells.used[0])].tolist()))
    return {
        key
        for key, place in places.items()
        if key[4] + BUCKET_MS <= before[place.queue] and place.key not in live[place.table]
    }


def _restated(one: Difference) -> Record:
    told = one.counted or one.recorded
    assert told is not None
    columns, bins = (told.columns, told.wait_hist) if one.counted else ({}, {})
    old = {} if one.recorded is None else one.recorded.columns
    revision = 1 if one.recorded is None else one.recorded.revision
    return told._replace(
        revision=revision + 1,
        state="RESTATED",
        columns=columns,
        wait_hist=bins,
        old_columns=old,
        reason=AUDIT,
        recorded_ms=0,
    )


def _difference(old: Record | None, new: Record) -> Change:
    was, bins = (old.columns, old.wait_hist) if old else ({}, {})
    return Change(
        key_of(new),
        {name: new.columns.get(name, 0) - was.get(name, 0) for name in new.columns | was},
        {edge: new.wait_hist.get(edge, 0) - bins.get(edge, 0) for edge in new.wait_hist | bins},
    )


def _hour_of(key: Key) -> Key:
    """A staffing group's hour: no planning interval is parted by it."""
    return (*key[:3], "", key[4] // HOUR_MS * HOUR_MS, key[5])


def _by_hour(people: Sequence[Record]) -> dict[Key, list[Record]]:
    found: dict[Key, list[Record]] = {}
    for record in people:
        found.setdefault(_hour_of(key_of(record)), []).append(record)
    return found


def _of_people(shard: Shard, before: Sequence[Record], records: list[Record]) -> list[Change]:
    """Differences of a staffing group, with those of attainment that follow from them."""
    new = {key_of(one): one for one in records}
    was = {key_of(one): one for one in before}
    is_now = sorted((was | new).values(), key=lambda one: one.bucket_ms)
    old = {key_of(one): one for one in attained(shard.plan, before)}
    found = [_difference(old.get(key_of(one)), one) for one in attained(shard.plan, is_now)]
    return [one for one in found if any(one.columns.values())]


def _book(shard: Shard, changes: Iterable[Change]) -> None:
    """Add differences to the day sums, and to what the plan of today is compared with."""
    newest = max(shard.feeds.watermarks().values(), default=0) // BUCKET_MS
    by_table: dict[int, list[tuple[Place, Change]]] = {}
    for one in changes:
        if one.key[4] // BUCKET_MS >= newest - DAYS_KEPT:
            place = place_of(shard, one.key)
            by_table.setdefault(place.table, []).append((place, one))
    for table, told in by_table.items():
        cells = _cells(shard.tables[table].names, SHAPES[table], told)
        buckets = unpack(cells.keys[: int(cells.used[0])])[2]
        shard.days[table].absorb(cells, np.arange(len(buckets)))
        shard.earlier.keep(table, cells, np.flatnonzero(buckets >= newest - KEPT))


def _cells(
    names: Sequence[str], shape: tuple[int, int], told: Sequence[tuple[Place, Change]]
) -> Cells:
    """The differences as rows of a table of this shape."""
    columns = np.array([[one.columns.get(name, 0) for name in names] for _, one in told], np.int64)
    hist = np.zeros((len(told), shape[1]), np.int32)
    for row, (_, one) in enumerate(told):
        for edge, count in one.bins.items():
            hist[row, edge] = count
    at = np.array([(p.queue, p.site, one.key[4] // BUCKET_MS) for p, one in told], np.int64)
    queue, site, bucket = at.T.copy()
    cells: Cells = make_cells(max(64, 2 * len(told)), *shape)
    add_rows(cells, queue, site, bucket, columns, hist)
    return cells
