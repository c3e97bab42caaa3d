"""Deviation of several intervals as of one: handle time by its contacts, whole intervals only."""

from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.planning.deviation import Deviation, mean_so_far, within
from streams.view import CellKey

KEY = CellKey("bank", "cards", "voice", "", 0)


def aht(start: int, forecast: float, actual: float | None, contacts: int) -> Deviation:
    noise = forecast / sqrt(contacts) if contacts else None
    at = KEY._replace(start_ms=start)
    return Deviation(at, start + 10, 1.0, forecast, forecast, actual, noise, contacts)


def test_handle_time_of_a_day_is_weighted_by_contacts_and_never_averaged() -> None:
    told = mean_so_far([aht(0, 100, 110, 30), aht(10, 200, 190, 10)])
    assert told is not None
    assert (told.expected, told.actual, told.contacts) == (125, 130, 40)
    assert told.ratio == pytest.approx(5 / 125)
    assert told.noise == pytest.approx(sqrt(30 * 100**2 + 10 * 200**2) / 40)
    assert mean_so_far([aht(0, 100, None, 0)]) is None


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.floats(1, 900), st.floats(1, 900), st.integers(1, 50)), min_size=1, max_size=6
    )
)
def test_pooled_handle_time_is_that_of_every_contact_one_by_one(
    told: list[tuple[float, float, int]],
) -> None:
    found = mean_so_far([aht(10 * n, *one) for n, one in enumerate(told)])
    planned = [forecast for forecast, _, many in told for _ in range(many)]
    came = [actual for _, actual, many in told for _ in range(many)]
    assert found is not None and found.actual is not None
    assert found.expected == pytest.approx(sum(planned) / len(planned))
    assert found.actual == pytest.approx(sum(came) / len(came))
    assert found.noise == pytest.approx(sqrt(sum(one**2 for one in planned)) / len(planned))


def test_a_span_that_its_intervals_do_not_fill_has_no_deviation() -> None:
    hour = [aht(0, 100, 100, 5), aht(10, 100, 100, 5)]
    assert within(hour, 0, 20) == hour
    assert within(hour, 0, 10) == hour[:1]
    assert within(hour, 0, 30) == []
    assert within(hour, 5, 20) == []
    assert within([hour[0]._replace(elapsed=0.5)], 0, 10) == []
