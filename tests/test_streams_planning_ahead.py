"""All queues at once give what one interval after the other gives, and unknown stays unknown."""

from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.targets import Plan
from streams.planning.ahead import Ahead, Today, ahead
from streams.planning.curves import curves_of
from streams.planning.net import net_staff
from streams.planning.pools import pools_of
from streams.planning.presence import Presence
from streams.planning.shared import bounds
from streams.planning.spread import Days
from streams.planning.staffing import Goals, Load, performances, required, spread
from streams.view import CellKey, DayPlan, Planned
from tests.rest_of_day import made, slowly
from tests.test_naive import MODERATE

QUARTER_MS = 900_000
SALES, RETURNS = Load(60, 900, 180, 120), Load(25, 900, 300, 90)


@MODERATE
@given(st.integers(0, 10_000), st.sampled_from([30.0, 120.0, inf]))
def test_a_rest_of_day_at_once_is_that_of_each_interval_alone(seed: int, patience_s: float) -> None:
    day = made(6, 5, seed, patience_s)
    told = ahead(day.curves, day.today, day.pools, day.people)
    of = told.volume
    fast = np.stack(
        (of.contacts, of.low, of.high, of.aht_s, told.required, told.level_low,
         told.abandonment_low)
    )  # fmt: skip
    slow = np.array([one for queue in range(6) for one in slowly(day, queue, 5)]).T
    assert np.abs(fast - slow).max() < 0.001
    assert (told.level_low == told.level_high).all()


def plan(queues: dict[str, Any], groups: list[dict[str, Any]]) -> Plan:
    listed = {name: {"program": "shop", **of} for name, of in queues.items()}
    of = [{"program": "shop", **group} for group in groups]
    return Plan.model_validate({"queues": listed, "groups": of})


def goal(level: float, within_s: float, **more: Any) -> dict[str, Any]:
    return {"targets": [{"thresholds_s": [within_s], "service_level": level}], **more}


BOTH = {"sales": goal(0.8, 20), "returns": goal(0.7, 40)}
TOGETHER = [{"group": "tier1", "serves": ["sales", "returns"]}]


def worked_out(
    of: Plan,
    loads: dict[str, Load],
    fte: list[float],
    kept: float | list[float] = 1.0,
    now: int = 0,
) -> Ahead:
    """One interval of each queue, with so many people of each group scheduled to work."""
    keys = [CellKey("shop", name, of.queues[name].channel, "", 0) for name in loads]
    day = {
        key: (Planned(0, QUARTER_MS, load.contacts, load.aht_s or None, "end", 0.25, 1.0, 1, 0),)
        for key, load in zip(keys, loads.values(), strict=True)
    }
    many = np.zeros(len(keys))
    waits = [nan if load.patience_s is None else load.patience_s for load in loads.values()]
    held = [nan if load.concurrency == 1 else load.concurrency for load in loads.values()]
    days = Days(
        np.zeros((len(keys), 0)), np.zeros((len(keys), 0)), np.zeros((0, 0)), many + 1, many
    )
    today = Today(
        np.full(len(keys), now), many, many, many, days, many, many + 1, np.array(waits), np.array(held), many + 4, many + 1800,
    )  # fmt: skip
    work = np.array([[0.0, one * QUARTER_MS] for one in fte]).reshape(-1, 2)
    each = np.full(len(fte), 1.0)
    people = Presence(0, work / 0.75, work, each > 0, each * np.array(kept), -1, each * nan)
    curves = curves_of(DayPlan(day, {}), of)
    return ahead(curves, today, pools_of(of, curves.keys), people)


def test_queues_that_share_people_require_between_one_queue_and_each_alone() -> None:
    told = worked_out(plan(BOTH, TOGETHER), {"sales": SALES, "returns": RETURNS}, [24.0])
    wanted = bounds([SALES, RETURNS], [Goals(20, 0.8), Goals(40, 0.7)])
    assert told.spans.low[0] == pytest.approx(wanted.low.fte)
    assert told.spans.high[0] == pytest.approx(wanted.high.fte)
    assert told.required.sum() == pytest.approx(wanted.high.fte)


def test_their_level_lies_between_a_part_of_the_staff_each_and_all_of_it_as_one() -> None:
    told = worked_out(plan(BOTH, TOGETHER), {"sales": SALES, "returns": RETURNS}, [22.0])
    assert told.staff.sum() == pytest.approx(22.0)
    part = 22.0 * told.required / told.required.sum()
    assert told.staff == pytest.approx(part)
    alone = performances([SALES, RETURNS], part.tolist(), [20, 40])
    pooled = Load(85, 900, (60 * 180 + 25 * 300) / 85, (60 * 120 + 25 * 90) / 85)
    as_one = performances([pooled, pooled], [22.0, 22.0], [20, 40])
    both = np.array([[one.level for one in alone], [one.level for one in as_one]])
    assert told.level_low == pytest.approx(both.min(axis=0))
    assert told.level_high == pytest.approx(both.max(axis=0))
    assert told.occupancy == pytest.approx([one.occupancy for one in as_one])


def test_one_unknown_patience_makes_erlang_c_of_the_whole_pool() -> None:
    told = worked_out(
        plan(BOTH, TOGETHER), {"sales": SALES, "returns": RETURNS._replace(patience_s=None)}, [24.0]
    )
    assert not told.impatient.any()
    alone = required([SALES._replace(patience_s=None)], [Goals(20, 0.8)])
    assert told.required[0] == pytest.approx(alone[0])


