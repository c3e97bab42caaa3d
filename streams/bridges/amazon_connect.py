"""Amazon Connect -> wire events of voice contacts and of staff.

Contact events (bare or as EventBridge delivers them), contact records and agent events, one a line
and mixed as they come: unordered, more than once, sent again when they change, field names in any
letters. Nothing is remembered between them, so their order does not matter.

Heartbeats of the agent stream are no heartbeats here: each promises something of one person, none
that all of the others was sent. So nothing is promised before the end of a complete file.
"""

from collections import Counter
from collections.abc import Mapping

import msgspec

from streams.bridges.amazon_contacts import OFFERED, ContactReader, contact_of
from streams.bridges.amazon_settings import AmazonConnectSettings
from streams.bridges.amazon_staff import EVENT_TYPES, StaffReader
from streams.bridges.asterisk_counts import count
from streams.bridges.base import Rejected
from streams.bridges.json_records import Record, folded, part, record_of, text
from streams.bridges.promises import Event, Told
from streams.bridges.queue_names import QueueNames
from streams.bridges.staff_homes import Home, StaffHomes

CONTACT_EVENT = "amazon connect contact event"
STATE_VERSION = 1


class State(msgspec.Struct):
    """What was told and passed over; no record is read otherwise because of it."""

    v: int = STATE_VERSION
    told: Told = msgspec.field(default_factory=Told)
    passed: dict[str, int] = {}


class AmazonConnectBridge:
    """Records of one instance. `programs` maps queues of the plan to programs.

    `listed_only`: contacts of other queues and people without a home are Rejected. Reasons:
    bad_json, bad_field, bad_time, bad_number, long_name, unknown_record, no_identity, no_entry,
    no_end, no_queue, unmapped_queue, unmapped_staff.
    """

    def __init__(
        self,
        settings: AmazonConnectSettings,
        programs: Mapping[str, str] | None = None,
        listed_only: bool = False,
    ) -> None:
        queues = QueueNames(settings.queues, programs or {}, settings.default_program, listed_only)
        default = Home(program=settings.default_program, group=settings.default_group)
        homes = StaffHomes(settings.homes, default, listed_only)
        self._contacts = ContactReader(settings, queues)
        self._staff = StaffReader(settings, homes, queues)
        self._state = State()

    @property
    def passed(self) -> Counter[str]:
        """Records that are none of an offered voice contact or of a person, by what they are."""
        return Counter(self._state.passed)

    def translate(self, line: bytes, position: int) -> list[bytes]:
        """Wire events of one record. Raises Rejected and then remembers nothing."""
        record = folded(record_of(line))
        if "detail" in record:
            envelope = text(record, "detail-type").lower()
            if envelope != CONTACT_EVENT:
                return self._pass(envelope or "(no detail-type)")
            record = part(record, "detail")
        if "agentarn" in record:
            kind = text(record, "eventtype").upper()
            if kind not in EVENT_TYPES:
                return self._pass(kind or "(no EventType)")
            return self._state.told.wire(self._staff.events(record))
        if "contactid" in record:
            return self._contact(record)
        raise Rejected("unknown_record", "neither AgentARN nor ContactId is in it")

    def heartbeats(self, until_ms: int) -> list[bytes]:
        """None: no stream says that everything up to a moment was sent."""
        return []

    def end(self) -> list[bytes]:
        """The promise that no record is left: a day behind the last moment."""
        return self._state.told.end()

    def snapshot(self) -> bytes:
        """What was told, as JSON."""
        return msgspec.json.encode(self._state)

    def restore(self, state: bytes) -> None:
        """Takes up a snapshot. Raises ValueError for one this version cannot read."""
        try:
            restored = msgspec.json.decode(state, type=State)
        except msgspec.DecodeError as error:
            raise ValueError(f"not a snapshot of an Amazon Connect bridge: {error}") from None
        if restored.v != STATE_VERSION:
            raise ValueError(
                f"Amazon Connect snapshot has version {restored.v}, "
                f"this release reads {STATE_VERSION}; hint: read the file again from its start"
            )
        self._state = restored

    def _contact(self, record: Record) -> list[bytes]:
        contact = contact_of(record)
        if contact.channel != "VOICE":
            return self._pass(f"channel {contact.channel}")
        if contact.method not in OFFERED:
            return self._pass(f"method {contact.method}")
        events: list[Event] = self._contacts.events(contact)
        return self._state.told.wire(events) if events else self._pass("not in a queue")

    def _pass(self, what: str) -> list[bytes]:
        count(self._state.passed, what)
        return []
