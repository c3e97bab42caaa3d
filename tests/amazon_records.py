"""Records of an Amazon Connect instance for tests, and what a bridge makes of them."""

import json
from datetime import UTC, datetime
from typing import Any

from schemas.contacts import ACD
from schemas.staff import STAFF
from streams.bridges.amazon_connect import AmazonConnectBridge
from streams.bridges.amazon_settings import AmazonConnectSettings

INSTANCE = "arn:aws:connect:eu-west-2:000000000001:instance/i-1"
NINE = 1_767_603_600_000
"""2026-01-05T09:00:00Z in ms."""


def stamp(second: float) -> str:
    """A time so many seconds after 09:00:00Z."""
    moment = datetime.fromtimestamp(NINE / 1000 + second, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def arn(kind: str, name: str) -> str:
    return f"{INSTANCE}/{kind}/{name}"


def contact_event(kind: str, own: str = "c1", queued: float | None = 10.0, **more: Any) -> dict:
    """A contact event; `answered` and `ended` are seconds after nine."""
    answered, ended = more.pop("answered", None), more.pop("ended", None)
    record: dict[str, Any] = {
        "eventType": kind,
        "contactId": own,
        "channel": "VOICE",
        "instanceArn": INSTANCE,
        "initiationMethod": "INBOUND",
        "initiationTimestamp": stamp(0),
    }
    if queued is not None:
        record["queueInfo"] = {"queueArn": arn("queue", "q1"), "enqueueTimestamp": stamp(queued)}
    if answered is not None:
        record["agentInfo"] = {
            "agentArn": arn("agent", "ann"),
            "connectedToAgentTimestamp": stamp(answered),
        }
    if ended is not None:
        record["disconnectTimestamp"] = stamp(ended)
    return record | more


def contact_record(own: str = "c1", updated: float = 200.0, **more: Any) -> dict:
    """A contact record: queued at 10 s, answered at 25, ended at 95, after-call work to 125."""
    return {
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "ContactId": own,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": stamp(0),
        "Queue": {"ARN": arn("queue", "q1"), "Name": "Sales", "EnqueueTimestamp": stamp(10)},
        "Agent": {
            "ARN": arn("agent", "ann"),
            "Username": "ann.b",
            "ConnectedToAgentTimestamp": stamp(25),
            "AfterContactWorkStartTimestamp": stamp(95),
            "AfterContactWorkEndTimestamp": stamp(125),
            "AfterContactWorkDuration": 30,
        },
        "DisconnectTimestamp": stamp(95),
        "DisconnectReason": "AGENT_DISCONNECT",
        "LastUpdateTimestamp": stamp(updated),
    } | more


def snapshot(status: str = "Available", *contacts: dict, **more: Any) -> dict:
    """A picture of a person: three chats or one call at once."""
    return {
        "AgentStatus": {"Name": status, "StartTimestamp": stamp(0)} | more.pop("said", {}),
        "Configuration": {
            "Username": "ann.b",
            "AgentHierarchyGroups": more.pop("groups", None),
            "RoutingProfile": {
                "ARN": arn("routing-profile", "p1"),
                "Name": more.pop("profile", "Front line"),
                "Concurrency": [
                    {"Channel": "CHAT", "AvailableSlots": 3, "MaximumSlots": 3},
                    {"Channel": "VOICE", "AvailableSlots": 1, "MaximumSlots": 1},
                ],
            },
        },
        "Contacts": list(contacts),
    } | more


def held(state: str, channel: str = "VOICE", queue: str = "q1", **more: Any) -> dict:
    """A contact in a picture."""
    return {
        "Channel": channel,
        "State": state,
        "ContactId": "c1",
        "InitiationMethod": "INBOUND",
        "Queue": {"ARN": arn("queue", queue), "Name": "Sales"},
    } | more


def agent_event(second: float, now: dict | None, before: dict | None = None, **more: Any) -> dict:
    return {
        "AgentARN": arn("agent", "ann"),
        "EventId": f"e-{second}",
        "EventType": "STATE_CHANGE",
        "EventTimestamp": stamp(second),
        "CurrentAgentSnapshot": now,
        "PreviousAgentSnapshot": before,
    } | more


def bridge(
    programs: dict[str, str] | None = None, listed_only: bool = False, **options: Any
) -> AmazonConnectBridge:
    settings = AmazonConnectSettings.model_validate(options)
    return AmazonConnectBridge(settings, programs or {"q1": "shop"}, listed_only)


def told(used: AmazonConnectBridge, *records: dict) -> list[dict[str, Any]]:
    """Events of records; every one is valid for its contract."""
    events = []
    for record in records:
        for raw in used.translate(json.dumps(record).encode(), 0):
            event = json.loads(raw)
            (STAFF if event["type"] == "staff_state" else ACD).validate_json(raw)
            events.append(event)
    return events
