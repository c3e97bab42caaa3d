"""M6, M7, M8: forecasts are judged by the version that was known early enough to act on."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from math import nan
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.targets import Plan
from streams.cli import app
from streams.cli.plan_accuracy import KEYS
from streams.close import Record
from streams.planning.accuracy import (
    Forecast,
    Pair,
    Seen,
    forecasts,
    peak_columns,
    scheduling_columns,
    seen,
    staffing,
    staffing_columns,
)
from streams.planning.journal import plan_path
from streams.planning.staffing import Goals, Load, required
from streams.shard import Shard
from streams.view import QueueKey
from tests.shards import fed
from tests.test_streams_planning_book import DAY_MS, HOUR_MS, forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls

CARDS, LOANS = QueueKey("bank", "cards", "voice"), QueueKey("bank", "loans", "voice")
TARGET = {"thresholds_s": [20], "service_level": 0.8}
PLAN = Plan.model_validate({"default_target": TARGET})


def interval(was: float, came: float, at: int = 0, key: QueueKey = CARDS) -> Forecast:
    start = START + at * HALF_HOUR_MS
    return Forecast(key, start, start + HALF_HOUR_MS, DAY_MS, 10.0, 10.0, was, came)


def test_days_of_5_minus_10_and_3_percent_are_6_percent_off() -> None:
    pairs = [Pair(n * DAY_MS, 100.0, came) for n, came in enumerate((105, 90, 103))]
    assert staffing_columns(pairs) == {"fc_dev_ppm": 180_000, "fc_period_ppm": 3_000_000}


def test_a_day_adds_its_intervals_before_it_is_compared_and_needs_all_of_them() -> None:
    told = [interval(10, 12), interval(10, 8, 1), interval(4, 5, 2, LOANS)]
    assert staffing(told) == [Pair(DAY_MS, 12.0, 12.5)]
    assert staffing([*told, interval(10, nan, 3)]) == []
    assert staffing([interval(0, 3)]) == []


def test_an_interval_is_met_up_to_the_edges_of_its_band() -> None:
    told = [interval(10, came) for came in (9, 9.99, 11.5, 11.51, 8.99, nan)]
    assert scheduling_columns(told, (0.1, 0.15)) == {"fc_int": 5, "fc_int_in": 3}
    assert scheduling_columns([interval(0, 0)], (0.1, 0.1)) == {"fc_int": 1, "fc_int_in": 1}


@pytest.mark.parametrize(
    ("came", "met"),
    [((0, 2, 2, 3, 2, 0, 0, 0), 1), ((2, 2, 3, 0, 0, 0, 2, 0), 0), ((2, 2, 2, 3, 2, 1, 2, 1), 1),
     ((3, 3, 3, 3, 0, 0, 0, 0), 0)],
)  # fmt: skip
def test_the_busiest_hour_need_not_begin_on_the_hour(came: tuple[int, ...], met: int) -> None:
    """Forecast are half-hours of 2, 4, 5 and 3 contacts, so 9 in the busiest hour."""
    told = [
        interval(nan, nan, at)._replace(contacts=contacts)
        for at, contacts in enumerate((2.0, 4.0, 5.0, 3.0))
    ]
    quarter_ms = HALF_HOUR_MS // 2
    rows = {(CARDS, START + n * quarter_ms): {"offered": count} for n, count in enumerate(came)}
    assert peak_columns(told, Seen(rows, {}), 0.05) == {"fc_day": 1, "fc_day_in": met}


def test_a_day_with_a_bucket_that_is_not_recorded_has_no_peak() -> None:
    assert peak_columns([interval(1, 1)], Seen({}, {}), 0.1) == {"fc_day": 0, "fc_day_in": 0}


@pytest.mark.parametrize(("lag", "contacts"), [(0, 30.0), (1, 20.0), (2, 10.0), (3, None)])
def test_the_version_with_the_lag_is_the_newest_that_early(
    lag: int, contacts: float | None
) -> None:
    start = 4 * DAY_MS + 9 * HOUR_MS
    versions = [forecast(start, n + 1, (2 + n) * DAY_MS, 10 * (n + 1)) for n in range(4)]
    shard = fed(Shard(PLAN), versions, "plan")
    told = forecasts(
        shard.forecasts, shard.names.queues, PLAN, Seen({}, {}), {"bank": lag}, (0, 9 * DAY_MS)
    )
    assert [one.contacts for one in told] == ([] if contacts is None else [contacts])


def test_actually_required_is_the_model_run_again_with_what_came() -> None:
    shard = fed(Shard(PLAN), [forecast(START, 1, 0, 100)], "plan")
    came = {"offered": 60, "talk_ms": 12_000_000, "acw_ms": 600_000, "handled": 60}
    rows = {(CARDS, START): came, (CARDS, START + HALF_HOUR_MS // 2): {"offered": 20}}
    told = forecasts(
        *(shard.forecasts, shard.names.queues, PLAN, Seen(rows, {CARDS: 90.0})),
        *({"bank": 0}, (0, 9 * DAY_MS)),
    )
    goals = Goals(20, 0.8)
    was, now = required([Load(100, 1800, 180, 90), Load(80, 1800, 210, 90)], [goals, goals])
    assert [(one.forecast, one.actual) for one in told] == [
        (pytest.approx(was), pytest.approx(now))
    ]


def test_chats_that_came_required_people_who_hold_as_many_at_once_as_they_did() -> None:
    groups = [{"program": "bank", "group": "desk", "serves": ["web"]}]
    plan = Plan.model_validate(
        {"queues": {"web": {"program": "bank", "channel": "chat"}}, "groups": groups}
    )
    web, hours = (
        QueueKey("bank", "web", "chat"),
        {"sess_ms": 9_000_000, "chat_busy_union_ms": 5_000_000},
    )
    told = [
        Record("bank", "desk", "staff", "", START, "clipped", 1, "FINAL", 1.0, hours, {}, None, "", 0),
        Record("bank", "web", "chat", "", START, "arrival", 1, "FINAL", 1.0, {}, {}, None, "", 0),
    ]  # fmt: skip
    assert seen(told, plan).concurrency == {web: 1.8}
    shard = fed(Shard(PLAN), [forecast(START, 1, 0, 100)], "plan")
    came = {"offered": 50, "talk_ms": 9_000_000, "handled": 50}
    rows = {(CARDS, START): came, (CARDS, START + HALF_HOUR_MS // 2): {"offered": 50}}
    (one,) = forecasts(
        *(shard.forecasts, shard.names.queues, PLAN, Seen(rows, {CARDS: 90.0}, {CARDS: 1.8})),
        *({"bank": 0}, (0, 9 * DAY_MS)),
    )
    goals = Goals(20, 0.8)
    was, now = required([Load(100, 1800, 180, 90), Load(100, 1800, 180, 90, 1.8)], [goals] * 2)
    assert (one.forecast, one.actual) == (pytest.approx(was), pytest.approx(now))


def test_what_is_not_recorded_or_not_promised_is_not_scored() -> None:
    bare = Plan()
    for plan, rows in ((PLAN, {}), (bare, {(CARDS, START): {}, (CARDS, START + 900_000): {}})):
        shard = fed(Shard(plan), [forecast(START, 1, 0, 100)], "plan")
        of = Seen(rows, {})
        (one,) = forecasts(
            shard.forecasts, shard.names.queues, plan, of, {"bank": 0}, (0, 9 * DAY_MS)
        )
        assert scheduling_columns([one], (0.1, 0.1))["fc_int"] == 0


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two closed days of two half-hours, forecast two days ahead and changed one day ahead."""
    yield replayed(tmp_path_factory.mktemp("scored"), START)


