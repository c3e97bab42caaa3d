"""One metric over its periods: whether it is at level, and whether it improves (definitions 7.4, 7.5).

A point is a number, None (no data: it is no period), or UNKNOWN (a missing feed: it stays a period,
and is never met). Numbers are compared as they are written, so that 0.1 + 0.2 + 0.3 is 3 x 0.2.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from schemas.pst import PstTarget

UNKNOWN: Literal["unknown"] = "unknown"
Point = float | Literal["unknown"] | None
Judging = Sequence[tuple[Point, "Aim"]]
"""Points in order of time, each with what was promised then."""
LAST = BEFORE = 3


class Aim(NamedTuple):
    """What is promised: at least `low`, at most `high`; None: no such limit."""

    low: Fraction | None
    high: Fraction | None


class Level(NamedTuple):
    """Periods with data, those that met, those that must; `at_level` is None without any."""

    n: int
    met: int
    needed: int
    at_level: bool | None


class Trend(NamedTuple):
    """Sustained improvement, and the previous level that the last points are held against."""

    improving: bool
    previous: float | None


def exact(value: float) -> Fraction:
    """The number as it is written: 0.1 is a tenth. Errors (ValueError): inf and nan."""
    return Fraction(repr(float(value)))


def aim_of(target: PstTarget, direction: str) -> Aim:
    """The limits of a target. `direction`: up, down or range."""
    if target.value is None:
        assert target.low is not None and target.high is not None
        return Aim(exact(target.low), exact(target.high))
    limit = exact(target.value)
    return Aim(limit, None) if direction == "up" else Aim(None, limit)


def meets(value: float, aim: Aim) -> bool:
    """Whether a value is at target or beyond it, unrounded (definitions 1.9)."""
    return _short(exact(value), aim) == 0


def shortfall(value: float, aim: Aim) -> float:
    """How far a value is from its target, as a share of it; of a target of 0 the value itself."""
    number = exact(value)
    limit = aim.low if aim.low is not None and number < aim.low else aim.high
    return float(_short(number, aim) / (abs(limit) if limit else 1))


def level(points: Judging) -> Level:
    """Met in at least 3/4 of the periods: met >= ceil(3 n / 4), without rounding (definitions 7.4)."""
    told = [(point, aim) for point, aim in points if point is not None]
    met = sum(isinstance(point, float | int) and meets(point, aim) for point, aim in told)
    needed = -(-3 * len(told) // 4)
    return Level(len(told), met, needed, met >= needed if told else None)


def trend(points: Judging, at_target_improves: bool = True) -> Trend:
    """Whether each of the last 3 points is better than the mean of up to 3 points before them.

    A point beyond its target counts as better; one exactly at it, if `at_target_improves`. With an
    unknown one among those six nothing is shown, so it does not improve.
    """
    told = [(point, aim) for point, aim in points if point is not None]
    last, before = told[-LAST:], told[:-LAST][-BEFORE:]
    numbers = [exact(point) for point, _ in before if point != UNKNOWN]
    if not before or len(numbers) < len(before):
        return Trend(False, None)
    previous = sum(numbers, Fraction(0)) / len(numbers)
    better = all(
        point != UNKNOWN and _is_better(exact(point), previous, aim, at_target_improves)
        for point, aim in last
    )
    return Trend(better, float(previous))


def _is_better(value: Fraction, previous: Fraction, aim: Aim, at_target: bool) -> bool:
    if _short(value, aim) == 0 and (at_target or value not in aim):
        return True
    if aim.low is not None and aim.high is not None:
        return _short(value, aim) < _short(previous, aim)
    return value > previous if aim.low is not None else value < previous


def _short(value: Fraction, aim: Aim) -> Fraction:
    under = aim.low - value if aim.low is not None else Fraction(0)
    over = value - aim.high if aim.high is not None else Fraction(0)
    return max(under, over, Fraction(0))
