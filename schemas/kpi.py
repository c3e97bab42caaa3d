"""What a KPI declaration says, and the rules it must keep.

A KPI is a ratio (or sum) of additive columns of one basis plus its meaning. It is declared once,
in `schemas.catalog`; rules, boards, exports and reference pages are generated from it.
Source: definitions 1.4, 1.7, 1.9, 4a.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.columns import (
    ACCURACY_COLUMNS,
    ATTAINMENT_COLUMNS,
    COLUMN_BASIS,
    LIVE_COLUMNS,
    STAFF_COLUMNS,
    TEMPLATES,
    expand,
)
from schemas.columns_bots import BOT_COLUMNS
from schemas.columns_cases import CASE_COLUMNS
from schemas.columns_outbound import OUTBOUND_COLUMNS
from schemas.keys import Basis
from schemas.targets import Reported, Target

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
MetricName = Annotated[str, StringConstraints(pattern=r"^(cc_[a-z0-9_]+)?$")]
Sentence = Annotated[str, StringConstraints(min_length=1, pattern=r"\.$")]
Board = Literal["floor", "intraday", "staffing", "attainment", "backlog", "month", "feed"]
Channels = tuple[Literal["voice", "chat", "messaging", "deferred", "outbound"], ...]
"""Channels whose queues a value is shown for; empty: all of them."""
_OF_GROUPS = {*STAFF_COLUMNS, *ATTAINMENT_COLUMNS}
_OF_PLAN = {name for names in ACCURACY_COLUMNS.values() for name in names}
_OF_TECHNOLOGY = {name for names in BOT_COLUMNS.values() for name in names}
_OF_CASES = {name for names in CASE_COLUMNS.values() for name in names}
_OF_OUTBOUND = {name for names in OUTBOUND_COLUMNS.values() for name in names}


class Unit(StrEnum):
    """Unit of a KPI's value as it is read; ms columns are read in seconds."""

    RATIO = "ratio"
    SECONDS = "s"
    DAYS = "d"
    """Days of a plan, not of a clock: what is behind over what is planned a day."""
    COUNT = "count"
    ERLANG = "erlang"
    FTE = "fte"


class Direction(StrEnum):
    """Which way is better. `range`: between limits that the target owner sets."""

    UP = "up"
    DOWN = "down"
    RANGE = "range"
    NONE = "none"


class Formula(StrEnum):
    """How the value comes out of the columns."""

    RATIO = "ratio"
    """Numerator over denominator; no value while the denominator is 0."""
    SUM = "sum"
    """The numerator itself."""
    LOAD = "load"
    """The numerator in ms over the length of the interval in ms."""
    QUANTILE = "quantile"
    """Upper edge of the histogram's bin at the nearest rank; 100 is the highest bin."""
    LIVE = "live"
    """A state of this moment: no column holds it."""


class RollUp(StrEnum):
    """How the value of several queues is read. Never as a mean of their values."""

    SUMS = "sums"
    BINS = "bins"
    OLDEST = "oldest"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Strict):
    """A column or column template, added or taken off."""

    column: str
    sign: Literal[1, -1] = 1

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [name for name in expand(self.column) if name not in COLUMN_BASIS]
        if unknown:
            raise ValueError(f"unknown column {unknown[0]!r}; hint: schemas.columns lists them")
        return self

    def named(self, choice: str = "1") -> str:
        """The column, or that of its template for this choice: "abn_{reason}" is `abn_system`."""
        of = self.column
        return of[: of.index("{")] + choice if "{" in of else of


def terms(text: str) -> tuple[Term, ...]:
    """Terms of a sum: `terms("offered - abn_in_T{i}")`. Errors: unknown column, stray sign."""
    if not re.fullmatch(r"[\w{}]+( [+-] [\w{}]+)*", text):
        raise ValueError(f"not a sum of columns: {text!r}; hint: write 'a + b - c'")
    first, *rest = text.split(" ")
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return (
        Term(column=first),
        *(Term(column=name, sign=1 if sign == "+" else -1) for sign, name in pairs),
    )


class Metrics(_Strict):
    """Literal metric names, one for each window the value is exported for."""

    flow: MetricName = ""
    interval: MetricName = ""
    last_interval: MetricName = ""
    day: MetricName = ""
    now: MetricName = ""

    def names(self) -> tuple[str, ...]:
        """The names that are set."""
        return tuple(name for name in self.model_dump().values() if name)


