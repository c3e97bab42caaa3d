"""Events of mod_callcenter for tests, and what a bridge makes of them."""

import json
from typing import Any

from schemas.contacts import ACD
from schemas.staff import STAFF
from streams.bridges.freeswitch import FreeSwitchBridge
from streams.bridges.freeswitch_settings import FreeSwitchSettings

T = 1_767_603_600
"""2026-01-05T09:00:00Z in seconds; times below are seconds after it."""


def event(action: str, at: float, **more: Any) -> dict[str, Any]:
    """An event as the connection delivers it, so many seconds after T."""
    return {
        "Event-Name": "CUSTOM",
        "Event-Subclass": "callcenter::info",
        "Event-Date-Timestamp": str(round((T + at) * 1_000_000)),
        "CC-Action": action,
    } | more


def member(action: str, at: float, **more: Any) -> dict[str, Any]:
    """An event of a caller of queue 3000 who joined at T."""
    known = {"CC-Queue": "3000@default", "CC-Member-UUID": "m1", "CC-Member-Joined-Time": str(T)}
    return event(action, at, **(known | more))


def cancelled(reason: str | None, at: int = 30, **more: Any) -> dict[str, Any]:
    """The end of a caller who was not answered."""
    left = {"CC-Cause": "Cancel", "CC-Member-Leaving-Time": str(T + at)}
    said = {} if reason is None else {"CC-Cancel-Reason": reason}
    return member("member-queue-end", at + 0.4, **(left | said | more))


def served(at: int = 20, until: int = 80) -> list[dict[str, Any]]:
    """All events of a caller answered and helped by 1001."""
    who = {"CC-Agent": "1001", "CC-Agent-Called-Time": str(T + 5)}
    answered = who | {"CC-Agent-Answered-Time": str(T + at)}
    ended = answered | {"CC-Member-Leaving-Time": str(T + until), "CC-Cause": "Terminated"}
    return [
        member("member-queue-start", 0.2),
        member("agent-offering", 5.1, **who),
        member("bridge-agent-start", at + 0.3, **answered),
        member(
            "bridge-agent-end",
            until + 0.1,
            **answered,
            **{"CC-Bridge-Terminated-Time": str(T + until)},
        ),
        member("member-queue-end", until + 0.2, **ended),
    ]


def cdr(**variables: Any) -> dict[str, Any]:
    """The CDR of the caller of `served`, as mod_json_cdr nests it."""
    known = {
        "cc_side": "member",
        "cc_member_uuid": "m1",
        "cc_queue": "3000%40default",
        "cc_agent": "1001",
        "cc_queue_joined_epoch": str(T),
        "cc_queue_answered_epoch": str(T + 20),
        "cc_queue_terminated_epoch": str(T + 80),
        "cc_cause": "answered",
    }
    return {"callflow": [], "variables": {k: v for k, v in (known | variables).items() if v}}


def status(name: str, at: float, agent: str = "1001") -> dict[str, Any]:
    return event("agent-status-change", at, **{"CC-Agent": agent, "CC-Agent-Status": name})


def state(name: str, at: float, agent: str = "1001") -> dict[str, Any]:
    return event("agent-state-change", at, **{"CC-Agent": agent, "CC-Agent-State": name})


def bridge(
    programs: dict[str, str] | None = None, listed_only: bool = False, **options: Any
) -> FreeSwitchBridge:
    settings = FreeSwitchSettings.model_validate(options)
    return FreeSwitchBridge(settings, programs or {"3000": "shop"}, listed_only)


def told(used: FreeSwitchBridge, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """Events without heartbeats; every one is valid for its contract."""
    return [one for one in everything(used, *records) if one["type"] != "heartbeat"]


def everything(used: FreeSwitchBridge, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """Events and heartbeats of records."""
    found = []
    for record in records:
        for raw in used.translate(json.dumps(record).encode(), 0):
            one = json.loads(raw)
            (STAFF if one["type"] == "staff_state" else ACD).validate_json(raw)
            found.append(one)
    return found