def replayed(folder: Path, start: int) -> Path:
    settings = (
        "[plan.default_target]\nthresholds_s = [20]\nservice_level = 0.8\n"
        '[plan.queues.cards]\nprogram = "bank"\n'
    )
    (folder / "center.toml").write_text(settings)
    days = [start, start + DAY_MS]
    halves = [day + n * HALF_HOUR_MS for day in days for n in range(2)]
    planned = [
        forecast(at, 1, at - 3 * DAY_MS, 20, aht_ms=100_000) for at in halves if at > 3 * DAY_MS
    ]
    planned += [forecast(at, 1, 0, 20, aht_ms=100_000) for at in halves if at <= 3 * DAY_MS]
    planned += [forecast(halves[2], 2, start - HOUR_MS, 30, aht_ms=100_000)]
    happened = [one for at in halves for one in calls(20, at)]
    happened += calls(1, days[1] + 3 * HALF_HOUR_MS)  # the day goes on behind what was forecast
    beat = {"type": "heartbeat", "time": start + 3 * DAY_MS, "source": "acd", "program": "bank"}
    for name, events in (("plan", planned), ("events", [*happened, beat])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    run(
        "replay", "-c", folder / "center.toml", "--store", folder / "c.db", "--summary", "none",
        folder / "plan.jsonl", folder / "events.jsonl",
    )  # fmt: skip
    return folder / "c.db"


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def rows(store: Path, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        run("plan", "accuracy", "--store", store, "--json", *more)
    )
    return found


def test_a_store_is_scored_by_queue_program_and_as_a_whole(scored: Path) -> None:
    told = rows(scored, "--staffing-lag", "0", "--scheduling-lag", "0")
    assert [(one["program"], one["queue"]) for one in told] == [
        ("bank", "cards"), ("bank", ""), ("", ""),
    ]  # fmt: skip
    queue, program, everything = told
    assert (queue["days"], queue["intervals"], queue["intervals_in"]) == (2, 4, 3)
    assert (queue["M7"], queue["M8"]) == (0.75, 0.5)
    assert program["M6"] == queue["M6"] > 0
    assert (everything["M6"], everything["M8"]) == (None, 0.5)


def test_an_earlier_version_is_another_score_and_days_are_kept_as_pairs(scored: Path) -> None:
    first = rows(scored, "--staffing-lag", "1", "--scheduling-lag", "1")[0]
    assert (first["M6"], first["M7"], first["M8"]) == (0.0, 1.0, 1.0)
    pairs = rows(scored, "--staffing-lag", "0", "--pairs")
    assert [round(one["deviation"], 3) < 0 for one in pairs[:2]] == [False, True]
    assert all(one["deviation"] == one["actual_h"] / one["forecast_h"] - 1 for one in pairs)


def test_a_lag_that_no_version_has_says_so(scored: Path) -> None:
    done = CliRunner().invoke(app, ["plan", "accuracy", "--store", str(scored)])
    assert done.exit_code == 0
    assert "no closed day of these has a version of the plan with such a lag" in done.stderr


def test_what_was_imported_behind_the_checkpoint_is_scored_too(
    scored: Path, tmp_path: Path
) -> None:
    path = tmp_path / "c.db"
    shutil.copy(scored, path)
    before = rows(path, "--staffing-lag", "0")[0]["M6"]
    line = json.dumps(forecast(START + DAY_MS, 3, START - 1, 20, aht_ms=100_000))
    plan_path(path).write_text(line + "\n")
    assert before > rows(path, "--staffing-lag", "0")[0]["M6"] == 0.0
    (tmp_path / "more.jsonl").write_text(line + "\n")
    named = rows(scored, "--staffing-lag", "0", "--plan", str(tmp_path / "more.jsonl"))
    assert named[0]["M6"] == 0.0


def test_kept_scores_are_in_the_month_are_explained_and_are_never_changed(tmp_path: Path) -> None:
    start = START + 20_000 * DAY_MS
    path = replayed(tmp_path, start)
    lags = ("--staffing-lag", "0", "--scheduling-lag", "0", "--keep")
    month = datetime.fromtimestamp(start / 1000, UTC).date().isoformat()[:7]
    told = rows(path, *lags)
    of_month = json.loads(run("month", "--month", month, "--store", path, "--json"))
    kept = {(one["kpi"], one["queue"]): one for one in of_month}
    for queue, row in (("cards", told[0]), ("", told[1])):
        for key, name in zip(KEYS, ("M6", "M7", "M8"), strict=True):
            assert kept[key, queue]["value"] == row[name]
    m7 = kept["scheduling_forecast_accuracy", "cards"]
    assert (m7["n"], m7["revision"], m7["state"], m7["item"]) == (4, 1, "OPEN", "4.5")
    assert rows(path, *lags) == told
    rows(path, "--staffing-lag", "1", "--scheduling-lag", "0", "--keep")
    asked = ("explain", KEYS[0], "--queue", "cards", "--month", month, "--store", path)
    explained = json.loads(run(*asked, "--json"))
    assert explained["value"]["value"] == 0.0
    days = [(one["revision"], one["lag_days"], one["value"]) for one in explained["days"]]
    assert [one[:2] for one in days] == [(1, 0), (2, 1), (1, 0), (2, 1)]
    assert {one[2] for one in days if one[0] == 2} == {0.0}
    assert "M6 staffing_forecast_accuracy" in run(*asked)
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM accuracy")
