"""A gap of service level by its causes: they add up, each in its direction, the interaction named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.queueing import play
from streams.planning.causes import Case, causes
from streams.planning.simulation import course_of
from streams.planning.staffing import Load, performances
from tests.test_naive import MODERATE

PLAN = Load(100, 1800, 180, 120)
loads = st.builds(
    Load, st.floats(1, 400), st.just(1800.0), st.floats(30, 600),
    st.one_of(st.none(), st.floats(20, 2000)), st.just(1.0),
)  # fmt: skip
times = st.floats(0.7, 1.4)


def level(load: Load, staff: float) -> float:
    return performances([load], [staff], [20.0])[0].level


def case(offered: float = 100, aht: float | None = 180, staff: float | None = 12,
         measured: float | None = None) -> Case:  # fmt: skip
    """The plan of 100 contacts, 180 s and 12 people as it came; as the model has it if not measured."""
    there = 12 if staff is None else staff
    modelled = level(PLAN._replace(contacts=offered, aht_s=aht or 180), there)
    share = modelled if measured is None else measured
    return Case(PLAN, 12, 20, offered, offered * share, aht, staff)


@MODERATE
@given(st.lists(st.tuples(loads, times, times, times, st.floats(0, 1)), min_size=1, max_size=4))
def test_the_causes_of_a_gap_add_up_each_in_its_direction(
    told: list[tuple[Load, float, float, float, float]],
) -> None:
    cases = []
    for load, volume, aht, staff, measured in told:
        there, offered = load.erlangs * 1.1 + 1, load.contacts * volume
        actual = load.aht_s * aht, there * staff
        cases.append(Case(load, there, 20, offered, offered * measured, *actual))
    found = causes(cases)
    parts = found.volume, found.aht or 0, found.staff or 0, found.interaction, found.unmodelled
    assert sum(parts) == pytest.approx(found.gap, abs=1e-12)
    if len(told) == 1:
        (_, volume, aht, staff, _), = told  # fmt: skip
        for part, more in ((parts[0], volume), (parts[1], aht), (-parts[2], staff)):
            assert part * (more - 1) <= 1e-9


@pytest.mark.parametrize(
    ("changed", "part"),
    [({"offered": 120.0}, "volume"), ({"aht": 216.0}, "aht"), ({"staff": 10.0}, "staff")],
)
def test_one_cause_alone_is_the_whole_gap_and_nothing_is_left_to_the_rest(
    changed: dict[str, float], part: str
) -> None:
    told = causes([case(**changed)])
    assert told.gap < -0.1
    for name in ("volume", "aht", "staff", "interaction", "unmodelled"):
        wanted = told.gap if name == part else 0
        assert getattr(told, name) == pytest.approx(wanted, abs=1e-12)


def test_volume_and_handle_time_together_cost_more_than_each_and_the_rest_is_unmodelled() -> None:
    told = causes([case(110, 198)])
    assert told.interaction < 0
    measured = causes([case(110, 198, measured=0.3)])
    assert measured.volume == told.volume
    assert measured.unmodelled == pytest.approx(0.3 - told.measured)


def test_chats_held_at_once_count_as_handle_time() -> None:
    chat = Load(100, 1800, 360, 120, concurrency=2.0)
    told = causes([Case(chat, 12, 20, 100, 70, 360, 12, concurrency=1.8)])
    assert told.aht is not None
    assert told.aht < 0
    assert (told.volume, told.staff) == (0, 0)


def test_pooled_causes_weigh_each_interval_by_its_contacts_and_are_no_mean() -> None:
    large, small = case(offered=120), Case(
        Load(10, 1800, 180, 120), 3, 20, 10, 9.0, 180, 3
    )  # fmt: skip
    told, alone = causes([large, small]), causes([large])
    plan = (100 * level(PLAN, 12) + 10 * level(Load(10, 1800, 180, 120), 3)) / 110
    assert told.planned == pytest.approx(plan)
    assert told.measured == pytest.approx((large.in_time + 9) / 130)
    assert abs(told.volume - alone.volume) < abs(alone.volume) / 2


def test_unknown_handle_time_and_staff_explain_nothing_and_are_not_zero() -> None:
    told = causes([case(aht=None, staff=None, measured=0.5)])
    assert (told.aht, told.staff) == (None, None)
    assert told.unmodelled == pytest.approx(told.gap)
    both = causes([case(staff=None, measured=0.5), case(staff=10)])
    assert both.staff is not None


def test_without_contacts_there_is_no_gap_to_split() -> None:
    with pytest.raises(ValueError, match="contacts"):
        causes([case(offered=0)])


def planted(cause: str, seed: int) -> list[Case]:
    """A day of 24 half-hours of a large queue in which one thing is not as planned.

    As many come as are meant to come, at chance moments: chance in volume would be a second cause.
    """
    random = np.random.default_rng(seed)
    shape = 1 + 0.4 * np.sin(np.arange(24) / 24 * 2 * np.pi)
    planned = [Load(round(250 * part), 1800, 200, 150) for part in shape]
    there = [round(load.erlangs * 1.03 + 1) for load in planned]
    volume, aht, lost = {
        "volume": (1.15, 1.0, 0), "aht": (1.0, 1.15, 0), "staff": (1.0, 1.0, 0.13)
    }[cause]  # fmt: skip
    staff = [round(n * (1 - lost)) for n in there]
    actual = [
        one._replace(contacts=round(one.contacts * volume), aht_s=one.aht_s * aht)
        for one in planned
    ]
    course, counts = course_of(actual, [20.0] * 24), np.zeros((24, 6))
    moments = [at + np.sort(random.random(int(one.contacts))) * one.contacts
               for at, one in zip(np.cumsum([0, *[a.contacts for a in actual[:-1]]]), actual,
                                  strict=True)]  # fmt: skip
    draws = random.standard_exponential((sum(map(len, moments)) + 1, 3))
    draws[:, 0] = np.diff(np.concatenate((*moments, [1e9])), prepend=0.0)
    assert play(course, np.array(staff), draws, np.zeros(max(staff)), np.zeros(2), counts)
    assert counts[:, 0].tolist() == [one.contacts for one in actual]
    return [
        Case(load, n, 20, float(row[0]), float(row[1]), true.aht_s, m)
        for load, true, n, m, row in zip(planned, actual, there, staff, counts, strict=True)
    ]


@pytest.mark.parametrize("cause", ["volume", "aht", "staff"])
def test_four_fifths_of_the_gap_go_to_the_one_planted_cause_on_every_day(cause: str) -> None:
    for seed in range(20):
        told = causes(planted(cause, seed))
        assert told.gap < -0.05
        part = getattr(told, cause)
        assert part / told.gap >= 0.8, (seed, told)
        parts = (told.volume, told.aht or 0, told.staff or 0, told.interaction, told.unmodelled)
        assert sum(parts) == pytest.approx(told.gap)
