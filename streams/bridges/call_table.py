"""Tables with one row a call (CSV, TSV): call detail records of any system, by a mapping.

The rows may stand in any order, so nothing is promised while the table is being read; its end
promises everything. A call on which handling is not recorded is answered, and its handle time
unknown: never zero.
"""

import csv
from typing import Any

import msgspec

from streams.bridges.base import Rejected
from streams.bridges.call_table_row import CallRow
from streams.bridges.call_table_settings import CallTableSettings
from streams.bridges.local_time import DAY_MS
from streams.errors import UserError

_encode = msgspec.json.Encoder().encode


class CallTable:
    """Bridge of one call-record table, or of several with the same columns, one after the other.

    Raises Rejected for a row that cannot be used, with the reason wrong_field_count, bad_encoding,
    bad_quoting, bad_clock, bad_date, bad_time, bad_number, ambiguous_time, nonexistent_time,
    inconsistent_clocks, no_header, no_identity, no_program, no_queue, no_entry, no_answer, no_end,
    unknown_outcome or too_long. A header line without a column that the mapping names is a UserError.
    """

    def __init__(self, settings: CallTableSettings) -> None:
        self._settings = settings
        self._columns: list[str] | None = None
        self._row: CallRow | None = None
        self._programs: set[str] = set()
        self._latest_ms = 0
        if not settings.header:
            self._use(list(settings.columns))

    def translate(self, line: bytes, position: int) -> list[bytes]:
        """Wire events of one row; none of the header, which stands at position 0.

        A header that comes again, as in files put together, is passed over.
        """
        if self._settings.header and (position == 0 or self._row is None):
            return self._header(line, position)
        fields = self._cut(line)
        if self._row is None or self._columns is None:
            raise Rejected("no_header", "the header line was not usable")
        if len(fields) != len(self._columns):
            if not any(fields):
                return []
            raise Rejected("wrong_field_count", f"{len(fields)} fields for {len(self._columns)}")
        if self._settings.header and fields == self._columns:
            return []
        events = self._row.events(fields)
        if events:
            self._programs.add(events[0]["program"])
            self._latest_ms = max(self._latest_ms, *(event["time"] for event in events))
        return [_encode(event) for event in events]

    def heartbeats(self, until_ms: int) -> list[bytes]:
        """None: the next row may be older than all before it."""
        return []

    def end(self) -> list[bytes]:
        """The promise, for each program, that no row is left: a day behind the last moment."""
        return [
            _encode(
                {
                    "type": "heartbeat",
                    "time": self._latest_ms + DAY_MS,
                    "source": self._settings.source,
                    "program": program,
                }
            )
            for program in sorted(self._programs)
        ]

    def snapshot(self) -> bytes:
        """Header, programs and the greatest time so far."""
        state = {
            "columns": self._columns,
            "programs": sorted(self._programs),
            "latest_ms": self._latest_ms,
        }
        return _encode(state)

    def restore(self, state: bytes) -> None:
        """Go on behind a snapshot. Raises UserError if the mapping no longer fits its header."""
        saved: dict[str, Any] = msgspec.json.decode(state)
        self._programs = set(saved["programs"])
        self._latest_ms = saved["latest_ms"]
        if saved["columns"] is not None:
            self._use(saved["columns"])

    def _header(self, line: bytes, position: int) -> list[bytes]:
        try:
            found = self._cut(line.removeprefix(b"\xef\xbb\xbf"))
        except Rejected as error:
            raise UserError(
                f"header line at byte {position} cannot be read: {error.detail}",
                "check call_table.encoding and delimiter, or set header = false and columns",
            ) from None
        names = list(self._settings.columns) or found
        if len(names) != len(found):
            raise UserError(
                f"header line at byte {position} has {len(found)} columns, "
                f"call_table.columns lists {len(names)}",
                "check call_table.delimiter and columns",
            )
        self._use(names)
        return []

    def _use(self, columns: list[str]) -> None:
        self._row = CallRow(self._settings, columns)
        self._columns = columns

    def _cut(self, line: bytes) -> list[str]:
        settings = self._settings
        try:
            text = line.decode(settings.encoding)
        except UnicodeDecodeError as error:
            raise Rejected("bad_encoding", f"not {settings.encoding}: {error.reason}") from None
        if settings.quote is None or settings.quote not in text:
            return [field.strip() for field in text.split(settings.delimiter)]
        try:
            rows = csv.reader(
                [text], delimiter=settings.delimiter, quotechar=settings.quote, strict=True
            )
            return [field.strip() for row in rows for field in row]
        except csv.Error as error:
            raise Rejected("bad_quoting", str(error)) from None
