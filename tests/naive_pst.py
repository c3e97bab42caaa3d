"""4.6 read aloud: one metric over its months, slowly, by decimals and one rule after the other."""

from decimal import Decimal, getcontext
from typing import Any

getcontext().prec = 60
Limits = tuple[float | None, float | None]
"""At least, at most."""


def decimal(value: float) -> Decimal:
    return Decimal(str(value))


def keeps(value: Any, limits: Limits) -> bool:
    if value == "unknown":
        return False
    low, high = limits
    if low is not None and decimal(value) < decimal(low):
        return False
    return high is None or decimal(value) <= decimal(high)


def at_level(points: list[Any], limits: Limits) -> bool | None:
    """Count periods one by one until as many have met as three quarters of them are."""
    periods = [point for point in points if point is not None]
    if not periods:
        return None
    met = 0
    for point in periods:
        if keeps(point, limits):
            met += 1
    return met * 4 >= len(periods) * 3


def distance(value: Decimal, limits: Limits) -> Decimal:
    low, high = limits
    if low is not None and high is not None:
        if value < decimal(low):
            return decimal(low) - value
        if value > decimal(high):
            return value - decimal(high)
        return Decimal(0)
    return -value if low is not None else value


def improves(points: list[Any], limits: Limits) -> bool:
    """The last three, each against the three before them taken together."""
    periods = [point for point in points if point is not None]
    last, earlier = periods[-3:], periods[:-3]
    before = earlier[-3:]
    if not before:
        return False
    if "unknown" in before or "unknown" in last:
        return False
    # Compared as sums: a mean of three cannot always be written down.
    size = len(before)
    scaled = tuple(None if one is None else float(decimal(one) * size) for one in limits)
    total = sum((decimal(one) for one in before), Decimal(0))
    for point in last:
        if keeps(point, limits):
            continue
        mine = distance(decimal(point) * size, scaled)  # type: ignore[arg-type]
        if not mine < distance(total, scaled):  # type: ignore[arg-type]
            return False
    return True
