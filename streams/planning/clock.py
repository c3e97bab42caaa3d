"""Local times of a plan as moments; an hour that a change of clocks repeats must be told apart."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from schemas.keys import BUCKET_MS


class NoMoment(ValueError):
    """A local time that names no moment, or two of them."""


def moment_ms(day: str, clock: str, zone: ZoneInfo, fold: str = "") -> int:
    """ms UTC of a local day `2026-03-29` and time `09:30` (or `09:30+09:00`).

    `fold` is `1` or `2`: which of two, where the hour comes twice. Raises NoMoment.
    """
    try:
        on, at = date.fromisoformat(day), time.fromisoformat(clock)
    except ValueError:
        raise NoMoment(f"{day!r} {clock!r} is no date and time, as 2026-03-29 and 09:30") from None
    if at.tzinfo is not None:
        return round(datetime.combine(on, at).timestamp() * 1000)
    first = datetime.combine(on, at, zone)
    second = first.replace(fold=1)
    where = f"{clock} on {day} in {zone.key}"
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
        raise NoMoment(f"there is no {where}: the clocks are put forward")
    if first.utcoffset() != second.utcoffset():
        if fold not in ("1", "2"):
            raise NoMoment(f"{where} comes twice: say which in the column fold, 1 or 2")
        return round((second if fold == "2" else first).timestamp() * 1000)
    if fold not in ("", "1"):
        raise NoMoment(f"{where} comes once only: fold must be empty")
    return round(first.timestamp() * 1000)


def on_grid(moment: int) -> int:
    """The same moment, where it lies on the 15-minute grid. Raises NoMoment."""
    if moment % BUCKET_MS:
        raise NoMoment("does not begin on a 15-minute edge")
    return moment
