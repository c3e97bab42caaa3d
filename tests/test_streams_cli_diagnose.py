"""`floorwatch diagnose`: a recorded day against its plan, as somebody at the desk asks."""

import csv
import io
import json
from pathlib import Path

import pytest

from schemas.targets import Plan
from streams.cli.planned import span_of
from tests.staged_day import DAY, Staged, floorwatch, ran, written

BUSY = Staged(contacts=115)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("busy"), BUSY)


def test_a_busy_day_is_told_as_volume_in_every_interval_and_pooled(busy: Path) -> None:
    rows = json.loads(ran(floorwatch("diagnose", "--store", busy, "--day", DAY, "--json")).stdout)
    *each, pooled = rows
    assert [row["start"][11:16] for row in each[:2]] == ["09:00", "09:30"]
    assert (len(each), pooled["start"]) == (BUSY.half_hours, "all")
    assert pooled["contacts"] == sum(row["contacts"] for row in each)
    assert {row["staff"] for row in each} == {10}
    for row in rows:
        parts = [
            row[name] for name in ("by_volume", "by_aht", "by_staff", "interaction", "unmodelled")
        ]
        assert sum(parts) == pytest.approx(row["gap"], abs=1e-9)
        assert row["by_staff"] == pytest.approx(0)
    assert pooled["by_volume"] < -0.1
    assert abs(pooled["by_aht"]) < abs(pooled["by_volume"]) / 2
    assert pooled["model"] == "erlang_a"


def test_the_table_ends_with_a_sentence_and_csv_has_every_column(busy: Path) -> None:
    told = ran(floorwatch("diagnose", "--store", busy, "--queue", "cards", "--day", DAY)).stdout
    sentence = told.strip().splitlines()[-1]
    assert sentence.startswith("cards: ")
    assert "points: volume -" in sentence
    assert "staff required" in sentence
    table = ran(floorwatch("diagnose", "--store", busy, "--day", DAY, "--csv")).stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert rows[-1]["start"] == "all"
    assert float(rows[-1]["gap"]) < 0


def test_a_part_of_the_day_has_the_intervals_asked_for(busy: Path) -> None:
    span = ("--from", f"{DAY}T10:00", "--to", f"{DAY}T11:00")
    rows = json.loads(ran(floorwatch("diagnose", "--store", busy, *span, "--json")).stdout)
    assert [row["start"][11:16] for row in rows] == ["10:00", "10:30", ""]


def test_too_few_people_are_told_as_staff(tmp_path: Path) -> None:
    store = written(tmp_path, Staged(staff=8, seed=3))
    rows = json.loads(ran(floorwatch("diagnose", "--store", store, "--day", DAY, "--json")).stdout)
    assert rows[-1]["by_staff"] < -0.1
    assert abs(rows[-1]["by_volume"]) < abs(rows[-1]["by_staff"]) / 2


def test_people_nobody_tells_of_are_unknown_and_no_cause(tmp_path: Path) -> None:
    store = written(tmp_path, Staged(staff=8), staffed=False)
    rows = json.loads(ran(floorwatch("diagnose", "--store", store, "--day", DAY, "--json")).stdout)
    assert {(row.get("staff"), row["by_staff"]) for row in rows} == {(None, None)}
    assert rows[-1]["note"] == "staff unknown in 8"
    assert rows[-1]["unmodelled"] < 0


def test_without_a_plan_it_says_so_and_how_to_have_one(tmp_path: Path) -> None:
    done = floorwatch("diagnose", "--store", written(tmp_path, Staged(), plan=None), "--day", DAY)
    assert done.exit_code == 2
    assert "no forecast with a handle time" in done.stderr
    assert "hint: floorwatch plan import" in done.stderr


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)]
)
def test_a_day_is_the_programs_local_day_also_when_the_clocks_change(day: str, hours: int) -> None:
    plan = Plan.model_validate({"programs": {"bank": {"time_zone": "Europe/Berlin"}}})
    span = span_of(plan, "bank", (), day, None, None)
    assert span.until_ms - span.since_ms == hours * 3_600_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--day", DAY, "--from", DAY), "--day goes with neither"),
        (("--from", DAY), "which time is meant?"),
        (("--day", "tuesday"), "'tuesday' is no day"),
        (("--from", DAY, "--to", "2026-03-01"), "is not after"),
        (("--day", DAY, "--queue", "loans"), "queues there: cards"),
        (("--day", DAY, "--against", "wished"), "one of required, requested, scheduled"),
        (("--day", DAY, "--plan", "absent.jsonl"), "absent.jsonl cannot be read"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_way_out(
    busy: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = floorwatch("diagnose", "--store", busy, *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
