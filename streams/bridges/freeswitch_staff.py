"""mod_callcenter events of agents -> staff_state events.

What an agent does follows from a status, which a person sets, and a state, which the module sets;
each event tells one of the two, so the bridge remembers the other.

| status | state | told |
|---|---|---|
| any | In a queue call | handling |
| Logged Out | else | logged_out |
| On Break | else | aux, by the configured class |
| Available, Available (On Demand) | Receiving, Reserved | ringing |
| Available, Available (On Demand) | Waiting, or not known yet | available |
| Available, Available (On Demand) | Idle: no caller comes before the agent asks for one | aux other |
| not known yet | else | nothing |

After-call work has no event: the time that the module leaves an agent alone after a call counts as
available. Source: formats A2.
"""

from typing import Any

import msgspec

from streams.bridges.base import Rejected
from streams.bridges.freeswitch_settings import FreeSwitchSettings
from streams.bridges.json_records import MAX_NAME, Record, digest, name_in, text
from streams.bridges.promises import Event
from streams.bridges.staff_homes import StaffHomes

ACTIONS = frozenset({"agent-status-change", "agent-state-change"})
STATUSES = frozenset({"available", "available (on demand)", "on break", "logged out"})
STATES = frozenset({"waiting", "receiving", "in a queue call", "idle", "reserved"})
MAX_SEQUENCE = 2**62


class Agent(msgspec.Struct, array_like=True, frozen=True):
    """Status and state last told of an agent; empty: not yet."""

    status: str = ""
    state: str = ""


class AgentReader:
    """Wire events of people. Does not remember: `known` is what was told of the agent before."""

    def __init__(self, settings: FreeSwitchSettings, homes: StaffHomes) -> None:
        self._settings = settings
        self._homes = homes

    def name(self, record: Record) -> str:
        """Who a record is about. Raises Rejected."""
        name = name_in(record, "cc-agent")
        if not name:
            raise Rejected("no_identity", "CC-Agent is empty")
        return name

    def events(self, record: Record, at_ms: int | None, known: Agent) -> tuple[list[Event], Agent]:
        """What the agent does from the event on, and status and state as they are then."""
        name = self.name(record)
        if at_ms is None:
            raise Rejected("no_time", "an event of an agent without Event-Date-Timestamp")
        agent = _changed(record, known)
        said = self._said(agent)
        if not said:
            return [], agent
        home = self._homes.of(name, name.partition("@")[0])
        sequence = text(record, "event-sequence")
        event: Event = {
            "type": "staff_state",
            "time": at_ms,
            "source": self._settings.staff_source,
            "program": home.program,
            "id": identity_of(record, at_ms),
            "group": home.group,
            "site": home.site,
            "staff": name,
        }
        if sequence.isascii() and sequence.isdigit() and len(sequence) < 19:
            event["seq"] = min(MAX_SEQUENCE, int(sequence))
        return [event | said], agent

    def _said(self, agent: Agent) -> dict[str, Any]:
        if agent.state == "in a queue call":
            return {"state": "handling"}
        if not agent.status:
            return {}
        if agent.status == "logged out":
            return {"state": "logged_out"}
        if agent.status == "on break":
            return {"state": "aux", "aux": self._settings.on_break, "reason": "On Break"}
        if agent.state == "idle":
            return {"state": "aux", "aux": "other", "reason": "Idle"}
        return {"state": "ringing" if agent.state in ("receiving", "reserved") else "available"}


def _changed(record: Record, known: Agent) -> Agent:
    if text(record, "cc-action").lower() == "agent-status-change":
        status = text(record, "cc-agent-status").lower()
        if status not in STATUSES:
            raise Rejected("unknown_status", f"CC-Agent-Status {status[:40]!r}")
        return Agent(status, known.state)
    state = text(record, "cc-agent-state").lower()
    if state not in STATES:
        raise Rejected("unknown_status", f"CC-Agent-State {state[:40]!r}")
    return Agent(known.status, state)


def identity_of(record: Record, at_ms: int) -> str:
    """The id of an event of an agent: what it says and when; the same in every repetition."""
    names = ("cc-agent", "cc-action", "cc-agent-status", "cc-agent-state", "event-sequence")
    said = [text(record, name)[:MAX_NAME] for name in names]
    return digest(at_ms, text(record, "event-date-timestamp"), *said)
