"""Rows of the realtime `queue_log` table, exported as CSV or TSV with a header.

Columns are found by name: time, callid, queuename (or queue), agent, event, and data1 to data5 or
data; others are ignored. `time` is `YYYY-mm-dd HH:MM:SS[.ffffff]` in the zone of the settings.
Rows must stand in the order in which they were written. Source: formats A1.
"""

import csv
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from streams.bridges.asterisk import QueueLogBridge
from streams.bridges.asterisk_lines import Record, make_record, text_of
from streams.bridges.asterisk_settings import AsteriskSettings
from streams.bridges.base import Rejected
from streams.bridges.local_time import LocalTime

HEAD = ("callid", "queuename", "agent", "event")
DATA = ("data1", "data2", "data3", "data4", "data5")
_SYNONYMS = {"queue": "queuename"}
_NULLS = frozenset({"\\N", "NULL"})
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?")
Reading = Literal["reject", "first", "second"]
_EPOCH = datetime(1970, 1, 1)
_YEARS = range(1971, 2100)


def local_ms(stamp: str, local: LocalTime, ambiguous: Reading = "reject") -> int:
    """Local time text to ms UTC; `ambiguous` says which reading of a repeated hour is meant.

    Raises Rejected: bad_time, ambiguous_local_time, nonexistent_local_time.
    """
    match = _TIME.fullmatch(stamp)
    try:
        if match is None or int(match[1][:4]) not in _YEARS:
            raise ValueError
        whole_s = datetime.fromisoformat(match[1]) - _EPOCH
    except ValueError:
        raise Rejected(
            "bad_time", f"{stamp[:40]!r} is not a time like 2024-05-01 09:30:00.000000"
        ) from None
    fraction_ms = int(f"{match[2] or 0:0<3}"[:3])
    readings = local.instants(whole_s // timedelta(milliseconds=1) + fraction_ms)
    if not readings:
        raise Rejected(
            "nonexistent_local_time", f"{stamp} is skipped by a clock change; hint: check time_zone"
        )
    if len(readings) > 1 and ambiguous == "reject":
        both = " or ".join(
            f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z" for at_ms in readings
        )
        raise Rejected(
            "ambiguous_local_time", f"{stamp} is {both}; hint: ambiguous_hour = first or second"
        )
    return readings[-1] if ambiguous == "second" else readings[0]


def parse_header(text: str) -> tuple[list[str], str]:
    """Column names and delimiter of a header row. Raises Rejected."""
    delimiter = "\t" if "\t" in text else ";" if ";" in text and "," not in text else ","
    names = [name.strip().lower() for name in _cells(text.lstrip("\ufeff"), delimiter)]
    names = [_SYNONYMS.get(name, name) for name in names]
    missing = [name for name in ("time", *HEAD) if name not in names]
    if missing:
        raise Rejected(
            "bad_header", f"no column {', '.join(missing)}; hint: export with a header row"
        )
    return names, delimiter


def _cells(text: str, delimiter: str) -> list[str]:
    if '"' not in text:
        return text.split(delimiter)
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Rejected("bad_csv", f"{error}; hint: one row is one line") from None
    return rows[0] if rows else []


def parse_row(
    text: str,
    columns: list[str],
    delimiter: str,
    local: LocalTime,
    ambiguous: Reading = "reject",
) -> Record | None:
    """The record of one row under a header; None for the header again. Raises Rejected."""
    cells = _cells(text, delimiter)
    if len(cells) != len(columns):
        reason = "too_few_fields" if len(cells) < len(columns) else "too_many_fields"
        raise Rejected(reason, f"{len(cells)} cells under {len(columns)} columns")
    row = {name: "" if cell in _NULLS else cell for name, cell in zip(columns, cells, strict=True)}
    if row["time"].lower() == "time":
        return None
    time_ms = local_ms(row["time"], local, ambiguous)
    data = [row[name] for name in DATA if name in row] or [row.get("data", "")]
    return make_record(time_ms, row["time"], [row[name] for name in HEAD], data)


class AsteriskTableBridge(QueueLogBridge):
    """Rows of an exported `queue_log` table; the first line is the header.

    Raises ValueError where the settings name no time zone.
    """

    def __init__(
        self,
        settings: AsteriskSettings,
        programs: Mapping[str, str] | None = None,
        listed_only: bool = False,
    ) -> None:
        super().__init__(settings, programs, listed_only)
        if settings.time_zone is None:
            raise ValueError(
                f"source {settings.source}: a queue_log table holds local times; "
                "hint: set time_zone, to UTC if it is written as GMT"
            )
        self._local = LocalTime(ZoneInfo(settings.time_zone))

    def _parse(self, line: bytes) -> Record | None:
        text = text_of(line)
        state = self._state
        if not state.columns:
            state.columns, state.delimiter = parse_header(text)
            return None
        return parse_row(
            text, state.columns, state.delimiter, self._local, self._settings.ambiguous_hour
        )
