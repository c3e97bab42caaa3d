"""What was done about a deviation, for those who act and those who audit (2.5.2.a, S:1303-1305)."""

from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.keys import GridMs, Identifier, TimeMs

Cause = Literal["volume", "aht", "absence", "adherence", "routing", "technology", "plan", "other"]
"""What made the deviation; `plan`: an input of the plan was known to be wrong."""
State = Literal["open", "closed", "withdrawn"]
"""Withdrawn: it was entered in error, and counts for nothing."""
CAUSES: tuple[str, ...] = get_args(Cause)
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Told = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
LONGEST_MS = 31 * 86_400_000


class Action(BaseModel):
    """One revision of the record of an action. Revisions are added, never changed.

    It covers [start, end) of some queues, or of a whole program where none is named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[int, Field(ge=1)] = Field(description="Of the action; revisions share it.")
    revision: Annotated[int, Field(ge=1)] = 1
    state: State = "open"
    program: Identifier
    queues: tuple[Identifier, ...] = ()
    start: GridMs = Field(description="On the 15-minute UTC grid.")
    end: GridMs
    owner: Told = Field(description="Role or id of who answers for it.")
    cause: Cause
    lever: Told = Field(description="What was done.")
    expected: Text = Field(default="", description="What it should bring.")
    excluded: bool = Field(
        default=False,
        description="The range is a one-off: the rest of the day does not learn from it.",
    )
    reason: Text = Field(default="", description="Why this revision; why a range is excluded.")
    by: Told = Field(description="Who entered this revision.")
    recorded_ms: TimeMs

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not self.start < self.end <= self.start + LONGEST_MS:
            raise ValueError("end must lie after start, at most 31 days")
        if self.excluded and not self.reason:
            raise ValueError("a range is excluded for a reason only")
        if len(set(self.queues)) != len(self.queues):
            raise ValueError("queues names one queue twice")
        return self

    @property
    def leaves_out(self) -> bool:
        """Whether its range is left out of what the rest of a day is worked out from."""
        return self.excluded and self.state != "withdrawn"

    def touches(self, start_ms: int, end_ms: int) -> bool:
        """Whether its range has a moment in [start, end) ms."""
        return self.start < end_ms and start_ms < self.end

    def covers(self, program: str, queue: str) -> bool:
        """Whether it is about this queue."""
        return program == self.program and (not self.queues or queue in self.queues)
