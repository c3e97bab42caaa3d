"""The moments of one row: which day a clock belongs to, which of two instants a local time means."""

from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

from streams.bridges.base import Rejected
from streams.bridges.call_table_settings import DateSettings, TimeSettings
from streams.bridges.field_values import clock_ms, epoch_ms, local_day, timestamp_ms
from streams.bridges.local_time import DAY_MS, LocalTime


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a column stands in a row, and its name for messages."""

    index: int
    name: str


def error_in(cell: Cell, error: Rejected) -> Rejected:
    """The error with the name of the column it is in."""
    return Rejected(error.reason, f"{cell.name}: {error.detail}")


class RowTimes:
    """Reads the time columns of rows. Instants are ms UTC; errors are Rejected."""

    def __init__(self, settings: TimeSettings, cells: dict[str, Cell]) -> None:
        self._style = settings.style
        self._formats = settings.formats
        self._has_zone = settings.zone is not None
        self._local = LocalTime(ZoneInfo(settings.zone) if settings.zone else UTC)
        self._never = frozenset(settings.never) | {""}
        self._choice = settings.ambiguous
        self._backwards_ms = settings.backwards_s * 1000
        self._date = settings.date or DateSettings(column="date")
        self._day_cell = cells.get(self._date.column, Cell(-1, ""))
        self._clock_cell = cells[self._date.clock] if self._date.clock else None

    def happened(self, text: str) -> bool:
        """Whether a time field says that something happened."""
        return text not in self._never

    def anchor(self, fields: list[str]) -> int | None:
        """The instant the row's date was taken with; None where the row does not say."""
        if self._clock_cell is None or fields[self._clock_cell.index] in self._never:
            return None
        return self.instant(fields, self._clock_cell, None)

    def day(self, fields: list[str]) -> tuple[int, str]:
        """The row's date: ms of its midnight on the wall clock, and as ISO text."""
        try:
            return local_day(fields[self._day_cell.index], self._date.formats, self._date.year)
        except Rejected as error:
            raise error_in(self._day_cell, error) from None

    def instant(self, fields: list[str], cell: Cell, after_ms: int | None) -> int:
        """The instant in a time column that happened, where it follows the instant `after_ms`."""
        text = fields[cell.index]
        midnight_ms = self.day(fields)[0] if self._style == "clock" else 0
        try:
            if self._style == "clock":
                moment = self._settled(text, midnight_ms + clock_ms(text), after_ms)
            elif self._style == "timestamp":
                moment = self._of_timestamp(text, after_ms)
            else:
                moment = epoch_ms(text, 1 if self._style == "epoch_s" else 1000)
            if moment < 0:
                raise Rejected("bad_time", f"{text!r} is before 1970 UTC")
        except Rejected as error:
            raise error_in(cell, error) from None
        return moment

    def first(self, fields: list[str], cells: list[Cell], after_ms: int | None) -> int | None:
        """The instant of the first of some columns that happened, None if none did."""
        for cell in cells:
            if fields[cell.index] not in self._never:
                return self.instant(fields, cell, after_ms)
        return None

    def in_order(self, moment_ms: int, after_ms: int, what: str) -> int:
        """`moment_ms`, not before `after_ms`: a little before is disorder of clocks, more an error."""
        if after_ms - moment_ms > self._backwards_ms:
            early_s = (after_ms - moment_ms) / 1000
            raise Rejected("inconsistent_clocks", f"{what} {early_s:g} s before what it follows")
        return max(moment_ms, after_ms)

    def _of_timestamp(self, text: str, after_ms: int | None) -> int:
        moment, absolute = timestamp_ms(text, self._formats)
        if absolute:
            return moment
        if not self._has_zone:
            raise Rejected("bad_time", f"{text!r} has no offset (hint: set call_table.time.zone)")
        return self._settled(text, moment, after_ms)

    def _settled(self, text: str, local_ms: int, after_ms: int | None) -> int:
        """The instant of a wall clock: what follows `after_ms` if the row tells, else as chosen."""
        instants = self._local.instants(local_ms)
        if after_ms is not None and instants:
            earliest = after_ms - self._backwards_ms
            if instants[0] < earliest:
                later = tuple(instant for instant in instants if instant >= earliest)
                if not later and self._style == "clock":
                    later = self._local.instants(local_ms + DAY_MS)
                    instants = later
                instants = later or instants
        if not instants:
            raise Rejected("nonexistent_time", f"{text!r} is in the hour that clocks left out")
        if len(instants) > 1 and self._choice == "reject":
            raise Rejected("ambiguous_time", f"{text!r} came twice when clocks were set back")
        return instants[-1 if self._choice == "second" else 0]
