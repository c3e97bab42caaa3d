"""Making, growing and packing the arrays of a shard's state."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.cells import index_size, make_cells
from kernels.chat_layout import CHAT_OUTCOME, CHAT_VISIT
from kernels.columns import (
    ARRIVAL_ROW,
    BOTS_ROW,
    CASES_ROW,
    CHAT_ROW,
    HANDLING_ROW,
    OUTBOUND_ROW,
    STAFF_ROW,
    THRESHOLDS,
    UPTIME_ROW,
    WAIT_BINS,
)
from kernels.growth import extended
from kernels.layout import (
    BLOCK,
    BLOCKS_USED,
    EVENT,
    FLOWS,
    I8,
    MAX_EVENTS,
    OUTCOME,
    VISIT,
    VISITS_LIVE,
    VISITS_USED,
    CallState,
    Cells,
    ChatQueues,
    ChatState,
    Places,
    Programs,
    Records,
    State,
    Targets,
    Visits,
)
from kernels.people import make_people
from kernels.pools import make_pool
from kernels.sweep import reindex_visits


def make_targets(queues: int) -> Targets:
    """Target rows of no queue, room for `queues` codes."""
    return Targets(
        start=np.zeros(queues, np.int32),
        count=np.zeros(queues, np.int32),
        valid_from=np.zeros(0, np.int64),
        thresholds=np.zeros((0, THRESHOLDS), np.int64),
        short=np.zeros(0, np.int64),
        attempts=np.ones(queues, np.int32),
        preallocated=np.zeros(queues, np.uint8),
    )


def make_chat_queues(queues: int) -> ChatQueues:
    """Settings of chat of no queue, room for `queues` codes."""
    return ChatQueues(
        no_reply=np.zeros(queues, np.int64),
        unresolved=np.zeros(queues, np.int64),
        deferred=np.zeros(queues, np.uint8),
        open_only=np.zeros(queues, np.uint8),
        no_queue=np.zeros(queues, np.int32),
        days=np.zeros(queues, np.uint8),
        opens=np.zeros(queues, np.int64),
        closes=np.zeros(queues, np.int64),
        closed_start=np.zeros(queues, np.int32),
        closed_count=np.zeros(queues, np.int32),
        closed=np.zeros(0, np.int64),
        zone_start=np.zeros(queues, np.int32),
        zone_count=np.zeros(queues, np.int32),
        offset_from=np.zeros(0, np.int64),
        offset=np.zeros(0, np.int64),
    )


def make_state() -> State:
    """An empty state."""
    return State(
        visits=make_pool(VISIT, EVENT, 256, 512),
        chats=make_pool(CHAT_VISIT, EVENT),
        arrival=make_cells(64, len(ARRIVAL_ROW), WAIT_BINS),
        handling=make_cells(64, len(HANDLING_ROW), 0),
        chat=make_cells(64, len(CHAT_ROW), WAIT_BINS),
        staff=make_cells(64, len(STAFF_ROW), 0),
        bots=make_cells(64, len(BOTS_ROW), WAIT_BINS),
        uptime=make_cells(64, len(UPTIME_ROW), 0),
        cases=make_cells(64, len(CASES_ROW), 0),
        outbound=make_cells(64, len(OUTBOUND_ROW), 0),
        people=make_people(),
        places=Places(
            np.zeros(64, np.uint16), np.zeros(64, np.uint16),
            np.zeros(64, np.uint64), np.zeros(64, np.uint64),
        ),
        targets=make_targets(64),
        chat_queues=make_chat_queues(64),
        programs=Programs(np.full(16, -1, np.int64), np.full(16, -1, np.int64),
                          np.zeros(16, np.int32), np.zeros(16, np.int32),
                          np.full(16, -1, np.int64)),
        flow=np.zeros((64, FLOWS), np.int64),
    )  # fmt: skip


def make_work() -> tuple[Records, Records]:
    """Scratch of a fold: a visit's events, one outcome."""
    return np.zeros(MAX_EVENTS + 1, EVENT), np.zeros(1, OUTCOME)


def make_chat_work() -> tuple[Records, I8]:
    """Scratch of a fold of chat: one outcome, a visit's turns (received, answered; ms)."""
    return np.zeros(1, CHAT_OUTCOME), np.zeros((MAX_EVENTS + 1, 2), np.int64)


def with_room_for(visits: Visits, events: int) -> Visits:
    """The same visits with room for `events` more, each of which may start a visit or a block."""
    rows = extended(visits.rows, int(visits.used[VISITS_USED]) + events)
    need = int(visits.used[BLOCKS_USED]) + events + events // BLOCK + 1
    blocks = extended(visits.next, need)
    stored = extended(visits.events, len(blocks) * BLOCK)
    wider = visits._replace(rows=rows, events=stored, next=blocks)
    if index_size(int(visits.used[VISITS_LIVE]) + events) > len(visits.index):
        size = index_size(int(visits.used[VISITS_LIVE]) + events)
        wider = wider._replace(index=np.full(size, -1, np.int32))
        reindex_visits(wider)
    return wider


def packed(cells: Cells) -> dict[str, NDArray[Any]]:
    """Arrays of the used rows of cells, without index: what a snapshot keeps."""
    n = int(cells.used[0])
    return {
        "keys": cells.keys[:n],
        "columns": cells.columns[:n],
        "hist": cells.hist[:n] if len(cells.hist) else cells.hist,
    }


def calls_of(state: State) -> CallState:
    """The part of a state that kernels of calls are handed."""
    return CallState._make(getattr(state, name) for name in CallState._fields)


def chats_of(state: State) -> ChatState:
    """The part of a state that kernels of chats are handed."""
    return ChatState._make(getattr(state, name) for name in ChatState._fields)
