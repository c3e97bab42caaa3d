"""Events of a campaign and a shard that is fed with them, for tests of ledger and months."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.targets import Plan
from streams.close import Record
from streams.shard import Shard
from tests.shards import encoded
from tests.strategies import FIRST_EDGE_MS as T

Event = dict[str, Any]
DAY_MS = 24 * 3_600_000
PLAN = Plan.model_validate(
    {
        "programs": {"bank": {"time_zone": "UTC"}},
        "queues": {
            "winback": {"program": "bank", "channel": "outbound", "due_s": 3600},
            "cards": {"program": "bank"},
            "mail": {"program": "bank", "channel": "deferred"},
        },
    }
)


def said(kind: str, time: int, record: str = "r", **fields: Any) -> Event:
    event = {"type": kind, "time": time, "source": "dialer", "program": "bank"}
    queue = {} if kind in ("record_closed", "record_withdrawn") else {"queue": "winback"}
    return event | {"record": record, "id": f"{kind}{time}"} | queue | fields


def listed(time: int, record: str = "r", **fields: Any) -> Event:
    return said("record_listed", time, record, **fields)


def dialled(time: int, result: str, record: str = "r") -> Event:
    return said("record_dialled", time, record, result=result)


def counted(time: int, planned: int, dialled_by_now: int, per_day: int, **fields: Any) -> Event:
    event = said("list_counted", time, planned=planned, dialled=dialled_by_now, per_day=per_day)
    del event["record"]
    return event | fields


def told(shard: Shard, events: Sequence[Mapping[str, Any]]) -> Shard:
    at = shard.positions.get("acd", 0)
    shard.fold("acd", at, list(range(at, at + len(events))), encoded(events))
    return shard


def closed(shard: Shard, until: int) -> list[Record]:
    beats = [
        {"type": "heartbeat", "time": until, "source": source, "program": program}
        for source, program in shard.names.feeds
    ]
    told(shard, beats)
    return shard.close(until)


MONTH = [
    *(listed(T, "reached"), dialled(T + 1000, "right_party", "reached")),
    *(listed(T, "given-up"), dialled(T + 1000, "machine", "given-up")),
    said("record_closed", T + 2000, "given-up", reason="exhausted"),
    *(listed(T, "wrong"), said("record_closed", T + 2000, "wrong", reason="bad_record")),
    *(listed(T, "open"), dialled(T + 1000, "wrong_party", "open")),
    *(counted(T, 1000, 400, 1000), counted(T + DAY_MS, 2000, 2300, 1000)),
    counted(T + DAY_MS, 500, 480, 1000, list="b"),
]
