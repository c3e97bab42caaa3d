"""`floorwatch act`: what was done about a deviation is kept with who and when, and measured."""

import csv
import json
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schemas.targets import Plan, Program, Queue
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.cli import app
from streams.close import Record
from streams.planning.journal import append
from tests.test_schemas_actions import action
from tests.test_streams_planning_book import forecast

HALF_HOUR_MS, QUARTER_MS = 1_800_000, 900_000
NINE_MS = 1_772_409_600_000
"""09:00 on 2026-03-02 in Tokyo."""
PLAN = Plan(
    programs={"bank": Program(time_zone="Asia/Tokyo", reforecast_prior=100)},
    queues={"cards": Queue(program="bank"), "loans": Queue(program="bank")},
)
HEAD = ("--program", "bank", "--owner", "lead", "--cause", "volume", "--lever", "overtime")
RANGE = ("--from", "2026-03-02T10:00", "--to", "2026-03-02T10:30")


def record(queue: str, at_ms: int, basis: str, **columns: int) -> Record:
    return Record(
        *("bank", queue, "voice", "", at_ms, basis, 1, "FINAL", 1.0, columns, {}, None, "", at_ms)
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two hours and a half from 09:00: 30 contacts a quarter of an hour at first, 20 from 10:30."""
    path = tmp_path / "c.db"
    records = []
    for n in range(10):
        at, offered = NINE_MS + n * QUARTER_MS, 30 if n < 6 else 20
        told = {"offered": offered, "ans": offered, "ans_in_T1": 10, "wait_ans_ms": 1000 * offered}
        records.append(record("cards", at, "arrival", **told))
        records.append(record("cards", at, "end", handled=10, talk_ms=1_000_000))
    with closing(SqliteStore(path)) as kept:
        kept.keep_plan(PLAN)
        kept.commit(Commit(b"", {}, records, [], 0))
        kept._db.execute("DELETE FROM snapshot")
    events = [forecast(NINE_MS + n * HALF_HOUR_MS, 1, 0, 50) for n in range(6)]
    append(path, [json.dumps(event).encode() for event in events])
    return path


def act(store: Path, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(app, ["act", command, "--store", str(store), *rest])


def listed(store: Path, *arguments: str) -> list[dict[str, Any]]:
    done = act(store, *arguments, "--json")
    assert done.exit_code == 0
    return list(json.loads(done.stdout))


def test_an_action_that_is_over_is_not_closed_again(store: Path) -> None:
    act(store, "add", *HEAD, *RANGE, "--by", "mori")
    assert act(store, "close", "1", "--by", "mori").exit_code == 0
    again = act(store, "close", "1", "--by", "sato")
    assert again.exit_code == 2
    assert "action 1 is closed already" in again.stderr
    assert len(listed(store, "list", "--history")) == 2


def test_every_revision_of_an_action_is_kept_with_who_entered_it(store: Path) -> None:
    assert act(store, "add", *HEAD, *RANGE, "--queue", "cards", "--by", "mori").exit_code == 0
    act(store, "change", "1", "--lever", "breaks moved", "--reason", "misheard", "--by", "sato")
    act(store, "close", "1", "--by", "mori")
    (now,) = listed(store, "list")
    assert (now["state"], now["lever"], now["start"]) == (
        *("closed", "breaks moved"),
        "2026-03-02T10:00:00+09:00",
    )
    history = [
        (one["revision"], one["lever"], one["by"]) for one in listed(store, "list", "--history")
    ]
    assert history == [(1, "overtime", "mori"), (2, "breaks moved", "sato"), (3, "breaks moved", "mori")]  # fmt: skip
    assert listed(store, "list", "--queue", "loans") == []


@pytest.mark.parametrize("change", ["UPDATE action SET by = 'x'", "DELETE FROM action"])
def test_what_was_entered_cannot_be_changed_in_the_store(store: Path, change: str) -> None:
    act(store, "add", *HEAD, *RANGE, "--by", "mori")
    with (
        closing(sqlite3.connect(store)) as db,
        pytest.raises(sqlite3.IntegrityError, match="never changed"),
    ):
        db.execute(change)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--program", "shop", *RANGE), "error: program 'shop' is not listed in the plan"),
        (("--queue", "card", *RANGE), "error: queue 'card' is not one of program 'bank'"),
        (("--from", "2026-03-02T10:05", "--to", "2026-03-02T11:00"), "error: start: "),
        (("--from", "2026-03-02T11:00", "--to", "2026-03-02T10:00"), "error: end must lie after"),
        (("--cause", "rain", *RANGE), "error: cause: "),
        (("--exclude", *RANGE), "error: a range is excluded for a reason only"),
        (("--from", "ten", "--to", "eleven"), "error: 'ten' is no date or time"),
    ],
)
def test_an_action_that_cannot_be_meant_is_refused_and_not_kept(
    store: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = act(store, "add", *HEAD, *arguments, "--by", "mori")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert "hint: " in done.stderr
    assert listed(store, "list") == []


def test_a_store_or_an_action_that_is_not_there_is_named(store: Path, tmp_path: Path) -> None:
    assert "no such store" in act(tmp_path / "none.db", "add", *HEAD, *RANGE, "--by", "m").stderr
    assert not (tmp_path / "none.db").exists()
    for command in (("close", "3", "--by", "m"), ("measure", "3")):
        done = act(store, *command)
        assert done.exit_code == 2
        assert "no action 3" in done.stderr


def test_what_followed_is_read_from_the_ledger_against_forecast_and_projection(store: Path) -> None:
    act(store, "add", *HEAD, *RANGE, "--queue", "cards", "--by", "mori")
    before, during, after = listed(store, "measure", "1")
    assert [one["offered"] for one in (before, during, after)] == [60, 60, 40]
    assert [one["forecast"] for one in (before, during, after)] == [50, 50, 50]
    assert [round(one["deviation"], 6) for one in (before, during, after)] == [0.2, 0.2, -0.2]
    assert [one["service_level"] for one in (before, during, after)] == pytest.approx(
        [1 / 3, 1 / 3, 0.5]
    )
    assert (during["asa"], during["aht"], during["forecast_aht"]) == (1, 100, 180)
    # Two half-hours of 60 instead of 50 when it began, against a prior of 100: 220 / 200.
    assert before["projected"] is None
    assert [one["projected"] for one in (during, after)] == pytest.approx([55, 55])
    assert (during["available_fte"], during["required_fte"]) == (None, None)


def test_a_one_off_known_when_the_action_began_is_left_out_of_its_projection(store: Path) -> None:
    fault = action(
        program="bank", excluded=True, reason="fault", start=NINE_MS, end=NINE_MS + HALF_HOUR_MS
    )  # fmt: skip
    with closing(SqliteStore(store)) as kept:
        kept.act(lambda known: fault)
    act(store, "add", *HEAD, *RANGE, "--queue", "cards", "--by", "mori")
    _, during, _ = listed(store, "measure", "2")
    assert during["projected"] == pytest.approx(50 * 160 / 150)


def test_people_are_those_of_the_program_there_and_required(store: Path) -> None:
    with closing(SqliteStore(store)) as kept:
        there = [
            record("desk", NINE_MS + n * QUARTER_MS, "clipped", staffed_ms=4 * QUARTER_MS)
            for n in range(10)
        ]
        kept.commit(Commit(b"", {}, [one._replace(channel="staff") for one in there], [], 0))
        kept._db.execute("DELETE FROM snapshot")
    required = {
        "type": "fte_required", "v": 1, "id": "r", "time": 0, "source": "wfm", "program": "bank",
        "group": "desk", "version": 1, "start": NINE_MS, "end": NINE_MS + 6 * QUARTER_MS,
        "milli_fte": 5000,
    }  # fmt: skip
    append(store, [json.dumps(required).encode()])
    act(store, "add", *HEAD, *RANGE, "--queue", "cards", "--by", "mori")
    before, during, after = listed(store, "measure")
    assert (before["available_fte"], during["available_fte"]) == (4, 4)
    assert (during["required_fte"], after["required_fte"]) == (5, None)


def test_what_is_not_closed_or_not_planned_is_unknown(store: Path) -> None:
    late = ("--from", "2026-03-02T11:00", "--to", "2026-03-02T12:00")
    act(store, "add", *HEAD, *late, "--queue", "cards", "--by", "mori")
    before, during, after = listed(store, "measure")
    assert (before["state"], before["offered"]) == ("FINAL", 100)
    assert (during["state"], during["offered"], during["service_level"]) == ("unknown", None, None)
    assert (during["forecast"], after["forecast"], after["projected"]) == (100, None, None)


def test_tables_for_the_auditor_are_csv_too(store: Path) -> None:
    act(store, "add", *HEAD, *RANGE, "--by", "mori")
    (row,) = csv.DictReader(StringIO(act(store, "list", "--csv").stdout))
    assert (row["number"], row["by"], row["excluded"]) == ("1", "mori", "False")
    rows = list(csv.DictReader(StringIO(act(store, "measure", "--csv").stdout)))
    assert [one["span"] for one in rows] == ["before", "during", "after"]
