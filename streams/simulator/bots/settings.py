"""What a simulated center's technology is made of, and how often things happen to it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Identifier, OptionalIdentifier
from schemas.targets import Share

Positive = Annotated[float, Field(gt=0)]
Kind = Literal["telecom", "chat_service", "css_tool", "conversational", "non_conversational", "rpa"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TechnologySettings(_Strict):
    """A bot, a line or a tool of one program. Who has conversations is a bot."""

    program: Identifier
    kind: Kind
    conversations_per_day: Annotated[float, Field(ge=0)] = 0.0
    via: OptionalIdentifier = "web"
    hands_to: OptionalIdentifier = Field(default="", description="A queue, of chats or of calls.")
    within_s: Positive = Field(default=2.0, description="What it promises.")
    response_limit_s: Positive = 60.0
    idle_timeout_s: Positive = 1800.0
    probed_every_s: Positive = 60.0
    believed_s: Positive = Field(default=150.0, description="How long a probe holds.")
    fails_after_h: Positive = Field(default=6.0, description="Mean time in order.")
    repaired_in_s: Positive = Field(default=900.0, description="Mean time out of order.")
    rests: bool = Field(default=False, description="Out of use while the center is closed.")
    office_hours: bool = Field(default=False, description="Has to work while the center is open.")
    counted: bool = Field(default=False, description="A carrier counts the program's calls.")


class BotHabits(_Strict):
    """How often the rarer things happen, per conversation unless said otherwise."""

    no_response: Share = Field(default=0.01, description="Per submit.")
    late_response: Share = Field(default=0.005, description="Per submit, behind the limit.")
    second_message: Share = Field(default=0.3, description="Per response.")
    lost: Share = 0.01
    completed: Share = 0.5
    handed_off: Share = Field(default=0.25, description="Of those not completed, and a few more.")
    ends_silently: Share = Field(default=0.1, description="Nobody ever says that it is over.")
    migrated: Share = Field(default=0.1, description="Of chats that staff end: sent on to the bot.")
    prober_fails: Share = Field(default=0.002, description="Per probe: none for a while.")


class BotFloor(_Strict):
    """All of a center's technology."""

    technologies: dict[Identifier, TechnologySettings] = {}
    habits: BotHabits = BotHabits()
