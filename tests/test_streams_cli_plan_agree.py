"""One day of one store, asked by several commands of the plan: they tell the same figures."""

import csv
import io
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.staged_day import DAY, OPENS_MS, Staged, beats, calls, floorwatch, people, ran

CONFIG = """
[plan.programs.bank]
time_zone = "Asia/Tokyo"
reforecast_prior = 50
[plan.programs.travel]
time_zone = "Asia/Tokyo"
[plan.queues.cards]
program = "bank"
patience_s = 77
occupancy_max = 0.6
targets = [{ thresholds_s = [20], service_level = 0.8 }]
[[plan.groups]]
program = "bank"
group = "desk"
serves = ["cards"]
[[plan.groups]]
program = "travel"
group = "tours"
serves = ["cards"]
"""
OVER, HALVES, LENT = 4, 8, 3
NOW_MS = OPENS_MS + OVER * 1_800_000 + 600_000
COUNTS = [40, 60, 80, 90, 90, 80, 60, 40]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of the fifth half-hour have passed; the forecast came behind the checkpoint."""
    folder = tmp_path_factory.mktemp("agree")
    day = Staged(half_hours=HALVES)
    lent = [
        {**one, "id": f"t{one['id']}", "program": "travel", "staff": f"t{one['staff']}"}
        for one in people(Staged(staff=LENT, half_hours=HALVES), group="tours")
    ]
    marks = [*beats(["acd", "desk"], NOW_MS), *beats(["desk"], NOW_MS)]
    marks[-1] = {**marks[-1], "program": "travel"}
    events = [one for one in (*calls(day), *people(day), *lent) if one["time"] <= NOW_MS]
    events = sorted([*events, *marks], key=lambda one: int(one["time"]))
    (folder / "events.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    (folder / "center.toml").write_text(CONFIG)
    options = ("--config", folder / "center.toml", "--store", folder / "center.db")
    ran(floorwatch("replay", *options, "--summary", "none", "--live", folder / "events.jsonl"))
    rows = [
        f"bank,cards,{DAY},{9 + n // 2:02}:{n % 2 * 30:02},{many},180"
        for n, many in enumerate(COUNTS)
    ]
    (folder / "plan.csv").write_text("\n".join(["program,queue,date,time,contacts,aht_s", *rows]))
    asks = [
        f"{home},{group},{DAY},{row.split(',')[3]},{fte}"
        for home, group, fte in (("bank", "desk", Staged().staff), ("travel", "tours", LENT))
        for row in rows
    ]
    (folder / "fte.csv").write_text("\n".join(["program,group,date,time,fte_required", *asks]))
    files = folder / "plan.csv", folder / "fte.csv"
    ran(floorwatch("plan", "import", *options, "--published", "2026-02-27",
                   "--author", "mori", "--reason", "week 9", *files))  # fmt: skip
    return folder / "center.db"


def shown(store: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(
        ran(floorwatch("plan", "show", "--store", store, "--queue", "cards", "--json")).stdout
    )
    return rows


def asked(store: Path) -> list[dict[str, Any]]:
    told = floorwatch("whatif", "--store", store, "--day", DAY, "--queue", "cards", "--json")
    rows: list[dict[str, Any]] = json.loads(ran(told).stdout)["intervals"]
    return rows


def weeks(store: Path, *more: str) -> list[dict[str, str]]:
    told = floorwatch("plan", "week", "--store", store, "--day", DAY, "--csv", *more)
    return list(csv.DictReader(io.StringIO(ran(told).stdout)))


def test_a_forecast_that_was_imported_behind_the_checkpoint_is_shown(store: Path) -> None:
    assert [row["forecast"] for row in shown(store)] == COUNTS


def test_every_version_is_listed_with_who_published_it_and_why(store: Path) -> None:
    rows = json.loads(ran(floorwatch("plan", "list", "--store", store, "--json")).stdout)
    told = {(row["kind"], row["of"], row["says"]) for row in rows}
    assert told == {
        ("forecast", "cards", f"intervals={HALVES} contacts={sum(COUNTS)}"),
        ("fte_required", "desk", f"intervals={HALVES} FTE={Staged().staff}"),
        ("fte_required", "tours", f"intervals={HALVES} FTE={LENT}"),
    }
    assert {(row["author"], row["reason"], row["from"]) for row in rows} == {
        ("mori", "week 9", f"{DAY}T09:00:00+09:00")
    }


def test_a_queue_without_a_forecast_is_told_with_those_that_have_one(store: Path) -> None:
    for command in (("score", "--day", DAY), ("show",)):
        done = floorwatch("plan", *command, "--store", store, "--queue", "loans")
        assert done.exit_code == 2
        assert "queue 'loans' has no forecast of" in done.stderr
        assert "hint: those that have: cards" in done.stderr


def test_what_if_asks_of_the_same_rest_of_the_day_that_plan_show_tells(store: Path) -> None:
    ours, theirs = asked(store), shown(store)
    assert [row["start"] for row in ours] == [row["start"] for row in theirs]
    for one, other in zip(ours[OVER:], theirs[OVER:], strict=True):
        assert one["contacts"] == pytest.approx(other["projected"])
    for one, other in zip(ours[OVER + 1 :], theirs[OVER + 1 :], strict=True):
        assert one["required"] == pytest.approx(other["required"])  # of the open one: what is left
    for one, other in zip(ours[:OVER], theirs[:OVER], strict=True):
        assert one["contacts"] == other["actual"]
        assert one["required"] == pytest.approx(other["required"])  # of the settings' patience, cap
        assert one["staff"] == pytest.approx(other["there"]) == Staged().staff + LENT


def test_the_rest_of_today_is_the_same_in_the_week(store: Path) -> None:
    rows = weeks(store, "--by", "interval", "--queue", "cards")
    told = [float(row["contacts"]) for row in rows if row["start"].startswith(DAY)]
    assert told == pytest.approx([row["contacts"] for row in asked(store)], abs=1e-3)


def test_a_queue_named_has_the_people_of_other_programs_who_serve_it(store: Path) -> None:
    (alone, _), (among, _) = weeks(store, "--queue", "cards"), weeks(store)
    assert alone == among
    told = floorwatch("diagnose", "--store", store, "--day", DAY, "--queue", "cards", "--json")
    first = json.loads(ran(told).stdout)[0]
    assert first["staff_plan"] == first["staff"] == Staged().staff + LENT


def test_a_copied_ledger_goes_on_at_the_rate_of_what_is_recorded(
    store: Path, tmp_path: Path
) -> None:
    for name in (store.name, f"{store.name}.plan.jsonl"):
        shutil.copy(store.with_name(name), tmp_path / name)
    with closing(sqlite3.connect(tmp_path / store.name)) as db:
        db.execute("DELETE FROM snapshot")
        db.commit()
    ours = asked(tmp_path / store.name)
    rates = [one["contacts"] / many for one, many in zip(ours[OVER:], COUNTS[OVER:], strict=True)]
    assert rates == pytest.approx([rates[0]] * (HALVES - OVER))
    came = sum(one["contacts"] for one in ours[:OVER])
    assert 1 < rates[0] < came / sum(COUNTS[:OVER])  # damped


def test_a_range_left_out_is_left_out_by_every_command(store: Path) -> None:
    before = sum(row["projected"] or 0 for row in shown(store))
    done = floorwatch(
        "act", "add", "--store", store, "--program", "bank", "--queue", "cards", "--by", "mori",
        "--from", f"{DAY}T09:00", "--to", f"{DAY}T10:30", "--owner", "it", "--cause", "technology",
        "--lever", "none", "--exclude", "--reason", "calls came twice",
    )  # fmt: skip
    ran(done)
    after, ours = shown(store), asked(store)
    assert sum(row["projected"] or 0 for row in after) != pytest.approx(before, rel=0.01)
    for one, other in zip(ours[OVER:], after[OVER:], strict=True):
        assert one["contacts"] == pytest.approx(other["projected"])
