"""How good the forecast of a day was, as it is kept: the columns of M6 to M8 (definitions 6.2)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Day, Identifier, OptionalIdentifier, TimeMs

LagDays = Annotated[int, Field(ge=0, le=40)]


class DayScored(BaseModel):
    """A local day of a queue, or of a program's queues together, by the versions with these lags.

    Revisions are added, never changed. M6 is not additive over queues: a program has columns of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Identifier
    queue: OptionalIdentifier = Field(default="", description="Empty: all queues of the program.")
    day: Day
    revision: Annotated[int, Field(ge=1)] = 1
    staffing_lag_days: LagDays = Field(description="Of the version that M6 is of.")
    scheduling_lag_days: LagDays = Field(description="Of the version that M7 and M8 are of.")
    columns: dict[str, Annotated[int, Field(ge=0)]]
    """By name; a metric that is not known of the day has 0 in its denominator."""
    recorded_ms: TimeMs
