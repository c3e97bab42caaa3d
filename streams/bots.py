"""A shard's conversations and technologies: folding, expiry, open spans, opening hours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kernels import bot_conversations, probes, sweep
from kernels import cells as cell_tables
from kernels import people as pools
from kernels.bot_layout import (
    BotPlan,
    make_bot_plan,
    make_bot_scratch,
    make_conversations,
    make_technologies,
)
from kernels.cells import unpack
from kernels.columns import OPENING_COLUMNS, UPTIME_ROW
from kernels.layout import BUCKET_MS, EVENTS_END, VISITS_USED, Cells, People, Visits
from kernels.probes import LONGEST_MS, MOST_PROBES
from kernels.state import with_room_for
from schemas.bots import BOT_CHANNEL
from schemas.technologies import Technologies
from streams import visit_pools
from streams.decode import Batch
from streams.names import Names
from streams.staff import compacted

if TYPE_CHECKING:
    from streams.shard import Shard

MORE_CELLS = 1100
"""For the longest conversation, that is: every event in a bucket of its own."""
MORE_PROBED = 4 * (LONGEST_MS // BUCKET_MS + 8)
"""For the longest span of a probe."""
_PARTS = tuple(UPTIME_ROW.index(name) for name in ("total_ms", "up_ms", "unknown_ms"))
_OPENING = tuple(UPTIME_ROW.index(name) for name in OPENING_COLUMNS)
Fates = NDArray[np.uint8]


@dataclass
class Bots:
    """Beside the cells of kernels.layout.State: what they were counted from."""

    conversations: Visits = field(default_factory=make_conversations)
    technologies: People = field(default_factory=make_technologies)
    plan: BotPlan = field(default_factory=make_bot_plan)
    hours: dict[tuple[int, int], bool] = field(default_factory=dict)
    """By queue code of a technology and bucket: whether its opening hours run there."""


def plan_table(names: Names, technologies: Technologies) -> BotPlan:
    """The kernels' rows of what every queue code promises as a bot."""
    table = make_bot_plan(len(names.queues), len(names.programs))
    targets: list[tuple[int, int]] = []
    for code, key in enumerate(names.queues):
        if key.channel != BOT_CHANNEL:
            continue
        if not key.queue:
            table.no_bot[names.program(key.program)] = code
            continue
        bot = technologies.of(key.program, key.queue)
        table.idle[code] = round(bot.idle_timeout_s * 1000)
        table.response[code] = round(bot.response_limit_s * 1000)
        promised = sorted((target.valid_from_ms, target.within_ms) for target in bot.latency)
        table.start[code], table.count[code] = len(targets), len(promised)
        targets += promised
    begins, within = np.array(targets, np.int64).reshape(-1, 2).T.copy()
    return table._replace(valid_from=begins, within=within)


def fold(shard: Shard, batch: Batch) -> tuple[Fates, Fates]:
    """Send a batch's conversations and technologies through the kernels; what became of each."""
    talks = told = np.zeros(0, np.uint8)
    bots, state = shard.bots, shard.state
    if batch.talks is not None:
        given = batch.talks.input
        talks = np.zeros(len(given), np.uint8)
        bots.conversations = with_room_for(bots.conversations, len(given))
        scratch = make_bot_scratch(len(given))
        count = bot_conversations.take_conversations(
            given, talks, bots.conversations, scratch, state.bots, bots.plan, state.programs.floor
        )
        _settle(shard, scratch, count)
    if batch.probes is not None:
        asked = batch.probes.input
        told = np.zeros(len(asked), np.uint8)
        bots.technologies = pools.with_room(bots.technologies, len(asked))
        _until_done(shard, len(asked), lambda s, at: probes.take_technologies(
            asked, told, at, bots.technologies, s.uptime, s.bots, s.programs.floor))  # fmt: skip
    return talks, told


def _settle(shard: Shard, scratch: Any, count: int) -> None:
    pool, plan = shard.bots.conversations, shard.bots.plan
    visit_pools.settle(shard, "bots", MORE_CELLS, count, lambda s, done: (
        bot_conversations.settle_conversations(
            pool, scratch, done, count, s.bots, plan, s.programs)))  # fmt: skip


