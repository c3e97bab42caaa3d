"""Targets and opening hours that are published for a queue beside the settings, from a moment on."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.keys import Identifier, OptionalIdentifier, PlanVersion, TimeMs
from schemas.targets import DatedHours, Target


class Promise(BaseModel):
    """A target or opening hours of a queue, in one version of the plan.

    Of one queue and moment the greatest version stands, and above what the settings say.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Identifier
    queue: Identifier
    version: PlanVersion
    published: TimeMs
    source: Identifier
    author: OptionalIdentifier = ""
    reason: OptionalIdentifier = ""
    target: Target | None = None
    opening_hours: DatedHours | None = Field(default=None, description="One of the two.")

    @model_validator(mode="after")
    def _promises_one_thing(self) -> Self:
        if (self.target is None) == (self.opening_hours is None):
            raise ValueError("either target or opening_hours")
        return self

    @property
    def kind(self) -> str:
        """What it is of: "target" or "opening_hours"."""
        return "opening_hours" if self.target is None else "target"

    @property
    def valid_from_ms(self) -> int:
        """Start of validity, ms UTC."""
        dated = self.target or self.opening_hours
        return dated.valid_from_ms if dated else 0
