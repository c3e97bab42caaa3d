"""M5 of latency: a bot's responses against what it promises, and whether that is noise."""

from dataclasses import replace
from typing import Any

import pytest

from kernels.columns import BOTS_ROW
from schemas.targets import Plan
from schemas.technologies import Technologies
from streams.exporter import ViewCollector
from streams.planning.latency import open_interval, today
from streams.shard import Shard
from streams.view import QueueKey, SourceView, View
from tests.views import AT_MS, BEFORE_MS, FAQ, MIDNIGHT_MS, NINE_MS, busy_view, cells, key

PLAN = Plan()


def seen(promised: float | None, **columns: int) -> View:
    rows = {key(FAQ, NINE_MS): columns, key(FAQ, BEFORE_MS): {"n_submit": 50, "lat_in_x": 1}}
    made: View = replace(
        busy_view(),
        bots=cells(BOTS_ROW, rows),
        promised={} if promised is None else {FAQ: promised},
    )
    return made


def test_responses_in_time_are_compared_with_the_share_that_was_promised() -> None:
    (one,) = open_interval(seen(0.9, n_submit=104, lat_in_x=81, lat_open=3, lat_unknown=1)).values()
    assert (one.forecast, one.expected, one.actual, one.contacts) == (0.9, 90.0, 81.0, 100)
    assert one.ratio == pytest.approx(-0.1)
    assert one.score == pytest.approx(-9 / 3)


def test_a_promise_of_all_has_no_noise_and_none_at_all_no_deviation() -> None:
    (one,) = open_interval(seen(1.0, n_submit=10, lat_in_x=9)).values()
    assert (one.ratio, one.score) == (pytest.approx(-0.1), None)
    assert open_interval(seen(None, n_submit=10, lat_in_x=9)) == {}
    assert open_interval(seen(0.9, n_submit=2, lat_open=2)) == {}


def test_today_is_the_local_day() -> None:
    rows = {key(FAQ, MIDNIGHT_MS): {"n_submit": 10, "lat_in_x": 9},
            key(FAQ, MIDNIGHT_MS - 86_400_000): {"n_submit": 10}}  # fmt: skip
    made = replace(seen(0.9), day_bots=cells(BOTS_ROW, rows))
    (one,) = today(made, PLAN).values()
    assert (one.contacts, one.ratio) == (10, pytest.approx(0.0))


def test_a_promise_counts_from_its_moment_on() -> None:
    latency = [
        {"within_s": 2, "share": 0.8},
        {"within_s": 2, "share": 0.95, "valid_from": "2024-03-04T09:00:00Z"},
    ]
    listed = {"faq": {"program": "bank", "latency": latency}}
    shard = Shard(PLAN, technologies=Technologies.model_validate({"listed": listed}))
    bot = QueueKey("bank", "faq", "bot")
    shard.names.queue(bot)
    shard.names.queue(bot._replace(queue="other"))
    shard.learn_names()
    assert shard.view(AT_MS).promised == {bot: 0.95}
    assert shard.view(NINE_MS - 1).promised == {bot: 0.8}


def test_a_silent_feed_shows_no_deviation() -> None:
    def names(made: View) -> set[Any]:
        families = ViewCollector(lambda: made, PLAN).collect()
        return {s.name for family in families for s in family.samples}

    told = "cc_interval_latency_deviation_ratio"
    made = seen(0.9, n_submit=10, lat_in_x=9)
    assert told in names(made)
    silent = (SourceView("pbx", "bank", AT_MS - 600_000, AT_MS - 700_000, silent=True),)
    assert told not in names(replace(made, sources=silent))
