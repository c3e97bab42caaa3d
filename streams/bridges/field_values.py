"""Values of table fields: clocks, dates, timestamps, durations. Whole ms; errors are Rejected."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from streams.bridges.base import Rejected
from streams.bridges.local_time import DAY_MS, LAST_MS

LONGEST_MS = 31 * DAY_MS
"""A wait or talk that is longer is taken for an error."""
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,9}))?)?")
_DURATION = re.compile(r"(-?)(?:([0-9]{1,4}):([0-5][0-9]):([0-5]?[0-9])|([0-9]{1,16}))(\.[0-9]+)?")
_PADDING = re.compile(r"(?<![0-9])0+(?=[0-9])")
_ONE_MS = timedelta(milliseconds=1)
_EPOCH_DATE = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=100_000)
def clock_ms(text: str) -> int:
    """ms since local midnight of H:MM, H:MM:SS or H:MM:SS.fff. Raises Rejected(bad_clock)."""
    match = _CLOCK.fullmatch(text)
    if match is None or int(match[1]) > 23:
        raise Rejected("bad_clock", f"{text!r} is not a clock time H:MM:SS")
    whole = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    return whole * 1000 + _thousandths(match[4])


@lru_cache(maxsize=100_000)
def duration_ms(text: str) -> int:
    """ms of seconds (153, 12.5) or H:MM:SS, with a sign. Raises Rejected(bad_number)."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise Rejected("bad_number", f"{text!r} is not a number of seconds")
    sign, hours, minutes, seconds, whole, fraction = match.groups()
    total = int(whole) if whole else int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    length = total * 1000 + _thousandths((fraction or ".")[1:])
    if length > LONGEST_MS:
        raise Rejected("bad_number", f"{text!r}: longer than 31 days")
    return -length if sign else length


def epoch_ms(text: str, per_second: int) -> int:
    """ms UTC of a count since 1970: seconds (per_second 1) or ms (1000). Raises Rejected(bad_time)."""
    whole, dot, fraction = text.partition(".")
    if not (whole + fraction).isascii() or not whole.isdigit() or len(whole) > 16:
        raise Rejected("bad_time", f"{text!r} is not a count since 1970-01-01 UTC")
    if dot and not fraction.isdigit():
        raise Rejected("bad_time", f"{text!r} is not a count since 1970-01-01 UTC")
    moment = int(whole)
    if per_second == 1:
        moment = moment * 1000 + _thousandths(fraction)
    return _within(moment, text, "bad_time")


@lru_cache(maxsize=10_000)
def local_day(text: str, formats: tuple[str, ...], year: int | None) -> tuple[int, str]:
    """A date as (ms of its midnight on the wall clock, ISO text). Raises Rejected(bad_date).

    Zeros in front may be missing, but "99111" is not accepted for 99-11-01: it could be 99-1-11.
    """
    for layout in formats:
        try:
            day = datetime.strptime(text, layout).date()
            if _PADDING.sub("", day.strftime(layout)) != _PADDING.sub("", text):
                continue
            day = day.replace(year=year) if year is not None else day
        except ValueError:
            continue
        midnight_ms = (day - _EPOCH_DATE).days * DAY_MS
        return _within(midnight_ms, text, "bad_date"), day.isoformat()
    wanted = " or ".join(formats) + (f" in {year}" if year is not None else "")
    raise Rejected("bad_date", f"{text!r} is not a date written {wanted}")


def timestamp_ms(text: str, formats: Iterable[str]) -> tuple[int, bool]:
    """(ms, whether it has an offset): UTC if so, else of the wall clock. Raises Rejected(bad_time)."""
    moment = _timestamp(text, formats)
    if moment.tzinfo is None:
        return _within((moment - _EPOCH) // _ONE_MS, text, "bad_time"), False
    return _within((moment - _EPOCH_UTC) // _ONE_MS, text, "bad_time"), True


def _timestamp(text: str, formats: Iterable[str]) -> datetime:
    for layout in formats:
        try:
            return datetime.strptime(text, layout)
        except ValueError:
            continue
    if not formats and len(text) > len("2024-03-01"):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    wanted = " or ".join(formats) or "as ISO 8601, e.g. 2024-03-01T08:00:00+09:00"
    raise Rejected("bad_time", f"{text!r} is not a time written {wanted}")


def _within(moment_ms: int, text: str, reason: str) -> int:
    if not 0 <= moment_ms <= LAST_MS:
        raise Rejected(reason, f"{text!r} is before 1970 or too far ahead")
    return moment_ms


def _thousandths(digits: str | None) -> int:
    return int((digits or "")[:3].ljust(3, "0"))
