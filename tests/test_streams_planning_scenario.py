"""Several intervals at once: people who come and go, pooled figures, the least change in whole steps."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.planning.opinion import opinion
from streams.planning.repair import repair
from streams.planning.scenario import Measured, Presence, Scenario, Slot, changed, outcome
from streams.planning.staffing import Goals, Load, performances
from streams.planning.weakness import weaknesses
from tests.test_naive import MODERATE

HALF_HOUR_MS = 1_800_000
GOALS = Goals(20, 0.8)
PATIENCE_S = 120.0


def slot(
    at: int, contacts: float = 100, staff: float = 12, aht_s: float = 180, **more: object
) -> Slot:
    load = Load(contacts, 1800, aht_s, PATIENCE_S)
    base = Slot(at * HALF_HOUR_MS, (at + 1) * HALF_HOUR_MS, load, staff, GOALS)
    return base._replace(**more)


def span(first: int = 0, last: int = 100, **more: float) -> Scenario:
    return Scenario(first * HALF_HOUR_MS, last * HALF_HOUR_MS, **more)


def level(slots: list[Slot], scenario: Scenario) -> float:
    return outcome(changed(slots, scenario), scenario).pooled.level


def test_only_the_intervals_asked_for_change() -> None:
    told = changed([slot(0), slot(1), slot(2)], span(1, 2, volume=0.2, aht=-0.1, staff=-2))
    assert told[0] == slot(0)
    assert told[2] == slot(2)
    assert (told[1].load.contacts, told[1].load.aht_s, told[1].staff) == (120, 162, 10)


def test_people_count_for_the_part_of_an_interval_that_they_are_there() -> None:
    quarter = HALF_HOUR_MS // 2
    moved = (Presence(3, 0, quarter), Presence(-3, 2 * HALF_HOUR_MS, 2 * HALF_HOUR_MS + quarter))
    told = changed([slot(0), slot(1), slot(2)], span(5, 6)._replace(presences=moved))
    assert [one.staff for one in told] == [13.5, 12, 10.5]
    gone = Presence(-20, HALF_HOUR_MS, 2 * HALF_HOUR_MS)
    assert changed([slot(1)], span(5, 6)._replace(presences=(gone,)))[0].staff == 0


def test_the_pool_is_of_sums_and_not_the_mean_of_its_intervals() -> None:
    slots = [slot(0, 200, 22), slot(1, 20, 3, aht_s=300)]
    told = outcome(slots, span())
    large, small = told.performances
    assert told.pooled.level == pytest.approx((200 * large.level + 20 * small.level) / 220)
    answered = [200 * (1 - large.abandonment), 20 * (1 - small.abandonment)]
    waited = answered[0] * large.asa_s + answered[1] * small.asa_s
    assert told.pooled.asa_s == pytest.approx(waited / sum(answered))
    busy = (22 * large.occupancy + 3 * small.occupancy) / 25
    assert told.pooled.occupancy == pytest.approx(busy)
    assert told.pooled.staff == 12.5
    assert told.pooled.required == pytest.approx(sum(told.required) / 2)


def test_recorded_intervals_that_stay_as_they_were_count_as_measured() -> None:
    was = Measured(100, 60, 10, 90, 900)
    slots = [slot(0, measured=was), slot(1, measured=was)]
    told = outcome(changed(slots, span(1, 2)), span(1, 2))
    modelled = told.performances[1]
    assert told.pooled.level == pytest.approx((60 + 100 * modelled.level) / 200)
    assert told.pooled.abandonment == pytest.approx((10 + 100 * modelled.abandonment) / 200)
    _, played = opinion(slots, span(1, 2))
    each, _ = opinion(slots, span(5, 6))
    assert played.level[0] == pytest.approx((60 + 100 * each.level[1]) / 200, abs=0.01)
    _, kept = opinion(slots, span(5, 6))
    assert (kept.level[0], kept.level_error[0], kept.asa_s[0]) == (0.6, 0, 10)


slots_of_a_day = st.lists(
    st.tuples(st.floats(20, 300), st.floats(60, 400), st.floats(0.7, 1.5)), min_size=1, max_size=5
).map(
    lambda rows: [
        slot(at, contacts, max(1.0, contacts * aht_s / 1800 * more), aht_s)
        for at, (contacts, aht_s, more) in enumerate(rows)
    ]
)


@MODERATE
@given(slots_of_a_day, st.integers(0, 2), st.floats(-0.2, 0.4), st.floats(-0.2, 0.3))
def test_the_least_change_restores_the_target_and_one_step_less_does_not(
    slots: list[Slot], first: int, volume: float, aht: float
) -> None:
    scenario = span(first, first + 3, volume=volume, aht=aht)
    told = repair(slots, scenario)

    def tried(steps: int) -> list[tuple[int | None, Scenario]]:
        return [
            (told.staff, scenario._replace(staff=(told.staff or 0) + steps)),
            (told.volume, scenario._replace(
                volume=(1 + volume) * (1 - ((told.volume or 0) + steps) / 100) - 1)),
            (told.aht, scenario._replace(
                aht=(1 + aht) * (1 - ((told.aht or 0) + steps) / 100) - 1)),
        ]  # fmt: skip

    met = level(slots, scenario) >= 0.8
    assert all((steps == 0) == met for steps in told if steps is not None)
    for steps, then in tried(0):
        if steps is not None:
            assert level(slots, then) >= 0.8
    for steps, then in tried(-1):
        if steps:
            assert level(slots, then) < 0.8


@pytest.mark.parametrize(
    ("own", "other", "aht_s", "staff", "volume", "people", "parted"),
    [(90, 90, 180, 20, 0.5, 4, 6), (90, 90, 180, 21, 0.6, 4, 6), (45, 45, 300, 18, 0.3, 1, 3)],
)
def test_who_is_shared_helps_where_it_surges_so_fewer_repair_it_and_played_queues_agree(
    own: float, other: float, aht_s: float, staff: float, volume: float, people: int, parted: int
) -> None:
    beside = Load(other, 1800, aht_s, PATIENCE_S)
    slots = [slot(at, own, staff, aht_s, beside=beside) for at in range(4)]
    scenario = span(volume=volume)
    assert repair(slots, scenario).staff == people
    alone = [slot(at, own, staff * own / (own + other), aht_s) for at in range(4)]
    assert repair(alone, scenario).staff == parted
    for more, restored in (people, True), (people - 1, False):
        then = scenario._replace(staff=more)
        _, played = opinion(changed(slots, then), then)
        assert bool(played.level[0] >= 0.8) is restored


def test_contacts_of_a_shared_pool_are_those_of_the_queue_asked_about() -> None:
    beside = Load(300, 1800, 90, PATIENCE_S)
    slots = [slot(0, beside=beside, staff=30), slot(1, staff=14)]
    assert outcome(slots, span()).pooled.contacts == 200
    _, played = opinion(slots, span())
    assert played.offered[0] == pytest.approx(200, rel=0.02)
    apart = [outcome([one], span()).pooled.level for one in slots]
    assert outcome(slots, span()).pooled.level == pytest.approx(sum(apart) / 2)


def test_a_rest_too_short_to_make_up_for_the_day_has_no_repair() -> None:
    lost = [slot(at, measured=Measured(100, 20, 30, 70, 900)) for at in range(6)]
    told = repair([*lost, slot(6)], span(6, 7))
    assert told == (None, None, None)
    rest = repair([*lost[:1], slot(1), slot(2), slot(3), slot(4)], span(1, 5))
    assert rest.staff is not None
    assert rest.staff > 2


def test_an_abandonment_that_is_promised_must_be_kept_too() -> None:
    strict = [slot(0, goals=GOALS._replace(abandonment=0.03))]
    assert repair([slot(0)], span()).staff == 0
    assert repair(strict, span()).staff == 2  # 14 of definitions 6.4
    nothing = outcome([slot(0, goals=Goals(20))], span()).pooled
    assert (nothing.goal, nothing.most_abandonment, nothing.meets) == (0, inf, True)


@pytest.mark.parametrize(
    ("load", "staff", "before", "rules"),
    [
        (Load(100, 1800, 180), 14, None, []),
        (Load(100, 1800, 180), 10, None, ["overload"]),
        (Load(100, 1800, 180), 10.2, None, ["saturated"]),
        (Load(100, 1800, 900), 60, None, []),
        (Load(100, 1800, 1000), 70, None, ["long_contacts"]),
        (Load(100, 1800, 600), 40, Load(60, 1800, 600), ["ramp"]),
        (Load(100, 1800, 180), 14, Load(60, 1800, 180), []),
        (Load(19, 1800, 180), 5, None, ["few_contacts"]),
        (Load(19, 1800, 1000), 5, Load(60, 1800, 1000),
         ["overload", "long_contacts", "ramp", "few_contacts"]),
    ],
)  # fmt: skip
def test_each_weakness_of_the_model_has_a_rule_with_a_name(
    load: Load, staff: float, before: Load | None, rules: list[str]
) -> None:
    assert [one.rule for one in weaknesses(load, staff, before)] == rules


def test_where_load_climbs_fast_the_played_intervals_read_otherwise_than_the_model() -> None:
    slots = [slot(0, 30, 16, 600), slot(1, 60, 16, 600)]
    told = outcome(slots, span())
    each, _ = opinion(slots, span())
    assert told.careful[1].startswith("overload")
    assert "ramp" in told.careful[1]
    gap = each.level[1] - told.performances[1].level  # the queue has not built up yet
    assert gap > max(0.05, 4 * each.level_error[1])


def test_who_waits_when_a_queue_closes_is_served_in_the_pause_and_waits_for_no_afternoon() -> None:
    full = slot(0, 200, 12, measured=None)
    follows, paused = (opinion([full, slot(at, 60)], span())[0] for at in (1, 3))
    assert follows.level[1] < paused.level[1] - 0.02
    assert len(paused.level) == 2


def test_a_single_interval_reads_as_the_model_of_it_does() -> None:
    told = outcome([slot(0)], span())
    assert told.pooled.level == performances([slot(0).load], [12.0], [20.0])[0].level
    assert told.pooled.meets
