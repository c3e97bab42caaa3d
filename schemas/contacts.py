"""Wire events of voice contacts: flat JSON, one object an event, version 1.

Each event names the moment something happened to one *visit*: one stay of one contact in the
human queue of one team. A visit is (program, contact, segment); the first team's is segment 1,
a transfer to another team starts the next one. `program` is always the visit's origin program.

An event is identified by (source, id) within its visit. Sent again unchanged it changes nothing;
sent with a greater `rev` it replaces what it said before. Fields that are not listed are ignored
and counted, unknown reasons are read as `other`, unknown types are rejected and kept.
Source: definitions 2 and 3 (COPC CX 7.1 tables 1a, 4).
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, TypeAdapter

from schemas.keys import (
    Identifier,
    OptionalIdentifier,
    Revision,
    Segment,
    Sequence,
    TimeMs,
    Version,
)

Reason = Annotated[str, StringConstraints(strict=True, max_length=64)]
REASONS = (
    "",
    "other",
    "failure",
    "forced",
    "queue_timeout",
    "no_staff",
    "incompatible",
    "withdrawn",
    "no_answer",
    "busy",
    "voicemail",
    "invalid",
    "trunks_full",
    "priority",
    "restart",
)
"""Reasons this version tells apart. Any other text is accepted and read as `other`."""
ESCALATIONS = ("tier", "sales", "back_office", "other")


class WireEvent(BaseModel):
    """What every event says: what, when, by which source's clock and count, for which program."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    v: Version = Field(default=1, description="Version of this contract.")
    time: TimeMs = Field(description="When it happened: integer ms since 1970-01-01 UTC.")
    source: Identifier = Field(description="The system that saw it; one clock, one sequence.")
    program: Identifier = Field(description="The visit's origin program: client x service.")
    seq: Sequence = Field(default=0, description="Order given by the source; settles equal times.")


class Heartbeat(WireEvent):
    """Everything this source knows of this program up to `time` has been sent."""

    type: Literal["heartbeat"]
    id: OptionalIdentifier = ""


class ContactEvent(WireEvent):
    """An event of one visit."""

    id: Identifier = Field(description="Unique for this source within the visit.")
    rev: Revision = Field(default=0, description="The greater revision of one id stands.")
    contact: Identifier
    segment: Segment = Field(default=1, description="Visit number within the contact, from 1.")
    channel: Literal["voice"] = "voice"


class IvrEntered(ContactEvent):
    """The IVR answered. Nothing is offered to people yet."""

    type: Literal["ivr_entered"]


class IvrLeft(ContactEvent):
    """The contact left the IVR: to a queue, served, out by choice, by error, or hung up."""

    type: Literal["ivr_left"]
    result: Literal["queue", "self_service", "opt_out", "error", "hung_up"]


class Queued(ContactEvent):
    """Entered the human queue: offered, the wait starts. Several at once: one event a queue."""

    type: Literal["queued"]
    queue: Identifier
    site: OptionalIdentifier = Field(default="", description="Only where routing pre-allocates.")
    skill: OptionalIdentifier = ""


class Requeued(ContactEvent):
    """Put back or re-prioritised in the same visit. The clock keeps running."""

    type: Literal["requeued"]
    reason: Reason = ""


class Overflowed(ContactEvent):
    """Moved on to another queue or site of the network. The clock keeps running."""

    type: Literal["overflowed"]
    queue: Identifier


class Ringing(ContactEvent):
    """Offered to a person's phone. Still waiting."""

    type: Literal["ringing"]
    staff: OptionalIdentifier = ""


class RingNoAnswer(ContactEvent):
    """The person did not answer; the contact is back in the queue."""

    type: Literal["ring_no_answer"]
    staff: OptionalIdentifier = ""


class CallbackChosen(ContactEvent):
    """The customer asked to be called back: in turn (keeps the place) or at another time."""

    type: Literal["callback_chosen"]
    mode: Literal["in_turn", "later"]
    promised_at: TimeMs | None = None


class CallbackAttempted(ContactEvent):
    """A call to the customer was started."""

    type: Literal["callback_attempted"]
    staff: OptionalIdentifier = ""
    site: OptionalIdentifier = ""


class CallbackConnected(ContactEvent):
    """Customer and staff are connected: the wait of an in-turn callback ends."""

    type: Literal["callback_connected"]
    staff: OptionalIdentifier = ""
    site: OptionalIdentifier = ""
    queue: OptionalIdentifier = ""


class CallbackFailed(ContactEvent):
    """The customer was not reached. A customer's voicemail is not reached."""

    type: Literal["callback_failed"]
    reason: Reason = ""


