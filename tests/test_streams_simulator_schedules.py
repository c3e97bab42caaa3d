"""Schedules, requested FTE, what people make of them, and the truth about all of it."""

import json
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.keys import BUCKET_MS
from streams.cli import app
from streams.simulator.center import Center
from streams.simulator.files import write_files
from streams.simulator.settings import SimulatorSettings
from streams.simulator.shifts import Piece
from streams.simulator.staff import Group, Person
from streams.simulator.staff_truth import Deed, StaffTruth
from tests.people import (
    BAD_DAY,
    CALM,
    HOUR_MS,
    MINUTE_MS,
    NIGHTS,
    START_MS,
    after,
    day,
    midnight_ms,
    schedules,
    timelines,
    told,
    totals,
    truth,
    versions,
)
from tests.staff_recount import PAUSES, recounted


@pytest.mark.parametrize(
    ("settings", "hours"),
    [
        *((CALM, hours) for hours in (8.01, 12.123, 24)),
        *((BAD_DAY, hours) for hours in (11.4, 13.02, 24, 33, 34, 62)),
        *((NIGHTS, hours) for hours in (3.3, 30.5)),
    ],
)
def test_a_recount_of_the_events_finds_what_the_center_knows_of_its_people(
    settings: SimulatorSettings, hours: float
) -> None:
    # None of these moments lies in a silence, so every event has been sent.
    events, center = day(settings, hours)
    assert truth(center) == recounted(events, settings.zone, after(hours)) != {}


def test_a_center_begun_in_the_middle_of_the_day_plans_what_is_left_of_it() -> None:
    center = Center(CALM)
    center.begin(after(13.3))
    events = center.advance(after(26))
    schedule = [event for event in events if event["type"] == "scheduled"]
    assert truth(center) == recounted(events, CALM.zone, after(26))
    assert min(row["start"] for row in schedule if row["end"] > row["start"]) == after(13.3)
    assert {row["time"] < midnight_ms(row["day"]) for row in schedule} == {True, False}


def test_states_add_up_to_the_time_people_were_logged_in() -> None:
    for settings in (CALM, BAD_DAY, NIGHTS):
        rows = truth(day(settings)[1])
        for columns in rows.values():
            have = Counter(columns)
            pauses = sum(have[f"aux_{name}_ms"] for name in (*PAUSES, "other"))
            assert have["logged_in_ms"] == have["avail_ms"] + have["busy_union_ms"] + pauses
            spoken = have["staff_handle_ms"] + have["staff_acw_ms"]
            assert have["busy_union_ms"] == spoken + have["aux_customer_work_ms"]
            assert have["staffed_ms"] == have["avail_ms"] + spoken
            assert have["sched_ms"] == have["sched_work_ms"] + have["act_planned_ms"]
            assert have["ringing_ms"] <= have["avail_ms"]
            assert have["lent_ms"] <= have["busy_union_ms"]
            lost = have["busy_overrun_ms"] + have["unplanned_lost_ms"]
            assert lost <= have["mismatch_ms"] <= have["sched_ms"]
        heads = Counter(key[:3] for key in rows)
        assert set(heads) == {(one.home, one.queues[0], one.site) for one in settings.staff}


def test_every_column_of_a_voice_center_occurs() -> None:
    total = totals(BAD_DAY, 62)
    names = ("busy_overrun_ms", "lent_ms", "act_xor_ms", "req_fte_ms", "aux_other_ms", "paid_ms")
    assert all(total[name] > 0 for name in (*names, *(f"aux_{one}_ms" for one in PAUSES)))
    assert total["aux_customer_work_ms"] > 0
    assert total["paid_ms"] < total["sched_ms"]
    assert "state_unknown_ms" not in total


def test_schedules_come_out_the_evening_before_and_later_versions_follow() -> None:
    kinds: Counter[str] = Counter()
    days = {f"2026-01-{number:02d}" for number in range(5, 8)}
    for (staff, local_day, version), rows in versions(BAD_DAY, 62).items():
        begins = midnight_ms(local_day)
        assert len({row["time"] for row in rows}) == 1
        assert local_day in days
        published, restates = rows[0]["time"], "restates" in rows[0]
        if version == 1:
            assert begins - 6 * HOUR_MS <= published < begins - 5 * HOUR_MS
        else:
            assert (staff, local_day, version - 1) in versions(BAD_DAY, 62)
            kinds["before" if published < begins else "restates" if restates else "after"] += 1
            kinds["leave"] += {row["start"] - row["end"] for row in rows} == {0}
    assert all(kinds[kind] > 0 for kind in ("before", "after", "restates", "leave"))


