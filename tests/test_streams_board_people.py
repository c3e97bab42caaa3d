"""The board's staffing table: lacking groups first, unknown shown as such, nobody named unasked."""

import io
from dataclasses import replace
from typing import Any

from rich.console import Console

from kernels.columns import STAFF_ROW
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.board import plain_lines, render
from streams.board.people import groups
from streams.view import Attention, PersonNow, QueueKey, StateNow, View
from tests.views import AT_MS, CARD_DESK, MIDNIGHT_MS, NINE_MS, cells, key, live, view

LOAN_DESK = QueueKey("bank", "loan-desk", "staff")


def staffed(**changes: Any) -> View:
    """Two groups: one lacks two people, one has one more than asked."""
    asked = {"req_fte_ms": 5 * BUCKET_MS}
    done = {"busy_union_ms": 3, "avail_ms": 1, "sched_ms": 10, "mismatch_ms": 1}
    made = view(
        staff=cells(
            STAFF_ROW,
            {
                key(CARD_DESK, NINE_MS, "north"): asked,
                key(LOAN_DESK, NINE_MS, "north"): {"req_fte_ms": BUCKET_MS},
            },
        ),
        day_staff=cells(STAFF_ROW, {key(CARD_DESK, MIDNIGHT_MS, "north"): done}),
        groups=(LOAN_DESK, CARD_DESK),
        people={
            key(CARD_DESK, AT_MS, "north"): {
                "available": StateNow(1, AT_MS - 900_000),
                "handling": StateNow(2, AT_MS - 125_000), "aux": StateNow(4, AT_MS),
            },
            key(LOAN_DESK, AT_MS, "north"): {"available": StateNow(2, AT_MS)},
        },
        attention=Attention(
            {key(CARD_DESK, AT_MS, "north"): {"no_show": 1, "out_of_schedule": 2}},
            {key(CARD_DESK, AT_MS, "north"): 2},
            (
                PersonNow(
                    "ann", "bank", "card-desk", "north", "no_show", AT_MS - 300_000, 1,
                    "logged_out", "work",
                ),
            ),
        ),
    )  # fmt: skip
    return replace(made, **changes)


def shown(of: View, lang: Any = "en") -> str:
    console = Console(width=130, file=io.StringIO(), color_system=None)
    console.print(render(of, Plan(), AT_MS, 130, lang=lang))
    return console.file.getvalue()  # type: ignore[attr-defined]


def line_of(text: str, name: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(name)).split()


def test_the_group_that_lacks_most_people_stands_first_with_its_gap_and_sign() -> None:
    text = shown(staffed())
    assert text.index("card-desk") < text.index("loan-desk")
    row = line_of(text, "card-desk")
    assert row[:5] == ["card-desk", "3", "5.0", "-2.0", "▼"]
    assert row[5:10] == ["1", "2", "4", "3", "(+2)"]
    assert row[10:12] == ["75.0%", "90.0%"]
    assert line_of(text, "loan-desk")[:4] == ["loan-desk", "2", "1.0", "+1.0"]


def test_who_is_longest_in_a_state_is_told_and_who_waits_for_contacts_is_not_meant() -> None:
    assert line_of(shown(staffed()), "card-desk")[-2:] == ["handling", "2:05"]
    assert line_of(shown(staffed(), "ja"), "card-desk")[-2:] == ["対応中", "2:05"]
    waiting = line_of(shown(staffed()), "loan-desk")
    assert not {"available", "handling", "Aux"} & {*waiting}


def test_who_would_change_most_is_named_only_where_the_view_names_people() -> None:
    assert "ann (card-desk): not shown up 5:00" in shown(staffed())
    unnamed = staffed().attention._replace(people=())
    assert "ann" not in shown(staffed(attention=unnamed))


def test_people_of_a_silent_feed_are_unknown_not_zero() -> None:
    silent = staffed(sources=(live("bank")._replace(silent=True),))
    assert line_of(shown(silent), "card-desk")[1:] == ["--"] * 11
    assert "ann" not in shown(silent)
    assert "bank/card-desk: unknown --" in "\n".join(plain_lines(silent, Plan(), AT_MS))


def test_what_nobody_asked_for_has_no_gap() -> None:
    [one, _] = groups(staffed(staff=cells(STAFF_ROW, {})), Plan(), AT_MS)
    assert (one.requested, one.there) == (None, 2)
    assert line_of(shown(staffed(staff=cells(STAFF_ROW, {}))), "loan-desk")[:3] == [
        *("loan-desk", "2", "2")
    ]


def test_attainment_far_off_what_was_asked_is_written_as_zero_and_never_below() -> None:
    off = {"int_req_fte_ms": 4 * BUCKET_MS, "abs_dev_fte_ms": 9 * BUCKET_MS, "sched_ms": 1}
    day = cells(STAFF_ROW, {key(CARD_DESK, MIDNIGHT_MS, "north"): off})
    [one, *_] = groups(staffed(day_staff=day), Plan(), AT_MS)
    assert one.today_value("attainment_dev") == -1.25
    row = line_of(shown(staffed(day_staff=day)), "card-desk")
    assert "0.0%" in row
    assert not [cell for cell in row[7:] if cell.startswith("-")]


def test_plain_lines_tell_each_group_who_is_there_and_what_was_asked() -> None:
    lines = plain_lines(staffed(), Plan(), AT_MS)
    assert [line.partition(" ")[2] for line in lines if "-desk" in line] == [
        "bank/card-desk: There 3, Asked 5.0, Out (net) 3",
        "bank/loan-desk: There 2, Asked 1.0, Out (net) 0",
    ]


def test_the_staffing_table_speaks_japanese() -> None:
    text = shown(staffed(), "ja")
    assert "要員グループ" in text and "過不足" in text and "未出勤" in text
