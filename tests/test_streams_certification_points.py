"""Level and trend of one metric: against a slow twin, with months of no data, months unknown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.pst import Decisions
from streams.certification.table import Cell, Judged, Measured, judge
from tests.naive_pst import at_level, improves
from tests.pst_rows import judged, month, row

TENTHS = st.integers(-30, 30).map(lambda n: n / 10)
POINTS = st.lists(st.one_of(TENTHS, st.none(), st.just("unknown")), max_size=14)
AIMS = st.one_of(
    st.tuples(TENTHS, st.none()),
    st.tuples(st.none(), TENTHS),
    st.tuples(TENTHS, TENTHS).map(lambda pair: (min(pair), max(pair))),
)


def verdict(points: list[Any], aim: tuple[Any, Any]) -> Judged:
    low, high = aim
    ranged = low is not None and high is not None
    direction = "range" if ranged else "up" if low is not None else "down"
    target = aim if ranged else low if low is not None else high
    return judged(row(direction=direction, target=target), points)


def said(of: Judged) -> tuple[Any, ...]:
    return of.met, of.level.at_level, of.improving


@given(POINTS, AIMS)
def test_level_and_trend_are_those_of_the_rules_read_aloud(points: Any, aim: Any) -> None:
    got = verdict(points, aim)
    assert got.level.at_level == at_level(points, aim)
    assert got.improving == improves(points, aim)


@given(POINTS, AIMS, st.lists(st.integers(0, 20), max_size=8))
def test_months_without_data_anywhere_change_no_verdict(
    points: Any, aim: Any, places: list[int]
) -> None:
    longer = list(points)
    for place in places:
        longer.insert(place % (len(longer) + 1), None)
    assert said(verdict(longer, aim)) == said(verdict(points, aim))


@given(POINTS, AIMS, st.integers(0, 20))
def test_an_unknown_month_is_a_month_that_was_not_met(points: Any, aim: Any, place: int) -> None:
    at = place % (len(points) + 1)
    without, got = verdict(points, aim), verdict([*points[:at], "unknown", *points[at:]], aim)
    assert (got.level.n, got.level.met) == (without.level.n + 1, without.level.met)
    told = [point for point in [*points[:at], "unknown", *points[at:]] if point is not None]
    if "unknown" in told[-6:]:
        assert not got.improving


@pytest.mark.parametrize(("n", "needed"), [(3, 3), (4, 3), (5, 4), (6, 5), (8, 6), (12, 9)])
def test_three_quarters_of_the_periods_are_never_rounded_down(n: int, needed: int) -> None:
    enough = judged(row(), [80] * needed + [79.999] * (n - needed))
    short = judged(row(), [80] * (needed - 1) + [79.999] * (n - needed + 1))
    assert (enough.level.needed, enough.met, short.met) == (needed, True, False)


def test_three_points_above_the_previous_level_improve_without_rising_one_by_one() -> None:
    better = judged(row(), [70, 72, 71, 73, 72, 74])
    assert (better.trend.previous, better.improving) == (71.0, True)
    assert not judged(row(), [70, 72, 71, 73, 70.5, 74]).improving


def test_one_point_before_the_last_three_is_enough_and_none_is_not() -> None:
    assert judged(row(), [70, 71, 71, 71]).improving
    assert not judged(row(), [71, 71, 71]).improving


def test_a_point_exactly_at_target_counts_as_better_unless_decided_otherwise() -> None:
    months = [90, 90, 90, 80, 80, 80]
    assert judged(row(), months).improving
    assert not judged(row(), months, Decisions(at_target_improves=False)).improving


def test_tenths_are_compared_as_they_are_written() -> None:
    # In binary the mean of 0.1, 0.2 and 0.3 is a little under 0.2.
    assert not judged(row(target=1), [0.1, 0.2, 0.3, 0.2, 0.2, 0.2]).improving


def test_a_range_is_met_inside_and_improves_by_coming_closer() -> None:
    told = {"direction": "range", "target": (300, 400)}
    assert judged(row(**told), [300, 350, 400, 401]).level[:2] == (4, 3)
    assert judged(row(**told), [450, 450, 450, 440, 290, 350]).improving
    assert not judged(row(**told), [410, 410, 410, 405, 285, 405]).improving


def test_each_month_is_held_against_the_target_in_force_then() -> None:
    targets = [{"valid_from": "2025-03", "value": 85}, {"valid_from": "2025-01", "value": 80}]
    assert judged(row(targets=targets), [80, 84, 84, 85]).level[:2] == (4, 3)


@pytest.mark.parametrize(
    ("of", "known"), [({"completeness": 0.989}, False), ({"completeness": 0.99}, True),
                      ({"state": "PROVISIONAL"}, False), ({"state": "RESTATED"}, True)]
)  # fmt: skip
def test_a_month_without_integrity_is_no_month_that_was_met(of: Any, known: bool) -> None:
    cells = tuple(Cell(month(n), month(n), 90.0, **of) for n in range(1, 5))
    got = judge(Measured(row(), cells), Decisions())
    assert got.level[:2] == (4, 4 if known else 0)
    assert got.integrity_fail == ([] if known else [month(n) for n in range(1, 5)])


def test_a_metric_whose_data_are_not_used_is_never_met() -> None:
    of = judged(row(unusable="nobody looks at it"), [90] * 6)
    assert (of.level.at_level, of.met, of.improving, of.counts) == (True, False, False, True)


def test_months_before_a_kcrp_was_there_are_no_months_of_it() -> None:
    of = judged(row(introduced="2025-03"), ["unknown", "unknown", 90, 90, 90])
    assert (of.level[:2], of.met) == ((3, 3), True)
