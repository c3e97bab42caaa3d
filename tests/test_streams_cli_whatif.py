"""`floorwatch whatif` of several intervals: from a file, and of a day in the store."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.staged_day import CONFIG, CONTACTS, DAY, Staged, floorwatch, ran, written

FILE = """start,contacts,aht_s,staff,patience_s
09:00,90,180,10,120
09:30,120,180,11,120
10:00,140,180,11,120
10:30,90,180,10,120
"""


@pytest.fixture
def intervals(tmp_path: Path) -> Path:
    path = tmp_path / "day.csv"
    path.write_text(FILE)
    return path


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four half-hours recorded, eight planned."""
    return written(tmp_path_factory.mktemp("half"), Staged(contacts=115, half_hours=4))


def told(*arguments: str | Path) -> dict[str, Any]:
    done = json.loads(ran(floorwatch("whatif", *arguments, "--json")).stdout)
    assert isinstance(done, dict)
    return done


def test_a_file_of_intervals_is_told_before_and_after_with_the_way_out(intervals: Path) -> None:
    table = ran(floorwatch("whatif", "--intervals", intervals, "--from", "09:30", "--to", "10:30",
                           "--staff-change", "1")).stdout  # fmt: skip
    assert "level 57.3% -> " in table
    assert ", promised 80.0%; abandonment" in table
    assert "least change that restores it, one at a time: +" in table
    assert "careful: overload: more load than staff" in table
    found = told(
        "--intervals", intervals, "--from", "09:30", "--to", "10:30", "--staff-change", "1"
    )
    assert [row["staff_then"] - row["staff"] for row in found["intervals"]] == [0, 1, 1, 0]
    assert [row["start"] for row in found["intervals"]] == ["09:00", "09:30", "10:00", "10:30"]


def test_the_least_people_restore_the_target_and_one_fewer_do_not(intervals: Path) -> None:
    steps = told("--intervals", intervals)["repair"]["staff"]
    assert steps > 1
    for people, met in ((steps, True), (steps - 1, False)):
        found = told("--intervals", intervals, "--staff-change", str(people))
        assert (found["all"]["level_then"] >= 0.8) is met
        assert (found["repair"]["staff"] == 0) is met


def test_breaks_moved_and_cancelled_overtime_and_people_away_change_who_is_there(
    intervals: Path,
) -> None:
    found = told(
        "--intervals", intervals, "--move-break", "2@09:00-09:15>10:30", "--cancel-break",
        "1@09:30-10:00", "--overtime", "3@10:00-10:30", "--away", "1@10:15-10:45",
    )  # fmt: skip
    changes = [row["staff_then"] - row["staff"] for row in found["intervals"]]
    assert changes == [1, 1, 2.5, -1.5]
    assert len(found["asked"]["scenario"]["presences"]) == 5


def test_a_simulation_is_a_second_opinion_and_the_same_for_the_same_seed(intervals: Path) -> None:
    first, again = (told("--intervals", intervals, "--simulate", "--seed", "3") for _ in range(2))
    assert first == again
    assert first["all"]["level_error"] < 0.01
    assert first["all"] != told("--intervals", intervals, "--simulate")["all"]
    assert "simulated: level" in ran(
        floorwatch("whatif", "--intervals", intervals, "--simulate")
    ).stdout  # fmt: skip


def test_the_rest_of_a_stores_day_is_the_forecast_at_the_rate_of_what_came(half: Path) -> None:
    found = told("--store", half, "--day", DAY, "--from", "11:00", "--volume", "10")
    rows = found["intervals"]
    assert len(rows) == 8
    came = sum(row["contacts"] for row in rows[:4])
    assert {row["measured_level"] is None for row in rows[:4]} == {False}
    rate = (200 + came) / (200 + 4 * CONTACTS)
    assert [row["contacts"] for row in rows[4:]] == pytest.approx([CONTACTS * rate] * 4)
    assert [row["contacts_then"] for row in rows[4:]] == pytest.approx([CONTACTS * rate * 1.1] * 4)
    assert [row["staff"] for row in rows] == [10] * 8
    assert found["all"]["level_then"] < found["all"]["level"]
    assert 0 < found["all"]["measured_level"] < 1


def test_of_a_day_that_runs_only_the_rest_can_be_changed_unless_it_is_asked_for(half: Path) -> None:
    rest = told("--store", half, "--day", DAY, "--staff-change", "2")["intervals"]
    assert [row["staff_then"] - row["staff"] for row in rest] == [0] * 4 + [2] * 4
    asked = ("--store", half, "--day", DAY, "--from", "09:00", "--to", "09:30")
    past = told(*asked, "--staff-change", "2")["intervals"]
    assert [row["staff_then"] - row["staff"] for row in past] == [2] + [0] * 7


