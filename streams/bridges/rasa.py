"""Rasa's Kafka event broker records -> wire events of conversations.

A conversation is one session of one sender: its name is the sender and the ms of its start. Rasa
gives records neither key nor id, repeats them and exports its history again; so an event's id is
the digest of the record's own (timestamp, event, name, message id, text, wire type), the same every time.

| record | events |
|---|---|
| action `action_session_start`, session_started | conversation_started, unless it just began |
| user | user_submitted; conversation_started too where no session was opened |
| bot | bot_message, and response_delivered to what was submitted and not yet answered |
| action, configured | handed_off, task_completed |
| all others | none |

There is no record of an end: the bot's idle time-out ends a conversation. Without
`partition_by_sender: true` a sender's records come from several partitions and in no order:
`disorder_s` says how far behind the newest record of all one may be, and each waits so long (by the
records' own times) for its turn. One that comes later still, and behind a newer one of its session,
is rejected as `out_of_order`; one that came before within ten minutes is passed over and counted.
"""

import hashlib
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from streams.bridges.base import Rejected
from streams.bridges.rasa_settings import RasaSettings
from streams.bridges.reordering import Held

LAST_MS = 8000 * 365 * 86_400_000
START_SPAN_MS = 5000
"""`action_session_start` and `session_started` of one session lie closer than this."""
FORGET_MS = 86_400_000
STATE_VERSION = 1
_STARTS = ("action_session_start", "session_started")
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            "conversation_started",
            "user_submitted",
            "response_delivered",
            "task_completed",
            "handed_off",
        )
    )
}
"""The order of records of one moment."""
_encode = msgspec.json.Encoder().encode


class Session(msgspec.Struct):
    """A sender's running session: ms of its start and last record, turn not yet answered."""

    started_ms: int
    last_ms: int
    turn: str = ""


class State(msgspec.Struct):
    """What must be remembered between records."""

    v: int = STATE_VERSION
    sessions: dict[str, Session] = {}
    clock_ms: int = 0
    passed_over: int = 0
    held: Held = msgspec.field(default_factory=Held)


