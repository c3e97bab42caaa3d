"""`floorwatch plan`: into the store that `run` follows, or not at all."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams.checkpoint.sqlite import SqliteStore
from streams.cli import app
from streams.cli.sources import plan_openers
from streams.clock import ManualClock
from streams.drivers.embedded import Embedded
from streams.planning.journal import append, plan_path
from streams.settings import Settings
from tests.test_streams_planning_book import forecast

CONFIG = '[plan.programs.bank]\ntime_zone = "Asia/Tokyo"\n[plan.queues.cards]\nprogram = "bank"\n'
FORECAST = "program,queue,date,time,contacts\nbank,cards,2026-03-02,09:00,100\n"


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "center.toml").write_text(CONFIG)
    (tmp_path / "good.csv").write_text(FORECAST)
    (tmp_path / "bad.csv").write_text(FORECAST + "bank,cards,2026-03-02,10:00,x\n")
    return tmp_path


def test_a_wrong_line_keeps_all_files_out_of_the_plan(folder: Path) -> None:
    done = floorwatch(
        "plan", "import", "-c", folder / "center.toml", "--store", folder / "c.db",
        folder / "good.csv", folder / "bad.csv",
    )  # fmt: skip
    assert done.exit_code == 2
    assert f"{folder / 'bad.csv'}:3: contacts: 'x' is no number" in done.stdout
    assert not plan_path(folder / "c.db").exists()


def test_an_imported_plan_is_one_version_with_author_and_reason(folder: Path) -> None:
    done = floorwatch(
        "plan", "import", "-c", folder / "center.toml", "--store", folder / "c.db",
        "--version", "4", "--author", "mori", "--reason", "week 9", folder / "good.csv",
    )  # fmt: skip
    assert (done.exit_code, done.stdout) == (0, "")
    assert "version 4: 1 figures to" in done.stderr
    (event,) = map(json.loads, plan_path(folder / "c.db").read_text().splitlines())
    told = {name: event[name] for name in ("version", "author", "reason", "start")}
    assert told == {
        "version": 4, "author": "mori", "reason": "week 9", "start": 1_772_409_600_000,
    }  # fmt: skip


def test_a_plan_is_checked_without_being_imported(folder: Path) -> None:
    done = floorwatch("plan", "check", "-c", folder / "center.toml", folder / "good.csv")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 files, 1 figures" in done.stderr


def test_a_restarted_run_goes_on_in_the_plan_where_it_stood(tmp_path: Path) -> None:
    settings = Settings().model_copy(update={"store": tmp_path / "c.db"})
    clock = ManualClock(1)
    read = []
    for hour in range(2):
        event = forecast(hour * 3_600_000, 1, 0, 100)
        append(settings.store, [json.dumps(event).encode()])
        run = Embedded(settings, plan_openers(settings), SqliteStore(settings.store), clock, clock)
        run.start()
        run.step()
        run.finish()
        read.append((run.readers[0].lines, len(run.shard.forecasts.rows())))
    assert read == [(1, 1), (1, 2)]


def test_a_second_version_is_added_behind_the_first(tmp_path: Path) -> None:
    append(tmp_path / "c.db", [b"{}"])
    assert append(tmp_path / "c.db", [b"[]", b"1"]).read_bytes() == b"{}\n[]\n1\n"
