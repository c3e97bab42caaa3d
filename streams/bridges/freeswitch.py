"""FreeSWITCH mod_callcenter -> wire events of voice contacts and of staff.

Reads `CUSTOM callcenter::info` events as JSON, one a line in the order of the connection, and CDRs
as JSON (bare variables, or as mod_json_cdr nests and escapes them), which may come at any time.
An event promises all before it, less the configured disorder. A CDR promises nothing. Where the
connection was lost, the records behind it tell what they know of the visits that went on; those
that ended meanwhile have no end, unless their CDR comes.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from streams.bridges import freeswitch_calls, freeswitch_staff
from streams.bridges.asterisk_counts import count
from streams.bridges.base import Rejected
from streams.bridges.freeswitch_calls import CallReader, Left, call_of, from_cdr
from streams.bridges.freeswitch_settings import FreeSwitchSettings
from streams.bridges.freeswitch_staff import Agent, AgentReader
from streams.bridges.json_records import (
    Record,
    counted_moment,
    folded,
    part,
    record_of,
    text,
)
from streams.bridges.promises import Event, Told
from streams.bridges.queue_names import QueueNames
from streams.bridges.staff_homes import Home, StaffHomes

HEARTBEAT_MS = 10_000
HOUR_MS = 3_600_000
STATE_VERSION = 1
MOST_AGENTS = 100_000
"""Agents remembered; an event can name any number of them."""


class State(msgspec.Struct):
    """What must be known from one line to the next. Dictionaries keep the order of the lines."""

    v: int = STATE_VERSION
    clock_ms: int = -1
    """Greatest time an event was sent."""
    beat_ms: int = -1
    told: Told = msgspec.field(default_factory=Told)
    agents: dict[str, Agent] = {}
    left: dict[str, Left] = {}
    """Callers who left unanswered and may come back."""
    passed: dict[str, int] = {}


class FreeSwitchBridge:
    """Events of one FreeSWITCH. `programs` maps queues of the plan to programs.

    `listed_only`: callers of other queues and agents without a home are Rejected. Reasons:
    bad_json, bad_field, bad_time, long_name, unknown_record, unknown_status, no_identity, no_time,
    no_answer, no_end, no_queue, unmapped_queue, unmapped_staff.
    """

    def __init__(
        self,
        settings: FreeSwitchSettings,
        programs: Mapping[str, str] | None = None,
        listed_only: bool = False,
    ) -> None:
        queues = QueueNames(settings.queues, programs or {}, settings.default_program, listed_only)
        default = Home(program=settings.default_program, group=settings.default_group)
        self._calls = CallReader(settings, queues)
        self._agents = AgentReader(settings, StaffHomes(settings.homes, default, listed_only))
        self._settings = settings
        self._state = State()

    @property
    def passed(self) -> Counter[str]:
        """Records that say nothing of a visit or a person, by what they are."""
        return Counter(self._state.passed)

    def translate(self, line: bytes, position: int) -> list[bytes]:
        """Wire events of one record, heartbeats first. Raises Rejected and remembers nothing."""
        record = folded(record_of(line))
        if (variables := _cdr(record)) is not None:
            return self._cdr(variables)
        action = text(record, "cc-action").lower()
        at_ms = counted_moment(record, "event-date-timestamp", 1_000_000)
        if action in freeswitch_calls.ACTIONS:
            events = self._call(record, at_ms)
        elif action in freeswitch_staff.ACTIONS:
            events = self._agent(record, at_ms)
        elif action or text(record, "event-name"):
            count(self._state.passed, action or text(record, "event-name"))
            events = []
        else:
            raise Rejected("unknown_record", "neither CC-Action nor cc_queue is in it")
        return self._advance(at_ms) + self._state.told.wire(events)

    def heartbeats(self, until_ms: int) -> list[bytes]:
        """One promise up to `until_ms` for each program told of."""
        return self._state.told.heartbeats(until_ms)

    def end(self) -> list[bytes]:
        """Promises a day beyond the newest event, so that every interval closes."""
        return self._state.told.end()

    def snapshot(self) -> bytes:
        """The memory between lines, as JSON."""
        return msgspec.json.encode(self._state)

    def restore(self, state: bytes) -> None:
        """Takes up a snapshot. Raises ValueError for one this version cannot read."""
        try:
            restored = msgspec.json.decode(state, type=State)
        except msgspec.DecodeError as error:
            raise ValueError(f"not a snapshot of a FreeSWITCH bridge: {error}") from None
        if restored.v != STATE_VERSION:
            raise ValueError(
                f"FreeSWITCH snapshot has version {restored.v}, this release reads "
                f"{STATE_VERSION}; hint: read the file again from its start"
            )
        self._state = restored

    def _call(self, record: Record, at_ms: int | None) -> list[Event]:
        call = call_of(record, at_ms)
        events, left = self._calls.events(call, self._state.left.get(call.member))
        if left is not None:
            self._state.left.pop(call.member, None)
            self._state.left[call.member] = left
        elif call.action == "member-queue-resume":
            self._state.left.pop(call.member, None)
        return events

    def _cdr(self, variables: Record) -> list[bytes]:
        if text(variables, "cc_side") == "agent" or not text(variables, "cc_queue"):
            count(self._state.passed, "cdr without a queue")
            return []
        call = call_of(from_cdr(variables), None)
        return self._state.told.wire(self._calls.events(call, None)[0])

    def _agent(self, record: Record, at_ms: int | None) -> list[Event]:
        name = self._agents.name(record)
        events, agent = self._agents.events(record, at_ms, self._state.agents.get(name, Agent()))
        self._state.agents.pop(name, None)
        self._state.agents[name] = agent
        if len(self._state.agents) > MOST_AGENTS:
            del self._state.agents[next(iter(self._state.agents))]
        if not events:
            count(self._state.passed, "agent of unknown status")
        return events

    def _advance(self, at_ms: int | None) -> list[bytes]:
        """Sets the clock of the connection, forgets who cannot come back, promises what is past."""
        state = self._state
        if at_ms is None or at_ms <= state.clock_ms:
            return []
        state.clock_ms = at_ms
        oldest = at_ms - round(self._settings.forget_h * HOUR_MS)
        while state.left and next(iter(state.left.values())).time < oldest:
            del state.left[next(iter(state.left))]
        before = (at_ms - round(self._settings.disorder_s * 1000)) // 1000 * 1000 - 1
        if before < state.beat_ms + HEARTBEAT_MS:
            return []
        state.beat_ms = before
        return self.heartbeats(before)


def _cdr(record: Record) -> Record | None:
    """The variables of a CDR, unescaped; None for another record."""
    if "variables" in record:
        variables: dict[str, Any] = part(record, "variables")
        return {k: unquote(v) if isinstance(v, str) else v for k, v in variables.items()}
    return record if "cc_queue_joined_epoch" in record else None
