"""Wire events of people: what each does from a moment on, when each is scheduled, how many are asked.

`program` is always the home program of the person's staffing group; the events are self-contained
and go there only, whoever the work was for. A `staff_state` says all that is true of a person from
`time` until the next one, so a late one changes nothing but the span it falls into.
`scheduled` and `fte_requested` are facts of the plan: `time` is when they were published.
Source: definitions 2, R8, R10, R11, 6.1 (COPC CX 7.1 tables 1a, 2).
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, TypeAdapter

from schemas.contacts import Heartbeat, Reason, WireEvent
from schemas.keys import (
    Count,
    Day,
    GridMs,
    Identifier,
    MilliFte,
    OptionalIdentifier,
    PlanVersion,
    Revision,
    TimeMs,
)

STATES = ("logged_out", "available", "ringing", "handling", "acw", "aux")
"""`ringing` counts as available (definitions R11)."""
AUX_CLASSES = ("other", "break", "meal", "training", "meeting", "customer_work")
"""What time off the phone is; `customer_work` is work on contacts and counts as busy (R8)."""
ACTIVITIES = ("work", "break", "meal", "training", "meeting", "customer_work")
"""What a schedule can ask for. Time off is not scheduled at all."""


class StaffEvent(WireEvent):
    """An event of one person or one staffing group."""

    id: Identifier = Field(description="Unique for this source within the person or group.")
    rev: Revision = Field(default=0, description="The greater revision of one id stands.")
    group: Identifier = Field(description="Staffing group of the home program.")
    site: OptionalIdentifier = Field(default="", description="Where the person sits.")


class StaffState(StaffEvent):
    """All that is true of a person from `time` on, until the next event of the person."""

    type: Literal["staff_state"]
    staff: Identifier
    state: Literal["logged_out", "available", "ringing", "handling", "acw", "aux"]
    aux: Literal["other", "break", "meal", "training", "meeting", "customer_work"] = Field(
        default="other", description="Class of the time off the phone; read with state aux only."
    )
    reason: Reason = Field(default="", description="The source's own name of the aux reason.")
    sessions: Count = Field(
        default=0, description="Chats held at once, those in after-call work included."
    )
    slots: Count = Field(default=0, description="Chats that could be held at once; 0: not known.")
    work_program: OptionalIdentifier = Field(
        default="", description="Program worked for, where it is not the home program."
    )


class _Published(StaffEvent):
    author: OptionalIdentifier = Field(default="", description="Who published this version.")
    reason: Reason = Field(default="", description="Why this version was published.")


class Scheduled(_Published):
    """One activity of one person in one version of the day's schedule.

    The day's official version is the greatest one published before the day begins in the
    program's time zone; where there is none, the least one. A later version is an edit: it changes
    figures only if its rows say `restates`, and what was FINAL then becomes RESTATED.
    """

    type: Literal["scheduled"]
    staff: Identifier
    day: Day = Field(description="Day the shift belongs to: the one it begins in, local.")
    version: PlanVersion
    activity: Literal["work", "break", "meal", "training", "meeting", "customer_work"]
    start: TimeMs
    end: TimeMs
    paid: Literal["yes", "no"] = "yes"
    restates: Literal["", "yes"] = ""


class FteRequested(_Published):
    """Full-time equivalents asked of a group from `start` to `end`, 31 days at most.

    The greatest version stands; a correction is a greater version.
    """

    type: Literal["fte_requested"]
    version: PlanVersion
    start: GridMs = Field(description="On the 15-minute UTC grid.")
    end: GridMs
    milli_fte: MilliFte = Field(description="Thousandths of an FTE: 14.5 FTE is 14500.")


STAFF_EVENTS: tuple[type[WireEvent], ...] = (StaffState, Heartbeat)

STAFF: TypeAdapter[Any] = TypeAdapter(Annotated[StaffState | Heartbeat, Discriminator("type")])
"""Authority over the topic `staff`."""
