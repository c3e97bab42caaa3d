"""Pools of visits and what is laid out like them (conversations, cases, records of campaigns): what a
snapshot keeps of one, and contributions put back with room made for their cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kernels.cells import index_size, resized
from kernels.layout import BLOCK, BLOCKS_USED, VISITS_LIVE, VISITS_USED, Visits
from kernels.sweep import reindex_visits

if TYPE_CHECKING:
    from streams.shard import Shard

Arrays = dict[str, NDArray[Any]]


def raw(array: NDArray[Any]) -> memoryview:
    """The bytes of an array."""
    flat: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return memoryview(flat)


def writable(array: NDArray[Any]) -> NDArray[Any]:
    """A copy: as bytes, for numpy copies records one by one."""
    copy: NDArray[Any] = np.frombuffer(bytearray(raw(array)), array.dtype).reshape(array.shape)
    return copy


def packed(pool: Visits) -> Arrays:
    """What a snapshot keeps of a pool, by name."""
    used, blocks = int(pool.used[VISITS_USED]), int(pool.used[BLOCKS_USED])
    return {
        "rows": pool.rows[:used],
        "events": pool.events[: blocks * BLOCK],
        "next": pool.next[:blocks],
        "used": pool.used,
    }


def restored(arrays: Arrays) -> Visits:
    """The pool of which `packed` gave this."""
    pool = Visits(
        rows=writable(arrays["rows"]),
        index=np.full(index_size(int(arrays["used"][VISITS_LIVE])), -1, np.int32),
        events=writable(arrays["events"]),
        next=arrays["next"].copy(),
        used=arrays["used"].copy(),
    )
    reindex_visits(pool)
    return pool


def settle(
    shard: Shard, table: str, most: int, count: int, step: Callable[[Any, int], int]
) -> None:
    """Put the contributions of `count` touched rows into cells of `shard.state`, making room as needed.

    `step(state, done)` goes on behind the first `done` rows and returns how far it came; `most`: cells
    that one row may need.
    """
    done = 0
    while True:
        before, state = done, shard.state
        done = step(state, done)
        if done >= count:
            return
        cells = getattr(state, table)
        used = int(cells.used[0])
        if done == before and len(cells.keys) - used >= most:
            raise RuntimeError(f"a row needs more cells of {table} than any may")
        wider: dict[str, Any] = {table: resized(cells, used + used // 2 + most)}
        shard.state = state._replace(**wider)
