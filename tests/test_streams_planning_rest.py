"""The rest of the day from what was folded: patience, the level still needed, how the day will end."""

from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from kernels.columns import STAFF_ROW
from schemas.targets import Plan
from streams.planning.habits import LEAST_ABANDONED, habits
from streams.planning.rest import Rest, RestOfDay
from streams.planning.staffing import Goals, Load, performances, required
from streams.shard import Shard
from streams.view import QueueKey, View
from tests.shards import fed
from tests.test_streams_planning_book import HOUR_MS, forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls
from tests.views import MIDNIGHT_MS, WEB, cells, key, view

NOON = START + HALF_HOUR_MS
PLAN: dict[str, Any] = {
    "programs": {"bank": {"reforecast_prior": 100}},
    "queues": {
        name: {
            "program": "bank",
            "targets": [{"thresholds_s": [20], "service_level": 0.8}],
        }
        for name in ("cards", "loans")
    },
    "groups": [{"program": "bank", "group": "desk", "serves": ["cards"]}],
}


def shift(people: int) -> list[dict[str, Any]]:
    return [
        {
            "type": "scheduled", "v": 1, "id": f"p{number}", "time": 0, "source": "wfm",
            "program": "bank", "group": "desk", "staff": f"p{number}", "day": "1970-01-02",
            "version": 1, "activity": "work", "start": START - HOUR_MS, "end": START + 4 * HOUR_MS,
        }
        for number in range(people)
    ]  # fmt: skip


def lost(count: int, wait_s: int = 60, queue: str = "cards") -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for number in range(count):
        head = {"v": 1, "source": "acd", "program": "bank", "contact": f"{queue}-lost-{number}"}
        at = START + number * 1000
        told.append({**head, "type": "queued", "id": "q", "time": at, "queue": queue})
        told.append({**head, "type": "disconnected", "id": "d", "time": at + wait_s * 1000,
                     "by": "customer"})  # fmt: skip
    return told


def floor(
    planned: list[dict[str, Any]], happened: list[dict[str, Any]], people: int = 0,
    plan: dict[str, Any] = PLAN,
) -> Shard:  # fmt: skip
    shard = Shard(Plan.model_validate(plan))
    fed(shard, [*planned, *shift(people)], "plan")
    beat = {"type": "heartbeat", "time": NOON, "source": "acd", "program": "bank"}
    return fed(shard, [*sorted(happened, key=lambda event: event["time"]), beat])


def rest(shard: Shard, now_ms: int = NOON) -> Rest:
    told = RestOfDay(shard.plan)(shard.view(now_ms))
    assert told is not None
    return told


HOURS = [forecast(START + n * HALF_HOUR_MS, 1, 0, 100) for n in range(3)]


def test_the_rest_of_a_day_is_required_and_predicted_from_what_came() -> None:
    told = rest(floor(HOURS, [*calls(110), *lost(10)], people=16))
    contacts = 100 * (100 + 120) / (100 + 100)
    assert told.ahead.volume.contacts == pytest.approx([contacts, contacts])
    assert told.habits.patience_from == ("measured",)
    assert told.habits.patience_s == pytest.approx([(110 * 0.01 + 10 * 60) / 10])
    load = Load(contacts, 1800, float(told.ahead.volume.aht_s[0]), float(told.habits.patience_s[0]))
    assert told.ahead.required == pytest.approx([required([load], [Goals(20, 0.8)])[0]] * 2)
    (one,) = performances([load], [16.0], [20.0])
    assert told.ahead.staff == pytest.approx([16.0, 16.0])
    assert told.ahead.level_low == pytest.approx([one.level] * 2)
    assert told.ahead.abandonment_high == pytest.approx([one.abandonment] * 2)
    assert told.ahead.occupancy == pytest.approx([one.occupancy] * 2)
    assert told.models(0) == "erlang_a"


def test_the_level_needed_is_what_is_missing_over_what_is_to_come() -> None:
    told = rest(floor(HOURS, [*calls(110), *lost(10)], people=16))
    assert told.levels.offered == 120 and told.levels.in_t == 110
    assert told.levels.needed == pytest.approx([(0.8 * (120 + 220) - 110) / 220])
    level = told.ahead.level_low[0]
    assert told.levels.low == told.levels.high == pytest.approx([(110 + 220 * level) / 340])


