"""Months as certification takes them: sums of their days, final only, complete or said to be not."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS
from schemas.payroll import PaidTime
from streams.certification.months import Owner
from streams.certification.months import read as value_of
from streams.figures import figures
from tests.month_records import at, plan_of, read, record, values, whole_month

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe")
HOUR_MS = 3_600_000
MARCH = at("2026-03-01")


@given(
    st.sampled_from(ZONES),
    st.sampled_from([3, 4, 10, 11]),
    st.lists(st.tuples(st.integers(0, 40 * 96), st.integers(1, 9), st.integers(0, 9)), max_size=30),
)
def test_a_month_is_the_sum_of_its_days_wherever_the_clock_changes(
    zone: str, number: int, told: list[tuple[int, int, int]]
) -> None:
    plan, origin = plan_of(zone), at(f"2026-{number:02}-01", zone) - 4 * 86_400_000
    buckets = {origin + n * BUCKET_MS: (offered, ans) for n, offered, ans in told}
    records = [record(ms, offered=o, ans=min(o, a)) for ms, (o, a) in sorted(buckets.items())]
    by_month: dict[str, Counter[str]] = {}
    for key, day in figures(records, plan, "day", "queue"):
        local = datetime.fromtimestamp(key.start_ms / 1000, ZoneInfo(zone))
        assert (local.hour, local.minute) == (0, 0)
        by_month.setdefault(f"{local:%Y-%m}", Counter()).update(day.columns)
    found = read(plan, records)
    months = {of: one for (of, owner), one in found.items() if owner.queue and "Q" not in of}
    assert {of: one.figure.columns for of, one in months.items()} == by_month
    quarters = {of: one for (of, owner), one in found.items() if owner.queue and "Q" in of}
    assert sum((Counter(one.figure.columns) for one in quarters.values()), Counter()) == sum(
        by_month.values(), Counter()
    )


@pytest.mark.parametrize(
    ("zone", "month", "buckets"),
    [
        ("Europe/Berlin", "2026-03", 31 * 96 - 4), ("Europe/Berlin", "2026-10", 31 * 96 + 4),
        ("Asia/Kathmandu", "2026-03", 31 * 96), ("Australia/Lord_Howe", "2026-04", 30 * 96 + 2),
    ],
)  # fmt: skip
def test_a_month_of_summer_time_is_complete_with_the_buckets_it_has(
    zone: str, month: str, buckets: int
) -> None:
    plan, records = plan_of(zone), whole_month(month, zone, offered=1)
    assert len(records) == buckets
    assert values(plan, records, month)["volume_offered"].completeness == 1
    short = values(plan, records[:-1], month)["volume_offered"].completeness
    assert short == pytest.approx(1 - 1 / buckets)


def test_a_ratio_of_a_month_is_that_of_its_sums_and_never_a_mean() -> None:
    records = [
        record(MARCH, offered=1092, ans_in_T1=726, ans=1000),
        record(MARCH + BUCKET_MS, offered=74, ans_in_T1=36, ans=60),
    ]
    found = values(plan_of(), records, "2026-03")["service_level"]
    assert (found.value, found.n, found.T) == (762 / 1166, 1166, "20")


def test_each_contact_is_held_against_the_t_in_force_when_it_came() -> None:
    middle = at("2026-03-16")
    targets = [{"thresholds_s": [20]},
               {"thresholds_s": [30, 20], "valid_from": "2026-03-16T00:00:00Z"}]  # fmt: skip
    records = [record(MARCH, offered=10, ans_in_T1=8),
               record(middle, offered=10, ans_in_T1=9, ans_in_T2=5)]  # fmt: skip
    found = values(plan_of(targets=targets), records, "2026-03")["service_level"]
    assert (found.value, found.T) == (17 / 20, "20, 30")


def test_no_contacts_are_no_data_and_no_records_are_unknown() -> None:
    nothing = values(plan_of(), whole_month("2026-03"), "2026-03")["service_level"]
    assert (nothing.value, nothing.known, nothing.n, nothing.completeness) == (None, True, 0, 1)
    elsewhere = [record(MARCH, queue="help", offered=1)]
    unknown = values(plan_of(), elsewhere, "2026-03")["service_level"]
    assert (unknown.value, unknown.known, unknown.completeness) == (None, False, 0)


def test_a_silent_feed_is_unknown_and_not_without_contacts() -> None:
    silent = [one._replace(completeness=0.0) for one in whole_month("2026-03")]
    found = values(plan_of(), silent, "2026-03")["service_level"]
    assert (found.value, found.known, found.completeness) == (None, False, 0)


def test_a_program_has_what_its_queues_groups_and_lines_have_together() -> None:
    records = [
        record(MARCH, offered=5, ans=4), record(MARCH, queue="help", offered=3),
        record(MARCH, "clipped", queue="desk", channel="staff", site="Oslo", paid_ms=60),
        record(MARCH, queue="", attempts=9), record(at("2026-02-11"), offered=1),
    ]  # fmt: skip
    found = read(plan_of(), sorted(records, key=lambda one: one.bucket_ms))
    for (_, key_figure), period in zip(
        figures(records, plan_of(), "quarter", "program"), ["2026-Q1"], strict=True
    ):
        assert found[period, Owner("shop")].figure == key_figure
    assert found["2026-03", Owner("shop")].figure.columns == {
        "offered": 8, "ans": 4, "attempts": 9, "paid_ms": 60,
    }  # fmt: skip


def test_what_is_not_final_is_left_out_and_the_month_says_so() -> None:
    records = whole_month("2026-03", offered=10, ans=9)
    records[-1] = record(records[-1].bucket_ms, state="PROVISIONAL", offered=5)
    found = values(plan_of(), records, "2026-03")["volume_offered"]
    assert (found.value, found.state) == (10, "PROVISIONAL")
    assert found.completeness is not None
    assert found.completeness < 1


def test_a_month_is_open_until_its_last_day_is_there() -> None:
    records = whole_month("2026-03", offered=1)
    assert values(plan_of(), records, "2026-03")["volume_offered"].state == "FINAL"
    before = [one for one in records if one.bucket_ms < at("2026-03-31")]
    assert values(plan_of(), before, "2026-03")["volume_offered"].state == "OPEN"


def test_a_restated_interval_restates_its_month_with_the_greatest_revision() -> None:
    records = whole_month("2026-03", offered=1)
    records[5] = record(records[5].bucket_ms, state="RESTATED", revision=3, offered=2)
    found = values(plan_of(), records, "2026-03")["volume_offered"]
    assert (found.value, found.state, found.revision) == (3, "RESTATED", 3)


def test_a_closed_queue_need_not_be_recorded() -> None:
    hours = {"days": ["mon"], "opens": "09:00", "closes": "10:00"}
    mondays = [at(f"2026-03-{day:02}T09:00") for day in (2, 9, 16, 23, 30)]
    opened = [record(day + n * BUCKET_MS, offered=1) for day in mondays for n in range(4)]
    late = [*opened, record(at("2026-03-31"), offered=0)]
    assert values(plan_of(opening_hours=hours), late, "2026-03")["asa"].completeness == 1
    missing = values(plan_of(opening_hours=hours), late[4:], "2026-03")["asa"].completeness
    assert missing == pytest.approx(17 / 21)


def test_contacts_of_unknown_outcome_make_a_month_less_complete() -> None:
    records = whole_month("2026-03", offered=100, ans=90, outcome_unknown=10)
    records[0] = records[0]._replace(completeness=0.9)
    assert values(plan_of(), records, "2026-03")["asa"].completeness == pytest.approx(0.9)


def test_attainment_of_a_month_is_the_share_of_its_planning_intervals_in_the_band() -> None:
    asked = 10 * BUCKET_MS
    people = [
        record(MARCH + n * BUCKET_MS, "clipped", queue="desk", channel="staff", site="Oslo",
               staffed_ms=there * BUCKET_MS, req_fte_ms=asked, sched_ms=1)
        for n, there in enumerate([12, 8, 10, 10, 5, 5, 20, 20])
    ]  # fmt: skip
    last = record(MARCH + 8 * BUCKET_MS, "clipped", queue="desk", channel="staff", sched_ms=1)
    found = read(plan_of(), [*people, last])["2026-03", Owner("shop", "", "desk")].figure
    assert (found.columns["n_in_band"], found.columns["n_int"]) == (2, 4)


def test_people_and_machines_are_as_complete_as_the_days_that_are_recorded() -> None:
    told = [
        record(at(f"2026-03-{day:02}T09:00"), "clipped", queue="desk", channel="staff", sched_ms=1)
        for day in (2, 31)
    ]
    assert read(plan_of(), told)["2026-03", Owner("shop", "", "desk")].completeness == 30 / 31
    probes = [record(at("2026-03-31"), "clipped", queue="bot", channel="conversational", up_ms=1)]
    assert read(plan_of(), probes)["2026-03", Owner("shop", "bot")].completeness == 1 / 31


def test_a_month_that_ends_on_a_day_off_is_over_when_the_next_day_is_there() -> None:
    hours = {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "09:00", "closes": "10:00"}
    plan = plan_of(opening_hours=hours)
    of_may = [record(at(f"2026-05-29T09:{n:02}"), offered=1) for n in (0, 15, 30, 45)]
    assert values(plan, of_may, "2026-05")["volume_offered"].state == "OPEN"
    june = record(at("2026-06-01T09:00"), offered=1)
    assert values(plan, [*of_may, june], "2026-05")["volume_offered"].state == "FINAL"


def test_utilization_over_payroll_is_unknown_until_payroll_has_told() -> None:
    person = record(MARCH, "clipped", queue="desk", channel="staff", paid_ms=8 * HOUR_MS,
                    logged_in_ms=8 * HOUR_MS, busy_union_ms=6 * HOUR_MS, avail_ms=HOUR_MS)  # fmt: skip
    kpi, owner = KPIS["utilization_payroll"], ("2026-03", Owner("shop", "", "desk"))
    assert value_of(read(plan_of(), [person])[owner], kpi) == (None, None, False)
    paid = PaidTime(program="shop", group="desk", first_day="2026-03-01", last_day="2026-03-01",
                    version=1, paid_ms=10 * HOUR_MS, published=0, source="pay")  # fmt: skip
    told = read(plan_of(), [person], paid)
    assert value_of(told[owner], kpi) == (0.7, 10.0, True)