def test_own_people_come_first_and_shared_ones_where_they_are_lacking() -> None:
    groups = [{"group": "own", "serves": ["sales"]}, *TOGETHER]
    told = worked_out(plan(BOTH, groups), {"sales": SALES, "returns": RETURNS}, [12.0, 6.0])
    lack = np.maximum(0, told.required - [12.0, 0.0])
    assert told.staff == pytest.approx([12.0, 0.0] + 6.0 * lack / lack.sum())


def test_parts_of_a_groups_time_are_staff_of_their_own() -> None:
    groups = [{"group": "tier1", "shares": {"sales": 0.7, "returns": 0.3}}]
    told = worked_out(plan(BOTH, groups), {"sales": SALES, "returns": RETURNS}, [20.0])
    assert told.staff == pytest.approx([14.0, 6.0])
    assert not told.spans.shared.any()
    assert told.level_low == pytest.approx(told.level_high)


def test_staff_that_did_not_keep_its_schedule_is_expected_to_go_on_so() -> None:
    groups = [{"group": "tier1", "serves": ["sales"]}]
    told = worked_out(plan({"sales": BOTH["sales"]}, groups), {"sales": SALES}, [20.0], kept=0.9)
    assert told.staff == pytest.approx([18.0])


@pytest.mark.parametrize(
    ("groups", "fte"),
    [
        ([], []),
        ([{"group": "tier1", "serves": ["sales"]}], [nan]),
        ([{"group": "tier1", "serves": ["sales", "chat"]}], [20.0]),
    ],
)
def test_staff_that_nobody_knows_or_whose_other_work_nobody_knows_predicts_nothing(
    groups: list[dict[str, Any]], fte: list[float]
) -> None:
    of = plan({"sales": BOTH["sales"], "chat": goal(0.8, 60, channel="chat")}, groups)
    told = worked_out(of, {"sales": SALES}, fte)
    assert np.isnan([told.staff, told.level_low, told.level_high, told.occupancy]).all()
    assert told.required == pytest.approx(required([SALES], [Goals(20, 0.8)]))


def test_nothing_is_required_where_nothing_is_promised_or_no_handle_time_is_known() -> None:
    of = plan({"sales": {}, "returns": goal(0.7, 40)}, TOGETHER)
    told = worked_out(of, {"sales": SALES, "returns": RETURNS._replace(aht_s=0)}, [20.0])
    assert np.isnan(told.required).all()
    assert np.isnan([told.spans.low, told.spans.high]).all()
    assert np.isfinite(told.level_low[0]) and np.isnan(told.level_low[1])


def test_a_cap_on_occupancy_requires_more_and_chats_share_a_person() -> None:
    of = plan({"chat": goal(0.8, 60, channel="chat", occupancy_max=0.6)}, [])
    chat = Load(40, 900, 500, 200, 2.5)
    told = worked_out(of, {"chat": chat}, [])
    assert told.required == pytest.approx(required([chat], [Goals(60, 0.8, occupancy=0.6)]))
    assert told.required[0] > required([chat], [Goals(60, 0.8)])[0] + 1


def test_deferred_work_is_spread_until_it_is_due_and_has_no_level() -> None:
    of = plan({"mail": {"channel": "messaging", "deferred": True, "occupancy_max": 0.9}}, [])
    told = worked_out(of, {"mail": Load(30, 900, 300)}, [])
    waiting = 4 * 300 / 3  # of three quarters in which the four that wait are due
    assert told.required == pytest.approx(spread(np.array([waiting]), 900.0, 0.9))
    assert np.isnan(told.level_high).all()


def test_net_staff_of_a_group_is_what_is_there_less_its_part_of_the_requirement() -> None:
    groups = [{"group": "a", "serves": ["sales", "returns"]}, {"group": "b", "serves": ["sales"]}]
    of = plan(BOTH, groups)
    told = worked_out(of, {"sales": SALES, "returns": RETURNS}, [15.0, 5.0])
    keys = [CellKey("shop", name, "voice", "", 0) for name in BOTH]
    net = net_staff(pools_of(of, keys), told)
    assert net.heads == pytest.approx([20.0, 20.0 / 3])
    assert net.there == pytest.approx([15.0, 5.0])
    assert net.high == pytest.approx(told.spans.high[0] * np.array([0.75, 0.25]))
    assert net.loaded_low == pytest.approx(told.spans.low[0] * np.array([0.75, 0.25]) / 0.75)
    assert net.at(0, 0) == 0 and net.at(1, QUARTER_MS - 1) == 1 and net.at(0, QUARTER_MS) is None


def test_a_group_that_is_lost_lacks_its_part_of_what_the_pool_requires() -> None:
    groups = [{"group": "a", "serves": ["sales", "returns"]}, {"group": "b", "serves": ["sales"]}]
    of = plan(BOTH, groups)
    told = worked_out(of, {"sales": SALES, "returns": RETURNS}, [15.0, 5.0], kept=[1.0, 0.0])
    net = net_staff(pools_of(of, [CellKey("shop", name, "voice", "", 0) for name in BOTH]), told)
    assert net.there == pytest.approx([15.0, 0.0])
    assert net.high == pytest.approx(told.spans.high[0] * np.array([0.75, 0.25]))


def test_an_interval_begun_asks_for_what_is_left_at_the_rate_of_what_is_left() -> None:
    of = plan({"sales": BOTH["sales"]}, [{"group": "tier1", "serves": ["sales"]}])
    told = worked_out(of, {"sales": SALES}, [16.0], now=QUARTER_MS // 3)
    # Nothing should have come in the first third by this made-up day, so all comes in the rest.
    left = SALES._replace(interval_s=600.0)
    assert told.required == pytest.approx(required([left], [Goals(20, 0.8)]))
