"""`floorwatch plan show`: a replayed day against its plan, as an analyst reads it from the store."""

import csv
import io
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.cli import app
from streams.planning.staffing import Goals, Load, performances, required
from streams.settings import Settings
from streams.shard import Shard
from tests.shards import fed
from tests.test_streams_planning_book import HOUR_MS, forecast
from tests.test_streams_planning_deviation import HALF_HOUR_MS, START, calls
from tests.test_streams_planning_rest import lost, shift

CONFIG = """
[plan.programs.bank]
reforecast_prior = 100
[plan.queues.cards]
program = "bank"
patience_s = 90
targets = [{ thresholds_s = [20], service_level = 0.8 }]
[plan.queues.loans]
program = "bank"
[[plan.groups]]
program = "bank"
group = "desk"
serves = ["cards"]
"""
HALVES, OVER = 20, 14
PATIENCE_S = 90.0


def beat(source: str, at_ms: int) -> dict[str, Any]:
    return {"type": "heartbeat", "time": at_ms, "source": source, "program": "bank"}


def happened() -> list[dict[str, Any]]:
    """Ten calls each half-hour and five lost in the first; a desk of two, of whom both come."""
    now = START + OVER * HALF_HOUR_MS + HALF_HOUR_MS // 2
    told: list[dict[str, Any]] = [
        {"type": "staff_state", "v": 1, "id": f"s{n}", "time": START - HOUR_MS, "source": "hr",
         "staff": f"p{n}", "program": "bank", "group": "desk", "state": "available"}
        for n in range(2)
    ]  # fmt: skip
    told += [one for n in range(OVER + 1) for one in calls(10, START + n * HALF_HOUR_MS)]
    return [*sorted([*told, *lost(5)], key=lambda event: event["time"]),
            beat("acd", now), beat("hr", now)]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("center")
    (folder / "center.toml").write_text(CONFIG)
    planned = [forecast(START + n * HALF_HOUR_MS, 1, 0, 20) for n in range(HALVES)]
    day = [{**one, "end": START + 14 * HOUR_MS} for one in shift(2)]
    for name, events in (("plan", [*planned, *day]), ("events", happened())):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    done = floorwatch(
        "replay", "-c", folder / "center.toml", "--store", folder / "c.db", "--ordered-within", "60",
        "--summary", "none", folder / "plan.jsonl", folder / "events.jsonl",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder / "c.db"


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def shown(store: Path, *more: str) -> list[dict[str, Any]]:
    done = floorwatch("plan", "show", "--store", store, "--json", *more)
    assert done.exit_code == 0, done.output
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def test_a_queues_day_is_shown_from_its_first_interval_on_also_behind_the_live_state(
    store: Path,
) -> None:
    rows = shown(store, "--queue", "cards")
    assert [row["start"] for row in rows[:2]] == [
        "1970-01-02T10:00:00+00:00", "1970-01-02T10:30:00+00:00",
    ]  # fmt: skip
    assert [row["actual"] for row in rows] == [15, *[10] * OVER, *[None] * (HALVES - OVER - 1)]
    assert [row["there"] for row in rows[: OVER + 1]] == [2] * (OVER + 1)
    assert (rows[0]["level"], rows[0]["abandonment"]) == (10 / 15, 5 / 15)
    assert [row["forecast"] for row in rows] == [20] * HALVES


def test_an_interval_that_is_over_required_what_came_and_one_to_come_what_is_projected(
    store: Path,
) -> None:
    rows = shown(store, "--queue", "cards")
    goals = Goals(20, 0.8)
    over = Load(10, 1800, rows[3]["aht_s"], PATIENCE_S)
    assert rows[3]["required"] == pytest.approx(float(required([over], [goals])[0]))
    came, due = 15 + OVER * 10, (OVER + 0.5) * 20
    contacts = 20 * (100 + came) / (100 + due)
    last = rows[-1]
    assert last["projected"] == pytest.approx(contacts)
    load = Load(contacts, 1800, last["aht_s"], PATIENCE_S)
    assert last["required_high"] == pytest.approx(float(required([load], [goals])[0]))
    (told,) = performances([load], [last["expected"]], [20.0])
    assert last["level_low"] == last["level_high"] == pytest.approx(told.level)
    assert (last["occupancy"], last["scheduled"]) == (pytest.approx(told.occupancy), 2)
    assert last["model"] == "erlang_a"
    open_now = rows[OVER]
    assert open_now["projected"] == pytest.approx(10 + contacts / 2)


def test_a_queue_is_told_by_its_day_and_what_the_rest_of_it_needs(store: Path) -> None:
    (row,) = shown(store)
    assert (row["queue"], row["offered"], row["forecast"]) == ("cards", 155, 400)
    rest = row["projected"] - row["came"]
    assert row["level"] == pytest.approx(150 / 155)
    assert row["needed"] == pytest.approx((0.8 * (155 + rest) - 150) / rest)
    assert row["level_low"] <= row["level_high"] <= 1
    assert (row["patience_s"], row["patience_from"]) == (PATIENCE_S, "setting")


def test_a_month_with_a_day_that_is_not_recorded_is_unknown(store: Path) -> None:
    (row,) = shown(store)
    assert (row["month_days"], row["month_low"]) == ("0/1", None)


def test_csv_has_every_column_and_a_table_the_first_of_them(store: Path) -> None:
    done = floorwatch("plan", "show", "--store", store, "--queue", "cards", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == HALVES and {"projected_low", "loaded_high", "occupancy"} <= rows[0].keys()
    table = floorwatch("plan", "show", "--store", store, "--queue", "cards")
    assert len(table.stdout.splitlines()) == HALVES + 1
    assert "known up to 1970-01-02T17:15:00+00:00" in table.stderr


def test_what_cannot_be_shown_says_what_could(store: Path, tmp_path: Path) -> None:
    done = floorwatch("plan", "show", "--store", store, "--queue", "loans")
    assert done.exit_code == 2
    assert "queue 'loans' has no forecast of this day" in done.stderr
    assert "those that have: cards" in done.stderr
    nothing = floorwatch("plan", "show", "--store", tmp_path / "no.db")
    assert nothing.exit_code == 2 and "no such store" in nothing.stderr


def test_a_store_without_a_plan_of_the_day_says_so(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in calls(3)))
    replayed = floorwatch(
        "replay", "--store", tmp_path / "c.db", "--summary", "none", tmp_path / "events.jsonl"
    )
    assert replayed.exit_code == 0
    done = floorwatch("plan", "show", "--store", tmp_path / "c.db")
    assert done.exit_code == 2 and "no forecast of the day of" in done.stderr


def kept(path: Path, shard: Shard) -> None:
    store = SqliteStore(path)
    store.own()
    store.keep_plan(shard.plan)
    store.commit(Commit(shard.snapshot(), {}, [], [], 0))
    store.close()


PLANNED = [forecast(START + n * HALF_HOUR_MS, 1, 0, 20) for n in range(4)]


def test_feeds_without_heartbeats_need_the_settings_that_say_so(tmp_path: Path) -> None:
    shard = fed(Shard(Settings(**tomllib.loads(CONFIG)).plan), PLANNED, "plan")
    kept(tmp_path / "c.db", fed(shard, calls(3)))
    done = floorwatch("plan", "show", "--store", tmp_path / "c.db")
    assert done.exit_code == 2
    assert "none of its feeds has said up to when it has told everything" in done.stderr
    (tmp_path / "c.toml").write_text("[sources.acd]\nheartbeats = false\ndisorder_s = 1\n")
    (row,) = shown(tmp_path / "c.db", "-c", str(tmp_path / "c.toml"))
    assert row["came"] == 3


def test_where_nobody_is_told_of_nobody_is_missing(tmp_path: Path) -> None:
    shard = fed(Shard(Settings(**tomllib.loads(CONFIG)).plan), [*PLANNED, *shift(2)], "plan")
    kept(tmp_path / "c.db", fed(shard, [*calls(3), beat("acd", START + HALF_HOUR_MS + 60_000)]))
    first, now, *_ = shown(tmp_path / "c.db", "--queue", "cards")
    assert (first["scheduled"], first["there"]) == (2, None)
    assert (now["scheduled"], now["expected"], now["there"]) == (2, 2, None)