class VoicemailLeft(ContactEvent):
    """The customer left a message instead of waiting."""

    type: Literal["voicemail_left"]


class Answered(ContactEvent):
    """Media connected between customer and staff."""

    type: Literal["answered"]
    staff: OptionalIdentifier = ""
    site: OptionalIdentifier = Field(default="", description="Where the person sits.")
    queue: OptionalIdentifier = Field(default="", description="Through which queue, if several.")


class Held(ContactEvent):
    """Customer put on hold."""

    type: Literal["held"]


class Retrieved(ContactEvent):
    """Customer taken back from hold."""

    type: Literal["retrieved"]


class ConsultStarted(ContactEvent):
    """A helper was called in; the owner keeps the contact. `staff` is the helper."""

    type: Literal["consult_started"]
    staff: OptionalIdentifier = ""


class ConsultEnded(ContactEvent):
    """The helper of this name left the consultation."""

    type: Literal["consult_ended"]
    staff: OptionalIdentifier = ""


class ConferenceJoined(ContactEvent):
    """Another person joined the conversation. `staff` is the one who joined."""

    type: Literal["conference_joined"]
    staff: OptionalIdentifier = ""


class ConferenceLeft(ContactEvent):
    """The person of this name left the conversation."""

    type: Literal["conference_left"]
    staff: OptionalIdentifier = ""


class Transferred(ContactEvent):
    """The owner handed the contact on. Escalation = responsibility went to another team."""

    type: Literal["transferred"]
    kind: Literal["blind", "attended", ""] = ""
    to_queue: OptionalIdentifier = ""
    to_program: OptionalIdentifier = ""
    escalation: Literal["", "tier", "sales", "back_office", "other"] = ""


class Disconnected(ContactEvent):
    """The customer's line ended in this visit."""

    type: Literal["disconnected"]
    by: Literal["customer", "staff", "system"]
    reason: Reason = ""


class AcwStarted(ContactEvent):
    """After-call work began."""

    type: Literal["acw_started"]


class AcwEnded(ContactEvent):
    """After-call work, and with it handling, ended."""

    type: Literal["acw_ended"]


class TrackingLost(ContactEvent):
    """The source can no longer say how this visit goes on (restart, lost connection)."""

    type: Literal["tracking_lost"]
    reason: Reason = ""


class Blocked(ContactEvent):
    """The attempt never reached the ACD: busy, trunks full. Offered to nobody."""

    type: Literal["blocked"]
    queue: OptionalIdentifier = ""
    reason: Reason = ""


CONTACT_EVENTS: tuple[type[ContactEvent], ...] = (
    IvrEntered,
    IvrLeft,
    Queued,
    Overflowed,
    Requeued,
    Ringing,
    RingNoAnswer,
    CallbackChosen,
    CallbackAttempted,
    CallbackFailed,
    VoicemailLeft,
    CallbackConnected,
    Answered,
    Held,
    Retrieved,
    ConsultStarted,
    ConsultEnded,
    ConferenceJoined,
    ConferenceLeft,
    Transferred,
    Disconnected,
    AcwStarted,
    AcwEnded,
    TrackingLost,
    Blocked,
)
"""In the order that settles events of one visit with the same time and sequence."""
ACD_EVENTS: tuple[type[WireEvent], ...] = (*CONTACT_EVENTS, Heartbeat)

AcdEvent = Annotated[
    IvrEntered
    | IvrLeft
    | Queued
    | Overflowed
    | Requeued
    | Ringing
    | RingNoAnswer
    | CallbackChosen
    | CallbackAttempted
    | CallbackFailed
    | VoicemailLeft
    | CallbackConnected
    | Answered
    | Held
    | Retrieved
    | ConsultStarted
    | ConsultEnded
    | ConferenceJoined
    | ConferenceLeft
    | Transferred
    | Disconnected
    | AcwStarted
    | AcwEnded
    | TrackingLost
    | Blocked
    | Heartbeat,
    Discriminator("type"),
]

ACD: TypeAdapter[Any] = TypeAdapter(AcdEvent)
"""Authority over the topic `acd`: `ACD.validate_json(raw)` accepts or says why not."""


def event_type(model: type[WireEvent]) -> str:
    """The wire name of a model: `event_type(Queued) == "queued"`."""
    return str(model.model_fields["type"].annotation.__args__[0])  # type: ignore[union-attr]


EVENT_TYPES: tuple[str, ...] = tuple(event_type(model) for model in CONTACT_EVENTS)
