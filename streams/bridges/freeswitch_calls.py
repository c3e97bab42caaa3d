"""mod_callcenter events of callers, and CDR variables -> wire events of voice contacts.

A visit is a CC-Member-UUID: one stay in one queue, kept when a caller comes back. Each record tells
every moment in it, by the epoch seconds of the CC-*-Time fields, so wait = answered - joined. The
counts that the module keeps are never read: it sets them to zero with every break.

| record | event |
|---|---|
| CC-Member-Joined-Time | queued |
| agent-offering | ringing |
| bridge-agent-fail | ring_no_answer |
| CC-Agent-Answered-Time | answered |
| bridge-agent-end; member-queue-end, Terminated | disconnected |
| member-queue-end, Cancel: NONE, BREAK_OUT | disconnected by the customer |
| TIMEOUT, NO_AGENT_TIMEOUT, any other | disconnected by the system: queue_timeout, no_staff, other |
| EXIT_WITH_KEY | as configured |
| member-queue-resume | requeued, in place of the end it undoes |

Source: formats A2.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from streams.bridges.base import Rejected
from streams.bridges.freeswitch_settings import FreeSwitchSettings
from streams.bridges.json_records import Record, counted_moment, digest, name_in, text
from streams.bridges.promises import Event
from streams.bridges.queue_names import QueueNames

ACTIONS = frozenset(
    {
        "member-queue-start",
        "member-queue-end",
        "member-queue-resume",
        "agent-offering",
        "bridge-agent-start",
        "bridge-agent-end",
        "bridge-agent-fail",
    }
)
CDR = "cdr"
LONGEST_ID = 100
_CANCELLED: dict[str, dict[str, str]] = {
    "": {"by": "customer"},
    "NONE": {"by": "customer"},
    "BREAK_OUT": {"by": "customer"},
    "TIMEOUT": {"by": "system", "reason": "queue_timeout"},
    "NO_AGENT_TIMEOUT": {"by": "system", "reason": "no_staff"},
}
_SERVED = frozenset({"terminated", "answered"})
"""CC-Cause of an event, cc_cause of a CDR."""
_CDR_NAMES = {
    "cc-member-uuid": "cc_member_uuid",
    "cc-queue": "cc_queue",
    "cc-agent": "cc_agent",
    "cc-cause": "cc_cause",
    "cc-cancel-reason": "cc_cancel_reason",
    "cc-member-joined-time": "cc_queue_joined_epoch",
    "cc-agent-answered-time": "cc_queue_answered_epoch",
}
"""What a CDR calls the fields of an event."""


class Left(msgspec.Struct, array_like=True):
    """How a caller last left a queue unanswered: id and time of the event that said so."""

    id: str
    time: int


class Call(NamedTuple):
    """What a record says of a visit; moments in ms UTC."""

    action: str
    member: str
    queue: tuple[str, ...]
    staff: str
    cause: str
    cancelled: str
    hangup: str
    at: int | None
    """When the event was sent."""
    joined: int | None
    called: int | None
    aborted: int | None
    answered: int | None
    left: int | None


def from_cdr(variables: Mapping[str, Any]) -> Record:
    """The variables of a caller's CDR under the names that events use."""
    record: Record = {name: variables.get(cdr) for name, cdr in _CDR_NAMES.items()}
    ends = ("cc_queue_canceled_epoch", "cc_queue_terminated_epoch")
    cancelled, terminated = (text(dict(variables), name) for name in ends)
    record["cc-member-leaving-time"] = terminated if terminated.strip("0") else cancelled
    record["cc-action"] = CDR
    record["variable_sip_hangup_disposition"] = variables.get("sip_hangup_disposition")
    if not text(record, "cc-cause"):
        record["cc-cause"] = "Terminated" if text(record, "cc-agent-answered-time") else "Cancel"
    return record


def call_of(record: Record, at_ms: int | None) -> Call:
    """Reads a record whose keys are in small letters. Raises Rejected."""
    member = text(record, "cc-member-uuid")
    if not member:
        raise Rejected("no_identity", "CC-Member-UUID is empty")
    if len(member) > LONGEST_ID:
        raise Rejected("long_name", f"a CC-Member-UUID of more than {LONGEST_ID} characters")
    action = text(record, "cc-action").lower()
    queue = text(record, "cc-queue")
    ended = (
        "cc-bridge-terminated-time" if action == "bridge-agent-end" else "cc-member-leaving-time"
    )
    return Call(
        action=action,
        member=member,
        queue=(queue, queue.partition("@")[0]),
        staff=name_in(record, "cc-agent"),
        cause=text(record, "cc-cause").lower(),
        cancelled=text(record, "cc-cancel-reason").upper(),
        hangup=text(record, "variable_sip_hangup_disposition").lower(),
        at=at_ms,
        joined=counted_moment(record, "cc-member-joined-time"),
        called=counted_moment(record, "cc-agent-called-time"),
        aborted=counted_moment(record, "cc-agent-aborted-time"),
        answered=counted_moment(record, "cc-agent-answered-time"),
        left=counted_moment(record, ended),
    )


