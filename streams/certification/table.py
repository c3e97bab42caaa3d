"""The rows of the PST with what was measured, judged one by one (definitions 7.1-7.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from schemas.pst import Decisions, PstRow
from streams.certification.points import (
    UNKNOWN,
    Level,
    Point,
    Trend,
    aim_of,
    level,
    meets,
    shortfall,
    trend,
)
from streams.certification.said import Said

FINAL = ("FINAL", "RESTATED")
ENOUGH = {"month": 3, "quarter": 1}
"""Consecutive periods with data of a new KCRP, before it counts."""


@dataclass(frozen=True)
class Cell:
    """A row's value in one period, and where it comes from. `month`: the first of the period."""

    period: str
    month: str
    value: Point
    n: float | None = None
    completeness: float | None = None
    state: str = "FINAL"
    source: str = ""

    def scored(self, decisions: Decisions) -> Point:
        """The point as it is judged: unknown where it is not final or not complete enough."""
        return self.value if self.has_integrity(decisions) else UNKNOWN

    def has_integrity(self, decisions: Decisions) -> bool:
        """Whether it is final and its data complete enough (decision `completeness`)."""
        enough = self.completeness is None or self.completeness >= decisions.completeness
        return enough and self.state in FINAL


@dataclass(frozen=True)
class Measured:
    """A row with its cells in order of time."""

    row: PstRow
    cells: tuple[Cell, ...]
    volume_share: float | None = None
    """Of the contacts of its program; None: not of one KCRP, or not known."""


@dataclass(frozen=True)
class Judged:
    """A row with its verdict. `left_out`: why it does not count; None where it does."""

    measured: Measured
    level: Level
    trend: Trend
    points: tuple[Point, ...]
    shortfall: float
    """Mean share by which its judged periods missed their target."""
    left_out: Said | None = None

    @property
    def row(self) -> PstRow:
        """What the row is of."""
        return self.measured.row

    @property
    def counts(self) -> bool:
        """Whether it enters shares and points."""
        return self.left_out is None

    @property
    def met(self) -> bool:
        """At level by the 3/4 rule, with data that can be used."""
        return self.level.at_level is True and not self.row.unusable

    @property
    def improving(self) -> bool:
        """Sustained improvement, with data that can be used."""
        return self.trend.improving and not self.row.unusable

    @property
    def integrity_fail(self) -> list[str]:
        """Periods that could not be judged for want of data."""
        pairs = zip(self.measured.cells, self.points, strict=True)
        return [cell.period for cell, point in pairs if point == UNKNOWN]

    @property
    def impact(self) -> float:
        """Weight x share of the program's contacts x mean shortfall: the order of the problems."""
        share = self.measured.volume_share
        return self.row.impact * (1.0 if share is None else share) * self.shortfall


def judge(measured: Measured, decisions: Decisions) -> Judged:
    """The verdict on a row by itself; whether it counts beside others is for `counting`."""
    row = measured.row
    points = tuple(
        None if row.introduced and cell.month < row.introduced else cell.scored(decisions)
        for cell in measured.cells
    )
    aims = [aim_of(row.target_in(cell.month), row.direction) for cell in measured.cells]
    judging = list(zip(points, aims, strict=True))
    known = [(point, aim) for point, aim in judging if isinstance(point, float | int)]
    short = sum(shortfall(point, aim) for point, aim in known) / len(known) if known else 0.0
    return Judged(
        measured, level(judging), trend(judging, decisions.at_target_improves), points, short
    )


def misses(judged: Judged) -> list[str]:
    """Periods with a value that missed its target."""
    row = judged.row
    return [
        cell.period
        for cell, point in zip(judged.measured.cells, judged.points, strict=True)
        if isinstance(point, float | int)
        and not meets(point, aim_of(row.target_in(cell.month), row.direction))
    ]


def is_too_new(judged: Judged) -> bool:
    """Whether a KCRP introduced within the window has not yet 3 consecutive months of data."""
    row, cells = judged.row, judged.measured.cells
    if not row.introduced or not cells or row.introduced <= cells[0].month:
        return False
    return longest_run(judged.points) < ENOUGH[row.period]


def longest_run(points: Sequence[Point]) -> int:
    """Most consecutive periods with a number."""
    runs = groupby(isinstance(point, float | int) for point in points)
    return max((sum(1 for _ in run) for told, run in runs if told), default=0)
