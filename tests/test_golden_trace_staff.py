"""The people of the trace of definitions 8.1, with its contacts: replayed, and read from the ledger."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.catalog import KPIS
from streams.cli import app
from streams.kpis import value
from tests.data import ROOT

VECTORS = ROOT / "tests" / "vectors"
CONTACTS = json.loads((VECTORS / "golden_trace.json").read_text("utf-8"))
[PEOPLE] = [
    vector
    for vector in json.loads((VECTORS / "staff_rules.json").read_text("utf-8"))["vectors"]
    if "cells" in vector
]
I1, I2 = "2024-03-04T09:30:00+00:00", "2024-03-04T10:00:00+00:00"
SPANS = {"I1": (I1,), "I2": (I2,), "hour": (I1, I2)}
CONFIG = """
[plan.programs.bank]
time_zone = "UTC"
[plan.queues.main]
program = "bank"
targets = [{ thresholds_s = [20] }]
[staff]
personal_figures = true
"""
TABLE = {
    "I1": {
        "busy_s": 540, "available_s": 2160, "occupancy": 20.0, "attainment_dev": 75.0,
        "adherence_shift_all": 83.3, "adherence_activity_off_phone": 33.3,
    },
    "I2": {
        "busy_s": 1930, "available_s": 1670, "occupancy": 53.6, "attainment_dev": 100.0,
        "adherence_shift_all": 100.0, "adherence_activity_off_phone": None,
    },
    "hour": {
        "busy_s": 2470, "available_s": 3830, "occupancy": 39.2, "attainment_dev": 87.5,
        "adherence_shift_all": 91.7, "adherence_activity_off_phone": 33.3,
    },
}  # fmt: skip
"""The rows of people in the table of definitions 8.1 as printed there: seconds and percent."""
FTE = {I1: 1.5, I2: 2.0}
ADHERENCE_OF_B = {"I1": 66.7, "I2": 100.0, "hour": 83.3}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store into which the whole trace was replayed."""
    folder = tmp_path_factory.mktemp("golden")
    config, events, kept = (folder / name for name in ("c.toml", "events.jsonl", "center.db"))
    config.write_text(CONFIG, "utf-8")
    told = [*CONTACTS["events"], *CONTACTS["late"], *PEOPLE["events"]]
    events.write_text("".join(f"{json.dumps(event)}\n" for event in told), "utf-8")
    arguments = ["replay", "--config", config, "--store", kept, "--complete", events]
    result = CliRunner().invoke(app, [*map(str, arguments), "--summary", "json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rejects"] == {}
    return kept


def read(store: Path, *arguments: str) -> list[dict[str, Any]]:
    told = ["ledger", "intervals", "--minutes", "30", "--store", str(store), "--json", *arguments]
    result = CliRunner().invoke(app, told)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def columns(rows: list[dict[str, Any]], interval: str) -> Counter[str]:
    """Columns of the interval's rows, added up."""
    total: Counter[str] = Counter()
    for row in rows:
        if row["start"] in SPANS[interval]:
            total.update(row["columns"])
    return total


def percent(key: str, of: Counter[str]) -> float | None:
    share = value(KPIS[key], of)
    return None if share is None else round(100 * share, 1)


@pytest.mark.parametrize("interval", TABLE)
def test_the_people_of_the_golden_table_read_as_printed_in_the_definitions(
    store: Path, interval: str
) -> None:
    found = columns(read(store, "--level", "program"), interval)
    printed = TABLE[interval]
    assert found["busy_union_ms"] == 1000 * printed["busy_s"]
    assert found["avail_ms"] == 1000 * printed["available_s"]
    shares = [key for key in printed if not key.endswith("_s")]
    assert {key: percent(key, found) for key in shares} == {key: printed[key] for key in shares}


def test_handling_told_by_people_is_the_handling_told_by_contacts(store: Path) -> None:
    rows = read(store, "--level", "program")
    assert len(rows) >= 3
    for row in rows:
        of = row["columns"]
        assert of.get("busy_union_ms", 0) == of.get("handle_clip_ms", 0)


def test_available_fte_and_what_an_interval_shows_are_its_own_kpis(store: Path) -> None:
    rows = {row["start"]: row["kpis"] for row in read(store, "--level", "program")}
    for start, fte in FTE.items():
        assert rows[start]["available_fte"] == fte
        assert rows[start]["requested_fte"] == 2.0
    assert rows[I1]["adherence_shift_all"] == 5 / 6
    assert rows[I1]["occupancy"] == 0.2


@pytest.mark.parametrize("interval", ADHERENCE_OF_B)
def test_adherence_of_b_alone_is_in_the_figures_of_people(store: Path, interval: str) -> None:
    mine = [row for row in read(store, "--staff") if row["staff"] == "B"]
    assert percent("adherence_shift_all", columns(mine, interval)) == ADHERENCE_OF_B[interval]
