"""The board's plan: due, came, noise or signal, and how the day will end."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from schemas.targets import Plan
from streams.board.plan import lines, plain_plan, plan_table, unplanned
from streams.board.words import Language
from streams.shard import Shard
from tests.shards import fed
from tests.test_streams_planning_book import forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls, shard_at

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
