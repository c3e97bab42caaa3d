"""Asterisk queue_log -> wire events of voice contacts, and of people where `staff` is configured.

A visit is one stay of a call in the human queue: contact = call id, segment = 1, 2, ...

| record | event |
|---|---|
| ENTERQUEUE: first, or after an exit or an answer | queued, the next segment |
| ENTERQUEUE while waiting, same queue | requeued: the place in the queue is not a new arrival |
| ENTERQUEUE while waiting, other queue | overflowed: the clock keeps running |
| CONNECT | answered |
| RINGNOANSWER | ring_no_answer |
| ABANDON | disconnected by the customer |
| EXITWITHTIMEOUT, EXITEMPTY, SYSCOMPAT | disconnected by the system: queue_timeout, no_staff, incompatible |
| EXITWITHKEY, WITHDRAW | as configured (asterisk_settings.Meaning) |
| COMPLETEAGENT, COMPLETECALLER | disconnected by staff, by the customer |
| BLINDTRANSFER, ATTENDEDTRANSFER, TRANSFER | transferred |
| QUEUESTART | tracking_lost for every visit that is open |

Times are the records' own; the seconds in their data fields are never used. Nothing is invented:
a CONNECT without ENTERQUEUE gives a visit without entry. Records must come as they were written.
What becomes of people: asterisk_staff. Their events change nothing about those of calls.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from streams.bridges.asterisk_calls import STATE_VERSION, State, Visit, visit_for
from streams.bridges.asterisk_counts import count
from streams.bridges.asterisk_lines import (
    CALL_EVENTS,
    SILENT_EVENTS,
    STAFF_EVENTS,
    TRANSFERS,
    Record,
    parse_line,
    transfer_of,
)
from streams.bridges.asterisk_settings import AsteriskSettings, Destination, Meaning
from streams.bridges.asterisk_staff import OF_PEOPLE, Staff
from streams.bridges.base import Rejected

HEARTBEAT_MS = 10_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

_ENDS: dict[str, dict[str, str]] = {
    "ABANDON": {"by": "customer"},
    "EXITWITHTIMEOUT": {"by": "system", "reason": "queue_timeout"},
    "EXITEMPTY": {"by": "system", "reason": "no_staff"},
    "SYSCOMPAT": {"by": "system", "reason": "incompatible"},
    "COMPLETEAGENT": {"by": "staff"},
    "COMPLETECALLER": {"by": "customer"},
}
_ABANDONED = {
    "EXITWITHKEY": {"by": "customer"},
    "WITHDRAW": {"by": "system", "reason": "withdrawn"},
}
_WHILE_TALKING = TRANSFERS | {"COMPLETEAGENT", "COMPLETECALLER"}
_STAYS_OPEN = frozenset({"callback_in_turn", "other_queue"})
_encode = msgspec.json.Encoder().encode


def staff_source(settings: AsteriskSettings) -> str:
    """The name under which a log tells of people."""
    return f"{settings.source}/staff"


class QueueLogBridge(ABC):
    """What both forms of a queue log share. `programs` maps queues to programs.

    `listed_only`: lines of other queues are Rejected(unmapped_queue) whole. Were only their
    ENTERQUEUE refused later, the rest of the call would count as a visit without entry.
    """

    def __init__(
        self,
        settings: AsteriskSettings,
        programs: Mapping[str, str] | None = None,
        listed_only: bool = False,
    ) -> None:
        self._settings = settings
        self._programs = dict(programs or {})
        self._listed_only = listed_only
        self._staff: Staff | None = None
        if settings.staff is not None:
            self._staff = Staff(
                settings.staff,
                staff_source(settings),
                self._programs,
                settings.default_program,
                listed_only,
            )
        self._state = State()

    @property
    def passed(self) -> Counter[str]:
        """Records of unknown names (QueueLog() writes any), by name."""
        return Counter(self._state.passed)

    @property
    def staff_only(self) -> Counter[str]:
        """Records about people that yield nothing, by name."""
        return Counter(self._state.staff_only)

    @property
    def unmapped_staff(self) -> Counter[str]:
        """Records of calls with people who have no home, by person: nothing was told of them."""
        return Counter(self._state.staff.unmapped)

    @property
    def silent(self) -> Counter[str]:
        """Known records that say nothing about a visit, by name."""
        return Counter(self._state.silent)

    def translate(self, line: bytes, position: int) -> list[bytes]:
        """Wire events of one line, heartbeats first. Raises Rejected and then remembers nothing."""
        record = self._parse(line)
        return [] if record is None else self._translate(record)

    def heartbeats(self, until_ms: int) -> list[bytes]:
        """One promise up to `until_ms` for each program seen, behind the wrap-up it implies.

        People are a source of their own: their events travel on another topic, where a promise
        about calls could overtake them.
        """
        ended = self._wrapped_up(until_ms)
        spoken_for = [(self._settings.source, program) for program in self._state.programs]
        spoken_for += [(staff_source(self._settings), home) for home in self._state.homes]
        return ended + [
            _encode({"type": "heartbeat", "time": until_ms, "source": source, "program": program})
            for source, program in spoken_for
        ]

    def end(self) -> list[bytes]:
        """Promises a day beyond the newest record, so that every interval closes."""
        return self.heartbeats(self._state.clock_ms + DAY_MS)

    def snapshot(self) -> bytes:
        """The memory between lines, as JSON."""
        return _encode(self._state)

    def restore(self, state: bytes) -> None:
        """Takes up a snapshot. Raises ValueError for one this version cannot read."""
        try:
            restored = msgspec.json.decode(state, type=State)
        except msgspec.DecodeError as error:
            raise ValueError(f"not a snapshot of a queue-log bridge: {error}") from None
        if restored.v != STATE_VERSION:
            raise ValueError(
                f"queue-log snapshot has version {restored.v}, this release reads {STATE_VERSION}; "
                "hint: read the log again from its start"
            )
        self._state = restored

    @abstractmethod
    def _parse(self, line: bytes) -> Record | None:
        """The record of a line, None where it says nothing; raises Rejected."""

    def _translate(self, record: Record) -> list[bytes]:
        if record.event in CALL_EVENTS:
            if self._listed_only and record.queue not in self._programs:
                raise Rejected("unmapped_queue", f"queue {record.queue!r} is not in the plan")
            self._state.require_room(record.call)
        if self._staff is not None:
            self._staff.check(record)
        beats = self._advance(record.time_ms)
        if record.event in CALL_EVENTS:
            told = self._call_events(record)
        elif record.event == "QUEUESTART":
            told = self._restart(record)
        else:
            told = []
            self._count(record)
        return beats + told + self._staff_events(record)

    def _count(self, record: Record) -> None:
        """Counts a record that says nothing about a visit, unless a person is told of by it."""
        event = record.event
        if self._staff is not None and record.staff and event in OF_PEOPLE:
            return
        if event in STAFF_EVENTS:
            count(self._state.staff_only, event)
        elif event in SILENT_EVENTS:
            count(self._state.silent, event)
        else:
            count(self._state.passed, event)

    def _staff_events(self, record: Record) -> list[bytes]:
        if self._staff is None:
            return []
        state = self._state
        open_since_ms = state.clock_ms - round(self._settings.forget_open_h * HOUR_MS)
        return self._to_homes(self._staff.told(state.staff, record, state.clock_ms, open_since_ms))

    def _wrapped_up(self, until_ms: int) -> list[bytes]:
        """After-call work that ends up to a moment."""
        return self._to_homes(self._staff.due(self._state.staff, until_ms)) if self._staff else []

    def _to_homes(self, told: list[dict[str, Any]]) -> list[bytes]:
        for event in told:
            self._state.know_home(event["program"])
        return [_encode(event) for event in told]

    def _advance(self, time_ms: int) -> list[bytes]:
        """Sets the log's clock. A new second ends the ones before it: everything of them was read."""
        state = self._state
        if time_ms <= state.clock_ms:
            return []
        state.clock_ms = time_ms
        state.forget(
            time_ms - round(self._settings.forget_open_h * HOUR_MS),
            time_ms - round(self._settings.forget_ended_h * HOUR_MS),
        )
        ended = self._wrapped_up(time_ms)
        before = time_ms // 1000 * 1000 - 1
        if before < state.beat_ms + HEARTBEAT_MS:
            return ended
        state.beat_ms = before
        return ended + self.heartbeats(before)

    def _program(self, queue: str) -> str:
        program = self._programs.get(queue, self._settings.default_program)
        self._state.know(program)
        return program

    def _restart(self, record: Record) -> list[bytes]:
        place, identity = self._state.number(record)
        lost = {"time": record.time_ms, "seq": place, "id": identity, "reason": "restart"}
        return [
            self._event("tracking_lost", name, visit.program, visit.segment, lost)
            for name, visit in self._state.close_all()
        ]

    def _call_events(self, record: Record) -> list[bytes]:
        kind, visit, said = (
            self._enter(record) if record.event == "ENTERQUEUE" else self._go_on(record)
        )
        if not kind:
            return []
        place, identity = self._state.number(record)
        said |= {"time": record.time_ms, "seq": place, "id": identity}
        return [self._event(kind, record.call, visit.program, visit.segment, said)]

    def _event(
        self, kind: str, contact: str, program: str, segment: int, said: dict[str, Any]
    ) -> bytes:
        """The wire event; what equals the contract's default is left out."""
        event: dict[str, Any] = {
            "type": kind,
            "source": self._settings.source,
            "program": program,
            "contact": contact,
        }
        if segment > 1:
            event["segment"] = segment
        event.update((name, value) for name, value in said.items() if value or name == "time")
        return _encode(event)

    def _enter(self, record: Record) -> tuple[str, Visit, dict[str, Any]]:
        state, said = self._state, {"queue": record.queue}
        call = state.call(record.call)
        waiting = [visit for visit in call.visits if not visit.talking] if call else []
        program = self._program(record.queue)
        if waiting and not waiting[-1].entered and waiting[-1].program != program:
            waiting = []  # a visit without entry, of another program: this is not its entry
        if not waiting:
            visit = state.open_visit(record.call, program, record.queue)
            kind = "queued"
        else:
            visit = waiting[-1]
            state.touch(record.call)
            if not visit.entered:
                kind = "queued"
            elif visit.queue == record.queue:
                kind, said = "requeued", {}
            else:
                kind = "overflowed"
        visit.queue, visit.entered = record.queue, True
        return kind, visit, said

    def _go_on(self, record: Record) -> tuple[str, Visit, dict[str, Any]]:
        """A record of a call that is, or should be, in the queue or in conversation."""
        state, talking = self._state, record.event in _WHILE_TALKING
        kind, said, ends = self._meaning(record)
        call = state.call(record.call)
        if call is not None and call.visits:
            visit = visit_for(call, record.queue, talking)
        elif call is not None and record.event != "CONNECT":
            visit = Visit(call.segment, call.program, record.queue)
        else:  # only an entry that is missing from the log explains it
            visit = state.open_visit(record.call, self._program(record.queue), record.queue)
            call = state.open[record.call]
        if record.event == "CONNECT":
            visit.talking = True
        if ends:
            call.visits = [one for one in call.visits if one is not visit]
        state.touch(record.call)
        return kind, visit, said

    def _meaning(self, record: Record) -> tuple[str, dict[str, Any], bool]:
        """Event type, its fields, and whether the visit is over. No type: nothing to say."""
        if record.event in _ENDS:
            return "disconnected", dict(_ENDS[record.event]), True
        if record.event == "CONNECT":
            return "answered", {"queue": record.queue, "staff": record.staff}, False
        if record.event == "RINGNOANSWER":
            return "ring_no_answer", {"staff": record.staff}, False
        if record.event in TRANSFERS:
            return "transferred", self._transferred(record), True
        return self._left(record)

    def _left(self, record: Record) -> tuple[str, dict[str, Any], bool]:
        settings = self._settings
        meaning: Meaning
        if record.event == "EXITWITHKEY":
            meaning = settings.key_meanings.get(record.field(0), settings.key_default)
        else:
            meaning = settings.withdraw_meanings.get(record.field(3), settings.withdraw_default)
        over = meaning not in _STAYS_OPEN
        if meaning == "abandoned":
            return "disconnected", dict(_ABANDONED[record.event]), over
        if meaning == "voicemail":
            return "voicemail_left", {}, over
        if meaning == "other_queue":
            return "", {}, over
        return "callback_chosen", {"mode": meaning.removeprefix("callback_")}, over

    def _transferred(self, record: Record) -> dict[str, Any]:
        transfer = transfer_of(record)
        destination = self._settings.destinations.get(transfer.target, Destination())
        return {
            "kind": transfer.kind,
            "to_queue": destination.queue,
            "to_program": self._programs.get(destination.queue, ""),
            "escalation": destination.escalation,
        }


class AsteriskBridge(QueueLogBridge):
    """Lines of a `queue_log` file."""

    def _parse(self, line: bytes) -> Record:
        return parse_line(line)
