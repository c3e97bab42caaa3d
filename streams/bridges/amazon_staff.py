"""Agent events of Amazon Connect -> staff_state events.

Each record is a whole picture of a person before and after, so what the person does from its time
on is read off the picture after; a heartbeat says it again, and mends what was lost between. The
first line of this table that fits is the state:

| picture | state |
|---|---|
| LOGOUT, no picture, or status OFFLINE without a connected contact | logged_out |
| a contact CONNECTED or CONNECTED_ONHOLD; CONNECTING on a call out | handling |
| a contact ENDED: nothing else says after-call work, and that it vanishes ends it | acw |
| a contact CONNECTING, INCOMING or PENDING | ringing |
| a contact MISSED, REJECTED or ERROR: no contact comes until the person clears it | aux other |
| status ROUTABLE | available |
| any other status | aux, by the configured class of its name |

PAUSED contacts are nobody's work at present. NextAgentStatus has not begun and says nothing.
Sessions are chats held, ENDED ones included; slots are the routing profile's. Source: formats A3.
"""

from typing import NamedTuple

from streams.bridges.amazon_contacts import last_part, staff_of
from streams.bridges.amazon_settings import AmazonConnectSettings
from streams.bridges.base import Rejected
from streams.bridges.json_records import Record, digest, moment, part, parts, text
from streams.bridges.promises import Event
from streams.bridges.queue_names import QueueNames
from streams.bridges.staff_homes import Home, StaffHomes

EVENT_TYPES = frozenset({"LOGIN", "LOGOUT", "STATE_CHANGE", "HEART_BEAT"})
MOST_COUNTED = 255
LONGEST_ID, LONGEST_REASON = 100, 64
_CONNECTED = frozenset({"CONNECTED", "CONNECTED_ONHOLD"})
_RINGING = frozenset({"CONNECTING", "INCOMING", "PENDING"})
_IN_ERROR = frozenset({"MISSED", "REJECTED", "ERROR"})
_HELD = _CONNECTED | {"ENDED"}


class Doing(NamedTuple):
    """A state, its aux class and reason, and the contact it is about (empty: none)."""

    state: str
    aux: str = ""
    reason: str = ""
    about: Record | None = None


class StaffReader:
    """Wire events of people. Reads records whose keys are in small letters."""

    def __init__(
        self, settings: AmazonConnectSettings, homes: StaffHomes, queues: QueueNames
    ) -> None:
        self._settings = settings
        self._homes = homes
        self._queues = queues

    def events(self, record: Record) -> list[Event]:
        """The person's state from the record's time on; before it, where the person belonged to
        another program, that the person left that one. Raises Rejected."""
        person = staff_of(record, "agentarn")
        if not person:
            raise Rejected("no_identity", "AgentARN is empty")
        at_ms = moment(record, "eventtimestamp")
        if at_ms is None:
            raise Rejected("bad_time", "EventTimestamp is empty")
        now, before = part(record, "currentagentsnapshot"), part(record, "previousagentsnapshot")
        home = self._home(person, now or before)
        identity = text(record, "eventid")
        if not identity or len(identity) > LONGEST_ID:
            identity = digest(record)
        event = {
            "type": "staff_state",
            "time": at_ms,
            "source": self._settings.staff_source,
            "program": home.program,
            "id": identity,
            "group": home.group,
            "site": home.site,
            "staff": person,
        }
        told = [event | self._said(text(record, "eventtype").upper(), now, home)]
        if now and before:
            old = self._home(person, before)
            if old.program != home.program:
                names = {"program": old.program, "group": old.group, "site": old.site}
                told.insert(0, event | names | {"state": "logged_out"})
        return told

    def _home(self, person: str, snapshot: Record) -> Home:
        configuration = part(snapshot, "configuration")
        profile = part(configuration, "routingprofile")
        levels = part(configuration, "agenthierarchygroups")
        teams = [text(part(levels, level), "name") for level in sorted(levels, reverse=True)]
        return self._homes.of(
            person,
            text(configuration, "username"),
            *teams,
            text(profile, "name"),
            last_part(text(profile, "arn")),
        )

    def _said(self, kind: str, snapshot: Record, home: Home) -> Event:
        """The fields of a state."""
        contacts = parts(snapshot, "contacts")
        doing = self._doing(kind, snapshot, contacts)
        if doing.state == "logged_out":
            return {"state": doing.state}
        said: Event = {"state": doing.state, "aux": doing.aux, "reason": doing.reason}
        said["sessions"] = min(MOST_COUNTED, sum(_holds_chat(one) for one in contacts))
        said["slots"] = _chat_slots(snapshot)
        queue = part(doing.about or {}, "queue")
        arn = text(queue, "arn")
        place = self._queues.known(last_part(arn), arn, text(queue, "name"))
        if place is not None and place.program != home.program:
            said["work_program"] = place.program
        return said

    def _doing(self, kind: str, snapshot: Record, contacts: list[Record]) -> Doing:
        status = part(snapshot, "agentstatus")
        name, type_ = text(status, "name"), text(status, "type").upper()
        if not type_:
            type_ = self._type_of(name)
        by_state = {text(one, "state").upper(): one for one in contacts}
        calling = [one for one in contacts if _calls_out(one)]
        at_work = [by_state[state] for state in sorted(_CONNECTED & by_state.keys())] + calling
        if kind == "LOGOUT" or not status or (type_ == "OFFLINE" and not at_work):
            return Doing("logged_out")
        if at_work:
            return Doing("handling", about=at_work[0])
        if "ENDED" in by_state:
            return Doing("acw", about=by_state["ENDED"])
        if _RINGING & by_state.keys():
            return Doing("ringing")
        if in_error := sorted(_IN_ERROR & by_state.keys()):
            return Doing("aux", "other", in_error[0])
        if type_ == "ROUTABLE":
            return Doing("available")
        return Doing("aux", self._settings.aux.get(name, "other"), name[:LONGEST_REASON])

    def _type_of(self, name: str) -> str:
        """The type of a status of which only the name is given."""
        if name in self._settings.offline:
            return "OFFLINE"
        return "ROUTABLE" if name in self._settings.routable else "CUSTOM"


def _calls_out(contact: Record) -> bool:
    """Staff who wait for a customer to pick up work on that contact."""
    return (
        text(contact, "state").upper() == "CONNECTING"
        and text(contact, "initiationmethod").upper() == "OUTBOUND"
    )


def _holds_chat(contact: Record) -> bool:
    return text(contact, "channel").upper() == "CHAT" and text(contact, "state").upper() in _HELD


def _chat_slots(snapshot: Record) -> int:
    """Chats that the routing profile lets the person hold; 0: not known. Raises Rejected."""
    profile = part(part(snapshot, "configuration"), "routingprofile")
    for one in parts(profile, "concurrency"):
        if text(one, "channel").upper() == "CHAT":
            slots = one.get("maximumslots") or 0
            if not isinstance(slots, int) or slots < 0:
                raise Rejected("bad_number", f"MaximumSlots: {str(slots)[:40]!r}")
            return min(MOST_COUNTED, int(slots))
    return 0