class CallReader:
    """Wire events of callers. Does not remember: `left` of `events` is what the bridge knows."""

    def __init__(self, settings: FreeSwitchSettings, queues: QueueNames) -> None:
        self._settings = settings
        self._queues = queues

    def events(self, call: Call, left: Left | None) -> tuple[list[Event], Left | None]:
        """What the record tells of its visit, and how the caller left, if it tells that.

        Raises Rejected.
        """
        queue, program = self._queues.of(*call.queue)
        visit = _Visit(call, self._settings.source, program)
        visit.enter(call.joined, queue)
        if call.action in ("member-queue-end", CDR):
            if call.left is None:
                raise Rejected("no_end", f"{call.action} does not say when")
            if call.cause not in _SERVED:
                return visit.told, self._unserved(call.left, call, queue, visit)
            if call.answered is None:
                raise Rejected("no_answer", "answered, but CC-Agent-Answered-Time is empty")
        self._underway(call, queue, visit, left)
        return visit.told, None

    def _underway(self, call: Call, queue: str, visit: "_Visit", left: Left | None) -> None:
        """Everything but leaving the queue unanswered."""
        said = {"staff": call.staff}
        if call.action == "member-queue-start":
            if call.joined is None:  # the field is in whole seconds
                visit.enter(visit.sent() // 1000 * 1000, queue)
        elif call.action == "agent-offering":
            offered = call.called if call.called is not None else visit.sent()
            visit.tell("ringing", offered, visit.once("ringing"), said)
        elif call.action == "bridge-agent-fail":
            failed = call.aborted if call.aborted is not None else visit.sent()
            visit.tell("ring_no_answer", failed, visit.once("failed"), said)
        elif call.action == "member-queue-resume":
            if left is None:
                visit.tell("requeued", visit.sent(), visit.once("resumed"))
            else:  # in place of the end: the caller never left
                visit.tell("requeued", left.time, left.id, rev=1)
        else:
            self._served(call, queue, visit)

    def _served(self, call: Call, queue: str, visit: "_Visit") -> None:
        starts = call.action == "bridge-agent-start"
        if starts and call.answered is None:
            raise Rejected("no_answer", "bridge-agent-start without CC-Agent-Answered-Time")
        said = {"staff": call.staff, "queue": queue}
        visit.tell("answered", call.answered, "answered", said)
        if starts:
            return
        if call.left is None:
            raise Rejected("no_end", f"{call.action} does not say when")
        by = "staff" if call.hangup == "send_bye" else "customer"
        rev = int(call.action == "bridge-agent-end")
        visit.tell("disconnected", call.left, "ended", {"by": by}, rev)

    def _unserved(self, at_ms: int, call: Call, queue: str, visit: "_Visit") -> Left:
        name = f"left-{at_ms // 1000}"
        meaning = self._settings.exit_keys.get(queue, self._settings.exit_key_default)
        if call.cancelled != "EXIT_WITH_KEY":
            said = _CANCELLED.get(call.cancelled, {"by": "system", "reason": "other"})
            visit.tell("disconnected", at_ms, name, said)
        elif meaning == "callback_later":
            visit.tell("callback_chosen", at_ms, name, {"mode": "later"})
        elif meaning == "voicemail":
            visit.tell("voicemail_left", at_ms, name)
        else:
            visit.tell("disconnected", at_ms, name, {"by": "customer"})
        return Left(name, at_ms)


class _Visit:
    """The visit a record is about, and what was told of it."""

    def __init__(self, call: Call, source: str, program: str) -> None:
        self.told: list[Event] = []
        self._call = call
        self._names: Event = {"source": source, "program": program, "contact": call.member}

    def sent(self) -> int:
        """When the event was sent, ms. Raises Rejected where it does not say."""
        if self._call.at is None:
            raise Rejected("no_time", f"{self._call.action} without Event-Date-Timestamp")
        return self._call.at

    def once(self, what: str) -> str:
        """An id for something that can happen several times in a visit."""
        call = self._call
        return f"{what}-{digest(call.staff, call.called, call.at)}"

    def enter(self, at_ms: int | None, queue: str) -> None:
        """The entry. One for each moment told: a caller who came back joined twice, and waits from
        the first time on."""
        if at_ms is not None:
            self.tell("queued", at_ms, f"queued-{at_ms // 1000}", {"queue": queue})

    def tell(
        self,
        kind: str,
        at_ms: int | None,
        identity: str,
        said: Mapping[str, str] | None = None,
        rev: int = 0,
    ) -> None:
        """Adds an event, if its moment is known; one with `rev` replaces what others said."""
        if at_ms is not None:
            named = {"type": kind, "time": at_ms, "id": identity, "rev": rev}
            self.told.append(named | self._names | dict(said or {}))
