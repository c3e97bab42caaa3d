"""The bad feed: a seeded way from the sources to the monitor that delays, repeats and breaks.

Nothing valid is lost but the ends that are told to be missing, and these are kept in `missing`.
"""

import heapq
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from schemas.targets import Share
from streams.simulator.draws import Draws

Seconds = Annotated[float, Field(ge=0)]


class FeedSettings(BaseModel):
    """What goes wrong, per event, and by how much. Without arguments: nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: Annotated[int, Field(ge=0)] = 1
    reordered: Share = 0.0
    reordered_s: Seconds = Field(default=5.0, description="Moved by at most this much.")
    late: Share = 0.0
    late_s: Seconds = Field(default=1800.0, description="Delayed by at most this much.")
    overdue: Share = 0.0
    overdue_s: Seconds = Field(default=7 * 3600.0, description="At least: past the horizon.")
    duplicated: Share = 0.0
    duplicated_s: Seconds = Field(default=120.0, description="Repeated within this much.")
    malformed: Share = Field(default=0.0, description="A broken copy goes beside the event.")
    missing_ends: Share = Field(
        default=0.0,
        description="Of ends of contacts and after-call work, and of states `logged_out`.",
    )
    truthful: bool = Field(
        default=True, description="A heartbeat waits until everything up to it was delivered."
    )


class Label(StrEnum):
    """What was done to a delivered line. Only a malformed one is not a valid event."""

    GOOD = "good"
    HEARTBEAT = "heartbeat"
    REORDERED = "reordered"
    LATE = "late"
    OVERDUE = "overdue"
    DUPLICATE = "duplicate"
    MALFORMED = "malformed"
    MISSING = "missing"


_ENDS = ("disconnected", "acw_ended", "chat_ended", "chat_acw_ended", "conversation_ended")


class Delivery(NamedTuple):
    """One line as it arrives: when (ms UTC), the bytes, and what was done to it."""

    at_ms: int
    raw: bytes
    label: Label


class Feed:
    """Carries events in the order they leave; gives them out in the order they arrive."""

    def __init__(self, settings: FeedSettings | None = None) -> None:
        self.settings = settings or FeedSettings()
        self.missing: list[bytes] = []
        """Ends that were never delivered."""
        self._draws = Draws(self.settings.seed, 1)
        self._way: list[tuple[int, int, Delivery]] = []
        self._count = 0
        self._latest: dict[tuple[str, str], int] = {}

    def carry(self, sent_ms: int, raw: bytes) -> list[Delivery]:
        """Take an event that leaves its source; returns what has arrived before that moment."""
        arrived = self._arrived(sent_ms)
        event = msgspec.json.decode(raw)
        if event["type"] == "heartbeat":
            self._send_heartbeat(sent_ms, raw, event)
        else:
            self._send(sent_ms, raw, event)
        return arrived

    def rest(self) -> list[Delivery]:
        """Everything still on its way, in order of arrival."""
        return self._arrived(None)

    def deliver(self, events: Iterable[tuple[int, dict[str, Any]]]) -> list[Delivery]:
        """Carry all events of `Center.events`, and give out everything that arrives."""
        delivered: list[Delivery] = []
        for sent_ms, event in events:
            delivered += self.carry(sent_ms, msgspec.json.encode(event))
        return delivered + self.rest()

    def _send(self, sent_ms: int, raw: bytes, event: dict[str, Any]) -> None:
        settings, draws = self.settings, self._draws
        is_end = event["type"] in _ENDS or event.get("state") == "logged_out"
        if settings.missing_ends and is_end and draws.chance(settings.missing_ends):
            self.missing.append(raw)
            return
        label, delay_ms = self._fate()
        at_ms = sent_ms + delay_ms
        pair = (event["source"], event["program"])
        self._latest[pair] = max(at_ms, self._latest.get(pair, 0))
        self._post(at_ms, raw, label)
        if settings.duplicated and draws.chance(settings.duplicated):
            again_ms = at_ms + draws.between_ms(0, settings.duplicated_s)
            self._post(again_ms, raw, Label.DUPLICATE)
        if settings.malformed and draws.chance(settings.malformed):
            self._post(at_ms, draws.choice(_BREAKS, [1] * len(_BREAKS))(raw), Label.MALFORMED)

    def _fate(self) -> tuple[Label, int]:
        settings, draws = self.settings, self._draws
        if not (settings.late or settings.overdue or settings.reordered):
            return Label.GOOD, 0
        draw = draws.uniform()
        if draw < settings.late:
            return Label.LATE, draws.between_ms(0, settings.late_s)
        draw -= settings.late
        if draw < settings.overdue:
            return Label.OVERDUE, draws.between_ms(settings.overdue_s, 1.2 * settings.overdue_s)
        if draw - settings.overdue < settings.reordered:
            return Label.REORDERED, draws.between_ms(0, settings.reordered_s)
        return Label.GOOD, 0

    def _send_heartbeat(self, sent_ms: int, raw: bytes, event: dict[str, Any]) -> None:
        at_ms = sent_ms
        if self.settings.truthful:
            at_ms = max(sent_ms, self._latest.get((event["source"], event["program"]), 0))
        self._post(at_ms, raw, Label.HEARTBEAT)

    def _post(self, at_ms: int, raw: bytes, label: Label) -> None:
        # At one moment in the order of posting: a heartbeat comes after what it promises.
        self._count += 1
        heapq.heappush(self._way, (at_ms, self._count, Delivery(at_ms, raw, label)))

    def _arrived(self, before_ms: int | None) -> list[Delivery]:
        arrived: list[Delivery] = []
        while self._way and (before_ms is None or self._way[0][0] < before_ms):
            arrived.append(heapq.heappop(self._way)[2])
        return arrived


def _truncated(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def _subject(raw: bytes) -> bytes:
    # What no event can do without; a conversation that is handed off names a contact as well.
    names = (b"conversation", b"technology", b"contact", b"case", b"record", b"queue")
    return next((name for name in names if b'"%b":' % name in raw), b"group")


def _not_text(raw: bytes) -> bytes:
    name = _subject(raw)
    return raw.replace(b'"%b":"' % name, b'"%b":"\xff\xfe' % name)


def _quoted_time(raw: bytes) -> bytes:
    return re.sub(rb'"time":(\d+)', rb'"time":"\1"', raw)


def _negative_time(raw: bytes) -> bytes:
    return raw.replace(b'"time":', b'"time":-')


def _unknown_type(raw: bytes) -> bytes:
    return raw.replace(b'"type":"', b'"type":"un')


def _no_subject(raw: bytes) -> bytes:
    name = _subject(raw)
    return raw.replace(b'"%b":' % name, b'"k%b":' % name[1:])


def _no_program(raw: bytes) -> bytes:
    return raw.replace(b'"program":', b'"programme":')


def _other_version(raw: bytes) -> bytes:
    return b'{"v":2,' + raw[1:]


def _in_a_list(raw: bytes) -> bytes:
    return b"[" + raw + b"]"


def _empty(raw: bytes) -> bytes:
    return b"{}"


_BREAKS = (
    _truncated,
    _not_text,
    _quoted_time,
    _negative_time,
    _unknown_type,
    _no_subject,
    _no_program,
    _other_version,
    _in_a_list,
    _empty,
)
