"""Wire events of the plan that are no figures: targets, opening hours, what was done about a deviation.

What stands in a store beside one machine goes over the topic `plan` to the workers of a cluster.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.actions import Cause, State
from schemas.contacts import WireEvent
from schemas.keys import (
    Day,
    GridMs,
    Identifier,
    Number,
    OptionalIdentifier,
    OptionalSpanMs,
    PlanVersion,
    Ppm,
    SpanMs,
)
from schemas.targets import Weekday

Clock = Annotated[
    str, StringConstraints(strict=True, max_length=5, pattern=r"^[0-2][0-9]:[0-5][0-9]$")
]
Text = Annotated[str, StringConstraints(strict=True, max_length=500)]
Told = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=500)]


class _Published(WireEvent):
    """What a version of the plan says of a queue from a moment on; `time` is when it was published.

    Of one queue and moment the greatest version stands. It begins at least 15 minutes after it was
    published, and is refused where contacts of its time are counted already.
    """

    id: Identifier
    queue: Identifier
    version: PlanVersion
    valid_from: GridMs = Field(description="On the 15-minute UTC grid.")
    author: OptionalIdentifier = Field(default="", description="Who published this version.")
    reason: OptionalIdentifier = Field(default="", description="Why it was published.")


class TargetPublished(_Published):
    """What a queue promises from `valid_from` on."""

    type: Literal["target"]
    thresholds_ms: Annotated[tuple[SpanMs, ...], Field(min_length=1, max_length=4)] = Field(
        description="T; the first is the service level's."
    )
    service_level_ppm: Ppm | None = Field(default=None, description="Millionths: 800000 is 80 %.")
    asa_ms: SpanMs | None = None
    abandonment_ppm: Ppm | None = None
    short_abandon_ms: OptionalSpanMs = 5000


class OpeningHoursPublished(_Published):
    """When a queue is open from `valid_from` on, in the program's local time."""

    type: Literal["opening_hours"]
    days: Annotated[tuple[Weekday, ...], Field(max_length=7)]
    opens: Clock
    closes: Clock = Field(description="00:00: midnight at the day's end.")
    closed: Annotated[tuple[Day, ...], Field(max_length=1000)] = Field(
        default=(), description="Whole days off."
    )


class ActionTold(WireEvent):
    """One revision of the record of an action; `time` is when it was entered.

    An action is known by `id`; of its revisions the greatest stands.
    """

    type: Literal["action"]
    id: Identifier = Field(description="Of the action: all its revisions share it.")
    number: Number = Field(description="In the store that it was entered in.")
    revision: Number
    state: State
    queues: Annotated[tuple[Identifier, ...], Field(max_length=1000)] = Field(
        default=(), description="None: all of the program."
    )
    start: GridMs
    end: GridMs
    owner: Told
    cause: Cause
    lever: Told
    expected: Text = ""
    excluded: Literal["yes", "no"] = Field(
        default="no", description="yes: the rest of the day does not learn from the range."
    )
    reason: Text = ""
    by: Told


PUBLISHED_EVENTS: tuple[type[WireEvent], ...] = (TargetPublished, OpeningHoursPublished, ActionTold)
