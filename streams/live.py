"""The immutable view of a shard at one moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kernels import sweep, timeline
from kernels.cells import unpack
from kernels.columns import STAFF_ROW
from kernels.layout import BUCKET_MS, VISITS_USED, Cells
from kernels.state import calls_of
from schemas.bots import BOT_CHANNEL, IVR_CHANNEL, TECHNOLOGY_CHANNELS
from schemas.deferred import DEFERRED_CHANNEL
from schemas.outbound import OUTBOUND_CHANNEL
from schemas.staff import STATES
from streams import bots, cases, chats, outbound, staff
from streams.attention import UNKNOWN, attention, loads
from streams.planning.day import day_plan, left_out_around
from streams.planning.scheduled import scheduled
from streams.view import (
    STAFF_CHANNEL,
    CellKey,
    ChatsNow,
    Flow,
    Now,
    QueueKey,
    StateNow,
    TalksNow,
    View,
)
from streams.view import Cells as ViewCells

if TYPE_CHECKING:
    from streams.shard import Shard


_OF_CHATS = [STAFF_ROW.index("sess_ms"), STAFF_ROW.index("slot_ms")]


def view(shard: Shard, now_ms: int, caught_up: bool = True) -> View:
    """A copy of everything readers need; handling still open is clipped at `now_ms`."""
    state = shard.state
    handling = chats.handling_with_open(shard, now_ms)
    open_until = np.full(len(state.programs.floor), now_ms, np.int64)
    people = staff.begun(staff.with_open(shard, open_until), now_ms)
    people = staff.with_attainment(shard, people, until=now_ms)
    probed = bots.uptime_with_open(shard, open_until)
    gauges = np.zeros((len(shard.names.queues), 4), np.int64)
    young = np.zeros((int(state.visits.used[VISITS_USED]) + 1, 2), np.int64)
    count = sweep.live(calls_of(state), now_ms, gauges, young)
    young = np.concatenate((young[:count], chats.live(shard, now_ms, gauges)))
    return View(
        at_ms=now_ms,
        arrival=_cells(shard, state.arrival),
        handling=_cells(shard, handling),
        day_arrival=_today(shard, 0, state.arrival),
        day_handling=_today(shard, 1, handling),
        staff=_cells(shard, people),
        day_staff=_today(shard, 2, people),
        waiting_in_T=_young(shard, young),
        chat=_cells(shard, state.chat),
        day_chat=_today(shard, 3, state.chat),
        bots=_cells(shard, state.bots),
        day_bots=_today(shard, 4, state.bots),
        uptime=_cells(shard, probed),
        day_uptime=_today(shard, 5, probed),
        cases=_cells(shard, state.cases),
        day_cases=_today(shard, 6, state.cases),
        cases_now=cases.now(shard, now_ms),
        outbound=_cells(shard, state.outbound),
        day_outbound=_today(shard, 7, state.outbound),
        outbound_now=outbound.now(shard, now_ms),
        conversations=_conversations(shard),
        promised=_promised(shard, now_ms),
        now=_now(shard, gauges),
        flow=flow(shard),
        sources=shard.feeds.view(now_ms, shard.limits),
        watermarks=shard.feeds.watermarks(),
        queues=tuple(key for key in shard.names.queues if _holds_contacts(key)),
        people=_people(shard, now_ms),
        chats=_chats(shard, people, now_ms),
        attention=attention(shard, now_ms),
        loads=loads(shard, now_ms),
        day_plan=day_plan(shard, now_ms),
        left_out=left_out_around(shard.standing.actions, now_ms),
        past=shard.earlier.told(shard.names),
        # A log that is read whole begins where its day does.
        heard_from=shard.feeds.earliest() if shard.live else {},
        scheduled=scheduled(shard, now_ms),
        groups=tuple(key for key in shard.names.queues if key.channel == STAFF_CHANNEL),
        events=dict(shard.events),
        rejected=dict(shard.rejected),
        duplicates=shard.duplicates,
        conflicts=shard.conflicts,
        restated=shard.restated,
        holes=shard.holes,
        unknown_fields=shard.unknown_fields,
        visits=shard.visits,
        caught_up=caught_up,
        recovering=frozenset() if caught_up else frozenset(shard.names.programs),
    )


def flow(shard: Shard) -> dict[QueueKey, Flow]:
    """The process-local counters of every queue."""
    # Of a batch that broke off names may be known that the kernels' tables do not have yet.
    rows = zip(shard.names.queues, shard.state.flow.tolist(), strict=False)
    return {key: Flow(*row) for key, row in rows}


def _cells(shard: Shard, cells: Cells) -> ViewCells:
    shown = _shown(shard, cells)
    return replace(shown, columns=shown.columns.copy(), wait_hist=shown.wait_hist.copy())


def _today(shard: Shard, table: int, live: Cells) -> ViewCells:
    """Rows of local days, with those that still lie in the live table."""
    return _shown(shard, shard.days[table].with_live(live))


def _shown(shard: Shard, cells: Cells) -> ViewCells:
    used = int(cells.used[0])
    keys = shard.names.cell_keys(cells.keys[:used])
    hist = cells.hist[:used] if len(cells.hist) else np.zeros((0, 0), np.int32)
    return ViewCells(keys, cells.columns[:used], hist)


def _now(shard: Shard, gauges: NDArray[np.int64]) -> dict[QueueKey, Now]:
    return {
        key: Now(waiting, None if oldest < 0 else oldest, callbacks, handling)
        for key, (waiting, oldest, callbacks, handling) in zip(
            shard.names.queues, gauges.tolist(), strict=True
        )
        if _holds_contacts(key)
    }


def _people(shard: Shard, now_ms: int) -> dict[CellKey, dict[str, StateNow]]:
    """People by group, site and state; nobody is shown by name."""
    shape = (len(shard.names.places), len(STATES) + 1)
    counts, since = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    timeline.states_now(shard.state.people, counts, since, now_ms)
    found: dict[CellKey, dict[str, StateNow]] = {}
    for place in np.flatnonzero(counts.any(axis=1)).tolist():
        queue, site = shard.names.places[place]
        key = CellKey._make((*shard.names.queues[queue], shard.names.sites[site], now_ms))
        found[key] = {
            name: StateNow(int(counts[place, code]), int(since[place, code]))
            for code, name in enumerate((*STATES, UNKNOWN))
            if counts[place, code]
        }
    return found


def _chats(shard: Shard, people: Cells, now_ms: int) -> dict[CellKey, ChatsNow]:
    """Chats and slots of this moment; zeros of groups whose `people` cells know of either."""
    held, slots = (np.zeros(len(shard.names.places), np.int64) for _ in range(2))
    timeline.chats_now(shard.state.people, held, slots, now_ms)
    used = int(people.used[0])
    queue, site, _ = unpack(people.keys[:used][people.columns[:used, _OF_CHATS].any(axis=1)])
    known = {*zip(queue.tolist(), site.tolist(), strict=True)}
    found: dict[CellKey, ChatsNow] = {}
    for place, (group, at) in enumerate(shard.names.places):
        if held[place] or slots[place] or (group, at) in known:
            key = CellKey._make((*shard.names.queues[group], shard.names.sites[at], now_ms))
            found[key] = ChatsNow(int(held[place]), int(slots[place]))
    return found


def _conversations(shard: Shard) -> dict[QueueKey, TalksNow]:
    counts, since = (each.tolist() for each in bots.open_now(shard))
    return {
        key: TalksNow(count, None if first < 0 else first)
        for key, count, first in zip(shard.names.queues, counts, since, strict=True)
        if key.queue and key.channel == BOT_CHANNEL
    }


def _promised(shard: Shard, now_ms: int) -> dict[QueueKey, float]:
    found: dict[QueueKey, float] = {}
    for key in shard.names.queues:
        if key.queue and key.channel == BOT_CHANNEL:
            share = shard.technologies.of(key.program, key.queue).share_at(now_ms)
            if share is not None:
                found[key] = share
    return found


_OF_OTHERS = frozenset(
    (STAFF_CHANNEL, IVR_CHANNEL, DEFERRED_CHANNEL, OUTBOUND_CHANNEL, *TECHNOLOGY_CHANNELS)
)


def _holds_contacts(key: QueueKey) -> bool:
    return bool(key.queue) and key.channel not in _OF_OTHERS


def _young(shard: Shard, young: NDArray[np.int64]) -> dict[CellKey, int]:
    cells: dict[CellKey, int] = {}
    for packed, bucket in young.tolist():
        queue, site = packed >> 16, packed & 0xFFFF
        names = shard.names
        key = CellKey._make((*names.queues[queue], names.sites[site], bucket * BUCKET_MS))
        cells[key] = cells.get(key, 0) + 1
    return cells
