"""What a simulated center's deferred work is made of, and how often things happen to it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Identifier
from schemas.targets import Share

Positive = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseQueueSettings(_Strict):
    """Deferred work of one program."""

    program: Identifier
    cases_per_day: Positive
    due_s: Positive = Field(default=86_400.0, description="What it promises.")
    clock: Literal["always", "open"] = "always"
    done_in_s: Positive = Field(default=30_000.0, description="Mean time until one is done.")
    spread: Positive = Field(default=0.8, description="Coefficient of variation of that time.")


class CaseHabits(_Strict):
    """How often the rarer things happen, per case."""

    told_due: Share = Field(default=0.15, description="The source tells of the due time itself.")
    withdrawn: Share = 0.03
    reopened: Share = Field(default=0.06, description="Per completion.")
    reopened_after_s: Positive = 3600.0


class CaseFloor(_Strict):
    """All of a center's deferred work."""

    queues: dict[Identifier, CaseQueueSettings] = {}
    habits: CaseHabits = CaseHabits()
