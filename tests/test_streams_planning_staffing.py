"""Required staff by Erlang C and A: textbook sums, the published case, chat and deferred work."""

from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.planning.staffing import (
    Goals,
    Load,
    deferred,
    loaded,
    performances,
    required,
    spread,
)
from tests import naive_erlang as twin
from tests.effort import examples

MODERATE = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
FEW = settings(MODERATE, max_examples=examples(10))
"""Of the slow twin, whose work rises with the square of the queue."""
HALF_HOUR_S = 1800.0
CASE = Load(100, HALF_HOUR_S, 180)
IMPATIENT = CASE._replace(patience_s=120.0)


def one(load: Load, staff: float, within_s: float = 20.0) -> Any:
    return performances([load], [staff], [within_s])[0]


def least(load: Load, **goals: Any) -> float:
    return float(required([load], [Goals(goals.pop("within_s", 20.0), **goals)])[0])


patient_or_not = st.one_of(st.none(), st.floats(20, 2000))
loads = st.builds(
    Load,
    contacts=st.floats(1, 400),
    interval_s=st.just(HALF_HOUR_S),
    concurrency=st.just(1.0),
    aht_s=st.floats(30, 600),
    patience_s=patient_or_not,
)
small = st.builds(
    Load,
    contacts=st.floats(1, 60),
    interval_s=st.just(HALF_HOUR_S),
    concurrency=st.just(1.0),
    aht_s=st.floats(60, 400),
    patience_s=st.one_of(st.none(), st.floats(20, 300)),
)


@FEW
@given(small, st.integers(0, 12), st.floats(0, 60))
def test_a_whole_number_of_staff_gives_what_the_textbook_sums_give(
    load: Load, more: int, within_s: float
) -> None:
    staff = int(load.erlangs) + 1 + more
    found = one(load, staff, within_s)
    if load.patience_s is None:
        wanted = twin.erlang_c(load.erlangs, staff, load.aht_s, within_s)
        assert found.asa_s == pytest.approx(wanted["asa"], rel=1e-9)
    else:
        rate = load.contacts / HALF_HOUR_S
        wanted = twin.erlang_a(rate, load.aht_s, load.patience_s, staff, within_s)
        assert found.abandonment == pytest.approx(wanted["abandoned"], rel=1e-7, abs=1e-10)
        assert found.queue == pytest.approx(wanted["queue"], rel=1e-7, abs=1e-10)
        assert found.occupancy == pytest.approx(wanted["occupancy"], rel=1e-7)
    assert found.level == pytest.approx(wanted["level"], abs=1e-8)


@MODERATE
@given(loads, st.floats(0.2, 0.99))
def test_the_least_staff_meets_the_goal_and_a_little_less_does_not(
    load: Load, level: float
) -> None:
    staff = least(load, level=level)
    assert one(load, staff).level >= level - 1e-6
    if staff > 0.01:
        assert one(load, staff - 0.01).level < level + 1e-6


@MODERATE
@given(loads, st.floats(0.1, 40), st.floats(0.001, 3))
def test_more_staff_never_serves_worse(load: Load, staff: float, more: float) -> None:
    less, better = one(load, staff), one(load, staff + more)
    assert better.level >= less.level - 1e-9
    assert better.abandonment <= less.abandonment + 1e-9
    if load.patience_s is None:  # of those answered only: where most leave it may rise with staff
        assert better.asa_s <= less.asa_s + 1e-6


@MODERATE
@given(loads, st.integers(1, 30))
def test_a_part_of_a_person_lies_between_whole_ones(load: Load, whole: int) -> None:
    levels = [one(load, whole + part).level for part in (0, 1e-9, 0.5, 1 - 1e-9, 1)]
    assert all(b >= a - 1e-9 for a, b in pairwise(levels))
    if load.patience_s is not None or whole > load.erlangs:
        assert levels[1] == pytest.approx(levels[0], abs=1e-6)
    assert levels[3] == pytest.approx(levels[4], abs=1e-6)


def test_customers_who_hardly_ever_leave_wait_as_those_who_never_do() -> None:
    never, hardly = one(CASE, 14), one(CASE._replace(patience_s=1e9), 14)
    assert hardly.level == pytest.approx(never.level, abs=1e-6)
    assert hardly.asa_s == pytest.approx(never.asa_s, rel=1e-4)


def test_the_published_case_needs_14_by_erlang_c_and_12_where_customers_leave() -> None:
    assert [round(one(CASE, n).level, 3) for n in (13, 14)] == [0.796, 0.888]
    assert round(one(CASE, 14).occupancy, 3) == 0.714
    at_12, at_14 = one(IMPATIENT, 12), one(IMPATIENT, 14)
    assert (round(at_12.level, 3), round(at_12.abandonment, 3)) == (0.826, 0.062)
    assert (round(at_14.level, 3), round(at_14.abandonment, 3)) == (0.933, 0.023)
    assert 13 < least(CASE, level=0.8) < 14
    assert 11 < least(IMPATIENT, level=0.8) < 12
    assert loaded(14, 0.3) == pytest.approx(20)


def test_targets_of_80_in_20_and_3_percent_abandonment_need_different_staff() -> None:
    by_level, by_left = least(IMPATIENT, level=0.8), least(IMPATIENT, abandonment=0.03)
    assert (-(-by_level // 1), -(-by_left // 1)) == (12, 14)


def test_too_little_staff_for_erlang_c_has_no_steady_state_and_a_cap_counts() -> None:
    assert (one(CASE, 10).level, one(CASE, 10).asa_s) == (0, inf)
    assert least(CASE, occupancy=0.5) == pytest.approx(20)
    assert least(CASE._replace(contacts=0.0), level=0.8) == 0
    assert least(IMPATIENT, level=0.8, occupancy=0.0) == inf


def test_a_chat_takes_the_time_of_a_person_that_its_concurrency_leaves() -> None:
    chat = Load(100, HALF_HOUR_S, 360, concurrency=2.0)
    assert least(chat, level=0.8) == least(CASE, level=0.8)
    assert deferred(120, 300, 0.8 * HALF_HOUR_S) == 25


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(0.3, 1))
def test_deferred_work_spread_to_its_due_time_is_done_by_then(
    due: list[float], busy: float
) -> None:
    fte = spread(np.array(due), 900.0, busy)
    done, asked = np.cumsum(fte) * 900 * busy, np.cumsum(due)
    assert (done >= asked * (1 - 1e-9) - 1e-6).all()
    assert done[-1] == pytest.approx(asked[-1])
    assert all(b <= a + 1e-9 for a, b in pairwise(fte))


def test_six_hours_of_backlog_due_in_two_hours_need_three_and_three_quarters() -> None:
    due = np.zeros(8)
    due[7] = 6 * 3600.0
    assert spread(due, 900.0, 0.8) == pytest.approx(np.full(8, 3.75))
    late = np.array([3600.0, 0.0])  # all of what is late falls on the interval that runs
    assert spread(late, 900.0, 0.8) == pytest.approx([5.0, 0.0])
    for work, interval_s, busy in (([-1.0], 900, 0.8), ([1.0], 900, 0), ([1.0], 0, 0.8)):
        with pytest.raises(ValueError, match="must be"):
            spread(np.array(work), interval_s, busy)


def test_time_that_is_all_lost_or_not_productive_is_an_error() -> None:
    with pytest.raises(ValueError, match="shrinkage"):
        loaded(14, 1.0)
    with pytest.raises(ValueError, match="productive"):
        deferred(1, 300, 0)
