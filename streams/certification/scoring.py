"""Shares, the 50/75 rule and the points of category 4 (definitions 7.6, 7.9).

Shares and results are percent, exact fractions until they are shown.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from schemas.pst import Decisions
from streams.certification.table import Judged

POSSIBLE = {"4.1": 500, "4.2": 200, "4.3": 400, "4.4": 350, "4.5": 200, "4.6": 350}
"""Points of each item."""
TYPES = ("service", "quality", "sales", "efficiency")
BY_TYPE = ("4.3", "4.4")
RULED = ("4.1", "4.2", "4.3", "4.4")
"""Items whose metrics enter the 50/75 rule; those of 4.5 earn points only."""
LEVELS = ("site", "location_group", "service")
FIFTY, SEVENTY_FIVE = Fraction(50), Fraction(75)


class Shares(NamedTuple):
    """Of counted metrics: how many, at level, improving without being at level."""

    counted: int
    met: int
    improving: int

    @property
    def p(self) -> Fraction | None:
        """Percent at level; None where nothing counts."""
        return Fraction(100 * self.met, self.counted) if self.counted else None

    @property
    def q(self) -> Fraction | None:
        """Percent improving without being at level."""
        return Fraction(100 * self.improving, self.counted) if self.counted else None

    @property
    def r(self) -> Fraction | None:
        """Percent at level or improving."""
        return Fraction(100 * (self.met + self.improving), self.counted) if self.counted else None


class ItemScore(NamedTuple):
    """An item of category 4; `percent` by type where the item has types."""

    item: str
    shares: Shares
    by_type: dict[str, tuple[Shares, Fraction]]
    percent: Fraction | None
    possible: int

    @property
    def points(self) -> Fraction | None:
        """Points earned; None where nothing counts."""
        return None if self.percent is None else self.percent * self.possible / 100

    @property
    def half_at_level(self) -> bool | None:
        """Whether at least 50 % of the item's metrics are at level."""
        return None if self.shares.p is None else self.shares.p >= FIFTY


class Rule(NamedTuple):
    """The 50/75 rule of the entity, a site, a location group or a service."""

    level: str
    name: str
    shares: Shares
    passes: bool | None
    level_part: Fraction | None
    trend_part: Fraction | None
    estimate: Fraction | None


class Score(NamedTuple):
    """What a table earns. `rules`: the entity's first."""

    items: list[ItemScore]
    rules: list[Rule]
    decisions: Decisions


def shares(rows: Sequence[Judged]) -> Shares:
    """Of the rows that count. One that is both at level and improving is counted once."""
    counted = [row for row in rows if row.counts]
    met = sum(row.met for row in counted)
    return Shares(len(counted), met, sum(row.improving and not row.met for row in counted))


def item_percent(p: Fraction, q: Fraction) -> Fraction:
    """Percent of an item's points: all from 50 % at level on, else 2 p + q / 2, at most all."""
    return Fraction(100) if p >= FIFTY else min(Fraction(100), 2 * p + q / 2)


def level_part(p: Fraction) -> Fraction:
    """The 50 part of 4.6: 2 percent less for each below 50."""
    return 100 - 2 * max(Fraction(0), FIFTY - p)


def trend_part(r: Fraction) -> Fraction:
    """The 75 part of 4.6: 4/3 percent less for each below 75."""
    return 100 - Fraction(4, 3) * max(Fraction(0), SEVENTY_FIVE - r)


def item_score(item: str, rows: Sequence[Judged], decisions: Decisions) -> ItemScore:
    """An item's score from the rows that belong to it."""
    own = [row for row in rows if row.row.item == item]
    found = shares(own)
    if item not in BY_TYPE or not found.counted:
        return ItemScore(item, found, {}, _percent(found), POSSIBLE[item])
    by_type = {}
    for kind in TYPES:
        of_type = shares([row for row in own if row.row.type == kind])
        percent = _percent(of_type)
        if percent is not None:
            by_type[kind] = (of_type, percent)
    parts = len(by_type) if decisions.types == "present" else len(TYPES)
    whole = sum((percent for _, percent in by_type.values()), Fraction(0)) / parts
    return ItemScore(item, found, by_type, whole, POSSIBLE[item])


def _percent(found: Shares) -> Fraction | None:
    return item_percent(found.p, found.q) if found.p is not None and found.q is not None else None


def rule(level: str, name: str, rows: Sequence[Judged], decisions: Decisions) -> Rule:
    """The 50/75 rule over these rows, with both parts of 4.6 and their combination."""
    found = shares([row for row in rows if row.row.item in RULED])
    p, r = found.p, found.r
    if p is None or r is None:
        return Rule(level, name, found, None, None, None, None)
    parts = level_part(p), trend_part(r)
    both = min(parts) if decisions.parts_of_4_6 == "least" else sum(parts) / 2
    return Rule(level, name, found, p >= FIFTY and r >= SEVENTY_FIVE, *parts, Fraction(both))


def score(rows: Sequence[Judged], decisions: Decisions) -> Score:
    """Items 4.1 to 4.5, and 4.6 for the entity and each site, location group and service."""
    items = [item_score(item, rows, decisions) for item in POSSIBLE if item != "4.6"]
    rules = [rule("entity", "", rows, decisions)]
    for level in LEVELS:
        for name in sorted({getattr(row.row, level) for row in rows} - {""}):
            own = [row for row in rows if getattr(row.row, level) == name]
            rules.append(rule(level, name, own, decisions))
    return Score(items, rules, decisions)
