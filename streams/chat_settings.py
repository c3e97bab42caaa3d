"""The kernels' table of chat settings, per queue code: limits, clock, opening hours."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from kernels.layout import ChatQueues
from kernels.state import make_chat_queues
from schemas.chats import CHANNELS
from schemas.keys import BUCKET_MS
from schemas.targets import WEEKDAYS, OpeningHours, Plan, Queue
from streams.names import Names
from streams.view import QueueKey

_DAY_MS = 86_400_000
_LAST_YEAR = 2100
"""Offsets of a time zone are looked up until then; what is later has the last one."""
_EPOCH = date(1970, 1, 1).toordinal()
Offset = tuple[int, int]


def settings_of(plan: Plan, key: QueueKey) -> Queue:
    """The queue of the plan, or the defaults of the channel for one that it does not list."""
    listed = plan.queues.get(key.queue)
    return listed if listed is not None else _defaults(key.channel)


@lru_cache
def _defaults(channel: Any) -> Queue:
    return Queue(program="none", channel=channel if channel in CHANNELS else "voice")


def longest_ms(plan: Plan, key: QueueKey, unresolved_ms: int) -> int:
    """Time after which no contact of a queue is undecided any more; calls have `unresolved_ms`."""
    if key.channel not in CHANNELS:
        return unresolved_ms
    queue = settings_of(plan, key)
    return max(queue.chat_unresolved_ms, queue.no_reply_ms)


def chat_table(names: Names, plan: Plan) -> ChatQueues:
    """Settings of chat for every queue code."""
    table = make_chat_queues(len(names.queues))
    codes = {key: code for code, key in enumerate(names.queues)}
    closed: list[int] = []
    offsets: list[Offset] = []
    zones: dict[str, tuple[int, int]] = {}
    for code, key in enumerate(names.queues):
        queue = settings_of(plan, key)
        table.no_reply[code] = queue.no_reply_ms
        table.unresolved[code] = queue.chat_unresolved_ms
        table.deferred[code] = queue.deferred
        table.no_queue[code] = codes.get(QueueKey(key.program, "", key.channel), code)
        if queue.clock != "open" or key.channel not in CHANNELS:
            continue
        zone = plan.zone(key.program)
        if zone.key not in zones:
            found = offsets_of(zone)
            zones[zone.key] = (len(offsets), len(found))
            offsets += found
        table.open_only[code] = 1
        table.zone_start[code], table.zone_count[code] = zones[zone.key]
        days_off = sorted({day.toordinal() - _EPOCH for day in queue.opening_hours.closed})
        table.closed_start[code], table.closed_count[code] = len(closed), len(days_off)
        closed += days_off
        _opening(table, code, queue.opening_hours)
    return table._replace(
        closed=np.array(closed, np.int64),
        offset_from=np.array([since for since, _ in offsets], np.int64),
        offset=np.array([offset for _, offset in offsets], np.int64),
    )


def _opening(table: ChatQueues, code: int, hours: OpeningHours) -> None:
    table.days[code] = sum(1 << WEEKDAYS.index(day) for day in set(hours.days))
    table.opens[code], table.closes[code] = _us(hours.opens), _us(hours.closes)


def _us(clock: time) -> int:
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    return seconds * 1_000_000 + clock.microsecond


@lru_cache(maxsize=64)
def offsets_of(zone: ZoneInfo) -> list[Offset]:
    """(since ms UTC, offset ms) of a time zone from 1970 on, exact at edges of buckets."""
    last = round(datetime(_LAST_YEAR, 1, 1, tzinfo=UTC).timestamp() * 1000)
    found = [(0, _offset(zone, 0))]
    for day in range(_DAY_MS, last, _DAY_MS):
        if _offset(zone, day) != found[-1][1]:
            for moment in range(day - _DAY_MS + BUCKET_MS, day + 1, BUCKET_MS):
                offset = _offset(zone, moment)
                if offset != found[-1][1]:
                    found.append((moment, offset))
    return found


def _offset(zone: ZoneInfo, moment_ms: int) -> int:
    offset = datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(zone).utcoffset()
    return round(offset.total_seconds() * 1000) if offset else 0


def past_settings(table: Mapping[str, Any], code: int, until_ms: int) -> list[Any]:
    """What may not change of a queue's settings where chats have already been counted by them."""
    of = ChatQueues(**table)
    limits = (of.no_reply, of.unresolved, of.deferred)
    kept: list[Any] = [*limits, of.open_only, of.days, of.opens, of.closes]
    first, count = int(of.closed_start[code]), int(of.closed_count[code])
    closed = of.closed[first : first + count]
    known = closed[closed * _DAY_MS <= until_ms + _DAY_MS].tolist()
    return [*(int(column[code]) for column in kept), known]
