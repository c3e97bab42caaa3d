"""Two call-record tables, their mappings, and rows of them, for the tests of the bridge."""

import json
import tomllib
from datetime import UTC, datetime

import pytest

from schemas.contacts import ACD
from streams.bridges.base import Rejected
from streams.bridges.call_table import CallTable
from streams.bridges.call_table_settings import CallTableSettings
from tests.data import ROOT

BANK = tomllib.loads((ROOT / "deploy/examples/bank-1999.toml").read_text())["call_table"]
WAITED = {
    "vru+line": "AA0101",
    "call_id": "33118",
    "customer_id": "c000002",
    "priority": "2",
    "type": "PS",
    "date": "990101",
    "vru_entry": "6:55:20",
    "vru_exit": "6:55:26",
    "vru_time": "6",
    "q_start": "6:55:26",
    "q_exit": "6:55:43",
    "q_time": "17",
    "outcome": "AGENT",
    "ser_start": "6:55:43",
    "ser_exit": "6:56:37",
    "ser_time": "54",
    "server": "MICHAL",
}
BANK_COLUMNS = list(WAITED)
DESK = {
    "source": "desk",
    "identity": ["id"],
    "time": {"style": "timestamp"},
    "entry": ["queued_at"],
    "answered": {"at": ["answered_at"]},
    "abandoned": {"at": ["ended_at"]},
    "talk_ended": {"at": ["ended_at"]},
    "work_ended": {"seconds": "wrap_up"},
    "program": {"column": "skill", "names": {"1": "desk/sales"}, "default": "desk/other"},
    "queue": {"default": "desk"},
    "site": {"column": "site"},
    "staff": {"column": "who"},
    "outcomes": [
        {"result": "answered", "happened": ["answered_at"]},
        {
            "result": "abandoned",
            "where": {"end": ["timeout", "expired"]},
            "by": "system",
            "reason": "queue_timeout",
        },
        {"result": "abandoned", "where": {"end": "hangup"}, "happened": ["queued_at"]},
    ],
}
DESK_HEADER = b"id,queued_at,answered_at,ended_at,wrap_up,skill,site,who,end"


def bank(**changes) -> CallTable:
    bridge = CallTable(CallTableSettings.model_validate(BANK | changes))
    assert bridge.translate("\t".join(BANK_COLUMNS).encode(), 0) == []
    return bridge


def bank_row(**changes) -> bytes:
    return "\t".join((WAITED | changes).values()).encode()


def desk(header: bytes = DESK_HEADER, **changes) -> CallTable:
    bridge = CallTable(CallTableSettings.model_validate(DESK | changes))
    assert bridge.translate(header, 0) == []
    return bridge


def timed(**changes) -> dict:
    return {"time": DESK["time"] | changes}


def told(bridge: CallTable, row: bytes) -> list[dict]:
    raw = bridge.translate(row, 1)
    for event in raw:
        ACD.validate_json(event)
    return [json.loads(event) for event in raw]


def offered(bridge: CallTable, row: bytes) -> list[dict]:
    """Events of a row from the queue on: of an offered call without that the IVR answered it."""
    events = told(bridge, row)
    if any(event["type"] == "queued" for event in events):
        assert [event["type"] for event in events].index("queued") <= 1
        return [event for event in events if event["type"] != "ivr_entered"]
    return events


def brief(events: list[dict]) -> list[tuple[str, str]]:
    """(type, UTC time) of events."""
    return [
        (e["type"], f"{datetime.fromtimestamp(e['time'] / 1000, UTC):%Y-%m-%d %H:%M:%S}")
        for e in events
    ]


def refusal(bridge: CallTable, row: bytes) -> Rejected:
    with pytest.raises(Rejected) as caught:
        bridge.translate(row, 1)
    return caught.value