class Alert(_Strict):
    """Limits of the default rule (features 4.3). `min_volume` gates it against chance."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+$")]
    compares: Literal[
        "below_share_of_target",
        "above_times_target",
        "above_times_threshold",
        "above_times_pace",
        "below",
        "above",
    ]
    warning: Annotated[float, Field(gt=0)]
    critical: Annotated[float, Field(gt=0)]
    min_volume: Annotated[int, Field(ge=0)] = 0
    for_s: Annotated[int, Field(ge=0)] = 0


class Certification(_Strict):
    """Place in the PST that certification is scored from (definitions 4a)."""

    item: Literal["4.3", "4.4", "4.5"]
    type: Literal["service", "efficiency", ""] = Field(description="4.5 has no types.")
    level: Literal["program", "entity"] = "program"
    period: Literal["month", "quarter"] = "month"
    instead_of: str = Field(default="", description="Key of the KPI whose place it can take.")


class Measure(_Strict):
    """A sum of columns that is exported because ratios are rolled up from it."""

    key: Key
    title: str
    definition: Sentence
    numerator: tuple[Term, ...] = ()
    basis: Basis | None
    unit: Unit
    channels: Channels = ()
    metrics: Metrics = Metrics()

    @property
    def formula(self) -> Formula:
        """A measure is its sum."""
        return Formula.SUM

    @property
    def per_group(self) -> bool:
        """Whether it belongs to a staffing group, not to a queue."""
        return any(term.column in _OF_GROUPS for term in self.numerator)

    @property
    def of_technology(self) -> bool:
        """Whether it belongs to a bot, a line, a tool or the IVR, not to a queue."""
        return any(term.column in _OF_TECHNOLOGY for term in self.numerator)

    @property
    def of_cases(self) -> bool:
        """Whether it belongs to deferred work, not to contacts."""
        return any(term.column in _OF_CASES for term in self.numerator)

    @property
    def of_outbound(self) -> bool:
        """Whether it belongs to outbound work, not to contacts that come in."""
        return any(term.column in _OF_OUTBOUND for term in self.numerator)

    @model_validator(mode="after")
    def _one_basis(self) -> Self:
        _check_basis(self.key, self.numerator, self.basis)
        return self


class Kpi(_Strict):
    """One KPI. Errors (ValueError): columns of two bases, a formula without its parts."""

    id: str = Field(description="Row of definitions 4a.")
    key: Key
    title: str
    title_ja: str
    definition: Sentence
    formula: Formula = Formula.RATIO
    numerator: tuple[Term, ...] = ()
    denominator: tuple[Term, ...] = ()
    quantile: Annotated[int, Field(ge=1, le=100)] | None = None
    histogram: Literal["wait_hist", "resp_hist", "latency_hist"] = "wait_hist"
    floor: int | None = Field(
        default=None, description="The least value there is: sums that lie below read as this."
    )
    bound: bool = Field(default=False, description="Bounds an open interval; later it is moot.")
    basis: Basis | None
    unit: Unit
    direction: Direction = Direction.NONE
    definition_version: Annotated[int, Field(ge=1)] = 1
    channels: Channels = ()
    target: str = Field(default="", description="Field of schemas.targets.Target.")
    metrics: Metrics = Metrics()
    channel_sets: tuple[tuple[str, ...], ...] = Field(
        default=(),
        description="Read from rows of these channels only; of several sets, for each program "
        "from the first that has something to divide by. Empty: from all rows.",
    )
    program_wide: bool = Field(
        default=False, description="Of programs and above: a queue of its own has no such value."
    )
    reported: Reported | Literal[""] = Field(
        default="", description="What a program must `tell` of; otherwise the value is unknown."
    )
    evident: bool = Field(
        default=False,
        description="That some was counted shows that it is reported: only 0 is unknown.",
    )
    boards: tuple[Board, ...] = ()
    alert: Alert | None = None
    certification: Certification | None = None
    roll_up: RollUp = RollUp.SUMS
    example: str = Field(description="Worked example: key in tests/vectors/kpi_examples.json.")

    @property
    def terms(self) -> tuple[Term, ...]:
        """Numerator and denominator together."""
        return self.numerator + self.denominator

    @property
    def each(self) -> str:
        """The placeholder the value is read for each of: "{i}", "{class}", "{reason}" or ""."""
        found = [mark for mark in TEMPLATES if any(mark in term.column for term in self.terms)]
        return found[0] if found else ""

    @property
    def per_threshold(self) -> bool:
        """Whether there is one value for each T of the target."""
        return self.each == "{i}"

    @property
    def per_group(self) -> bool:
        """Whether it belongs to a staffing group, not to a queue."""
        return any(term.column in _OF_GROUPS for term in self.terms)

    @property
    def of_technology(self) -> bool:
        """Whether it belongs to a bot, a line, a tool or the IVR, not to a queue."""
        of_bots = self.histogram == "latency_hist"
        return of_bots or any(term.column in _OF_TECHNOLOGY for term in self.terms)

    @property
    def of_cases(self) -> bool:
        """Whether it belongs to deferred work, not to contacts."""
        return any(term.column in _OF_CASES for term in self.terms)

    @property
    def of_outbound(self) -> bool:
        """Whether it belongs to outbound work, not to contacts that come in."""
        return any(term.column in _OF_OUTBOUND for term in self.terms)

    @property
    def of_plan(self) -> bool:
        """Whether it says how good a forecast was: read where a plan is scored, never from a row."""
        return any(term.column in _OF_PLAN for term in self.terms)

    @property
    def live(self) -> bool:
        """Whether it can be read from a live view only."""
        reads_view = any(term.column in LIVE_COLUMNS for term in self.terms)
        return self.bound or reads_view or self.formula is Formula.LIVE

    @property
    def per_site(self) -> bool:
        """Whether a site of a shared queue has a value of its own (definitions 6.5)."""
        return self.basis in (Basis.END, Basis.CLIPPED, Basis.RECEIPT)

    @property
    def expression(self) -> str:
        """The formula as text, `ans_in_T / offered`."""
        if self.quantile is not None:
            return f"{self.histogram}, nearest rank {self.quantile} %"
        if self.formula is Formula.LIVE:
            return "state of this moment"
        over = "interval_ms" if self.formula is Formula.LOAD else _text(self.denominator)
        text = f"{_text(self.numerator)} / {over}" if over else _text(self.numerator)
        return text if self.floor is None else f"max({self.floor}, {text})"

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _check_basis(self.key, self.terms, self.basis)
        _check_parts(self)
        if self.target and self.target not in Target.model_fields:
            raise ValueError(f"{self.key}: no target field {self.target!r} in schemas.targets")
        return self


def _text(parts: tuple[Term, ...]) -> str:
    signed = "".join(f" {'+' if t.sign > 0 else '-'} {t.column.replace('{i}', '')}" for t in parts)
    text = signed.removeprefix(" + ")
    return f"({text})" if len(parts) > 1 else text


def _check_basis(key: str, parts: tuple[Term, ...], basis: Basis | None) -> None:
    for name in (name for term in parts for name in expand(term.column)):
        if COLUMN_BASIS[name] is not basis:
            raise ValueError(
                f"{key}: {name} is booked by {COLUMN_BASIS[name]}, the KPI by {basis}; "
                "hint: a ratio never mixes two bases"
            )


def _check_parts(kpi: Kpi) -> None:
    has = (bool(kpi.numerator), bool(kpi.denominator), kpi.quantile is not None)
    needs = {
        Formula.RATIO: (True, True, False),
        Formula.SUM: (True, False, False),
        Formula.LOAD: (True, False, False),
        Formula.QUANTILE: (False, False, True),
        Formula.LIVE: (False, False, False),
    }[kpi.formula]
    if has != needs:
        raise ValueError(f"{kpi.key}: a {kpi.formula} has not these parts: {kpi.expression!r}")
    in_ms = [term.column.endswith("_ms") for term in kpi.numerator]
    counted = kpi.unit in (Unit.COUNT, Unit.DAYS)
    if in_ms and kpi.unit is not Unit.RATIO and all(in_ms) == counted:
        raise ValueError(f"{kpi.key}: unit {kpi.unit} does not fit {_text(kpi.numerator)}")
    if len({mark for mark in TEMPLATES for t in kpi.terms if mark in t.column}) > 1:
        raise ValueError(f"{kpi.key}: two kinds of template in one formula")
