"""The performance summary table (PST): its rows, their targets, and the decisions it is scored by.

Source: definitions 7 and 11; COPC CX 7.1, 4.6 and the scoring of category 4.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.keys import Identifier, OptionalIdentifier

Month = Annotated[
    str, StringConstraints(max_length=7, pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")
]
"""A local calendar month, 2026-03."""
Item = Literal["4.1", "4.2", "4.3", "4.4", "4.5"]
MetricType = Literal["service", "quality", "sales", "efficiency"]
Share = Annotated[float, Field(ge=0, le=1)]
HUMAN, TECHNOLOGY = ("voice", "chat", "messaging", "deferred", "outbound"), ("bot", "ivr", "rpa")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decisions(_Strict):
    """What the standard leaves open; printed with every score. Source: definitions 11."""

    completeness: Share = Field(
        default=0.99, description="A period whose data are less complete cannot count as met."
    )
    window_months: Annotated[int, Field(ge=1, le=60)] = Field(
        default=12, description="Months that the 3/4 rule and the trend are read over."
    )
    at_target_improves: bool = Field(
        default=True, description="A point exactly at target counts as better, as one beyond it."
    )
    parts_of_4_6: Literal["mean", "least"] = Field(
        default="mean", description="How the level and the trend part make an estimate of points."
    )
    types: Literal["present", "all"] = Field(
        default="present",
        description="4.3 and 4.4 are split over the types present, or over all four: absent is 0.",
    )


class PstTarget(_Strict):
    """What a row promises from a month on. Up: `value` or more; down: or less; range: low to high."""

    valid_from: Month
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        limits = (self.low, self.high)
        if (self.value is None) == (limits == (None, None)):
            raise ValueError("a target is a value, or low and high")
        if self.value is None and (self.low is None or self.high is None or self.low > self.high):
            raise ValueError("a range needs low and high, low first")
        return self


class Cuika(_Strict):
    """What is stated of a metric's data, one sentence each: how, by whom, where it can be seen.

    Source: definitions 7.2; COPC CX 7.1, 2.14 and 4.6, which spell out C and I and count no result
    without C, U and I. K and A stand here by the names the field gives them.
    """

    collected: str = ""
    used: str = ""
    integrity: str = Field(default="", description="Apt, objective, accurate, representative.")
    knowledge: str = Field(default="", description="Who reads it knows what it means.")
    action: str = Field(default="", description="What is done when it misses its target.")


class PstRow(_Strict):
    """A metric of one KCRP (or KSP, or item) with its targets.

    Its values come from the months of a store, or are imported. What the catalogue knows of
    `metric` (item, type, level, direction, period) need not be told again. A program row without
    queues and groups is of all its program, one of the entity or a client without a program of all theirs.
    """

    name: Identifier
    metric: Identifier = Field(
        description="Key of the catalogue, one of schemas.imported, or a name of your own."
    )
    imported: bool = Field(default=False, description="Values come from a file.")
    item: Item
    type: MetricType | Literal[""] = ""
    direction: Literal["up", "down", "range"]
    level: Literal["program", "client", "entity"] = "program"
    period: Literal["month", "quarter"] = "month"
    client: OptionalIdentifier = ""
    program: OptionalIdentifier = ""
    site: OptionalIdentifier = Field(default="", description="4.6.1 is also read per site,")
    location_group: OptionalIdentifier = Field(default="", description="location group")
    service: OptionalIdentifier = Field(default="", description="and service.")
    queues: tuple[Identifier, ...] = Field(default=(), description="KCRPs; several are pooled.")
    groups: tuple[Identifier, ...] = Field(default=(), description="Staffing groups, pooled.")
    each: OptionalIdentifier = Field(default="", description="Class, of escalation.")
    channels: tuple[Identifier, ...] = Field(default=(), description="Of imported rows.")
    targets: Annotated[tuple[PstTarget, ...], Field(min_length=1)]
    introduced: Month | None = Field(
        default=None, description="First month of a new KCRP: earlier ones are no periods of it."
    )
    extra: bool = Field(default=False, description="Beyond what is required; at most 10 %.")
    client_requires: bool = Field(default=False, description="Always counts.")
    waived: str = Field(default="", description="The reason.")
    not_applicable: str = Field(default="", description="The reason.")
    unusable: str = Field(
        default="", description="Why its data are not collected, used or of integrity (CUI)."
    )
    cuika: Cuika = Field(default=Cuika(), description="Statements on its data.")
    cuika_ja: Cuika = Field(
        default=Cuika(), description="The same in Japanese, for the page; else they stand as told."
    )
    volume_share: Share | None = Field(
        default=None, description="Of its program's contacts; else from the store, if it can be."
    )
    impact: Annotated[float, Field(gt=0)] = Field(
        default=1.0, description="Weight of a shortfall in the list of problems (2.8.2)."
    )

    @property
    def technology(self) -> bool:
        """Whether a machine serves the customer."""
        return self.item == "4.4"

    def target_in(self, month: str) -> PstTarget:
        """The target in force in a month; before the first, the first."""
        begun = [one for one in self.targets if one.valid_from <= month]
        return max(begun or [min(self.targets, key=_begin)], key=_begin)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.item in ("4.3", "4.4") and not self.type:
            raise ValueError(f"item {self.item} needs a type: service, quality, sales, efficiency")
        ranged = self.direction == "range"
        if any((one.value is None) != ranged for one in self.targets):
            raise ValueError(
                "direction range needs targets with low and high, up and down with value"
            )
        if len({one.valid_from for one in self.targets}) != len(self.targets):
            raise ValueError("two targets begin in the same month")
        if self.extra and (self.client_requires or self.item == "4.5"):
            raise ValueError("extra metrics are of items 4.1 to 4.4 and not required by the client")
        within = self.queues or self.groups or self.level == "program"
        if not self.imported and not self.program and within:
            raise ValueError("a row from the store needs its program; hint: or imported = true")
        if self.level == "client" and not self.client:
            raise ValueError("a row of level client names its client")
        kinds = {channel in TECHNOLOGY for channel in self.channels}
        if len(kinds) > 1 or (self.channels and self.technology not in kinds):
            raise ValueError("human and technology channels are never pooled (4.3 and 4.4)")
        return self


class PstFile(_Strict):
    """A file of rows, with the decisions it is scored by, once what the catalogue knows is filled in."""

    decisions: Decisions = Decisions()
    rows: Annotated[tuple[PstRow, ...], Field(min_length=1)]


def _begin(target: PstTarget) -> str:
    return target.valid_from


class MonthValue(_Strict):
    """A KPI of a KCRP, a staffing group or a program in one local month or quarter.

    `value` is null without data; it is null and `known` false where the feed is missing. `n` is what
    it was divided by: contacts and the like, hours where that is time.
    """

    month: str = Field(description="2026-03, or 2026-Q1.")
    program: str
    queue: str = ""
    group: str = ""
    kpi: str
    each: str = Field(default="", description="Class or reason.")
    T: str = Field(default="", description="Thresholds of service level in force, s.")
    item: str = Field(default="", description="Of the PST; empty: not counted.")
    type: str = ""
    unit: str
    value: float | None
    known: bool
    n: float | None
    completeness: float | None
    state: Literal["OPEN", "PROVISIONAL", "FINAL", "RESTATED"]
    revision: int


def quarter_of(month: str) -> str:
    """`2026-Q1` of `2026-03`."""
    if not re.fullmatch(r"\d{4}-\d\d", month):
        raise ValueError(f"{month!r} is no month")
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"
