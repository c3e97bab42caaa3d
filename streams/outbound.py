"""A shard's outbound work: folding, what time makes of it, forgetting, live gauges, snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kernels import outbound, sweep
from kernels.layout import I4, VISITS_USED, Visits
from kernels.outbound_layout import make_outbound, make_outbound_scratch
from kernels.state import with_room_for
from schemas.outbound import OUTBOUND_CHANNEL
from streams import visit_pools
from streams.decode import Batch
from streams.view import OutboundNow, QueueKey
from streams.visit_pools import Arrays

if TYPE_CHECKING:
    from streams.shard import Shard

MORE_CELLS = 1100
"""For the record with most events."""


@dataclass
class Outbound:
    """Beside the cells of kernels.layout.State: what they were counted from."""

    pool: Visits = field(default_factory=make_outbound)
    no_queue: I4 = field(default_factory=lambda: np.zeros(0, np.int32))


def learn_names(shard: Shard) -> None:
    """Bring the kernels' table up to the names known."""
    names = shard.names
    shard.outbound.no_queue = np.zeros(len(names.programs), np.int32)
    for code, key in enumerate(names.queues):
        if key.channel == OUTBOUND_CHANNEL and not key.queue:
            shard.outbound.no_queue[names.program(key.program)] = code


def fold(shard: Shard, batch: Batch) -> NDArray[np.uint8]:
    """Send a batch's records and lists through the kernels; what became of each event."""
    if batch.outbound is None:
        return np.zeros(0, np.uint8)
    given = batch.outbound.input
    fates = np.zeros(len(given), np.uint8)
    known = shard.outbound
    known.pool = with_room_for(known.pool, len(given))
    scratch = make_outbound_scratch(len(given))
    floor = shard.state.programs.floor
    count = outbound.take_outbound(given, fates, known.pool, scratch, shard.state.outbound, floor)
    _settle(shard, scratch, count)
    return fates


def _settle(shard: Shard, scratch: Any, count: int) -> None:
    known = shard.outbound
    visit_pools.settle(shard, "outbound", MORE_CELLS, count, lambda s, done: outbound.settle_outbound(
        known.pool, scratch, done, count, s.outbound, known.no_queue, s.programs))  # fmt: skip


def expire(shard: Shard) -> None:
    """Settle what the watermarks make another: ends of lists and of local days that were reached."""
    known, state = shard.outbound, shard.state
    if not known.pool.used[VISITS_USED]:
        return
    scratch = make_outbound_scratch(int(known.pool.used[VISITS_USED]))
    count = outbound.due_outbound(known.pool, scratch, state.outbound, state.programs)
    _settle(shard, scratch, count)


def forget(shard: Shard) -> None:
    """Recycle records and lists that are over and recorded for good."""
    if outbound.forget_outbound(shard.outbound.pool, shard.state.programs.floor):
        sweep.reindex_visits(shard.outbound.pool)


def now(shard: Shard, now_ms: int) -> dict[QueueKey, OutboundNow]:
    """What is on the lists of every campaign, listed or seen, and how far it is behind its plan."""
    campaigns = [
        (code, key)
        for code, key in enumerate(shard.names.queues)
        if key.queue and key.channel == OUTBOUND_CHANNEL
    ]
    if not campaigns:
        return {}
    gauges = np.zeros((len(shard.names.queues), outbound.GAUGES), np.int64)
    outbound.outbound_now(shard.outbound.pool, now_ms, gauges)
    return {key: OutboundNow(*gauges[code].tolist()) for code, key in campaigns}


def packed(shard: Shard) -> Arrays:
    """What a snapshot keeps of outbound work, by name."""
    return visit_pools.packed(shard.outbound.pool)


def restore(shard: Shard, arrays: Arrays) -> None:
    """Take over what `packed` gave."""
    shard.outbound = Outbound(visit_pools.restored(arrays))
    learn_names(shard)
