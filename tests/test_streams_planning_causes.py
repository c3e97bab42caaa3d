"""A gap of service level by its causes: they add up, each in its direction, the interaction named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.planning.causes import causes
from streams.planning.staffing import Load, performances
from tests.test_naive import MODERATE

CASE = Load(100, 1800, 180, 120)
loads = st.builds(
    Load, st.floats(1, 400), st.just(1800.0), st.floats(30, 600),
    st.one_of(st.none(), st.floats(20, 2000)), st.just(1.0),
)  # fmt: skip
times = st.floats(0.7, 1.4)


def level(load: Load, staff: float) -> float:
    return performances([load], [staff], [20.0])[0].level


@MODERATE
@given(loads, times, times, times, st.one_of(st.none(), st.floats(-1, 1)))
def test_the_causes_of_a_gap_add_up_each_in_its_direction(
    load: Load, volume: float, aht: float, staff: float, measured: float | None
) -> None:
    there = load.erlangs * 1.1 + 1
    actual = load._replace(contacts=load.contacts * volume, aht_s=load.aht_s * aht)
    told = causes(load, actual, (there, there * staff), 20.0, measured)
    modelled = level(actual, there * staff) - level(load, there)
    assert told.gap == (pytest.approx(modelled) if measured is None else measured)
    parts = told.volume, told.aht, told.staff, told.rest, told.unmodelled
    assert sum(parts) == pytest.approx(told.gap, abs=1e-14)
    assert told.unmodelled == pytest.approx(told.gap - modelled, abs=1e-14)
    for part, more in ((told.volume, volume), (told.aht, aht), (-told.staff, staff)):
        assert part * (more - 1) <= 1e-9
    assert told.model == load.model


def test_one_cause_alone_is_the_whole_gap_and_nothing_is_left_to_the_rest() -> None:
    told = causes(CASE, CASE._replace(contacts=120), (12.0, 12.0), 20.0)
    assert told.volume == told.gap < 0
    assert (told.aht, told.staff, told.rest, told.unmodelled) == (0, 0, 0, 0)


def test_volume_and_handle_time_together_cost_more_than_each() -> None:
    told = causes(CASE, CASE._replace(contacts=110, aht_s=198), (14.0, 14.0), 20.0)
    assert told.rest < 0
    measured = causes(CASE, CASE._replace(contacts=110, aht_s=198), (14.0, 14.0), 20.0, -0.5)
    assert measured[1:5] == told[1:5]
    assert measured.unmodelled == -0.5 - told.gap


def test_chats_held_at_once_count_as_handle_time() -> None:
    chat = Load(100, 1800, 360, 120, concurrency=2.0)
    told = causes(chat, chat._replace(concurrency=1.8), (12.0, 12.0), 20.0)
    assert told.aht == told.gap < 0
