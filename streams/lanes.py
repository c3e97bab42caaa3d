"""What is folded beside calls: people, chats, bots, deferred and outbound work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from streams import bots, cases, chats, outbound, staff
from streams.decode import Batch

if TYPE_CHECKING:
    from streams.shard import Shard


def fold(shard: Shard, batch: Batch) -> NDArray[np.uint8]:
    """Send a batch's other events through their kernels; what became of each, in the order of
    Batch.place_of."""
    return np.concatenate(
        (
            *staff.fold(shard, batch),
            chats.fold(shard, batch),
            *bots.fold(shard, batch),
            cases.fold(shard, batch),
            outbound.fold(shard, batch),
        )
    )


def learn_names(shard: Shard) -> None:
    """Bring the tables of their kernels up to the names known."""
    shard.bots.plan = bots.plan_table(shard.names, shard.technologies)
    cases.learn_names(shard)
    outbound.learn_names(shard)


def expire(shard: Shard) -> None:
    """Let the watermarks make of them what they make."""
    chats.expire(shard)
    bots.expire(shard)
    cases.expire(shard)
    outbound.expire(shard)
