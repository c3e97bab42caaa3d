"""Files of the plan: every figure at its moment, every error at its line, all or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.forecasts import PLAN
from schemas.targets import Plan
from streams.errors import UserError
from streams.planning.fields import Publication
from streams.planning.files import Import, Read

CENTER = Plan.model_validate(
    {
        "programs": {"bank": {"time_zone": "Europe/Berlin"}},
        "queues": {
            "cards": {"program": "bank"},
            "help": {"program": "bank", "channel": "chat"},
            "shop": {"program": "store"},
        },
    }
)
OF = Publication(7, 1_700_000_000_000, "wfm", "mori", "week 9")
HEAD = "program,queue,date,time,contacts,aht_s,fold\n"


def told(folder: Path, text: str, name: str = "plan.csv") -> Read:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    together = Import(CENTER, OF)
    together.take(path)
    found = together.read()
    for event in found.events:
        PLAN.validate_python(event)
    return found


def messages(found: Read) -> list[str]:
    return [f"{problem.line}: {problem.message}" for problem in found.problems]


def test_a_local_time_is_its_moment_in_winter_and_in_summer(tmp_path: Path) -> None:
    rows = "bank,cards,2026-03-28,09:00,100,180,\nbank,cards,2026-03-30,09:00,12.5,180.5,\n"
    found = told(tmp_path, HEAD + rows)
    assert not found.problems
    winter, summer = found.events
    assert (winter["start"], winter["end"]) == (1_774_684_800_000, 1_774_686_600_000)
    assert summer["start"] - winter["start"] == 47 * 3_600_000
    assert (summer["milli_contacts"], summer["aht_ms"]) == (12_500, 180_500)
    assert (winter["version"], winter["author"], winter["reason"]) == (7, "mori", "week 9")


def test_the_hour_that_is_left_out_is_an_error_and_the_one_that_comes_twice_needs_a_fold(
    tmp_path: Path,
) -> None:
    rows = (
        "bank,cards,2026-03-29,02:30,1,,\n"
        "bank,cards,2026-10-25,02:30,1,,\n"
        "bank,cards,2026-10-25,02:00,1,,1\n"
        "bank,cards,2026-10-25,02:00,1,,2\n"
        "bank,cards,2026-10-25,02:30+01:00,1,,\n"
        "bank,cards,2026-10-25,04:00,1,,2\n"
    )
    found = told(tmp_path, HEAD + rows)
    assert messages(found) == [
        "2: there is no 02:30 on 2026-03-29 in Europe/Berlin: the clocks are put forward",
        "3: 02:30 on 2026-10-25 in Europe/Berlin comes twice: say which in the column fold, 1 or 2",
        "7: 04:00 on 2026-10-25 in Europe/Berlin comes once only: fold must be empty",
    ]
    first, second, third = found.events
    assert second["start"] - first["start"] == 3_600_000
    assert third["start"] - first["start"] == 5_400_000


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("bank,cards,2026-03-02,09:10,1,,", "does not begin on a 15-minute edge"),
        ("bank,cards,2026-02-30,09:00,1,,", "'2026-02-30' '09:00' is no date and time, as 2026-03-29 and 09:30"),
        ("bank,cards,2026-03-02,09:00,many,,", "contacts: 'many' is no number"),
        ("bank,cards,2026-03-02,09:00,-1,,", "contacts: '-1' is no number of at least 0"),
        ("bank,cards,2026-03-02,09:00,nan,,", "contacts: 'nan' is no number of at least 0"),
        ("bank,cards,2026-03-02,09:00,0.0001,,", "contacts: '0.0001' is finer than 1/1000"),
        ("bank,other,2026-03-02,09:00,1,,", "queue 'other' is not listed in the settings"),
        ("bank,shop,2026-03-02,09:00,1,,", "queue 'shop' belongs to program 'store'"),
        ("ship,cards,2026-03-02,09:00,1,,", "program 'ship' is not listed in the settings"),
    ],
)  # fmt: skip
def test_what_a_row_cannot_mean_is_told_at_its_line(tmp_path: Path, row: str, message: str) -> None:
    found = told(tmp_path, HEAD + row + "\n")
    assert messages(found) == [f"2: {message}"]
    assert str(found.problems[0]) == f"{tmp_path / 'plan.csv'}:2: {message}"


def test_two_rows_for_one_interval_are_an_error(tmp_path: Path) -> None:
    rows = "bank,cards,2026-03-02,09:00,1,,\nbank,cards,2026-03-02,09:15,1,,\n"
    assert messages(told(tmp_path, HEAD + rows)) == [
        f"3: overlaps what {tmp_path / 'plan.csv'}:2 says of the same interval"
    ]


def test_two_files_of_one_version_may_tell_of_one_group_but_not_the_same(tmp_path: Path) -> None:
    row = "bank,cards,2026-03-02,09:00,1\n"
    together = Import(CENTER, OF)
    for name, column in (("a", "fte_required"), ("b", "fte_requested"), ("c", "fte_required")):
        path = tmp_path / name
        path.write_text(f"program,group,date,time,{column}\n{row}", "utf-8")
        together.take(path)
    found = together.read()
    assert [event["type"] for event in found.events] == ["fte_required", "fte_requested"]
    assert messages(found) == [f"2: overlaps what {tmp_path / 'a'}:2 says of the same interval"]


@pytest.mark.parametrize(
    "head", ["program,queue,date\n", "program,queue,date,time,contacts,colour\n", "a,a\n"]
)
def test_columns_that_tell_of_no_figure_are_refused_as_a_whole(tmp_path: Path, head: str) -> None:
    with pytest.raises(UserError) as refused:
        told(tmp_path, head + "bank,cards,2026-03-02,09:00,1,red\n")
    assert "column" in refused.value.message
    assert refused.value.hint


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    assert messages(told(tmp_path, HEAD)) == ["1: there are no figures in it"]


def test_fte_and_schedules_become_the_events_of_their_kinds(tmp_path: Path) -> None:
    required = told(
        tmp_path,
        "program,group,site,date,time,fte_required\nbank,desk,oslo,2026-03-02,09:00,14.5\n",
    ).events
    asked = told(
        tmp_path, "program,group,date,time,fte_requested,minutes\nbank,desk,2026-03-02,09:00,3,60\n"
    ).events
    shift = told(
        tmp_path,
        "program,group,staff,date,activity,start,end,paid\n"
        "bank,desk,ana,2026-03-02,work,22:00,06:00,\nbank,desk,ana,2026-03-02,break,23:00,23:15,no\n",
    ).events
    assert (required[0]["type"], required[0]["milli_fte"]) == ("fte_required", 14_500)
    assert (asked[0]["type"], asked[0]["end"] - asked[0]["start"]) == ("fte_requested", 3_600_000)
    assert [event["end"] - event["start"] for event in shift] == [8 * 3_600_000, 900_000]
    assert [event["paid"] for event in shift] == ["yes", "no"]
    by = {(event["author"], event["reason"]) for event in (*required, *asked, *shift)}
    assert by == {("mori", "week 9")}


def test_what_lies_behind_midnight_may_belong_to_the_day_its_shift_began_in(tmp_path: Path) -> None:
    [late] = told(
        tmp_path,
        "program,group,staff,date,activity,start,end,day\n"
        "bank,desk,ana,2026-03-03,break,02:00,02:15,2026-03-02\n",
    ).events
    assert (late["day"], late["start"]) == ("2026-03-02", 1_772_499_600_000)


def test_json_lines_say_the_same_as_csv(tmp_path: Path) -> None:
    row = {"program": "bank", "queue": "help", "date": "2026-03-02", "time": "09:00"}
    line = json.dumps({**row, "contacts": 12.5, "concurrency": 1.7})
    (event,) = told(tmp_path, line + "\n", "plan.jsonl").events
    wanted: dict[str, Any] = {"channel": "chat", "milli_contacts": 12_500}
    assert {**event, **wanted, "milli_concurrency": 1_700} == event
