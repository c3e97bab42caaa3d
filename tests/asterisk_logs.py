"""Queue logs for tests: lines with times in seconds after T, and what a bridge makes of them."""

import json
from typing import Any

from schemas.contacts import ACD
from schemas.staff import STAFF
from streams.bridges.asterisk import AsteriskBridge, QueueLogBridge
from streams.bridges.asterisk_settings import AsteriskSettings

T = 1_266_833_900
ENTER = "0|c1|sales|NONE|ENTERQUEUE||5550001|1"
CONNECT = "5|c1|sales|PJSIP/7|CONNECT|5|1266833905.9|3"


def bridge(programs: dict[str, str] | None = None, **options: Any) -> AsteriskBridge:
    return AsteriskBridge(AsteriskSettings(**options), programs)


def line(text: str) -> bytes:
    """A queue_log line; its time is written as seconds since T."""
    after, _, rest = text.partition("|")
    return f"{T + int(after)}|{rest}".encode()


def events(used: QueueLogBridge, lines: list[bytes]) -> list[dict[str, Any]]:
    """Events without heartbeats; every one is valid for the contract."""
    wire = [event for number, one in enumerate(lines) for event in used.translate(one, number)]
    return of_calls(wire)


def of_calls(wire: list[bytes]) -> list[dict[str, Any]]:
    """The events of calls among some; every one is valid for the contract."""
    told = [event for event in map(json.loads, wire) if event["type"] != "staff_state"]
    for event in told:
        ACD.validate_python(event)
    return [event for event in told if event["type"] != "heartbeat"]


def staff_events(used: QueueLogBridge, lines: list[bytes], ended: bool = True) -> list[Any]:
    """Events of people, in the order told; `ended`: with those that the end of the file adds."""
    wire = [event for number, one in enumerate(lines) for event in used.translate(one, number)]
    return of_people(wire + (used.end() if ended else []))


def of_people(wire: list[bytes]) -> list[Any]:
    """The events of people among some; every one is valid for the contract."""
    told = [event for event in map(json.loads, wire) if event["type"] == "staff_state"]
    for event in told:
        STAFF.validate_python(event)
    return told
