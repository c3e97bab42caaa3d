"""Who deserves attention now: out of schedule, not there, stuck; sorted by what it would change."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from kernels import compliance as found_by
from kernels.layout import SESSION_BIT, SLOT_BIT
from kernels.spans import ACW, AVAILABLE, LOGGED_OUT
from kernels.timeline import BELIEVED_MS
from schemas.staff import ACTIVITIES, STATES
from streams.view import FOUND, Attention, CellKey, LoadNow, PersonNow

if TYPE_CHECKING:
    from streams.shard import Shard

UNKNOWN = "unknown"


def attention(shard: Shard, now_ms: int) -> Attention:
    """Counts by group and site for everybody; people one by one only where settings allow it.

    The first of the people are those whose return would change the staff of this moment most, then
    those who have been away longest; last those still with a contact past a planned break, who count
    in no net effect.
    """
    state, told = shard.state, shard.privacy
    limits = np.array(
        [told.grace_s * 1000, told.stuck_ringing_s * 1000, told.stuck_acw_s * 1000], np.int64
    )
    rows = np.zeros((int(state.people.used[0]), found_by.FINDINGS), np.int64)
    found_by.attention(state.people, now_ms, limits, rows)
    counts: dict[CellKey, Counter[str]] = {}
    net: Counter[CellKey] = Counter()
    for row in rows[(rows[:, found_by.FOUND] > 0) & (rows[:, found_by.PLACE] >= 0)].tolist():
        key = _key(shard, row[found_by.PLACE], now_ms)
        counts.setdefault(key, Counter())[FOUND[row[found_by.FOUND] - 1]] += 1
        if row[found_by.FOUND] != found_by.BUSY_OVERRUN:
            net[key] += row[found_by.NET]
    shown = _people(shard, rows, now_ms) if told.show_staff else ()
    return Attention({key: dict(found) for key, found in counts.items()}, dict(net), shown)


def _people(
    shard: Shard, rows: np.ndarray[tuple[int, int], np.dtype[np.int64]], now_ms: int
) -> tuple[PersonNow, ...]:
    numbers = np.flatnonzero((rows[:, found_by.FOUND] > 0) & (rows[:, found_by.PLACE] >= 0))
    order = sorted(
        numbers.tolist(),
        key=lambda n: (
            rows[n, found_by.FOUND] == found_by.BUSY_OVERRUN,
            -abs(int(rows[n, found_by.NET])),
            int(rows[n, found_by.SINCE]),
        ),
    )
    return tuple(
        _person(shard, n, rows[n].tolist(), now_ms) for n in order[: shard.privacy.most_shown]
    )


def _person(shard: Shard, number: int, row: list[int], now_ms: int) -> PersonNow:
    key = _key(shard, row[found_by.PLACE], now_ms)
    planned = row[found_by.PLANNED]
    return PersonNow(
        shard.names.staff.get(int(shard.state.people.persons[number]["lo"]), ""),
        key.program,
        key.queue,
        key.site,
        FOUND[row[found_by.FOUND] - 1],
        row[found_by.SINCE],
        row[found_by.NET],
        (*STATES, UNKNOWN)[row[found_by.STATE]],
        ACTIVITIES[planned] if planned >= 0 else "",
    )


def loads(shard: Shard, now_ms: int) -> tuple[LoadNow, ...]:
    """Chats and slots of each person who has any, the fullest first, then those longest in a state.

    Counted as for the group: chats in every state that is believed, slots of those at work. Nobody
    unless settings allow people to be shown.
    """
    people, told = shard.state.people, shard.privacy
    persons = people.persons[: int(people.used[0])]
    persons = persons[persons["count"] > 0]
    if not told.show_staff or not len(persons):
        return ()
    events = people.events[persons["start"] + persons["count"] - 1]
    state = (events["kind"] >> 3).astype(np.int64)
    believed = (state != LOGGED_OUT) & (events["time"] + BELIEVED_MS >= now_ms)
    held = events["staff"].astype(np.int64) >> SESSION_BIT & 255
    slots = events["staff"].astype(np.int64) >> SLOT_BIT & 255
    slots[(state < AVAILABLE) | (state > ACW)] = 0
    found = []
    for at in np.flatnonzero(believed & (held + slots > 0)).tolist():
        key = _key(shard, int(events["place"][at]), now_ms)
        name = shard.names.staff.get(int(persons["lo"][at]), "")
        doing = STATES[int(state[at])], int(held[at]), int(slots[at]), int(events["time"][at])
        found.append(LoadNow(name, key.program, key.queue, key.site, *doing))
    return tuple(sorted(found, key=LoadNow.fullest_first)[: told.most_shown])


def _key(shard: Shard, place: int, now_ms: int) -> CellKey:
    queue, site = shard.names.places[place]
    return CellKey._make((*shard.names.queues[queue], shard.names.sites[site], now_ms))
