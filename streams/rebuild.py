"""Counting a shard anew although its ledger exists: what is FINAL there changes by revision only."""

from collections.abc import Iterable
from typing import Any

from kernels.cells import cell_key, resized, row_of
from kernels.layout import BUCKET_MS
from schemas.bots import IVR_CHANNEL, TECHNOLOGY_CHANNELS
from schemas.keys import Basis
from streams.close import Record
from streams.intervals import shape_weights
from streams.shard import Shard
from streams.view import STAFF_CHANNEL, QueueKey

_OF_CHAT = (Basis.OFFER.value, Basis.RECEIPT.value)


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
    for record in newest.values():
        _seed(shard, record)
    shard.learn_names()
    shard.partial = partial
    return len(newest)


def _seed(shard: Shard, record: Record) -> None:
    queue = shard.names.queue(QueueKey(record.program, record.queue, record.channel))
    key = cell_key(queue, shard.names.site(record.site), record.bucket_ms // BUCKET_MS)
    name, table = ("arrival", shard.tables[0])
    if record.channel == STAFF_CHANNEL:
        name, table = ("staff", shard.tables[2])
    elif record.channel in TECHNOLOGY_CHANNELS or record.channel == IVR_CHANNEL:
        at_start = record.basis == "arrival"
        name, table = ("bots", shard.tables[4]) if at_start else ("uptime", shard.tables[5])
    elif record.basis in _OF_CHAT:
        name, table = ("chat", shard.tables[3])
    elif record.basis not in {part.basis.value for part in table.parts}:
        name, table = ("handling", shard.tables[1])
    cells = getattr(shard.state, name)
    if len(cells.keys) == int(cells.used[0]):
        cells = resized(cells, int(cells.used[0]) * 2 + 64)
        grown: dict[str, Any] = {name: cells}
        shard.state = shard.state._replace(**grown)
    part = next(part for part in table.parts if part.basis.value == record.basis)
    values = [record.columns.get(column, 0) for column in table.names[part.columns]]
    weights = shape_weights(cells)
    shape = sum(int(weights[at]) * count for at, count in record.wait_hist.items())
    table.seed(int(row_of(cells, key)), part, record.revision, values, shape)
