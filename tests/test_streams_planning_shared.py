"""Bounds of staff that no formula tells exactly: queues that share people, people who chat."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.planning.shared import bounds, chat_bounds, pooled, pooled_goals
from streams.planning.staffing import Goals, Load, required
from tests.test_naive import MODERATE

CASE = Load(100, 1800, 180)
PARTS = [CASE, Load(60, 1800, 300), Load(10, 1800, 200)]
impatient = st.builds(
    Load, st.floats(1, 300), st.just(1800.0), st.floats(60, 500), st.floats(30, 1000), st.just(1.0)
)
chats = st.builds(
    Load, st.floats(1, 300), st.just(1800.0), st.floats(60, 900),
    st.one_of(st.none(), st.floats(30, 1000)), st.sampled_from([1.0, 2.0, 3.0, 4.0]),
)  # fmt: skip


def least(load: Load, goals: Goals) -> float:
    return float(required([load], [goals])[0])


def test_queues_that_share_people_need_no_more_than_each_alone_and_no_less_than_one() -> None:
    told = bounds(PARTS, [Goals(20, 0.8)] * 3)
    assert told.low == (pytest.approx(least(pooled(PARTS), Goals(20, 0.8))), "erlang_c_pooled")
    alone = sum(least(part, Goals(20, 0.8)) for part in PARTS)
    assert told.high == (pytest.approx(alone), "erlang_c_alone")
    assert told.low.fte < told.high.fte - 2
    assert pooled(PARTS).erlangs == pytest.approx(sum(part.erlangs for part in PARTS))


def test_what_a_small_queue_promised_is_not_asked_of_the_large_one() -> None:
    small, large = Load(5, 1800, 200, 100), Load(1000, 1800, 200, 100)
    goals = [Goals(5, 0.95), Goals(120, 0.5, abandonment=0.4)]
    together = pooled_goals([small, large], goals)
    assert together.within_s == 120
    assert together.level == pytest.approx((5 * 0.95 + 1000 * 0.5) / 1005)
    assert together.abandonment == pytest.approx((5 + 400) / 1005)
    assert together.asa_s is together.occupancy is None
    told = bounds([small, large], goals)
    assert told.high.fte == pytest.approx(least(small, goals[0]) + least(large, goals[1]))
    strictest = least(pooled([small, large]), Goals(5, 0.95))
    assert told.low.fte < told.high.fte < 0.6 * strictest


@MODERATE
@given(st.lists(st.tuples(impatient, st.floats(5, 120), st.floats(0.3, 0.95)), min_size=1))
def test_the_lower_bound_is_never_above_the_upper(
    queues: list[tuple[Load, float, float]],
) -> None:
    told = bounds([load for load, _, _ in queues], [Goals(t, level) for _, t, level in queues])
    assert 0 <= told.low.fte <= told.high.fte
    assert (told.low.model, told.high.model) == ("erlang_a_pooled", "erlang_a_alone")


def test_one_unknown_patience_makes_both_bounds_erlang_c() -> None:
    known = CASE._replace(patience_s=100.0)
    told = bounds([CASE, known], [Goals(20, 0.8)] * 2)
    assert told.low.model == "erlang_c_pooled"
    assert told.high == (pytest.approx(2 * least(CASE, Goals(20, 0.8))), "erlang_c_alone")


def test_queues_without_contacts_need_nobody_and_other_intervals_are_refused() -> None:
    none = CASE._replace(contacts=0.0)
    assert bounds([none, none], [Goals(20, 0.8)] * 2).high.fte == 0
    assert bounds([none, CASE], [Goals(20, 0.8)] * 2).low.fte == least(CASE, Goals(20, 0.8))
    with pytest.raises(ValueError, match="concurrency"):
        pooled([CASE._replace(concurrency=0.0)])
    for loads in ([], [CASE, CASE._replace(interval_s=900.0)]):
        with pytest.raises(ValueError, match="one interval"):
            bounds(loads, [Goals(20, 0.8)] * len(loads))


@MODERATE
@given(chats, st.floats(0.3, 0.95))
def test_chats_need_between_what_slots_need_and_what_quicker_people_do(
    chat: Load, level: float
) -> None:
    told = chat_bounds(chat, Goals(30, level))
    assert told.high.fte == least(chat, Goals(30, level))
    slots = least(chat._replace(concurrency=1.0), Goals(30, level))
    # For whole people slots are never worse; between them both are straight lines, and may cross.
    assert slots / chat.concurrency <= ceil(told.high.fte - 1e-9) + 1e-6
    assert told.low.fte == min(slots / chat.concurrency, told.high.fte)
    if chat.concurrency == 1:
        assert told.low.fte == told.high.fte


def test_the_published_case_as_chats_of_two_at_once() -> None:
    told = chat_bounds(Load(100, 1800, 360, concurrency=2.0), Goals(20, 0.8))
    assert told.high == (pytest.approx(least(CASE, Goals(20, 0.8))), "erlang_c_shared_time")
    assert told.low.model == "erlang_c_slots"
    assert 10 < told.low.fte < told.high.fte
