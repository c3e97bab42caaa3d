"""One verdict of a check-up, as `floorwatch doctor` prints it."""

from typing import Literal, NamedTuple


class Line(NamedTuple):
    """One verdict."""

    verdict: Literal["ok", "warn", "fail"]
    what: str
    told: str
    hint: str = ""
