"""Ranges marked as one-offs: the rest of the day does not learn from them, and everybody sees it."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from schemas.actions import Action
from schemas.targets import Plan, Program
from streams.board.plan import left_out_lines, lines
from streams.board.render import render
from streams.checkpoint.sqlite import SqliteStore
from streams.clock import ManualClock
from streams.exporter import ViewCollector
from streams.merged import Carried, merged
from streams.planning.outlook import outlooks
from streams.view import CellKey, View
from tests.test_schemas_actions import action
from tests.test_streams_drivers import Script, driver
from tests.test_streams_planning_book import forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls, shard_at
from tests.test_streams_shard_edges import HOUR_MS, T

KEY = CellKey("bank", "cards", "voice", "", 0)
PLAN = Plan(programs={"bank": Program(reforecast_prior=100)})
FAULT = action(
    number=3, excluded=True, reason="line fault", start=START, end=START + HALF_HOUR_MS
)  # fmt: skip


def seen(*left_out: Action) -> View:
    """Two half-hours of 50 due contacts are over: 150 came in the first, 55 in the second."""
    plan = [forecast(START + n * HALF_HOUR_MS, 1, 0, 50) for n in range(4)]
    now = START + 2 * HALF_HOUR_MS
    shard = shard_at(now, plan, [*calls(150), *calls(55, START + HALF_HOUR_MS, talk_s=200)])
    return replace(shard.view(now), left_out=left_out)


def test_the_rate_of_the_day_is_of_the_intervals_that_are_not_left_out() -> None:
    with_it, without = (outlooks(view, PLAN)[KEY] for view in (seen(), seen(FAULT)))
    assert with_it.volume.due == 100
    assert without.volume == (100, 55, 50)
    assert without.remaining == pytest.approx(100 * 155 / 150)
    assert without.remaining < with_it.remaining
    assert without.came == with_it.came == 205
    assert without.left_out == (FAULT,)
    assert with_it.aht is not None and without.aht is not None
    assert without.aht.came < with_it.aht.came


@pytest.mark.parametrize(
    "other",
    [
        FAULT.model_copy(update={"queues": ("loans",)}),
        FAULT.model_copy(update={"program": "shop"}),
        FAULT.model_copy(
            update={"start": START + 4 * HALF_HOUR_MS, "end": START + 9 * HALF_HOUR_MS}
        ),
    ],
)
def test_what_is_about_another_queue_or_time_leaves_nothing_out(other: Action) -> None:
    told = outlooks(seen(other), PLAN)[KEY]
    assert (told.volume.due, told.left_out) == (100, ())


def test_where_everything_is_left_out_the_rest_is_as_forecast() -> None:
    day = FAULT.model_copy(update={"end": START + 4 * HALF_HOUR_MS})
    told = outlooks(seen(day), PLAN)[KEY]
    assert told.volume == (100, 0, 0)
    assert told.remaining == 100


def test_the_board_and_the_metrics_say_what_is_left_out_and_why() -> None:
    view = seen(FAULT)
    assert left_out_lines(lines(view, PLAN), PLAN, "en") == [
        "left out of the rest of the day: 10:00-10:30 cards: line fault (mori, act 3)"
    ]
    assert left_out_lines(lines(seen(), PLAN), PLAN, "en") == []
    console = Console(width=100, record=True, file=StringIO())
    console.print(render(view, PLAN, view.at_ms, 100))
    assert "left out of the rest of the day: 10:00-10:30 cards: line fault" in console.export_text()
    samples = {
        sample.name: sample.value
        for family in ViewCollector(lambda: view, PLAN).collect()
        for sample in family.samples
    }
    assert samples["cc_day_left_out_intervals"] == 1


def test_a_range_that_every_shard_was_told_of_is_shown_once() -> None:
    assert merged({0: seen(FAULT), 1: seen(FAULT)}, Carried(), 0).left_out == (FAULT,)


def test_a_running_store_is_told_of_a_range_and_of_its_withdrawal(tmp_path: Path) -> None:
    clock = ManualClock(T + HOUR_MS)
    run = driver(tmp_path / "s.db", Script([]), clock)
    told = FAULT.model_copy(update={"start": T, "end": T + HOUR_MS})
    analyst = SqliteStore(tmp_path / "s.db")
    analyst.act(lambda known: told)
    clock.set(T + HOUR_MS + 2_000)
    run.step()
    assert run.view().left_out == (told,)
    gone = told.model_copy(update={"revision": 2, "state": "withdrawn", "reason": "in error"})
    analyst.act(lambda known: gone)
    clock.set(T + HOUR_MS + 4_000)
    run.step()
    assert run.view().left_out == ()
    analyst.close()
    run.finish()
