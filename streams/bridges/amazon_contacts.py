"""Contact events and contact records of Amazon Connect -> wire events of voice contacts.

Both say the same, as far as they know it at their time, so both are read alike: each record tells
every moment in it. The id of an event is what happened and the ContactId; records of one contact
thus confirm each other in any order, and where they differ the greater revision stands.

| moment | event |
|---|---|
| EnqueueTimestamp | queued; after a queue transfer: overflowed |
| ConnectedToAgentTimestamp | answered |
| TransferCompletedTimestamp, answered | transferred |
| DisconnectTimestamp, not answered, NextContactId | requeued: it goes on under another id |
| DisconnectTimestamp otherwise | disconnected |
| AfterContactWorkStart-/EndTimestamp | acw_started, acw_ended |
| InitiationMethod CALLBACK | amazon_callbacks |

A transfer by staff begins a visit under its own ContactId, segment 2: no record says how long the
chain before it is. What goes on in the queue (queue transfer, callback) is told in the visit of
InitialContactId, segment 1, of the program of its own queue. So two things cannot be told from
single records: a queue transfer behind a transfer by staff, and one to the queue of another
program, are no part of the visit they go on with; that visit ends with its outcome unknown. Until
the contact record comes, an event DISCONNECTED looks like the end of a contact that went on.
Moments of hold are in none of these records: hold counts as talk. Source: formats A3.
"""

from typing import NamedTuple

from streams.bridges.amazon_settings import REASONS, AmazonConnectSettings
from streams.bridges.asterisk_settings import Destination
from streams.bridges.base import Rejected
from streams.bridges.json_records import Record, moment, name_in, part, text
from streams.bridges.promises import Event
from streams.bridges.queue_names import QueueNames

LONGEST_ID = 100
OFFERED = frozenset({"INBOUND", "WEBRTC_API", "TRANSFER", "QUEUE_TRANSFER", "CALLBACK"})
"""How contacts begin that are offered to people; the others are calls out, or flows."""
_STEPS_PER_OCTAVE = 9
_SYSTEM_REASONS = frozenset({"failure", "queue_timeout", "forced"})


class Contact(NamedTuple):
    """What a record says of a contact: names, and moments in ms UTC (None: not, or not yet)."""

    id: str
    initial: str
    next: str
    method: str
    channel: str
    kind: str
    """Type of a contact event; empty for a contact record."""
    queue: tuple[str, ...]
    staff: str
    reason: str
    endpoint: str
    initiated: int | None
    system: int | None
    enqueued: int | None
    answered: int | None
    transferred: int | None
    disconnected: int | None
    acw_started: int | None
    acw_ended: int | None
    revision: int


def last_part(arn: str) -> str:
    """The id at the end of an ARN."""
    return arn.rpartition("/")[2]


def staff_of(record: Record, *arns: str) -> str:
    """A person: the id at the end of the ARN, else the user name. Raises Rejected."""
    name = last_part(text(record, *arns))
    return name_in({"agent": name}, "agent") or name_in(record, "username")


def contact_of(record: Record) -> Contact:
    """Reads a record whose keys are in small letters. Raises Rejected."""
    queue, agent = part(record, "queueinfo", "queue"), part(record, "agentinfo", "agent")
    own = text(record, "contactid")
    if not own:
        raise Rejected("no_identity", "ContactId is empty")
    if len(own) > LONGEST_ID:
        raise Rejected("long_name", f"a ContactId of more than {LONGEST_ID} characters")
    queue_arn = text(queue, "queuearn", "arn")
    disconnected = moment(record, "disconnecttimestamp")
    initiated = moment(record, "initiationtimestamp")
    kind = text(record, "eventtype").upper()
    return Contact(
        id=own,
        initial=name_in(record, "initialcontactid", "previouscontactid"),
        next=name_in(record, "nextcontactid"),
        method=text(record, "initiationmethod").upper(),
        channel=text(record, "channel").upper(),
        kind=kind,
        queue=(last_part(queue_arn), queue_arn, text(queue, "name", "queuename")),
        staff=staff_of(agent, "agentarn", "arn"),
        reason=text(record, "disconnectreason").upper(),
        endpoint=text(part(record, "transferredtoendpoint"), "address"),
        initiated=initiated,
        system=moment(record, "connectedtosystemtimestamp"),
        enqueued=moment(queue, "enqueuetimestamp"),
        answered=moment(agent, "connectedtoagenttimestamp"),
        transferred=moment(record, "transfercompletedtimestamp"),
        disconnected=disconnected,
        acw_started=moment(agent, "aftercontactworkstarttimestamp"),
        acw_ended=moment(agent, "aftercontactworkendtimestamp"),
        revision=0
        if kind
        else revision(disconnected or initiated, moment(record, "lastupdatetimestamp")),
    )