def more_cells(shard: Shard) -> None:
    """Room for half as many cells of bots again, at least for the longest conversation."""
    cells = shard.state.bots
    used = int(cells.used[0])
    if len(cells.keys) - used < MORE_CELLS:
        wider = cell_tables.resized(cells, used + used // 2 + MORE_CELLS)
        shard.state = shard.state._replace(bots=wider)


def _until_done(shard: Shard, count: int, step: Any) -> None:
    """Call a kernel that says where to go on, making room where it stops short."""
    at, stuck = 0, 0
    while True:
        done = step(shard.state, at)
        if done >= count:
            return
        stuck = stuck + 1 if done == at else 0
        if stuck > 3:
            raise RuntimeError(f"technology {at} needs more room than any may")
        at = done
        more_cells(shard)
        cells = shard.state.uptime
        used = int(cells.used[0])
        if len(cells.keys) - used < MORE_PROBED:
            wider = cell_tables.resized(cells, used + used // 2 + MORE_PROBED)
            shard.state = shard.state._replace(uptime=wider)
        free = 2 * MOST_PROBES + 64 if stuck else pools.FREE
        shard.bots.technologies = pools.with_room(shard.bots.technologies, 0, free)


def expire(shard: Shard) -> None:
    """Settle what the watermarks make another: idle conversations, submits without response."""
    bots, state = shard.bots, shard.state
    scratch = make_bot_scratch(int(bots.conversations.used[VISITS_USED]))
    count = bot_conversations.due_conversations(
        bots.conversations, scratch, state.bots, bots.plan, state.programs
    )
    _settle(shard, scratch, count)


def uptime_with_open(shard: Shard, until: NDArray[np.int64]) -> Cells:
    """The uptime cells, to be read only, complete: with open spans up to `until` int64 (programs,),
    ms, and the columns of opening hours.
    """
    state = shard.state
    if not int(shard.bots.technologies.used[0]) and not int(state.uptime.used[0]):
        return state.uptime
    copy: Cells = cell_tables.resized(state.uptime, int(state.uptime.used[0]) + 64)
    at, end = 0, int(shard.bots.technologies.used[0])
    while True:
        at = probes.probes_open(shard.bots.technologies, copy, until, at, False)
        if at >= end:
            return with_hours(shard, copy)
        copy = cell_tables.resized(copy, len(copy.keys) + MORE_PROBED)


def with_hours(shard: Shard, cells: Cells, rows: NDArray[np.int64] | None = None) -> Cells:
    """The same cells with the columns of opening hours in their `rows` (all)."""
    some = np.arange(int(cells.used[0])) if rows is None else rows
    queue, _, bucket = unpack(cells.keys[some])
    keys = zip(queue.tolist(), bucket.tolist(), strict=True)
    is_open = np.array([_is_open(shard, *key) for key in keys], np.bool_)
    columns = cells.columns.copy()
    for into, part in zip(_OPENING, _PARTS, strict=True):
        columns[some, into] = np.where(is_open, columns[some, part], 0)
    return cells._replace(columns=columns)


def _is_open(shard: Shard, queue: int, bucket: int) -> bool:
    known = shard.bots.hours
    if (queue, bucket) not in known:
        if len(known) > 200_000:
            known.clear()
        key = shard.names.queues[queue]
        hours = shard.technologies.of(key.program, key.queue).opening_hours
        known[queue, bucket] = hours.open_in(bucket, shard.plan.zone(key.program))
    return known[queue, bucket]


def settle_open(shard: Shard) -> None:
    """Book what was open below the floor for good: the cells there are about to leave."""
    bots = shard.bots
    _until_done(shard, int(bots.technologies.used[0]), lambda s, at: probes.probes_open(
        bots.technologies, s.uptime, s.programs.floor, at, True))  # fmt: skip


def forget(shard: Shard) -> None:
    """Recycle conversations behind the floor; drop what lies there of technologies' lists."""
    bots, floor = shard.bots, shard.state.programs.floor
    if bot_conversations.forget_conversations(bots.conversations, floor):
        sweep.reindex_visits(bots.conversations)
    probes.prune_technologies(bots.technologies, floor)
    kept = int(bots.technologies.persons["count"][: int(bots.technologies.used[0])].sum())
    if int(bots.technologies.used[EVENTS_END]) > 2 * kept + pools.FREE:
        bots.technologies = compacted(bots.technologies)


def open_now(shard: Shard) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Open conversations by queue code, and since when the longest is open (ms, -1 if none is),
    both int64 (queues,)."""
    counts, since = (np.zeros(len(shard.names.queues), np.int64) for _ in range(2))
    bot_conversations.open_conversations(shard.bots.conversations, counts, since)
    return counts, since
