"""Wire events of the plan's figures: what is forecast for a queue, what is required of a group.

Each is one fact of one version of the plan; `time` is when it was published. All versions are
kept, so that accuracy can be scored on the one that had the right lag (definitions 2, 6.2).
"""

from typing import Annotated, Any, Literal, Union

from pydantic import Discriminator, Field, TypeAdapter

from schemas.contacts import Reason, WireEvent
from schemas.keys import (
    GridMs,
    HandleMs,
    Identifier,
    MilliContacts,
    MilliFte,
    MilliRate,
    OptionalIdentifier,
    Permille,
    PlanVersion,
    Revision,
)
from schemas.published import PUBLISHED_EVENTS
from schemas.staff import FteRequested, Scheduled

AHT_BASES = ("end", "cohort", "clipped")
OWN_SOURCE = "floorwatch"
"""Source of the versions that floorwatch itself publishes, of the rest of a day."""


class PlanEvent(WireEvent):
    """A fact of one version of the plan, from `start` to `end`, 31 days at most.

    Of one version and interval the one published last stands.
    """

    id: Identifier = Field(description="Unique for this source within the plan.")
    rev: Revision = 0
    version: PlanVersion
    start: GridMs = Field(description="On the 15-minute UTC grid.")
    end: GridMs
    author: OptionalIdentifier = Field(default="", description="Who published this version.")
    reason: Reason = Field(default="", description="Why this version was published.")


class Forecast(PlanEvent):
    """Contacts and handle time that a version of the plan expects of a queue in an interval.

    The official version of a day is the greatest one published before the day begins in the
    program's time zone; where there is none, the least one.
    """

    type: Literal["forecast"]
    queue: Identifier
    channel: Literal["voice", "chat", "messaging"] = Field(
        default="voice", description="Read for queues that the plan does not list."
    )
    milli_contacts: MilliContacts
    aht_ms: HandleMs = 0
    aht_basis: Literal["end", "cohort", "clipped"] = Field(
        default="end",
        description="What the AHT is a mean of: handling that ended in the interval, handling of "
        "the contacts offered in it, or time handled in it. Never compared with another basis.",
    )
    shrinkage_permille: Permille = Field(
        default=0, description="Thousandths of scheduled time that are lost."
    )
    milli_concurrency: MilliRate = Field(
        default=1000, description="Thousandths of contacts that a person holds at once."
    )


class FteRequired(PlanEvent):
    """Full-time equivalents that a version of the plan requires of a group in an interval.

    What the client asked for is `fte_requested`, and is what attainment is measured against.
    """

    type: Literal["fte_required"]
    group: Identifier
    site: OptionalIdentifier = ""
    milli_fte: MilliFte = Field(description="Thousandths of an FTE, shrinkage not added.")


PLAN_EVENTS: tuple[type[WireEvent], ...] = (
    *(Scheduled, FteRequested, Forecast, FteRequired),
    *PUBLISHED_EVENTS,
)

_PLAN: Any = Annotated[Union[PLAN_EVENTS], Discriminator("type")]  # noqa: UP007
PLAN: TypeAdapter[Any] = TypeAdapter(_PLAN)
"""Authority over the topic `plan`."""
