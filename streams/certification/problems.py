"""What 2.8.2 asks for: rows not at level by impact, and whether improvement cases are due."""

from collections.abc import Sequence
from typing import NamedTuple

from streams.certification.scoring import RULED, SEVENTY_FIVE, shares
from streams.certification.table import Judged

CASES = 3


class Problems(NamedTuple):
    """Rows of items 4.1 to 4.4 that are not at level, the gravest first, and cases to show."""

    rows: list[Judged]
    cases_due: int


def problems(rows: Sequence[Judged]) -> Problems:
    """Counted rows not at level by impact; three cases are due when under 75 % are at level."""
    counted = [one for one in rows if one.counts and one.row.item in RULED]
    listed = sorted((one for one in counted if not one.met), key=lambda one: -one.impact)
    p = shares(counted).p
    return Problems(listed, CASES if p is not None and p < SEVENTY_FIVE else 0)
