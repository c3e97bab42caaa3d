"""The board's plan: due, came, noise or signal, and how the day will end."""

from io import StringIO
from math import ceil, nan
from typing import Any

import pytest
from rich.console import Console

from schemas.targets import Plan
from streams.board.people import groups, net_text, staff_table
from streams.board.plan import (
    Next,
    level_end,
    lines,
    needed_text,
    plain_plan,
    plan_table,
    unplanned,
)
from streams.board.words import Language
from streams.planning.rest import RestOfDay
from streams.shard import Shard
from tests.shards import fed
from tests.test_streams_planning_book import forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls, shard_at
from tests.test_streams_planning_rest import HOURS, NOON, floor, lost

END = START + HALF_HOUR_MS


def shown(planned: int, came: int) -> tuple[Shard, Any]:
    plan = [forecast(START, 1, 0, planned), forecast(END, 1, 0, planned)]
    shard = shard_at(END, plan, calls(came))
    return shard, lines(shard.view(END), shard.plan)


@pytest.mark.parametrize(
    ("planned", "came", "told"),
    [
        (100, 130, "+30.0% z+3.0 ▲"),
        (100, 70, "-30.0% z-3.0 ▼"),
        (16, 20, "+25.0% z+1.0"),
        (900, 965, "+7.2% z+2.2"),
    ],
)
def test_only_a_deviation_large_in_percent_and_by_chance_is_marked(
    planned: int, came: int, told: str
) -> None:
    _, (line,) = shown(planned, came)
    assert f"({told})" in plain_plan([line], "en")[0]


def test_a_line_tells_due_came_and_how_the_day_will_end() -> None:
    _, found = shown(100, 150)
    assert plain_plan(found, "en") == [
        "bank/cards: Due 100, Came 150 (+50.0% z+5.0 ▲), Day now 267, Forecast 200"
    ]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_table_fits_eighty_columns(lang: Language) -> None:
    console = Console(width=80, record=True, file=StringIO())
    console.print(plan_table(shown(100, 150)[1], lang))
    text = console.export_text()
    assert "+50.0% z+5.0 ▲" in text
    assert "…" not in text


def test_a_silent_feed_is_unknown_and_keeps_its_forecast() -> None:
    shard, _ = shown(100, 150)
    later = END + 3_600_000 * 2
    (line,) = lines(shard.view(later), shard.plan)
    assert not line.known
    assert plain_plan([line], "en") == ["bank/cards: Forecast 200, unknown"]


def test_a_queue_without_a_plan_is_counted_and_not_shown_as_zero() -> None:
    plan = Plan.model_validate(
        {"queues": {"cards": {"program": "bank"}, "loans": {"program": "bank"}}}
    )
    shard = Shard(plan)
    assert unplanned(shard.view(END)) == []

    fed(shard, [forecast(START, 1, 0, 5)], "plan")
    assert [key.queue for key in unplanned(shard.view(END))] == ["loans"]


def predicted(people: int, width: int = 150, lang: Language = "en") -> tuple[str, list[str]]:
    """The board's table of the plan, and its lines, where so many people are scheduled."""
    shard = floor(HOURS, [*calls(110), *lost(10)], people=people)
    seen = shard.view(NOON)
    told = lines(seen, shard.plan, RestOfDay(shard.plan)(seen))
    console = Console(width=width, record=True, file=StringIO())
    console.print(plan_table(told, lang, width=width))
    return console.export_text(), plain_plan(told, lang)


def test_required_and_expected_staff_and_the_days_end_stand_beside_the_plan() -> None:
    text, plain = predicted(16)
    assert [word in text for word in ("Required", "Expected", "SL at end", "SL needed")] == [
        True
    ] * 4
    needed = (0.8 * 340 - 110) / 220
    assert f"{ceil(needed * 100)}%" in text
    assert plain[0].endswith("(erlang_a)")
    assert "Expected 16.0" in plain[0]


def test_a_lack_of_staff_is_marked_by_sign_and_an_unknown_one_is_no_number() -> None:
    assert "5.0 ▼" in predicted(5)[0]
    assert "16.0 ▼" not in predicted(16)[0]
    unknown = predicted(0)[1][0]
    assert "Expected --" in unknown and "SL at end --" in unknown
    assert "Required --" not in unknown


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_the_models_say_is_left_out_where_there_is_no_room(lang: Language) -> None:
    assert "16.0" not in predicted(16, 80, lang)[0]
    assert "…" not in predicted(16, 150, lang)[0]


@pytest.mark.parametrize(
    ("low", "high", "needed", "shown"),
    [
        (0.7812, 0.8399, 0.9, ("78-83%", "90%")),
        (0.8, 0.8001, 1.02, ("80%", ">100% !")),
        (0.8, 0.8, 0.8001, ("80%", "81%")),
        (nan, nan, nan, ("--", "--")),
    ],
)
def test_bounds_are_shown_as_a_range_and_what_is_out_of_reach_says_so(
    low: float, high: float, needed: float, shown: tuple[str, str]
) -> None:
    told = Next(10.0, 9.0, low, high, needed, 0.8, "erlang_a")
    assert (level_end(told), needed_text(told)) == shown


def test_net_staff_of_a_group_is_shown_with_the_schedule_on_a_wide_board() -> None:
    shard = floor(HOURS, [*calls(110), *lost(10)], people=16)
    fed(shard, [{"type": "heartbeat", "time": NOON, "source": "acd", "program": "bank"}])
    seen = shard.view(NOON)
    told = groups(seen, shard.plan, NOON, RestOfDay(shard.plan)(seen))
    console = Console(width=150, record=True, file=StringIO())
    console.print(staff_table(told, 150, NOON, "en"))
    (group,) = told
    assert group.ahead is not None and group.ahead.scheduled == 16
    assert f"{group.ahead.high:+.1f}" in console.export_text()
    assert net_text(group.ahead._replace(low=-2.0, high=0.5)) == "-2.0..+0.5"


def test_contacts_that_no_forecast_expected_are_part_of_the_days_end() -> None:
    half = START + HALF_HOUR_MS
    shard = shard_at(half + 900_000, [forecast(half, 1, 0, 40)], [*calls(30), *calls(20, half)])
    seen = shard.view(half + 900_000)
    (line,) = lines(seen, shard.plan, RestOfDay(shard.plan)(seen))
    assert line.outlook is not None
    assert (line.outlook.came, line.day) == (20, pytest.approx(30 + 20 + line.outlook.remaining))