def revision(since_ms: int | None, updated_ms: int | None) -> int:
    """Revision, 1 to 255, of a contact record updated so long after the contact's end.

    A revision has 255 values, an update comes after seconds or after months: so it grows by one
    with every 8 % of the time between. Records nearer to each other are settled by their content.
    """
    if since_ms is None or updated_ms is None or updated_ms <= since_ms:
        return 1
    passed_s = (updated_ms - since_ms) // 1000 + 1
    octave = passed_s.bit_length() - 1
    step = (passed_s - (1 << octave)) * _STEPS_PER_OCTAVE >> octave
    return min(255, 1 + octave * _STEPS_PER_OCTAVE + step)


class ContactReader:
    """Wire events of contacts."""

    def __init__(self, settings: AmazonConnectSettings, queues: QueueNames) -> None:
        self._settings = settings
        self._queues = queues

    def events(self, contact: Contact) -> list[Event]:
        """What the record tells of its visit; nothing while it is not in a queue. Raises Rejected."""
        if contact.enqueued is None:
            if contact.kind == "QUEUED" or contact.answered is not None:
                raise Rejected("no_entry", "an offered contact without EnqueueTimestamp")
            return []
        if contact.kind == "DISCONNECTED" and contact.disconnected is None:
            raise Rejected("no_end", "disconnected, but DisconnectTimestamp is empty")
        place = self._queues.of(*contact.queue)
        visit = _Visit(contact, self._settings.source, place.program)
        entered = "overflowed" if visit.goes_on and contact.method != "CALLBACK" else "queued"
        visit.tell("queued", entered, contact.enqueued, queue=place.queue)
        if contact.method == "CALLBACK":
            chosen = contact.initiated if contact.initiated is not None else contact.enqueued
            visit.tell("chosen", "callback_chosen", chosen, mode="in_turn")
            self._call_back(contact, place.queue, visit)
        else:
            visit.tell(
                *("answered", "answered", contact.answered),
                staff=contact.staff,
                queue=place.queue,
            )
            self._end(contact, visit)
        return visit.told

    def _call_back(self, contact: Contact, queue: str, visit: "_Visit") -> None:
        """Staff are connected first; the wait ends when the customer is, too."""
        visit.tell("attempted", "callback_attempted", contact.answered, staff=contact.staff)
        if contact.answered is not None and contact.system is not None:
            both = max(contact.answered, contact.system)
            visit.tell("answered", "callback_connected", both, staff=contact.staff, queue=queue)
            self._end(contact, visit)
        else:
            visit.tell("ended", "callback_failed", contact.disconnected, reason="no_answer")

    def _end(self, contact: Contact, visit: "_Visit") -> None:
        """How it ended: always under one id, so that a record that knows better replaces it."""
        served = contact.answered is not None
        if served and contact.transferred is not None:
            to = self._settings.destinations.get(contact.endpoint, Destination())
            program = self._queues.known(to.queue)
            visit.tell(
                *("ended", "transferred", contact.transferred),
                to_queue=to.queue,
                to_program=program.program if program else "",
                escalation=to.escalation,
            )
        elif not served and contact.next:
            visit.tell("ended", "requeued", contact.disconnected)
        else:
            visit.tell("ended", "disconnected", contact.disconnected, **self._by(contact))
        if served:
            visit.tell("acw_started", "acw_started", contact.acw_started)
            visit.tell("acw_ended", "acw_ended", contact.acw_ended)

    def _by(self, contact: Contact) -> dict[str, str]:
        usual = REASONS.get(contact.reason, "customer")
        ending = self._settings.disconnects.get(contact.reason, usual)
        if ending in _SYSTEM_REASONS:
            return {"by": "system", "reason": ending}
        return {"by": "system" if ending == "staff" and contact.answered is None else ending}


class _Visit:
    """The visit a contact is told in, and what was told of it."""

    def __init__(self, contact: Contact, source: str, program: str) -> None:
        self.goes_on = contact.method in ("QUEUE_TRANSFER", "CALLBACK") and bool(contact.initial)
        self.told: list[Event] = []
        self._contact = contact.id
        self._names: Event = {
            "source": source,
            "program": program,
            "contact": contact.initial if self.goes_on else contact.id,
            "segment": 2 if contact.method == "TRANSFER" else 1,
            "rev": contact.revision,
        }

    def tell(self, what: str, kind: str, at_ms: int | None, **said: str) -> None:
        """Adds an event, if its moment is known."""
        if at_ms is not None:
            named = {"type": kind, "time": at_ms, "id": f"{what}:{self._contact}"}
            self.told.append(named | self._names | said)
