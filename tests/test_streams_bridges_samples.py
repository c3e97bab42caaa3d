"""The vendors' own samples: Amazon Connect and FreeSWITCH."""

import json
from typing import Any

from streams.bridges.amazon_connect import AmazonConnectBridge
from streams.bridges.amazon_settings import AmazonConnectSettings
from streams.bridges.freeswitch import FreeSwitchBridge
from streams.bridges.freeswitch_settings import FreeSwitchSettings
from tests.amazon_records import told
from tests.data import shared

ENTERED = 1_628_098_144_000
"""2021-08-04T17:29:04Z in ms."""


def sample(name: str) -> Any:
    return json.loads((shared("amazon-connect") / name).read_text())


def connect(**options: Any) -> AmazonConnectBridge:
    return AmazonConnectBridge(AmazonConnectSettings.model_validate(options))


def test_a_connected_call_waited_five_seconds_from_the_queue_and_not_from_its_start() -> None:
    entered, answered = told(connect(), sample("contact_event_connected_to_agent.json"))
    assert (entered["type"], entered["time"]) == ("queued", ENTERED)
    assert (answered["type"], answered["time"]) == ("answered", ENTERED + 5_000)
    assert answered["staff"] == "12345678-1234-1234-1234-123456789012"


def test_an_event_off_the_bus_is_read_whatever_the_letters_and_the_order_of_its_times() -> None:
    record = sample("contact_event_disconnected_eventbridge.json")
    used = connect()
    assert told(used, record) == []
    assert used.passed == {"method OUTBOUND": 1}
    record["detail"]["initiationMethod"] = "Transfer"
    events = told(used, record)
    assert [event["type"] for event in events] == ["queued", "answered", "disconnected"]
    queued, answered, ended = (event["time"] for event in events)
    assert ended < queued < answered
    assert {event["segment"] for event in events} == {2}


def test_after_call_work_without_an_event_of_its_own_lasts_exactly_5_005_seconds() -> None:
    records = sample("agent_event_stream_acw_sequence.json")
    for order in (records, records[::-1], records + records):
        events = {event["id"]: event for event in told(connect(), *order)}
        began, ended = sorted(events.values(), key=lambda event: event["time"])
        assert (began["state"], ended["state"]) == ("acw", "available")
        assert ended["time"] - began["time"] == 5_005


def test_a_heartbeat_repeats_the_state_and_promises_nothing() -> None:
    used = connect()
    (event,) = told(used, sample("agent_event_stream_heartbeat.json"))
    assert (event["type"], event["state"], event["slots"]) == ("staff_state", "available", 3)
    assert "sessions" not in event
    assert used.heartbeats(event["time"]) == []


def test_an_answered_call_of_the_switch_waited_from_joined_to_answered() -> None:
    path = shared("freeswitch") / "member_queue_end.json"
    record = json.loads(path.read_text())["answered_call"]
    used = FreeSwitchBridge(FreeSwitchSettings())
    events = [json.loads(raw) for raw in used.translate(json.dumps(record).encode(), 0)]
    assert [event["type"] for event in events] == ["queued", "answered", "disconnected"]
    queued, answered, ended = (event["time"] for event in events)
    assert (answered - queued, ended - answered) == (5_000, 4_000)
    assert {event["contact"] for event in events} == {"dbd77eea-5eec-4992-a386-d49683aaecef"}
    assert events[1]["staff"] == "1001"
