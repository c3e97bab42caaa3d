"""Wire events of chat contacts (topic `chat`): flat JSON, one object an event, version 1.

Each event names the moment something happened to one *chat visit*: one stay of one chat with one
team, (program, channel, contact, segment). Within a team people may come and go; a transfer to
another team starts the next segment. Offers to visitors belong to the visit they may lead to.
Identity, revisions, unknown fields, reasons and types are as in `schemas.contacts`.
Source: definitions 2, 3, R1, R3-R5, R7 (COPC CX 7.1 table 1a). Rules: kernels/CHAT.md.
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, TypeAdapter

from schemas.contacts import Heartbeat, Reason, WireEvent, event_type
from schemas.keys import Identifier, OptionalIdentifier, Revision, Segment

CHANNELS = ("chat", "messaging")
"""`messaging` is asynchronous: the customer may answer hours later."""


class ChatEvent(WireEvent):
    """An event of one chat visit."""

    id: Identifier = Field(description="Unique for this source within the visit.")
    rev: Revision = Field(default=0, description="The greater revision of one id stands.")
    contact: Identifier = Field(description="The chat, or the visitor's session it may come from.")
    segment: Segment = Field(default=1, description="Visit number within the contact, from 1.")
    channel: Literal["chat", "messaging"] = "chat"


class OfferShown(ChatEvent):
    """A chat was offered to a visitor. One offer a session: a second one counts nothing."""

    type: Literal["offer_shown"]
    queue: Identifier = Field(description="The queue the offer invites to.")


class OfferDeclined(ChatEvent):
    """The visitor refused or closed the offer."""

    type: Literal["offer_declined"]


class OfferExpired(ChatEvent):
    """The offer went away without an answer."""

    type: Literal["offer_expired"]


class OfferUndelivered(ChatEvent):
    """The offer never reached the visitor's screen: as if it had not been made."""

    type: Literal["offer_undelivered"]
    reason: Reason = ""


class OfferAccepted(ChatEvent):
    """The visitor took the offer: offered to the human queue, the wait starts."""

    type: Literal["offer_accepted"]
    queue: Identifier


class ChatRequested(ChatEvent):
    """The customer asked for people, also by way of a bot: offered, the wait starts."""

    type: Literal["chat_requested"]
    queue: Identifier
    site: OptionalIdentifier = Field(default="", description="Only where routing pre-allocates.")
    skill: OptionalIdentifier = ""


class ChatOverflowed(ChatEvent):
    """Moved on to another queue or site of the network. The clock keeps running."""

    type: Literal["chat_overflowed"]
    queue: Identifier


class StaffJoined(ChatEvent):
    """A person opened the chat. Still waiting: only a person's message is an answer."""

    type: Literal["staff_joined"]
    staff: OptionalIdentifier = ""
    site: OptionalIdentifier = Field(default="", description="Where the person sits.")
    queue: OptionalIdentifier = Field(default="", description="Through which queue, if several.")


class MessageReceived(ChatEvent):
    """A message of the customer was received."""

    type: Literal["message_received"]
    carried: Literal["", "yes"] = Field(
        default="",
        description="Received (at `time`) in the visit before, unanswered when it was transferred.",
    )


class MessageSent(ChatEvent):
    """A message to the customer; `time` is when sending was completed."""

    type: Literal["message_sent"]
    by: Literal["staff", "automatic"] = Field(
        description="Greetings, bots and canned texts that nobody sent are automatic."
    )
    staff: OptionalIdentifier = ""
    site: OptionalIdentifier = Field(default="", description="Where the person sits.")
    queue: OptionalIdentifier = Field(default="", description="Through which queue, if several.")


class StaffLeft(ChatEvent):
    """The person of this name left the chat; the team keeps it."""

    type: Literal["staff_left"]
    staff: OptionalIdentifier = ""


class ChatTransferred(ChatEvent):
    """Handed on to another team: this visit ends. Escalation = responsibility went with it."""

    type: Literal["chat_transferred"]
    to_queue: OptionalIdentifier = ""
    to_program: OptionalIdentifier = ""
    escalation: Literal["", "tier", "sales", "back_office", "other"] = ""


class ChatEnded(ChatEvent):
    """The chat ended. `timeout`: closed because the customer was silent or gone."""

    type: Literal["chat_ended"]
    by: Literal["customer", "staff", "system", "timeout"]
    marker: Literal["", "yes"] = Field(
        default="", description="The customer marked it as done: said so, or pressed End."
    )
    reason: Reason = ""


class ChatAcwStarted(ChatEvent):
    """After-call work of the chat began."""

    type: Literal["chat_acw_started"]


class ChatAcwEnded(ChatEvent):
    """After-call work, and with it handling, ended."""

    type: Literal["chat_acw_ended"]


class ChatTrackingLost(ChatEvent):
    """The source can no longer say how this visit goes on (restart, lost connection)."""

    type: Literal["chat_tracking_lost"]
    reason: Reason = ""


CHAT_EVENTS: tuple[type[ChatEvent], ...] = (
    OfferShown,
    OfferDeclined,
    OfferExpired,
    OfferUndelivered,
    OfferAccepted,
    ChatRequested,
    ChatOverflowed,
    StaffJoined,
    MessageReceived,
    MessageSent,
    StaffLeft,
    ChatTransferred,
    ChatEnded,
    ChatAcwStarted,
    ChatAcwEnded,
    ChatTrackingLost,
)
"""In the order that settles events of one visit with the same time and sequence."""

CHAT: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        OfferShown
        | OfferDeclined
        | OfferExpired
        | OfferUndelivered
        | OfferAccepted
        | ChatRequested
        | ChatOverflowed
        | StaffJoined
        | MessageReceived
        | MessageSent
        | StaffLeft
        | ChatTransferred
        | ChatEnded
        | ChatAcwStarted
        | ChatAcwEnded
        | ChatTrackingLost
        | Heartbeat,
        Discriminator("type"),
    ]
)
"""Authority over the topic `chat`."""

CHAT_TYPES: tuple[str, ...] = tuple(event_type(model) for model in CHAT_EVENTS)