def test_breaks_lie_inside_the_shift_and_do_not_meet() -> None:
    for (_, local_day, _), rows in versions(NIGHTS, 48).items():
        shift, *breaks = sorted(rows, key=lambda row: row["activity"] != "work")
        assert shift["activity"] == "work"
        assert {row["activity"] for row in breaks} <= PAUSES | {"customer_work"}
        edges = [edge for row in breaks for edge in (row["start"], row["end"])]
        inside = [shift["start"], *edges, shift["end"]]
        assert inside == sorted(inside)
        if shift["start"] > START_MS and shift["end"] > shift["start"]:
            assert 0 <= shift["start"] - midnight_ms(local_day) < 24 * HOUR_MS
    spans = [
        (row["start"], row["end"])
        for row in told(NIGHTS, "scheduled", 48)
        if row["activity"] == "work"
    ]
    assert any(start < midnight_ms("2026-01-06") < end for start, end in spans)


def test_people_come_late_or_early_or_not_at_all_and_go_before_the_end() -> None:
    habits: Counter[str] = Counter()
    for staff, rows in schedules(CALM).items():
        shift = next(row for row in rows if row["activity"] == "work")
        events = timelines(CALM).get(staff, [])
        if not events:
            habits["absent"] += 1
            continue
        came_ms = events[0]["time"] - shift["start"]
        left_ms = events[-1]["time"] - shift["end"]
        habits["late" if came_ms > MINUTE_MS else "early" if came_ms < -30_000 else "on time"] += 1
        habits["leaves early"] += left_ms < -9 * MINUTE_MS
        habits["stays"] += left_ms > 3 * MINUTE_MS
    assert set(+habits) == {"absent", "late", "early", "on time", "leaves early", "stays"}
    assert habits["on time"] > habits["late"] > 0