def test_a_target_that_changes_within_the_day_counts_for_its_own_part() -> None:
    def target(level: float, since: str) -> dict[str, Any]:
        return {"thresholds_s": [20], "service_level": level, "valid_from": since}

    targets = [target(0.8, "1970-01-01T00:00:00Z"), target(0.9, "1970-01-02T11:00:00Z")]
    plan = {**PLAN, "queues": {"cards": {"program": "bank", "targets": targets}}}
    told = rest(floor(HOURS, calls(100), plan=plan))
    goal = 0.8 * 100 + 0.8 * 100 + 0.9 * 100
    assert told.levels.needed == pytest.approx([(goal - 100) / 200])


def test_nothing_is_needed_without_a_target_and_nothing_predicted_without_a_schedule() -> None:
    told = rest(floor(HOURS, calls(100), plan={"programs": PLAN["programs"]}))
    assert np.isnan([told.levels.needed, told.levels.low, told.ahead.required[:1]]).all()
    told = rest(floor(HOURS, calls(100)))
    assert np.isnan(told.levels.low).all() and np.isfinite(told.levels.needed).all()


@pytest.mark.parametrize(
    ("left", "setting", "source", "model"),
    [
        (LEAST_ABANDONED, None, "measured", "erlang_a"),
        (LEAST_ABANDONED - 1, None, "unknown", "erlang_c"),
        (LEAST_ABANDONED, 45.0, "setting", "erlang_a"),
    ],
)
def test_patience_is_believed_from_ten_who_left_on_and_a_setting_always(
    left: int, setting: float | None, source: str, model: str
) -> None:
    queue = {**PLAN["queues"]["cards"], "patience_s": setting}
    told = rest(floor(HOURS, [*calls(50), *lost(left)], plan={**PLAN, "queues": {"cards": queue}}))
    assert (told.habits.patience_from, told.models(0)) == ((source,), model)


def test_a_small_queue_has_the_patience_of_those_it_shares_people_with() -> None:
    groups = [{"program": "bank", "group": "desk", "serves": ["cards", "loans"]}]
    planned = [*HOURS, *(forecast(START + n * HALF_HOUR_MS, 1, 0, 10, queue="loans", id=f"l{n}")
                         for n in range(3))]  # fmt: skip
    happened = [*lost(12, 60), *lost(2, 30, "loans")]
    told = rest(floor(planned, happened, people=9, plan={**PLAN, "groups": groups}))
    of = dict(zip([key.queue for key in told.curves.keys], told.habits.patience_from, strict=True))
    assert of == {"cards": "measured", "loans": "pool"}
    assert sorted(told.habits.patience_s) == pytest.approx([(12 * 60 + 2 * 30) / 14, 60])
    assert told.models(0) == "erlang_a_alone..pooled"


def test_it_is_worked_out_once_a_minute_and_when_a_figure_of_the_plan_comes() -> None:
    shard = floor(HOURS, calls(100))
    of = RestOfDay(shard.plan)
    first = of(shard.view(NOON))
    assert of(shard.view(NOON + 59_000)) is first
    later = of(shard.view(NOON + 60_000))
    assert later is not first
    fed(shard, [forecast(START + 2 * HALF_HOUR_MS, 2, NOON, 300)], "plan")
    edited = of(shard.view(NOON + 61_000))
    assert edited is not later and edited is not None
    assert edited.ahead.volume.contacts[-1] == pytest.approx(300)
    fed(shard, shift(3), "plan")
    assert of(shard.view(NOON + 62_000)) is not edited


def test_who_reads_does_not_work_it_out_while_it_is_kept() -> None:
    shard = floor(HOURS, calls(100))
    views: list[View] = [shard.view(NOON)]
    of, stopping = RestOfDay(shard.plan), Event()
    keeper = Thread(target=of.keep, args=(lambda: views[-1], stopping, 0.01))
    keeper.start()
    try:
        while (first := of(views[0])) is None:
            stopping.wait(0.01)
        views.append(shard.view(NOON + 60_000))
        assert of(views[0]) is first or of(views[0]) is not None
        while of(views[1]) is first:
            stopping.wait(0.01)
    finally:
        stopping.set()
        keeper.join()


