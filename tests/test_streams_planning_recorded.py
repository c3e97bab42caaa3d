"""Recorded intervals beside the plan: what is not there is unknown, and people are parted by the plan."""

from typing import Any

import pytest

from schemas.targets import Plan
from streams.close import Record
from streams.planning.diagnosis import NO_CONTACTS, NO_FORECAST, NO_STAFF_PLAN, UNKNOWN, diagnosis
from streams.planning.recorded import Floor, Interval, handle_time, intervals, totals
from streams.view import CellKey, Planned

QUARTER_MS = 900_000
CARDS, LOANS = (CellKey("bank", name, "voice", "", 0) for name in ("cards", "loans"))
DESK = CellKey("bank", "desk", "staff", "", 0)


def record(
    key: CellKey, bucket: int, basis: str = "arrival", site: str = "", **columns: int
) -> Record:
    return Record(
        key.program, key.queue, key.channel, site, bucket * QUARTER_MS, basis, 1, "FINAL", 1.0,
        columns, {}, None, "", 0,
    )  # fmt: skip


def forecast(
    start: int, contacts: float, aht_s: float | None = 180.0, basis: str = "end"
) -> Planned:
    begin = start * QUARTER_MS
    return Planned(begin, begin + 2 * QUARTER_MS, contacts, aht_s, basis, 0.0, 1.0, 1, 0)


def plan_of(**desk: Any) -> Plan:
    queues = {name: {"program": "bank"} for name in ("cards", "loans")}
    groups = [{"program": "bank", "group": DESK.queue, **desk}]
    return Plan.model_validate({"queues": queues, "groups": groups})


def read(
    records: list[Record], curves: dict[CellKey, tuple[Planned, ...]], plan: Plan | None = None,
    asked: dict[CellKey, tuple[Planned, ...]] | None = None, queue: CellKey = CARDS,
) -> list[Interval]:  # fmt: skip
    plan, kept = plan or Plan(), totals(records)
    floor = Floor(plan, curves, asked or {}, kept)
    return intervals(plan, queue, curves.get(queue, ()), floor, kept, 0, 100 * QUARTER_MS)


def people(bucket: int, fte: float, site: str = "", **more: int) -> Record:
    return record(DESK, bucket, "clipped", site, staffed_ms=round(fte * QUARTER_MS), **more)


def test_an_interval_of_which_a_quarter_is_missing_is_unknown_and_not_half() -> None:
    half = [record(CARDS, 0, offered=5)]
    (one,) = read(half, {CARDS: (forecast(0, 10),)})
    assert (one.offered, one.state, one.aht_s) == (None, "unknown", None)
    (one,) = read([*half, record(CARDS, 1, offered=0)], {CARDS: (forecast(0, 10),)})
    assert (one.offered, one.state) == (5, "FINAL")


def test_handle_time_is_of_the_forecasts_basis_and_time_without_a_count_has_no_mean() -> None:
    sums = {"talk_ms": 100_000, "acw_ms": 20_000, "handled": 2, "cohort_handle_ms": 90_000}
    assert handle_time(sums, "end") == 60
    assert handle_time(sums | {"cohort_handled": 3}, "cohort") == 30
    assert handle_time(sums, "clipped") is None
    assert handle_time({}, "end") is None


