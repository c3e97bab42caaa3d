"""What payroll paid: the paid time that a month's utilization is divided by (definitions R8)."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.keys import Day, Identifier, OptionalIdentifier, PaidMs, PlanVersion, TimeMs


class PaidTime(BaseModel):
    """Time paid to a staffing group for local days, in one version of payroll.

    A record takes the place of those of lower versions whose days it overlaps. A record without a
    site is of all sites of the group. People are not told apart.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Identifier
    group: Identifier
    site: OptionalIdentifier = ""
    first_day: Day
    last_day: Day = Field(description="Included.")
    version: PlanVersion
    paid_ms: PaidMs
    published: TimeMs
    source: Identifier
    author: OptionalIdentifier = ""
    reason: OptionalIdentifier = ""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "PaidTime":
        if self.last_day < self.first_day:
            raise ValueError(f"until {self.last_day} is before date {self.first_day}")
        return self

    def overlaps(self, other: "PaidTime") -> bool:
        """Whether both are of one group, of a common site and of a common day."""
        same = (self.program, self.group) == (other.program, other.group)
        common = self.site == other.site or not self.site or not other.site
        days = self.first_day <= other.last_day and other.first_day <= self.last_day
        return same and common and days
