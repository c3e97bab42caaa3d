"""What cannot be read off a queue log: what a key means, where an extension leads, which zone."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Identifier, OptionalIdentifier
from schemas.targets import TimeZone
from streams.bridges.asterisk_staff_settings import StaffSettings

Meaning = Literal["abandoned", "callback_in_turn", "callback_later", "other_queue", "voicemail"]
"""What leaving the queue by a key, or being withdrawn from it, was for:

- abandoned: the contact gave up (key: by the customer; withdrawn: by the system).
- callback_in_turn: keeps the place in the queue; the visit goes on.
- callback_later: will be called at another time; the visit ends.
- other_queue: the dialplan moves it on; the visit goes on with its next ENTERQUEUE.
- voicemail: a message instead of the wait; the visit ends.
"""
Hours = Annotated[float, Field(gt=0)]


class Destination(BaseModel):
    """What an extension, or an application of an attended transfer, stands for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: OptionalIdentifier = ""
    escalation: Literal["", "tier", "sales", "back_office", "other"] = Field(
        default="", description="Set where responsibility goes to another team."
    )


class AsteriskSettings(BaseModel):
    """One Asterisk. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Identifier = "asterisk"
    default_program: Identifier = Field(
        default="default", description="Program of queues that the plan does not list."
    )
    key_meanings: dict[str, Meaning] = Field(
        default={}, description='EXITWITHKEY, by key: { "1" = "callback_later" }.'
    )
    key_default: Meaning = "abandoned"
    withdraw_meanings: dict[str, Meaning] = Field(
        default={}, description="WITHDRAW, by its info text."
    )
    withdraw_default: Meaning = "abandoned"
    destinations: dict[str, Destination] = Field(
        default={}, description="Where transfers to an extension or application lead."
    )
    staff: StaffSettings | None = Field(
        default=None, description="Tell of people too. Without it, events are those of calls alone."
    )
    time_zone: TimeZone | None = Field(
        default=None,
        description="Zone of the time column of a queue_log table; UTC if it was written as GMT.",
    )
    ambiguous_hour: Literal["reject", "first", "second"] = Field(
        default="reject", description="Which reading of the hour that a clock change repeats."
    )
    forget_open_h: Hours = Field(
        default=24, description="A visit without an end is forgotten after so many hours of log."
    )
    forget_ended_h: Hours = Field(
        default=4, description="A call that comes back later than this counts its visits anew."
    )
