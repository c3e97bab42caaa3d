"""Local wall clocks to instants: an hour that comes twice, an hour that is left out."""

from datetime import UTC, datetime, timedelta, tzinfo

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1)
LAST_MS = 7999 * 365 * DAY_MS
"""Times from about the year 9964 on are taken for errors: they leave no room for a next day."""


class LocalTime:
    """Instants of one time zone's wall clock. Remembers the offset of each day that has only one."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._offset_of_day: dict[int, int | None] = {}

    def instants(self, local_ms: int) -> tuple[int, ...]:
        """ms UTC of a local time (ms since 1970-01-01 of the wall clock), earliest first.

        Two where the clocks were set back, none where they were set forward. Errors: none for
        times from 1970 to LAST_MS.
        """
        day = local_ms // DAY_MS
        try:
            offset = self._offset_of_day[day]
        except KeyError:
            offset = self._offset_of_day[day] = self._constant(day * DAY_MS)
        if offset is not None:
            return (local_ms - offset,)
        early, late = self._offset(local_ms, 0), self._offset(local_ms, 1)
        if early < late:
            return ()
        return (local_ms - early,) if early == late else (local_ms - early, local_ms - late)

    def _constant(self, midnight_ms: int) -> int | None:
        """The offset of a whole local day, or None if it changes at its edges or within it."""
        edges = (midnight_ms, midnight_ms + DAY_MS)
        offsets = {self._offset(edge, fold) for edge in edges for fold in (0, 1)}
        return offsets.pop() if len(offsets) == 1 else None

    def _offset(self, local_ms: int, fold: int) -> int:
        moment = (_EPOCH + timedelta(milliseconds=local_ms)).replace(fold=fold, tzinfo=self._zone)
        offset = moment.utcoffset() or timedelta()
        return offset // timedelta(milliseconds=1)
