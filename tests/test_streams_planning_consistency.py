"""Targets of service and abandonment that do not go together, over a month (4.3.8; definitions 6.4)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.targets import Target
from streams.planning.consistency import NO_PATIENCE, NO_TARGETS, checks, consistency
from streams.planning.recorded import Interval
from streams.planning.staffing import Goals, Load, performances
from tests.staged_day import CONFIG, Staged, floorwatch, ran, written
from tests.test_naive import MODERATE

CASE = Load(100, 1800, 180, 120)


def test_80_in_20_and_3_percent_abandonment_are_inconsistent_with_what_follows_from_each() -> None:
    told = consistency(CASE, Goals(20, 0.8, abandonment=0.03))
    assert (told.by_level, told.by_abandonment, told.consistent) == (12, 14, False)
    implied = told.abandonment_at_level, told.level_at_abandonment
    assert tuple(round(one, 3) for one in implied) == (0.062, 0.933)
    assert consistency(CASE, Goals(20, 0.8, abandonment=0.06)).consistent


def test_a_level_above_what_abandonment_leaves_is_refused_whatever_the_staff() -> None:
    told = consistency(CASE, Goals(20, 0.95, abandonment=0.08))
    assert not told.consistent
    assert "without meaning" in told.reason
    assert "without meaning" not in consistency(CASE, Goals(20, 0.92, abandonment=0.08)).reason


def test_a_speed_of_answer_is_checked_in_the_place_of_a_level_or_beside_it() -> None:
    alone = consistency(CASE, Goals(20, asa_s=6.4, abandonment=0.062))
    assert (alone.by_level, alone.by_asa, alone.by_abandonment) == (None, 12, 12)
    assert alone.consistent
    both = consistency(CASE, Goals(20, 0.8, 1.0, abandonment=0.06))
    assert (both.by_level, both.consistent) == (12, False)
    assert both.by_asa is not None
    assert both.by_asa > 14
    at_most = performances([CASE], [float(both.by_asa)], [20.0])[0]
    assert both.abandonment_at_level == at_most.abandonment


@pytest.mark.parametrize(
    ("load", "goals", "reason"),
    [
        (CASE._replace(patience_s=None), Goals(20, 0.8, abandonment=0.03), NO_PATIENCE),
        (CASE, Goals(20, 0.8), NO_TARGETS),
        (CASE, Goals(20, abandonment=0.03), NO_TARGETS),
    ],
)
def test_what_cannot_be_checked_is_told_and_not_called_consistent(
    load: Load, goals: Goals, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        consistency(load, goals)


def interval(contacts: int, at: int = 0, aht_s: float | None = 180, **more: Any) -> Interval:
    target = Target(thresholds_s=(20,), service_level=0.8, abandonment=0.03)
    start = at * 1_800_000
    return Interval(
        start, start + 1_800_000, target, None, {}, contacts, 0, contacts // 10, 0,
        (0, contacts // 10 * 120_000), aht_s, None, "FINAL", 1.0,
    )._replace(**more)  # fmt: skip


@MODERATE
@given(st.lists(st.integers(0, 200), min_size=1, max_size=40))
def test_busy_mean_and_quiet_are_of_the_intervals_with_contacts(contacts: list[int]) -> None:
    told = checks([interval(n, at) for at, n in enumerate(contacts)])
    some = [n for n in contacts if n]
    if not some:
        assert told == []
        return
    busy, mean, quiet = (one.load.contacts for one in told)
    assert [one.kind for one in told] == ["busy", "mean", "quiet"]
    assert min(some) <= quiet <= busy <= max(some)
    assert sum(n <= busy for n in some) >= 0.9 * len(some)
    assert sum(n <= quiet for n in some) >= 0.1 * len(some)
    assert mean == pytest.approx(sum(some) / len(some))


def test_handle_time_and_patience_are_those_of_the_month_and_not_of_an_interval() -> None:
    told = checks([interval(100, 0, 200), interval(50, 1, 140), interval(10, 2, None)])
    assert {one.load.aht_s for one in told} == {(100 * 200 + 50 * 140) / 150}
    assert {one.load.patience_s for one in told} == {120}
    assert told[0].found is not None
    nobody = [interval(100, abandoned=0)]
    assert {(one.found, one.reason) for one in checks(nobody)} == {(None, NO_PATIENCE)}
    assert checks([interval(10, offered=None)]) == []


def test_the_command_checks_a_month_from_the_ledger_or_the_plan(tmp_path: Path) -> None:
    strict = CONFIG.replace("service_level = 0.8", "service_level = 0.8, abandonment = 0.03")
    store = written(tmp_path, Staged(), config=strict)
    asked = ("plan", "consistency", "--store", store, "--month", "2026-03")
    rows = json.loads(ran(floorwatch(*asked, "--json")).stdout)
    assert [row["interval"] for row in rows] == ["busy", "mean", "quiet"]
    assert {row["consistent"] for row in rows} == {False}
    assert all(row["by_abandonment"] > row["by_level"] + 1 for row in rows)
    assert floorwatch(*asked, "--strict").exit_code == 1
    (busy, mean, quiet) = json.loads(ran(floorwatch(*asked, "--forecast", "--json")).stdout)
    assert busy["contacts"] == mean["contacts"] == quiet["contacts"] == 90
    told = json.loads(ran(floorwatch(*asked, "--patience", "20", "--json")).stdout)
    assert {row["patience_s"] for row in told} == {20}
    for wrong, message in (("march", "'march' is no month"), ("2026-05", "in 2026-05")):
        done = floorwatch("plan", "consistency", "--store", store, "--month", wrong)
        assert done.exit_code == 2
        assert message in done.stderr