class RasaBridge:
    """Records of one assistant.

    Raises Rejected: bad_json, bad_time, no_sender, too_long, out_of_order.
    """

    def __init__(self, settings: RasaSettings) -> None:
        self._settings = settings
        self._disorder_ms = round(settings.disorder_s * 1000)
        self._state = State()

    @property
    def passed_over(self) -> int:
        """Records that came before."""
        return self._state.passed_over

    @property
    def waiting(self) -> int:
        """Records whose turn has not come."""
        return len(self._state.held.waiting)

    def translate(self, line: bytes, position: int) -> list[bytes]:
        """Wire events of one record's value, or of those whose turn it has made."""
        record = _record(line)
        time = _moment_ms(record.get("timestamp"))
        kinds, held = self._kinds(record), self._state.held
        if not kinds:
            return self._passed(time - self._disorder_ms - 1)
        digest = _identity(record, record["sender_id"])
        if held.knows(digest):
            self._state.passed_over += 1
            return []
        if self._disorder_ms and time > held.passed_ms:
            held.note(digest, time)
            tie = f"{_RANK[kinds[0]]}{digest}"
            held.put(_moment_ms(record["timestamp"], 10**6), tie, _encode(record).decode())
            return self._passed(time - self._disorder_ms - 1)
        self._must_be_in_order(record, kinds, time)
        held.note(digest, time)
        return self._tell(record)

    def _passed(self, until_ms: int) -> list[bytes]:
        """Events of the records that waited for `until_ms`."""
        ready = self._state.held.passed(until_ms) if self._disorder_ms else []
        return [event for raw in ready for event in self._tell(msgspec.json.decode(raw))]

    def _must_be_in_order(self, record: dict[str, Any], kinds: list[str], time: int) -> None:
        session = self._state.sessions.get(record["sender_id"])
        if session is not None and time < session.last_ms and kinds != ["conversation_started"]:
            behind = (session.last_ms - time) / 1000
            raise Rejected(
                "out_of_order",
                f"{behind:.1f} s behind a newer record of {record['sender_id']}; hint: "
                "partition_by_sender: true, or [rasa] disorder_s",
            )

    def _tell(self, record: dict[str, Any]) -> list[bytes]:
        sender, time = record["sender_id"], _moment_ms(record["timestamp"])
        kinds = self._kinds(record)
        self._advance(time)
        session = self._state.sessions.get(sender)
        if kinds == ["conversation_started"]:
            if session is not None and abs(time - session.started_ms) < START_SPAN_MS:
                return []
            session = None
        elif session is None:
            kinds.insert(0, "conversation_started")
        if session is None:
            session = self._state.sessions[sender] = Session(time, time)
        session.last_ms = max(session.last_ms, time)
        conversation = f"{sender}@{session.started_ms}"
        return [
            _encode(event)
            for kind in kinds
            if (event := self._event(kind, record, session, conversation, time)) is not None
        ]

    def heartbeats(self, until_ms: int) -> list[bytes]:
        """The records whose turn has come by `until_ms`, and what can be promised then."""
        promised = until_ms - self._disorder_ms
        return [*self._passed(promised), self._promise(promised)] if promised >= 0 else []

    def _promise(self, until_ms: int) -> bytes:
        settings = self._settings
        beat = {"type": "heartbeat", "time": until_ms, "source": settings.source}
        return _encode(beat | {"program": settings.program})

    def end(self) -> list[bytes]:
        """All that waits, and a promise a day beyond the newest record."""
        waited = self._passed(self._state.held.newest_ms)
        clock_ms = self._state.clock_ms
        return [*waited, self._promise(clock_ms + FORGET_MS)] if clock_ms else []

    def snapshot(self) -> bytes:
        """The running sessions, as JSON."""
        return _encode(self._state)

    def restore(self, state: bytes) -> None:
        """Takes up a snapshot. Raises ValueError for one this version cannot read."""
        try:
            restored = msgspec.json.decode(state, type=State)
        except msgspec.DecodeError as error:
            raise ValueError(f"not a snapshot of a Rasa bridge: {error}") from None
        if restored.v != STATE_VERSION:
            raise ValueError(f"snapshot has version {restored.v}, not {STATE_VERSION}")
        self._state = restored

    def _kinds(self, record: dict[str, Any]) -> list[str]:
        event, name = record.get("event"), record.get("name")
        if event in _STARTS or (event == "action" and name in _STARTS):
            return ["conversation_started"]
        if event == "user":
            return ["user_submitted"]
        if event == "bot":
            return ["response_delivered", "bot_message"]
        if event == "action" and name in self._settings.handoff_actions:
            return ["handed_off"]
        if event == "action" and name in self._settings.completion_actions:
            return ["task_completed"]
        return []

    def _event(
        self, kind: str, record: dict[str, Any], session: Session, conversation: str, time: int
    ) -> dict[str, Any] | None:
        identity = _identity(record, kind)
        said: dict[str, Any] = {}
        if kind == "conversation_started":
            said = {"bot": self._settings.bot}
        elif kind == "user_submitted":
            session.turn = session.turn or identity
            said = {"turn": session.turn}
        elif kind == "response_delivered":
            if not session.turn:
                return None
            said, session.turn = {"turn": session.turn}, ""
        return {
            "type": kind,
            "time": time,
            "source": self._settings.source,
            "program": self._settings.program,
            "id": identity,
            "conversation": conversation,
        } | said

    def _advance(self, time: int) -> None:
        """Sessions silent for a day are forgotten when the clock first passes into a new day."""
        state = self._state
        if time // FORGET_MS > state.clock_ms // FORGET_MS:
            kept = {k: s for k, s in state.sessions.items() if s.last_ms >= time - FORGET_MS}
            state.sessions = kept
        state.clock_ms = max(state.clock_ms, time)


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected("bad_json", str(error)) from None
    if not isinstance(record, dict):
        raise Rejected("bad_json", "not an object")
    sender = record.get("sender_id")
    if not isinstance(sender, str) or not sender:
        raise Rejected("no_sender", "sender_id is missing; hint: is this Rasa's event topic?")
    if len(sender) > 100:
        raise Rejected("too_long", "sender_id has more than 100 characters")
    return record


def _moment_ms(timestamp: Any, per_second: int = 1000) -> int:
    """ms of float epoch seconds, by their shortest decimal form, so that 0.001 s is 1 ms."""
    if isinstance(timestamp, bool) or not isinstance(timestamp, int | float):
        raise Rejected("bad_time", f"{timestamp!r} is not a number of seconds since 1970")
    try:
        moment = int(Decimal(repr(timestamp)) * per_second)
    except (InvalidOperation, OverflowError, ValueError):
        raise Rejected("bad_time", f"{timestamp!r} is not a moment") from None
    if not 0 <= moment <= LAST_MS * per_second // 1000:
        raise Rejected("bad_time", f"{timestamp!r} is before 1970 or too far ahead")
    return moment


def _identity(record: dict[str, Any], kind: str) -> str:
    names = ("timestamp", "event", "name", "message_id", "text")
    content = _encode([kind, *(record.get(name) for name in names)])
    return hashlib.blake2b(content, digest_size=12).hexdigest()
