"""Moments as text, and text as moments."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from streams.errors import UserError

LAST_WRITABLE_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z: later moments have no ISO form."""


def utc_text(moment_ms: int) -> str:
    """`2026-03-02T09:30:00Z`."""
    return local_text(moment_ms, UTC).replace("+00:00", "Z")


def local_text(moment_ms: int, zone: tzinfo) -> str:
    """The moment in a zone with its offset, so that a repeated hour can be told apart."""
    moment = datetime.fromtimestamp(min(moment_ms, LAST_WRITABLE_MS) / 1000, UTC)
    return moment.astimezone(zone).isoformat(timespec="seconds")


def parsed_ms(text: str, zone: ZoneInfo) -> int:
    """ms UTC of an ISO date or date-time; without offset it is local to `zone`. Raises UserError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"{text!r} is no date or time", "write 2026-03-02 or 2026-03-02T09:30+09:00"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return round(moment.timestamp() * 1000)