def test_queues_that_share_people_are_looked_at_with_all_of_them(tmp_path: Path) -> None:
    shared = CONFIG + '[plan.queues.loans]\nprogram = "bank"\n'
    store = written(tmp_path, Staged(contacts=1, half_hours=1), config=shared)
    asked = ("--store", store, "--day", DAY, "--queue", "cards", "--from", "11:00", "--json")
    alone = json.loads(ran(floorwatch("whatif", *asked)).stdout)
    assert alone["notes"][0].endswith("parted by planned work")
    rows = [f"bank,loans,{DAY},{9 + n // 2:02}:{n % 2 * 30:02},{CONTACTS},180" for n in range(8)]
    loans = tmp_path / "loans.csv"
    loans.write_text("\n".join(["program,queue,date,time,contacts,aht_s", *rows]) + "\n")
    options = ("--config", tmp_path / "center.toml", "--store", store)
    ran(floorwatch("plan", "import", *options, "--published", "2026-02-27", loans))
    found = json.loads(ran(floorwatch("whatif", *asked)).stdout)
    assert "who serves cards serves loans: staff are those of all" in found["notes"][0]
    assert [row["staff"] for row in found["intervals"][1:]] == [10] * 7
    assert found["intervals"][-1]["required"] > alone["intervals"][-1]["required"] + 5
    named = json.loads(ran(floorwatch("whatif", *asked, "--staff", "8")).stdout)
    assert named["notes"][0].endswith("parted by planned work")


def test_a_site_that_is_down_takes_its_people_and_a_site_of_nobody_is_refused(half: Path) -> None:
    asked = ("--store", half, "--day", DAY, "--site-down")
    rows = told(*asked, "rome@10:30-11:30")["intervals"]  # 4 of 10, of whom the plan says no site
    assert [row["staff_then"] for row in rows] == [10, 10, 10, 6, 6, 10, 10, 10]
    found = floorwatch("whatif", *asked, "paris@11:00-12:00")
    assert found.exit_code == 2
    assert "nobody of site 'paris'" in found.stderr


def test_other_promises_take_the_place_of_the_stores(half: Path) -> None:
    lower = told("--store", half, "--day", DAY, "--level", "10", "--staff", "12")
    assert lower["repair"] == {"staff": 0, "volume": 0, "aht": 0}
    assert {row["staff"] for row in lower["intervals"]} == {12}


def test_an_abandonment_that_is_promised_without_a_patience_is_told(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("start,contacts,aht_s,staff\n09:00,90,180,12\n")
    found = told("--intervals", path, "--abandonment", "3")
    assert found["notes"] == [
        "careful: patience is not known, and in Erlang C nobody leaves: name --patience"
    ]
    assert told("--intervals", path, "--abandonment", "3", "--patience", "60")["notes"] == []


def test_csv_has_a_row_for_each_interval_and_one_for_all(intervals: Path) -> None:
    text = ran(floorwatch("whatif", "--intervals", intervals, "--csv")).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["start"] for row in rows] == ["09:00", "09:30", "10:00", "10:30", "all"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start,contacts\n09:00,5\n", "day.csv:1: columns start, contacts"),
        (FILE + "11:00,x,180,3,1\n", "day.csv:6: contacts: 'x' is no number"),
        (FILE + "11:00,5,0,3,1\n", "day.csv:6: aht_s: '0' is not above 0"),
        (FILE + "later,5,60,3,1\n", "day.csv:6: 'later' is no time such as 09:30"),
        (FILE + "10:45,5,60,3,1\n", "day.csv: intervals overlap"),
        ("start,contacts,aht_s,staff\n", "there are no intervals in it"),
    ],
)
def test_a_wrong_file_is_told_by_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "day.csv"
    path.write_text(text)
    done = floorwatch("whatif", "--intervals", path)
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "which intervals are meant?"),
        (("--contacts", "100"), "--contacts needs --aht and --staff"),
        (("--contacts", "9", "--aht", "9", "--staff", "9", "--from", "09:00"), "has no clock"),
        (("--intervals", "FILE", "--from", "20:00"), "no interval begins between"),
        (("--intervals", "FILE", "--from", "nine"), "'nine' is no time"),
        (("--intervals", "FILE", "--overtime", "2 people"), "names nobody, or no span of time"),
        (("--intervals", "FILE", "--overtime", "2@10:00-09:00"), "ends before it begins"),
        (("--intervals", "FILE", "--overtime", "ann@09:00-10:00"), "'ann' is no number of people"),
        (("--intervals", "FILE", "--overtime", "2@20:00-21:00"), "lies in no interval"),
        (("--intervals", "FILE", "--move-break", "2@09:00-09:15"), "says not where to"),
        (("--intervals", "FILE", "--site-down", "x@09:00-09:15"), "--site-down needs a store"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_way_out(
    intervals: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = floorwatch("whatif", *(intervals if one == "FILE" else one for one in arguments))
    assert done.exit_code == 2
    assert message in done.stderr
    assert "hint:" in done.stderr
