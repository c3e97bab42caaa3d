"""What a simulated center's campaigns are made of, and how often things happen to a record."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Identifier
from schemas.targets import Share

Positive = Annotated[float, Field(gt=0)]
Weight = Annotated[float, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CampaignSettings(_Strict):
    """A campaign of one program. Each open day brings it a part of its list."""

    program: Identifier
    records_per_day: Positive = Field(description="What its plan has dialled a day, at scale 1.")
    due_s: Positive = Field(default=3 * 86_400.0, description="Time in which a list is to be done.")
    attempts: Annotated[int, Field(ge=1, le=20)] = Field(
        default=3, description="After so many a record is given up."
    )
    retry_s: Positive = Field(default=9_000.0, description="Mean time from one to the next.")
    pace: Share = Field(
        default=0.94, description="Of the records, those dialled on their first day."
    )


class DialHabits(_Strict):
    """How an attempt ends, by weight, and how often the rarer things happen, per record."""

    right_party: Weight = 0.16
    wrong_party: Weight = 0.05
    abandoned: Weight = 0.01
    no_answer: Weight = 0.45
    busy: Weight = 0.08
    machine: Weight = 0.2
    failed: Weight = 0.04
    other: Weight = 0.01
    bad_record: Share = Field(default=0.5, description="Of attempts that failed.")
    withdrawn: Share = 0.02
    called_again: Share = Field(default=0.05, description="After its right party was reached.")


class CampaignFloor(_Strict):
    """All of a center's campaigns."""

    campaigns: dict[Identifier, CampaignSettings] = {}
    habits: DialHabits = DialHabits()