def test_where_no_forecast_is_the_programs_planning_intervals_stand() -> None:
    told = [record(CARDS, n, offered=1) for n in range(4)]
    found = read(told, {CARDS: (forecast(2, 10),)})
    assert [(one.start_ms // QUARTER_MS, one.planned is not None) for one in found] == [
        (0, False), (2, True),
    ]  # fmt: skip


def test_people_of_one_queue_are_all_its_own_without_those_lent_to_others() -> None:
    told = [record(CARDS, n, offered=1) for n in (0, 1)]
    told += [people(0, 6, "oslo"), people(0, 2, "rome"), people(1, 6, "oslo", lent_ms=QUARTER_MS)]
    (one,) = read(told, {CARDS: (forecast(0, 10),)})
    assert one.staff == (8 + 5) / 2


def test_work_for_a_program_that_a_group_serves_by_plan_is_not_lent() -> None:
    queues = {"cards": {"program": "shop"}}
    told = [record(CARDS._replace(program="shop"), n, offered=1) for n in (0, 1)]
    told += [people(n, 6, lent_ms=QUARTER_MS) for n in (0, 1)]
    groups = [{"program": "bank", "group": "desk", "serves": ["cards"]}]
    plan = Plan.model_validate({"programs": {"bank": {}}, "queues": queues, "groups": groups})
    (one,) = read(told, {}, plan, queue=CARDS._replace(program="shop"))
    assert one.staff == 6


def test_chats_to_come_are_held_at_once_as_those_recorded_and_a_setting_stands_above() -> None:
    chat = CellKey("bank", "web", "chat", "", 0)
    told = [record(chat, n, offered=1) for n in (0, 1)]
    told += [people(n, 4, sess_ms=300, chat_busy_union_ms=100 * (n + 1)) for n in (0, 1)]
    curves = {chat: (forecast(0, 10), forecast(2, 10))}
    assert [one.concurrency for one in read(told, curves, queue=chat)] == [2, 2]
    queues = {"web": {"program": "bank", "channel": "chat", "concurrency": 1.5}}
    found = read(told, curves, Plan.model_validate({"queues": queues}), queue=chat)
    assert [one.concurrency for one in found] == [1.5, 1.5]


def test_people_of_several_queues_count_for_each_by_its_share_of_the_planned_work() -> None:
    curves = {CARDS: (forecast(0, 30),), LOANS: (forecast(0, 10),)}
    told = [record(queue, n, offered=1) for queue in (CARDS, LOANS) for n in (0, 1)]
    told += [people(n, 8) for n in (0, 1)]
    asked = {DESK._replace(site="oslo"): (forecast(0, 12, None),)}
    for queue, share in ((CARDS, 0.75), (LOANS, 0.25)):
        (one,) = read(told, curves, asked=asked, queue=queue)
        assert one.staff == pytest.approx(8 * share)
        assert one.planned_staff["required"] == pytest.approx(12 * share)
    (one,) = read(told, curves, plan_of(serves=["cards"]))
    assert one.staff == 8
    (one,) = read(told, curves, plan_of(serves=["cards"]), queue=LOANS)
    assert one.staff is None
    (one,) = read(told, curves, plan_of(shares={"cards": 0.6, "loans": 0.4}), queue=LOANS)
    assert one.staff == pytest.approx(8 * 0.4)
    floor = Floor(Plan(), curves, {}, totals(told))
    assert floor.sharers(CARDS) == [LOANS]
    assert Floor(plan_of(serves=["cards"]), curves, {}, totals(told)).sharers(CARDS) == []
    (alone,) = read(told, {CARDS: curves[CARDS]}, queue=LOANS)
    assert alone.staff is None  # it shares them, and nobody planned how


def test_chats_are_held_at_once_as_measured_and_calls_never() -> None:
    chat = CellKey("bank", "web", "chat", "", 0)
    told = [record(queue, n, offered=1) for queue in (CARDS, chat) for n in (0, 1)]
    told += [people(0, 4, sess_ms=500, chat_busy_union_ms=200), people(1, 4, sess_ms=100,
                                                                      chat_busy_union_ms=100)]  # fmt: skip
    curves = {CARDS: (forecast(0, 10),), chat: (forecast(0, 10),)}
    held = [read(told, curves, queue=queue)[0].concurrency for queue in (chat, CARDS)]
    assert held == [2, None]
    nobody = [record(chat, n, offered=1) for n in (0, 1)]
    assert read(nobody, curves, queue=chat)[0].concurrency is None


def test_a_group_serves_at_each_site_what_the_plan_says_of_that_site() -> None:
    plan = Plan.model_validate({
        "queues": {"cards": {"program": "bank"}, "loans": {"program": "bank"}},
        "programs": {"bank": {}, "house": {}},
        "groups": [
            {"program": "bank", "group": "desk", "sites": ["oslo"], "serves": ["cards"]},
            {"program": "bank", "group": "desk", "sites": ["rome"], "shares": {"loans": 0.5}},
            {"program": "house", "group": "spare", "serves": ["loans"]},
        ],
    })  # fmt: skip
    told = [record(queue, n, offered=1) for queue in (CARDS, LOANS) for n in (0, 1)]
    spare = DESK._replace(program="house", queue="spare")
    told += [people(n, 6, "oslo") for n in (0, 1)] + [people(n, 4, "rome") for n in (0, 1)]
    told += [record(spare, n, "clipped", staffed_ms=3 * QUARTER_MS) for n in (0, 1)]
    staff = [read(told, {}, plan, queue=queue)[0].staff for queue in (CARDS, LOANS)]
    assert staff == [6, 2 + 3]
    everywhere = {DESK: (forecast(0, 12, None),)}  # of no site: both sites would have to serve it
    assert read(told, {}, plan, everywhere)[0].planned_staff["required"] is None


def test_people_that_several_queues_share_without_a_plan_are_unknown() -> None:
    told = [record(queue, n, offered=1) for queue in (CARDS, LOANS) for n in (0, 1)]
    (one,) = read([*told, *(people(n, 8) for n in (0, 1))], {})
    assert one.staff is None


def test_planned_staff_come_from_what_is_required_or_asked_or_scheduled() -> None:
    told = [record(CARDS, n, offered=1) for n in (0, 1)]
    hour = {"req_fte_ms": 7 * QUARTER_MS, "sched_work_ms": 9 * QUARTER_MS}
    hour |= {"sched_ms": 10 * QUARTER_MS}
    told += [people(n, 8, **hour) for n in (0, 1)]
    (one,) = read(told, {CARDS: (forecast(0, 10),)})
    told_of = {"required": None, "requested": 7, "scheduled": 9, "heads": 10}
    assert one.planned_staff == told_of
    assert diagnosis([one]).against == "requested"
    assert diagnosis([one], "scheduled").findings[0].case.planned_staff == 9  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("records", "curve", "reason"),
    [
        ([], forecast(0, 10), UNKNOWN),
        ([1, 1], None, NO_FORECAST),
        ([1, 1], forecast(0, 10, None), NO_FORECAST),
        ([1, 1], forecast(0, 10), NO_STAFF_PLAN),
        ([0, 0], forecast(0, 10), NO_CONTACTS),
    ],
)
def test_an_interval_that_cannot_be_compared_says_why(
    records: list[int], curve: Planned | None, reason: str
) -> None:
    told = [record(CARDS, n, offered=offered) for n, offered in enumerate(records)]
    asked: dict[CellKey, Any] = {DESK: (forecast(0, 3),)} if reason == NO_CONTACTS else {}
    (one,) = read(told, {CARDS: (curve,)} if curve else {}, asked=asked)
    found = diagnosis([one])
    assert (found.findings[0].without, found.pooled) == (reason, None)


def test_patience_is_that_of_all_the_intervals_together_unless_it_is_given() -> None:
    told = [
        record(CARDS, n, offered=9, abn=1, wait_ans_ms=50_000, wait_abn_ms=10_000) for n in (0, 1)
    ]
    (one,) = read(told, {CARDS: (forecast(0, 10),)}, asked={DESK: (forecast(0, 3),)})
    assert diagnosis([one]).patience_s == 60
    assert diagnosis([one], patience_s=90).patience_s == 90
    assert diagnosis([one._replace(abandoned=0)]).pooled.model == "erlang_c"  # type: ignore[union-attr]
