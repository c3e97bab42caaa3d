"""A shard's chats: folding their events, letting their limits pass, sessions still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kernels import cells as cell_tables
from kernels import chat_sweep, sweep
from kernels import chats as visits
from kernels.layout import VISITS_USED, Cells
from kernels.state import calls_of, chats_of, with_room_for
from streams.decode import Batch

if TYPE_CHECKING:
    from streams.shard import Shard

MORE_CELLS = 3_000
ROOM = 256
"""Cells of a copy for spans still open, at first."""


def fold(shard: Shard, batch: Batch) -> NDArray[np.uint8]:
    """Send a batch's chats through the kernels; what became of each event."""
    if batch.chats is None:
        return np.zeros(0, np.uint8)
    given = batch.chats.input
    out, turns = shard.chat_work
    fates, touched = np.zeros(len(given), np.uint8), np.zeros(len(given), np.int32)
    roomy = with_room_for(shard.state.chats, len(given))
    shard.state = shard.state._replace(chats=roomy)
    touches = visits.take_chats(
        given, fates, chats_of(shard.state), shard.work, turns, out, touched
    )
    settle(shard, touched[:touches])
    return fates


def settle(shard: Shard, touched: NDArray[np.int32]) -> None:
    """Put the contributions of touched chats back in, making room for cells as needed."""
    out, turns = shard.chat_work
    done, tried = 0, False
    while done < len(touched):
        before = done
        done = visits.settle_chats(
            chats_of(shard.state), touched, done, shard.work, turns, out, shard.counts_flow
        )
        if done < len(touched):
            if done == before and tried:
                raise RuntimeError(f"chat {int(touched[done])} needs more cells than any may")
            tried = done == before
            shard.more_cells()


def expire(shard: Shard) -> None:
    """Settle anew what the watermarks have reached a limit of."""
    found = np.zeros(int(shard.state.chats.used[VISITS_USED]), np.int32)
    due = found[: chat_sweep.due_chats(chats_of(shard.state), found)]
    out, turns = shard.chat_work
    chat_sweep.expire_chats(chats_of(shard.state), due, shard.work, turns, out)
    settle(shard, due)


def forget(shard: Shard) -> None:
    """Recycle what no limit and no event can change any more."""
    if chat_sweep.forget_chats(chats_of(shard.state)):
        sweep.reindex_visits(shard.state.chats)


def live(shard: Shard, now_ms: int, gauges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add chats to the live gauges; those still waiting within their first T (kernels.sweep)."""
    young = np.zeros((int(shard.state.chats.used[VISITS_USED]) + 1, 2), np.int64)
    return young[: chat_sweep.live_chats(chats_of(shard.state), now_ms, gauges, young)]


def handling_with_open(shard: Shard, now_ms: int) -> Cells:
    """A copy of the handling cells with handling still open at `now_ms` (-1: the watermark)."""
    state, (out, turns) = shard.state, shard.chat_work
    copy: Cells = cell_tables.resized(state.handling, int(state.handling.used[0]) + ROOM)
    row, end = 0, int(state.visits.used[VISITS_USED])
    while True:
        row = sweep.open_handling(calls_of(state), now_ms, copy, row, shard.work, shard.out)
        if row >= end:
            break
        copy = cell_tables.resized(copy, len(copy.keys) + MORE_CELLS)
    row, end = 0, int(state.chats.used[VISITS_USED])
    while True:
        row = chat_sweep.open_chats(chats_of(state), now_ms, copy, row, shard.work, turns, out)
        if row >= end:
            return copy
        copy = cell_tables.resized(copy, len(copy.keys) + MORE_CELLS)
