"""Required staff by Erlang C and A: textbook sums, other systems' vectors, a simulated queue."""

import json
import random
from itertools import pairwise
from math import inf, sqrt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.planning.staffing import (
    Goals,
    Load,
    bounds,
    causes,
    deferred,
    loaded,
    patience,
    performances,
    pooled,
    required,
)
from tests import naive_erlang as twin
from tests.data import shared

MODERATE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(MODERATE, max_examples=20)
"""Of the slow twin, whose work rises with the square of the queue."""
VECTORS = json.loads(shared("erlang/erlang_and_sl_vectors.json").read_text())["pyworkforce"]
HALF_HOUR_S = 1800.0
CASE = Load(100, HALF_HOUR_S, 180)
IMPATIENT = CASE._replace(patience_s=120.0)


def one(load: Load, staff: float, within_s: float = 20.0) -> Any:
    return performances([load], [staff], [within_s])[0]


def least(load: Load, **goals: Any) -> float:
    return float(required([load], [Goals(goals.pop("within_s", 20.0), **goals)])[0])


loads = st.builds(
    Load,
    contacts=st.floats(1, 400),
    interval_s=st.just(HALF_HOUR_S),
    concurrency=st.just(1.0),
    aht_s=st.floats(30, 600),
    patience_s=st.one_of(st.none(), st.floats(20, 2000)),
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


@pytest.mark.parametrize("vector", VECTORS["erlang_c"])
def test_the_vectors_of_another_erlang_c_hold(vector: Any) -> None:
    expect = vector["expect"]
    load = Load(vector["transactions"], vector["interval"] * 60, vector["aht"] * 60)
    staff = least(
        load, within_s=vector["asa_target"] * 60, level=vector["service_level_target"],
        occupancy=vector["max_occupancy"],
    )  # fmt: skip
    assert -(-staff // 1) == expect["raw_positions"]
    found = one(load, expect["raw_positions"], vector["asa_target"] * 60)
    assert round(found.level, 3) == expect["service_level_3dp"]
    assert round(found.occupancy, 3) == expect["occupancy_3dp"]


@pytest.mark.parametrize("vector", VECTORS["erlang_a"])
def test_the_vectors_of_another_erlang_a_hold(vector: Any) -> None:
    """Its speed of answer is the mean wait of all, queue over rate; ours is that of the answered."""
    expect = vector["expect"]
    load = Load(
        vector["transactions"], vector["interval"] * 60, vector["aht"] * 60, vector["patience"] * 60
    )
    found = one(load, vector["positions"])
    assert round(found.level, 6) == expect["service_level_6dp"]
    assert round(found.abandonment, 6) == expect["abandonment_probability_6dp"]
    assert round(found.occupancy, 6) == expect["occupancy_6dp"]
    little = found.queue / (load.contacts / load.interval_s) / 60
    assert round(little, 6) == expect["average_speed_of_answer_6dp"]


def simulated(load: Load, staff: int, within_s: float, contacts: int) -> tuple[float, float, float]:
    """Level, abandonment and ASA of a seeded queue, first come first served."""
    chance = random.Random(11)
    assert load.patience_s is not None
    free_at = [0.0] * staff
    now = level = left = waits = 0.0
    for _ in range(contacts):
        now += chance.expovariate(load.contacts / load.interval_s)
        first = min(range(staff), key=free_at.__getitem__)
        begins = max(now, free_at[first])
        if begins - now > chance.expovariate(1 / load.patience_s):
            left += 1
            continue
        free_at[first] = begins + chance.expovariate(1 / load.aht_s)
        level += begins - now <= within_s
        waits += begins - now
    return level / contacts, left / contacts, waits / (contacts - left)


def test_a_simulated_queue_reads_what_the_model_says() -> None:
    level, left, asa_s = simulated(IMPATIENT, 12, 20.0, 100_000)
    told = one(IMPATIENT, 12)
    assert level == pytest.approx(told.level, abs=0.006)
    assert left == pytest.approx(told.abandonment, abs=0.004)
    assert asa_s == pytest.approx(told.asa_s, rel=0.06)


def test_patience_is_all_time_waited_over_those_who_left_and_unknown_while_nobody_has() -> None:
    found = patience(25, 2_000_000, 1_000_000)
    assert found is not None
    assert (found.mean_s, found.error_s) == (120, 24)
    assert patience(0, 2_000_000, 0) is None
    chance = random.Random(3)
    left, waited = 0, 0.0
    for _ in range(20_000):
        wait, stays = chance.expovariate(1 / 40), chance.expovariate(1 / 150)
        left += stays < wait
        waited += min(wait, stays)
    told = patience(left, round(waited * 1000), 0)
    assert told is not None
    assert abs(told.mean_s - 150) < 3 * told.error_s


def test_targets_of_80_in_20_and_3_percent_abandonment_need_different_staff() -> None:
    by_level, by_left = least(IMPATIENT, level=0.8), least(IMPATIENT, abandonment=0.03)
    assert (-(-by_level // 1), -(-by_left // 1)) == (12, 14)


def test_too_little_staff_for_erlang_c_has_no_steady_state_and_a_cap_counts() -> None:
    assert (one(CASE, 10).level, one(CASE, 10).asa_s) == (0, inf)
    assert least(CASE, occupancy=0.5) == pytest.approx(20)
    assert least(CASE._replace(contacts=0.0), level=0.8) == 0
    assert least(IMPATIENT, level=0.8, occupancy=0.0) == inf


def test_queues_that_share_people_need_no_more_than_each_alone_and_no_less_than_one() -> None:
    parts = [CASE, Load(60, HALF_HOUR_S, 300), Load(10, HALF_HOUR_S, 200)]
    goals = [Goals(20, 0.8)] * 3
    told = bounds(parts, goals)
    alone = sum(least(part, level=0.8) for part in parts)
    together = least(pooled(parts), level=0.8)
    assert (told.low, told.high) == (pytest.approx(together), pytest.approx(alone))
    assert told.low < told.high - 2
    assert pooled(parts).erlangs == pytest.approx(sum(part.erlangs for part in parts))


def test_a_chat_takes_the_time_of_a_person_that_its_concurrency_leaves() -> None:
    chat = Load(100, HALF_HOUR_S, 360, concurrency=2.0)
    assert least(chat, level=0.8) == least(CASE, level=0.8)
    assert deferred(120, 300, 0.8 * HALF_HOUR_S) == 25


@MODERATE
@given(loads, st.floats(0.7, 1.4), st.floats(0.7, 1.4), st.floats(0.7, 1.3))
def test_the_causes_of_a_gap_add_up(load: Load, volume: float, aht: float, staff: float) -> None:
    there = load.erlangs + 1 + sqrt(load.erlangs)
    actual = load._replace(contacts=load.contacts * volume, aht_s=load.aht_s * aht)
    gap = one(actual, there * staff).level - one(load, there).level
    told = causes(load, actual, (there, there * staff), 20.0, gap)
    assert told.volume + told.aht + told.staff + told.rest == pytest.approx(gap)
    for part, times in ((told.volume, volume), (told.aht, aht), (-told.staff, staff)):
        assert part * (times - 1) <= 1e-12
