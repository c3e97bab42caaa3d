"""Wire events of technology: conversations with bots, probes of what customers use, lost attempts.

A conversation is (program, conversation); `conversation_started` names the bot. Nothing says that
a task was done but `task_completed`: neither the end of a conversation nor the lack of a hand-off.
A turn is what the customer submits and what comes back for it, under one `turn` id. A probe says
how a technology works *for the customer* from `time` on, and how long that may be believed.
Source: definitions 2, 5 T1-T8, V3, V4 (COPC CX 7.1 tables 1c, 1d, 2).
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, TypeAdapter

from schemas.contacts import Heartbeat, Reason, WireEvent, event_type
from schemas.keys import (
    Identifier,
    OptionalIdentifier,
    Revision,
    Segment,
    SpanMs,
    TimeMs,
    Total,
)

ENDED_BY = ("user", "bot", "timeout", "error")
STATUSES = ("up", "degraded", "down")
KINDS = (
    "telecom",
    "chat_service",
    "css_tool",
    "conversational",
    "non_conversational",
    "rpa",
)
"""The first three count in opening hours (V3), the others round the clock (T8)."""
OPENING_HOUR_KINDS, ALL_HOUR_KINDS = KINDS[:3], KINDS[3:]


class BotEvent(WireEvent):
    """An event of a conversation or of a technology."""

    id: Identifier = Field(description="Unique for this source within the conversation.")
    rev: Revision = Field(default=0, description="The greater revision of one id stands.")


class ConversationEvent(BotEvent):
    """An event of one conversation, or of one transaction of a technology that does not talk."""

    conversation: Identifier
    channel: Literal["bot"] = "bot"


class ConversationStarted(ConversationEvent):
    """The technology took up a customer's concern."""

    type: Literal["conversation_started"]
    bot: Identifier
    via: OptionalIdentifier = Field(default="", description="Customer's channel: web, phone.")


class ConversationMigrated(ConversationEvent):
    """A person sent the customer here from a human contact (T7). Stands beside the start."""

    type: Literal["conversation_migrated"]
    contact: OptionalIdentifier = Field(default="", description="The human contact left.")
    segment: Segment = Field(default=1, description="Visit number within that contact.")


class UserSubmitted(ConversationEvent):
    """The customer submitted something and waits. Messages sent in one go are one turn."""

    type: Literal["user_submitted"]
    turn: Identifier


class ResponseDelivered(ConversationEvent):
    """What was submitted as `turn` has been answered on the customer's side."""

    type: Literal["response_delivered"]
    turn: Identifier


class BotMessage(ConversationEvent):
    """The bot sent one message, asked for or not."""

    type: Literal["bot_message"]


class TaskCompleted(ConversationEvent):
    """The completion marker: what the customer came for is done, by technology alone."""

    type: Literal["task_completed"]


class HandedOff(ConversationEvent):
    """The conversation goes to a person; `contact` and `segment` are the visit that this causes."""

    type: Literal["handed_off"]
    reason: Reason = ""
    contact: OptionalIdentifier = ""
    segment: Segment = 1


class ConversationEnded(ConversationEvent):
    """The conversation is over. Whether it was of use is said by `task_completed` only."""

    type: Literal["conversation_ended"]
    by: Literal["user", "bot", "timeout", "error"]
    reason: Reason = ""


class ConversationLost(ConversationEvent):
    """The source can no longer say how this conversation goes on."""

    type: Literal["conversation_lost"]
    reason: Reason = ""


class TechnologyEvent(BotEvent):
    """An event of one technology: a bot, a line, a tool."""

    technology: Identifier


class Probe(TechnologyEvent):
    """How the technology works, seen from the customer's side, from `time` on."""

    type: Literal["probe"]
    kind: Literal[
        "telecom", "chat_service", "css_tool", "conversational", "non_conversational", "rpa"
    ]
    status: Literal["up", "degraded", "down"]
    next_within_ms: SpanMs = Field(
        description="Longest time until the next probe; after it nothing is known."
    )


class ProbingEnded(TechnologyEvent):
    """The technology is out of use from `time` on. Never sent for maintenance: that is down."""

    type: Literal["probing_ended"]


class AttemptsCounted(TechnologyEvent):
    """What a carrier or switch that knows only counts says of one line and one stretch of time."""

    type: Literal["attempts_counted"]
    start: TimeMs
    end: TimeMs
    attempts: Total = Field(description="All that arrived, blocked ones included.")
    blocked: Total = Field(description="Of these, what failed on busy or full lines.")


CONVERSATION_EVENTS: tuple[type[ConversationEvent], ...] = (
    ConversationStarted,
    ConversationMigrated,
    UserSubmitted,
    ResponseDelivered,
    BotMessage,
    TaskCompleted,
    HandedOff,
    ConversationEnded,
    ConversationLost,
)
"""In the order that settles events of one conversation with the same time and sequence."""
TECHNOLOGY_EVENTS: tuple[type[TechnologyEvent], ...] = (ProbingEnded, Probe, AttemptsCounted)
"""In the order that settles events of one technology with the same time and sequence."""
BOT_EVENTS: tuple[type[WireEvent], ...] = (*CONVERSATION_EVENTS, *TECHNOLOGY_EVENTS, Heartbeat)
CONVERSATION_TYPES: tuple[str, ...] = tuple(event_type(model) for model in CONVERSATION_EVENTS)
TECHNOLOGY_TYPES: tuple[str, ...] = tuple(event_type(model) for model in TECHNOLOGY_EVENTS)

AnyBotEvent = Annotated[
    ConversationStarted
    | ConversationMigrated
    | UserSubmitted
    | ResponseDelivered
    | BotMessage
    | TaskCompleted
    | HandedOff
    | ConversationEnded
    | ConversationLost
    | ProbingEnded
    | Probe
    | AttemptsCounted
    | Heartbeat,
    Discriminator("type"),
]

BOT: TypeAdapter[Any] = TypeAdapter(AnyBotEvent)
"""Authority over the topic `bot`: `BOT.validate_json(raw)` accepts or says why not."""
