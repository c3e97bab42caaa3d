"""Utilization of days and months against payroll: whole or unknown, the newest version, by site."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from schemas.payroll import PaidTime
from schemas.targets import Plan
from streams.cli import app
from streams.payroll import in_force
from streams.planning.fields import Publication
from streams.planning.files import Import
from tests.effort import examples

HOUR_MS = 3_600_000
MIDNIGHT_MS = 1_709_478_000_000
"""2024-03-04 00:00 in Tokyo."""
CONFIG = '[plan.programs.bank]\ntime_zone = "Asia/Tokyo"\n'
OF = Publication(2, 1_712_000_000_000, "payroll", "mori", "March")
HEAD = "program,group,site,staff,date,until,paid_h\n"


def over(shifts: int, hours: float) -> float:
    """Handling and available time of so many shifts over so many paid hours."""
    return shifts * round(6.8 * HOUR_MS) / (hours * HOUR_MS)


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def day_of(staff: str, site: str, day: int) -> list[dict[str, Any]]:
    """Eight scheduled hours of which 5.6 h are handling and 1.2 h available, on a day of March."""
    nine = MIDNIGHT_MS + ((day - 4) * 24 + 9) * HOUR_MS
    head = {"program": "bank", "source": "acd", "staff": staff, "group": "desk", "site": site}
    shift = {"type": "scheduled", "time": MIDNIGHT_MS - 1, "day": f"2024-03-{day:02}", "version": 1,
             "activity": "work", "start": nine, "end": nine + 8 * HOUR_MS}  # fmt: skip
    states = (0, "handling"), (5.6, "available"), (6.8, "aux"), (8, "logged_out")
    return [
        head | shift | {"id": f"r{day}"},
        *(
            head | {"type": "staff_state", "time": nine + round(h * HOUR_MS), "state": state,
                    "id": f"{staff}{day}-{h}"}
            for h, state in states
        ),
    ]  # fmt: skip


def called(day_of_february: int) -> list[dict[str, Any]]:
    """A call of another day: something is recorded of it, and nobody is at work."""
    at = MIDNIGHT_MS + (day_of_february - 33) * 24 * HOUR_MS
    head = {"source": "acd", "program": "bank", "contact": f"c{day_of_february}"}
    queued = head | {"type": "queued", "time": at, "id": "q", "queue": "cards"}
    return [queued, head | {"type": "disconnected", "time": at + 1000, "id": "d", "by": "customer"}]


@pytest.fixture
def around(center: Path) -> Path:
    """The same center, which has recorded the last of February and the first of April too."""
    (center / "calls.jsonl").write_text(
        "".join(f"{json.dumps(e)}\n" for e in (*called(29), *called(29 + 32))), "utf-8"
    )
    told = ["--config", center / "c.toml", "--store", center / "c.db", "--complete"]
    assert floorwatch("replay", *told, center / "calls.jsonl").exit_code == 0
    return center


@pytest.fixture
def center(tmp_path: Path) -> Path:
    """A folder with a store of two people at two sites on the 4th, and one of them on the 5th."""
    events = [*day_of("ann", "north", 4), *day_of("bob", "south", 4), *day_of("ann", "north", 5)]
    (tmp_path / "events.jsonl").write_text("".join(f"{json.dumps(e)}\n" for e in events), "utf-8")
    (tmp_path / "c.toml").write_text(CONFIG, "utf-8")
    told = ["--config", tmp_path / "c.toml", "--store", tmp_path / "c.db", "--complete"]
    assert floorwatch("replay", *told, tmp_path / "events.jsonl").exit_code == 0
    return tmp_path


def paid(folder: Path, rows: str, *more: str, head: str = HEAD) -> Result:
    (folder / "paid.csv").write_text(head + rows, "utf-8")
    told = ["--config", folder / "c.toml", "--store", folder / "c.db"]
    return floorwatch("plan", "import", *told, *more, folder / "paid.csv")


def utilization(folder: Path, span: str, *more: str) -> list[tuple[Any, Any]]:
    """Over scheduled paid time and over payroll, of each row with people."""
    done = floorwatch("ledger", span, "--store", folder / "c.db", "--json", *more)
    assert done.exit_code == 0, done.output
    kpis = [row["kpis"] for row in json.loads(done.stdout)]
    return [(of["utilization"], of["utilization_payroll"]) for of in kpis if of.get("utilization")]


def test_a_day_that_payroll_tells_of_is_divided_by_what_it_paid(center: Path) -> None:
    assert utilization(center, "days", "--level", "program") == [(0.85, None), (0.85, None)]
    rows = "bank,desk,north,ann,2024-03-04,,8\nbank,desk,south,bob,2024-03-04,,9\n"
    assert paid(center, rows).exit_code == 0
    found = utilization(center, "days", "--level", "program")
    assert found == [(0.85, over(2, 17)), (0.85, None)]
    assert utilization(center, "days", "--level", "network") == found
    assert utilization(center, "days", "--level", "queue") == found


def test_a_month_is_unknown_until_payroll_has_told_of_every_day_and_leave_counts_in_it(
    around: Path,
) -> None:
    rows = "bank,desk,,,2024-03-04,,17\n"
    assert paid(around, rows, "--version", "1").exit_code == 0
    assert utilization(around, "months", "--level", "program") == [(0.85, None)]
    leave = "bank,desk,,,2024-03-05,,8\nbank,desk,,,2024-03-29,,5\n"
    assert paid(around, leave, "--version", "2").exit_code == 0
    assert utilization(around, "months", "--level", "program") == [(0.85, over(3, 30))]


def test_a_record_of_the_month_tells_of_the_month_and_of_none_of_its_days(around: Path) -> None:
    assert paid(around, "bank,desk,,,2024-03-01,2024-03-31,34\n").exit_code == 0
    assert utilization(around, "months", "--level", "program") == [(0.85, over(3, 34))]
    days = utilization(around, "days", "--level", "program")
    assert days == [(0.85, None), (0.85, None)]


def test_what_payroll_paid_before_anything_was_recorded_or_outside_of_what_is_read_does_not_count(
    around: Path,
) -> None:
    days = "".join(f"bank,desk,,,2024-03-{day:02},,10\n" for day in range(1, 32))
    before = "bank,desk,,,2024-02-01,2024-02-28,160\n"
    assert paid(around, days + before).exit_code == 0
    months = ("months", "--level", "program")
    assert utilization(around, *months) == [(0.85, over(3, 310))]
    some = (*months, "--from", "2024-03-04", "--to", "2024-03-06")
    assert utilization(around, *some) == [(0.85, over(3, 20))]
    noon = (*months, "--from", "2024-03-04T12:00", "--to", "2024-03-06")
    assert [told for _, told in utilization(around, *noon)] == [None]


def test_of_one_group_only_what_was_paid_to_it_counts(center: Path) -> None:
    rows = "bank,desk,,,2024-03-04,,17\nbank,back,,,2024-03-04,,100\n"
    assert paid(center, rows).exit_code == 0
    told = ("days", "--level", "program", "--to", "2024-03-05")
    assert utilization(center, *told) == [(0.85, over(2, 117))]
    assert utilization(center, *told, "--queue", "desk") == [(0.85, over(2, 17))]


def test_a_site_has_the_paid_time_of_its_own_and_none_of_a_group_as_a_whole(center: Path) -> None:
    rows = "bank,desk,north,,2024-03-04,,10\nbank,desk,south,,2024-03-04,,17\n"
    assert paid(center, rows, "--version", "1").exit_code == 0
    told = ("days", "--level", "program", "--sites", "--to", "2024-03-05")
    assert utilization(center, *told) == [(0.85, over(1, 10)), (0.85, over(1, 17))]
    assert paid(center, "bank,desk,,,2024-03-04,,20\n", "--version", "2").exit_code == 0
    assert utilization(center, *told) == [(0.85, None), (0.85, None)]
    assert utilization(center, *told[:3], *told[4:]) == [(0.85, over(2, 20))]


def test_a_correction_is_a_new_version_and_the_old_one_is_kept(center: Path) -> None:
    for version, hours in (("1", "17"), ("3", "20"), ("2", "40")):
        done = paid(center, f"bank,desk,,,2024-03-04,,{hours}\n", "--version", version)
        assert done.exit_code == 0
    first, _ = utilization(center, "days", "--level", "program")
    assert first == (0.85, over(2, 20))
    again = paid(center, "bank,desk,,,2024-03-04,,20\n", "--version", "3")
    assert again.exit_code == 0
    other = paid(center, "bank,desk,,,2024-03-04,,21\n", "--version", "3")
    assert other.exit_code == 2
    assert "version 3 of desk from 2024-03-04 to 2024-03-04 is there with" in other.stderr
    assert "import it as a new version" in other.stderr


def test_payroll_goes_into_a_store_only(center: Path) -> None:
    for way in (["--kafka"], ["--out", "-"]):
        done = paid(center, "bank,desk,,,2024-03-04,,17\n", *way)
        assert done.exit_code == 2
        assert "payroll goes into a store only" in done.stderr


def told(folder: Path, rows: str) -> tuple[list[PaidTime], list[str]]:
    path = folder / "paid.csv"
    path.write_text(HEAD + rows, "utf-8")
    together = Import(Plan.model_validate({"queues": {"cards": {"program": "bank"}}}), OF)
    together.take(path)
    found = together.read()
    return found.paid, [f"{one.line}: {one.message}" for one in found.problems]


def test_rows_of_people_are_added_up_and_nobody_is_told_apart(tmp_path: Path) -> None:
    rows = "bank,desk,north,ann,2024-03-04,,8\nbank,desk,north,bob,2024-03-04,,7.5\n"
    [one], problems = told(tmp_path, rows)
    assert (one.paid_ms, problems) == (15.5 * HOUR_MS, [])
    assert "ann" not in one.model_dump_json()
    assert (one.author, one.reason, one.source, one.version) == ("mori", "March", "payroll", 2)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("bank,desk,north,ann,2024-03-04,,1", "tells of the same people and days as {path}:2"),
        ("bank,desk,,,2024-03-04,,1", "overlaps what is told of site 'north' from 2024-03-04 to 2024-03-04"),
        ("bank,desk,north,,2024-03-01,2024-03-31,1", "overlaps what is told of site 'north' from 2024-03-04 to 2024-03-04"),
        ("bank,desk,north,ann,2024-02-30,,1", "'2024-02-30' is no day, as 2026-03-29"),
        ("bank,desk,north,ann,2024-03-05,2024-03-04,1", "Value error, until 2024-03-04 is before date 2024-03-05"),
        ("bank,desk,north,ann,2024-03-05,,x", "paid_h: 'x' is no number"),
        ("bank,desk,north,ann,2024-03-05,,-1", "paid_h: '-1' is no number of at least 0"),
        ("bank,,north,ann,2024-03-05,,1", "group: String should have at least 1 character"),
        ("shop,desk,north,ann,2024-03-05,,1", "program 'shop' is not listed in the settings"),
    ],
)  # fmt: skip
def test_a_row_of_payroll_that_cannot_be_meant_is_told_at_its_line(
    tmp_path: Path, row: str, message: str
) -> None:
    _, problems = told(tmp_path, f"bank,desk,north,ann,2024-03-04,,8\n{row}\n")
    assert problems == [f"3: {message.format(path=tmp_path / 'paid.csv')}"]


RECORDS = st.builds(
    lambda site, first, days, version, hours: PaidTime(
        program="bank", group="desk", site=site, first_day=f"2024-03-{first:02}",
        last_day=f"2024-03-{first + days:02}", version=version, paid_ms=hours * HOUR_MS,
        published=version, source="payroll",
    ),
    st.sampled_from(("", "north", "south")), st.integers(1, 9), st.integers(0, 4),
    st.integers(1, 10**6), st.integers(0, 40),
)  # fmt: skip


@settings(max_examples=examples(50))
@given(st.lists(RECORDS, max_size=9, unique_by=lambda one: one.version), st.randoms())
def test_of_overlapping_records_the_greatest_version_stands_in_whatever_order(
    records: list[PaidTime], random: Any
) -> None:
    standing = in_force(records)
    shuffled = list(records)
    random.shuffle(shuffled)
    assert sorted(in_force(shuffled), key=repr) == sorted(standing, key=repr)
    for one in records:
        greater = [other for other in standing if one.overlaps(other) and other != one]
        if one in standing:
            assert not greater
        else:
            assert any(other.version > one.version for other in greater)