def test_who_goes_to_a_break_late_because_of_a_contact_takes_all_of_it() -> None:
    lengths = []
    for staff, rows in schedules(CALM).items():
        events = timelines(CALM).get(staff, [])
        for row in rows:
            for one, following in pairwise(events):
                begun_ms = one["time"] - row["start"]
                taken = one.get("aux") == row["activity"] == "break"
                if taken and 2 * MINUTE_MS < begun_ms < 20 * MINUTE_MS:
                    lengths.append((following["time"] - one["time"]) / (row["end"] - row["start"]))
    assert len(lengths) > 10
    assert sorted(lengths)[len(lengths) // 2] > 0.95


def test_every_half_hour_that_is_open_has_a_requested_fte_per_group_and_site() -> None:
    asked: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    for event in told(CALM, "fte_requested"):
        assert event["end"] - event["start"] == 2 * BUCKET_MS
        assert event["milli_fte"] % 250 == 0 < event["milli_fte"]
        if event["start"] < after(24):
            asked[event["program"], event["group"], event["site"]].add(event["start"])
    halves = {after(hour / 2) for hour in range(16, 40)}
    assert set(map(frozenset, asked.values())) == {frozenset(halves)}
    assert len(asked) == len(CALM.staff)
    assert {event["version"] for event in told(CALM, "fte_requested")} == {1, 2}
    total = totals(CALM)
    first_day = sum(
        columns.get("req_fte_ms", 0)
        for key, columns in truth(day(CALM)[1]).items()
        if key[3] < after(24)
    )
    assert 0.7 < first_day / total["staffed_ms"] < 1.2


def test_a_program_closed_on_sundays_schedules_nobody_then() -> None:
    center = Center(CALM)
    center.begin(START_MS - 24 * HOUR_MS)
    events = center.advance(START_MS)
    days = {
        (event["program"], date.fromisoformat(event["day"]).weekday())
        for event in events
        if event["type"] == "scheduled"
    }
    assert ("shop-orders", 6) not in days
    assert ("shop-orders", 0) in days
    assert ("power-line", 6) in days


def test_the_truth_about_people_is_written_beside_the_other(tmp_path: Path) -> None:
    center = Center(CALM)
    write_files(center, START_MS, after(9), tmp_path)
    assert json.loads((tmp_path / "staff_truth.json").read_text()) == center.staff_truth() != []
    plain = SimulatorSettings(heartbeat_s=600)
    write_files(Center(plain), START_MS, after(1), tmp_path / "plain")
    assert not (tmp_path / "plain" / "staff_truth.json").exists()


def test_simulate_writes_staff_events_when_told_to(tmp_path: Path) -> None:
    arguments = ["simulate", str(tmp_path), "--days", "0.4", "--staff", "--seed", "2"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    lines = (tmp_path / "events.jsonl").read_bytes().splitlines()
    types = {json.loads(line)["type"] for line in lines}
    assert {"staff_state", "scheduled", "fte_requested"} <= types
    assert (tmp_path / "staff_truth.json").is_file()


def test_simulate_writes_the_plans_forecasts_when_told_to(tmp_path: Path) -> None:
    for given, has in (("--forecasts", True), ("--chat", False)):
        folder = tmp_path / given
        arguments = ["simulate", str(folder), "--days", "0.01", given]
        assert CliRunner().invoke(app, arguments).exit_code == 0
        lines = (folder / "events.jsonl").read_bytes().splitlines()
        assert ("forecast" in {json.loads(line)["type"] for line in lines}) == has


ONE = Person("kobe-001", "kobe", "mobile-care", Group("kobe", "mobile-care", (("billing", ""),)))


def columns_of(truth_: StaffTruth, now_ms: int) -> dict[int, dict[str, int]]:
    return {row["bucket_ms"] - START_MS: row["columns"] for row in truth_.rows(now_ms)}


def test_nobody_is_believed_to_do_one_thing_for_more_than_sixteen_hours() -> None:
    people = StaffTruth()
    people.turned(ONE, Deed("aux_other"), START_MS)
    people.turned(ONE, Deed("logged_out"), after(17))
    quarters = columns_of(people, after(40))
    assert quarters[16 * HOUR_MS - BUCKET_MS]["aux_other_ms"] == BUCKET_MS
    assert quarters[16 * HOUR_MS] == {"state_unknown_ms": BUCKET_MS}
    assert sum(each.get("state_unknown_ms", 0) for each in quarters.values()) == HOUR_MS


def test_what_is_restated_replaces_the_day_and_what_is_settled_stays() -> None:
    people = StaffTruth()
    shift = Piece("work", after(9), after(9.25))
    people.scheduled(ONE, date(2026, 1, 5), [shift])
    people.turned(ONE, Deed("available"), after(9) + 4 * MINUTE_MS)
    late = columns_of(people, after(12))[9 * HOUR_MS]
    assert late["unplanned_lost_ms"] == late["mismatch_ms"] == 4 * MINUTE_MS
    people.settle(date(2026, 1, 5), after(0), after(12))
    people.scheduled(ONE, date(2026, 1, 5), [shift._replace(start_ms=after(9) + 4 * MINUTE_MS)])
    assert "mismatch_ms" not in columns_of(people, after(12))[9 * HOUR_MS]
    once = columns_of(people, after(40))
    people.settle(date(2026, 1, 6), after(24), after(40))
    assert columns_of(people, after(40)) == once


def test_a_break_in_the_middle_of_a_handled_contact_is_an_overrun() -> None:
    people = StaffTruth()
    people.scheduled(ONE, date(2026, 1, 5), [Piece("break", after(9), after(9.25), False)])
    people.turned(ONE, Deed("handling", lent=True), after(9))
    people.turned(ONE, Deed("aux_meal"), after(9) + 5 * MINUTE_MS)
    people.turned(ONE, Deed("logged_out"), after(9) + 12 * MINUTE_MS)
    row = columns_of(people, after(10))[9 * HOUR_MS]
    assert row["busy_overrun_ms"] == row["mismatch_ms"] == row["lent_ms"] == 5 * MINUTE_MS
    assert row["act_planned_ms"] == row["sched_ms"] == 15 * MINUTE_MS
    assert row["act_xor_ms"] == 15 * MINUTE_MS + row["aux_meal_ms"]
    assert not {"paid_ms", "unplanned_lost_ms", "sched_work_ms"} & set(row)
