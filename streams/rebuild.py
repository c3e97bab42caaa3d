"""Counting a shard anew although its ledger exists: what is FINAL there changes by revision only."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from kernels.cells import cell_key, resized, row_of
from kernels.layout import BUCKET_MS
from schemas.bots import IVR_CHANNEL, TECHNOLOGY_CHANNELS
from schemas.deferred import DEFERRED_CHANNEL
from schemas.keys import Basis
from schemas.ledger import AUDIT
from schemas.outbound import OUTBOUND_CHANNEL
from streams.close import Key, Record
from streams.intervals import shape_weights
from streams.shard import Shard
from streams.tables import ARRIVAL_PARTS, TABLES
from streams.view import STAFF_CHANNEL, QueueKey

_OF_CHAT = (Basis.OFFER.value, Basis.RECEIPT.value)
_OF_ARRIVAL = tuple(part.basis.value for part in ARRIVAL_PARTS)


def seed(shard: Shard, records: Iterable[Record], partial: bool) -> int:
    """Tell an empty shard what was recorded of its intervals; returns how many are awaited.

    Each of them stays as it is, or becomes RESTATED (`rebuild`) once it is counted again and
    complete. With `partial` the beginning of the log is gone: intervals that began before the
    earliest event + unresolved limit are never recorded again (design 5).
    """
    newest: dict[tuple[str, ...], Record] = {}
    for record in records:
        key = (*map(str, record[:5]), record.basis)
        if record.revision and record.revision > getattr(newest.get(key), "revision", 0):
            newest[key] = record
        if record.reason == AUDIT:
            of: Key = (*record[:5], record.basis)
            known = shard.adjusted.get(of, (0, 0))
            shard.adjusted[of] = max(known, (record.revision, record.recorded_ms // BUCKET_MS))
    for record in newest.values():
        _seed(shard, record)
    shard.learn_names()
    shard.partial = partial
    return len(newest)


class Place(NamedTuple):
    """Where a record's columns stand in a shard: table, queue and site by code, packed key."""

    table: int
    queue: int
    site: int
    key: int


def place_of(shard: Shard, key: tuple[str, str, str, str, int, str]) -> Place:
    """The place of (program, queue, channel, site, bucket_ms, basis); its names are interned."""
    program, named, channel, at_site, bucket_ms, basis = key
    queue, site = shard.names.queue(QueueKey(program, named, channel)), shard.names.site(at_site)
    packed = int(cell_key(queue, site, bucket_ms // BUCKET_MS))
    return Place(_table(channel, basis), queue, site, packed)


def _table(channel: str, basis: str) -> int:
    if channel == STAFF_CHANNEL:
        return TABLES.index("staff")
    if channel in TECHNOLOGY_CHANNELS or channel == IVR_CHANNEL:
        return TABLES.index("bots" if basis == "arrival" else "uptime")
    if channel == DEFERRED_CHANNEL:
        return TABLES.index("cases")
    if channel == OUTBOUND_CHANNEL:
        return TABLES.index("outbound")
    if basis in _OF_CHAT:
        return TABLES.index("chat")
    return TABLES.index("arrival" if basis in _OF_ARRIVAL else "handling")


def _seed(shard: Shard, record: Record) -> None:
    place = place_of(shard, (*record[:5], record.basis))
    name, table = TABLES[place.table], shard.tables[place.table]
    cells = getattr(shard.state, name)
    if len(cells.keys) == int(cells.used[0]):
        cells = resized(cells, int(cells.used[0]) * 2 + 64)
        grown: dict[str, Any] = {name: cells}
        shard.state = shard.state._replace(**grown)
    part = next(part for part in table.parts if part.basis.value == record.basis)
    values = [record.columns.get(column, 0) for column in table.names[part.columns]]
    weights = shape_weights(cells)
    shape = sum(int(weights[at]) * count for at, count in record.wait_hist.items())
    table.seed(int(row_of(cells, place.key)), part, record.revision, values, shape)
