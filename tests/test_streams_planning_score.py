"""Forecasts of a day against what came: original, published, ours and a naive one (2.5.2.b)."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.forecasts import OWN_SOURCE
from schemas.targets import Plan, Program, Queue
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.cli import app
from streams.close import Record
from streams.planning.journal import append
from tests.test_schemas_actions import action
from tests.test_streams_planning_book import forecast

HALF_HOUR_MS, QUARTER_MS, WEEK_MS = 1_800_000, 900_000, 7 * 86_400_000
NINE_MS = 1_772_409_600_000
"""09:00 on 2026-03-02 in Tokyo."""
PLAN = Plan(
    programs={"bank": Program(time_zone="Asia/Tokyo", reforecast_prior=100)},
    queues={"cards": Queue(program="bank"), "loans": Queue(program="bank")},
)
CAME = (60, 60, 55, 65, 50, 70, 40, 80)
"""Contacts of half-hours from 09:00; 50 were forecast of each."""
Store = Callable[..., Path]


def records(came: tuple[int, ...], first_ms: int = NINE_MS, queue: str = "cards") -> list[Record]:
    return [
        Record(
            *("bank", queue, "voice", "", first_ms + n * HALF_HOUR_MS + half * QUARTER_MS, "arrival"),
            *(1, "FINAL", 1.0, {"offered": contacts // 2 + (half and contacts % 2)}, {}, None, "", 0),
        )
        for n, contacts in enumerate(came)
        for half in (0, 1)
    ]  # fmt: skip


def planned(
    contacts: float, version: int = 1, time: int = 0, first: int = 0, **more: Any
) -> list[dict[str, Any]]:
    return [
        forecast(NINE_MS + n * HALF_HOUR_MS, version, time, int(contacts), **more)
        for n in range(first, len(CAME))
    ]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    def made(kept: list[Record], plan: list[dict[str, Any]]) -> Path:
        path = tmp_path / "c.db"
        with closing(SqliteStore(path)) as new:
            new.keep_plan(PLAN)
            new.commit(Commit(b"", {}, kept, [], 0))
            new._db.execute("DELETE FROM snapshot")
        append(path, [json.dumps(event).encode() for event in plan])
        return path

    return made


def score(path: Path, *arguments: str) -> dict[tuple[str, float, str], dict[str, Any]]:
    told = ["plan", "score", "--store", str(path), "--day", "2026-03-02", "--json", *arguments]
    done = CliRunner().invoke(app, told)
    assert done.exit_code == 0, done.output
    return {(row["queue"], row["share"], row["method"]): row for row in json.loads(done.stdout)}


def test_each_forecast_is_measured_by_the_intervals_that_were_to_come(store: Store) -> None:
    rows = score(store(records(CAME), planned(50)))
    assert {method for _, _, method in rows} == {"original", "projected", "run_rate"}
    half = {method: rows["cards", 0.5, method] for method in ("original", "projected", "run_rate")}
    assert half["original"]["at"] == "2026-03-02T11:00:00+09:00"
    assert {row["actual"] for row in half.values()} == {240}
    assert half["original"]["wape"] == pytest.approx((0 + 20 + 10 + 30) / 240)
    assert half["original"]["bias"] == pytest.approx(-40 / 240)
    # 240 of 200 came: run rate 1.2; against a prior of 100: 340 / 300.
    assert half["run_rate"]["told"] == pytest.approx(240)
    assert half["run_rate"]["wape"] == pytest.approx((10 + 10 + 20 + 20) / 240)
    assert half["projected"]["told"] == pytest.approx(200 * 340 / 300)
    assert (half["projected"]["in_band"], half["projected"]["rest_in_band"]) == (0.5, 1)
    assert (half["original"]["in_band"], half["original"]["rest_in_band"]) == (None, None)
    assert [rows["cards", share, "original"]["intervals"] for share in (0.25, 0.5, 0.75)] == [
        6,
        4,
        2,
    ]


def test_the_same_weekday_a_week_before_is_the_naive_one_where_it_was_recorded(
    store: Store,
) -> None:
    before = records((45,) * 8, NINE_MS - WEEK_MS)
    rows = score(store([*before, *records(CAME)], planned(50)))
    assert rows["cards", 0.25, "last_week"]["told"] == 6 * 45
    assert not [method for _, _, method in rows if method == "run_rate"]


def test_what_was_published_during_the_day_is_scored_beside_the_original(store: Store) -> None:
    later = planned(60, 2, NINE_MS + 2 * HALF_HOUR_MS, 2, source=OWN_SOURCE)
    rows = score(store(records(CAME), [*planned(50), *later]))
    assert rows["cards", 0.5, "published"]["told"] == 240
    assert rows["cards", 0.5, "original"]["told"] == 200
    # Ours goes by the morning once, not once more on top of what it published itself.
    assert rows["cards", 0.5, "projected"]["told"] == pytest.approx(200 * 340 / 300)


def test_a_one_off_counts_for_our_projection_from_when_it_was_entered(store: Store) -> None:
    path = store(records(CAME), planned(50))
    fault = action(
        program="bank", excluded=True, reason="fault", start=NINE_MS, end=NINE_MS + HALF_HOUR_MS,
        recorded_ms=NINE_MS + 3 * HALF_HOUR_MS,
    )  # fmt: skip
    with closing(SqliteStore(path)) as kept:
        kept.act(lambda known: fault)
    rows = score(path)
    assert rows["cards", 0.25, "projected"]["told"] == pytest.approx(300 * 220 / 200)
    assert rows["cards", 0.5, "projected"]["told"] == pytest.approx(200 * 280 / 250)


def test_a_day_that_is_not_closed_has_no_figures_and_one_without_forecast_no_rows(
    store: Store,
) -> None:
    path = store(records(CAME)[:-1], planned(50))
    assert {row["actual"] for row in score(path).values()} == {None}
    assert score(path, "--day", "2026-03-05") == {}


def test_queues_are_pooled_by_their_sums_not_by_their_ratios(store: Store) -> None:
    more = [event | {"queue": "loans", "id": f"l{event['id']}"} for event in planned(10)]
    kept = [*records(CAME), *records((20,) * 8, queue="loans")]
    rows = score(store(kept, [*planned(50), *more]))
    one, other, both = (rows[name, 0.5, "original"] for name in ("cards", "loans", ""))
    assert (both["queues"], both["actual"]) == (2, 240 + 80)
    assert both["wape"] == pytest.approx((60 + 40) / 320)
    assert both["wape"] != pytest.approx((one["wape"] + other["wape"]) / 2)