def test_what_fails_leaves_no_old_figures_behind(caplog: pytest.LogCaptureFixture) -> None:
    shard = floor(HOURS, calls(100))
    seen, stopping = shard.view(NOON), Event()
    of = RestOfDay(shard.plan)
    assert of(seen) is not None

    def broken() -> View:
        stopping.set()
        raise RuntimeError("no view")

    of.keep(broken, stopping, 0.0)
    assert of(seen) is None
    assert "working out the rest of the day failed" in caplog.text


def test_a_worker_too_busy_to_be_viewed_is_no_fault_and_leaves_no_old_figures(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shard = floor(HOURS, calls(100))
    seen, stopping = shard.view(NOON), Event()
    of = RestOfDay(shard.plan)
    assert of(seen) is not None

    def busy() -> View:
        stopping.set()
        raise TimeoutError

    of.keep(busy, stopping, 0.0)
    assert of(seen) is None
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]


def test_now_count_those_who_are_there_and_later_a_part_of_those_who_did_not_come() -> None:
    shard = floor(HOURS, calls(100), people=16)
    states = [
        {
            "type": "staff_state", "v": 1, "id": "s", "time": START - HOUR_MS, "source": "hr",
            "program": "bank", "group": "desk", "staff": f"p{number}", "state": "available",
        }
        for number in range(8)
    ]  # fmt: skip
    beat = {"type": "heartbeat", "time": NOON, "source": "hr", "program": "bank"}
    fed(shard, [*states, beat], "staff")
    scheduled, came = 16 * 1.5, 8 * 1.5  # hours up to now
    assert rest(shard).ahead.staff == pytest.approx([8, 16 * (8 + came) / (8 + scheduled)])


def test_a_schedule_of_work_only_loses_the_forecasts_shrinkage() -> None:
    planned = [{**one, "shrinkage_permille": 250} for one in HOURS]
    assert rest(floor(planned, calls(100), people=16)).ahead.staff == pytest.approx([12, 12])


@pytest.mark.parametrize(
    ("concurrency", "source", "model"),
    [(2.0, "setting", "erlang_c_shared_time"), (None, "plan", "erlang_c")],
)
def test_people_with_several_chats_at_once_are_told_as_approximate(
    concurrency: float | None, source: str, model: str
) -> None:
    queue = {"program": "bank", "channel": "chat", "concurrency": concurrency}
    planned = [{**one, "channel": "chat"} for one in HOURS]
    told = rest(floor(planned, [], plan={**PLAN, "queues": {"cards": queue}}))
    assert (told.habits.concurrency_from, told.models(0)) == ((source,), model)


def test_without_a_plan_of_today_there_is_no_rest_of_it() -> None:
    shard = floor([], calls(10))
    assert RestOfDay(shard.plan)(shard.view(NOON)) is None


def test_concurrency_is_that_of_all_who_take_the_queues_chats() -> None:
    groups = [{"program": "bank", "group": "web-desk", "serves": ["web"]}]
    plan = Plan.model_validate(
        {"queues": {"web": {"program": "bank", "channel": "chat"}}, "groups": groups}
    )
    desk = QueueKey("bank", "web-desk", "staff")
    rows = {
        key(desk, MIDNIGHT_MS, "north"): {"sess_ms": 5_000_000, "chat_busy_union_ms": 2_000_000},
        key(desk, MIDNIGHT_MS, "south"): {"sess_ms": 1_000_000, "chat_busy_union_ms": 1_000_000},
        key(desk._replace(queue="other"), MIDNIGHT_MS): {"sess_ms": 9, "chat_busy_union_ms": 1},
    }
    found = habits(
        view(day_staff=cells(STAFF_ROW, rows)), plan, [key(WEB, 0)], np.zeros(1, np.int64)
    )
    assert found.concurrency == pytest.approx([2.0])
    assert found.concurrency_from == ("measured",)
    few = {at: {name: value // 10 for name, value in row.items()} for at, row in rows.items()}
    found = habits(
        view(day_staff=cells(STAFF_ROW, few)), plan, [key(WEB, 0)], np.zeros(1, np.int64)
    )
    assert np.isnan(found.concurrency).all() and found.concurrency_from == ("plan",)
