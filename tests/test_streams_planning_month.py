"""The month as it stands tonight: every day of it in the ledger, or nothing."""

from math import nan

import pytest

from schemas.targets import Plan
from streams.close import Record
from streams.planning.month import month_end
from streams.view import CellKey

KEY = CellKey("bank", "cards", "voice", "", 0)
HOUR_MS = 3_600_000
TOKYO = Plan.model_validate({"programs": {"bank": {"time_zone": "Asia/Tokyo"}}})
MARCH_MS = 1_772_290_800_000
"""2026-03-01 00:00 in Tokyo."""


def record(day: int, offered: int, in_t: int) -> Record:
    columns = {"offered": offered, "ans_in_T1": in_t}
    return Record(
        "bank", "cards", "voice", "", MARCH_MS + day * 24 * HOUR_MS + 23 * HOUR_MS, "arrival", 1,
        "FINAL", 1.0, columns, {}, None, "", 0,
    )  # fmt: skip


def month(*closed: Record, today: tuple[float, float, float] = (100, 70, 90)) -> tuple[object, ...]:
    tonight = MARCH_MS + 2 * 24 * HOUR_MS
    return tuple(month_end(TOKYO, KEY, MARCH_MS, tonight, closed, today))


def test_closed_days_and_today_are_pooled_and_never_averaged() -> None:
    told = month(record(0, 300, 240), record(1, 600, 300))
    assert told == (2, 2, pytest.approx(610 / 1000), pytest.approx(630 / 1000))


def test_a_day_that_is_missing_or_an_unknown_end_of_today_leaves_the_month_unknown() -> None:
    assert month(record(0, 300, 240)) == (1, 2, None, None)
    both = record(0, 300, 240), record(1, 600, 300)
    assert month(*both, today=(100, nan, nan)) == (2, 2, None, None)


def test_on_the_first_of_the_month_it_is_today_alone() -> None:
    told = month_end(TOKYO, KEY, MARCH_MS, MARCH_MS, [], (100, 70, 90))
    assert told == (0, 0, 0.7, 0.9)


def test_a_month_over_a_change_of_clocks_has_the_days_of_its_calendar() -> None:
    berlin = Plan.model_validate({"programs": {"bank": {"time_zone": "Europe/Berlin"}}})
    begin = 1_772_319_600_000  # 2026-03-01 00:00 in Berlin; clocks go forward on the 29th
    end = begin + 30 * 24 * HOUR_MS - HOUR_MS
    assert month_end(berlin, KEY, begin, end, [], (1, 1, 1)).past == 30
