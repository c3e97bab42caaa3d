"""Campaigns by the commands: what came too late for O1 and O2 is found by an audit and restated once."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.campaigns import DAY_MS, counted, dialled, listed, said
from tests.strategies import FIRST_EDGE_MS as T
from tests.test_streams_cli_score import floorwatch

HOUR_MS = 3_600_000
CONFIG = """
[plan.programs.bank]
time_zone = "UTC"

[plan.queues.winback]
program = "bank"
channel = "outbound"
"""


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings, the log of two days in the order of arrival, and what was recorded."""
    folder = tmp_path_factory.mktemp("campaign")
    (folder / "center.toml").write_text(CONFIG)
    events = [listed(T, "a"), listed(T, "b"), dialled(T + HOUR_MS, "right_party", "a")]
    events += [counted(T + 2 * HOUR_MS, 1000, 400, 1000)]
    beat = {"type": "heartbeat", "source": "dialer", "program": "bank"}
    events += [beat | {"time": T + hours * HOUR_MS} for hours in range(3, 30)]
    # Both are of the day before, of which everything was promised to have been told.
    events += [said("record_closed", T + 3 * HOUR_MS, "b", reason="exhausted")]
    events += [counted(T + 3 * HOUR_MS, 1000, 900, 1000)]
    events += [beat | {"time": T + 2 * DAY_MS}]
    log = "".join(json.dumps(event) + "\n" for event in events)
    (folder / "events.jsonl").write_text(log)
    ways = ("--ordered-within", "7200", "--checkpoint-rows", "2", "--summary", "none")
    done = floorwatch("replay", *of(folder), *ways, "--no-progress", folder / "events.jsonl")
    assert done.exit_code == 0, done.output
    return folder


def of(folder: Path) -> tuple[str | Path, ...]:
    return ("--config", folder / "center.toml", "--store", folder / "center.db")


def month(folder: Path) -> dict[str, Any]:
    done = floorwatch("month", *of(folder), "--month", "2024-03", "--json")
    assert done.exit_code == 0, done.output
    return {row["kpi"]: row for row in json.loads(done.stdout) if row["queue"] == "winback"}


def test_what_was_too_late_is_found_and_restated_once_by_an_audit(center: Path) -> None:
    before = month(center)
    assert (before["rpc_rate"]["value"], before["list_backlog"]["value"]) == (1.0, 0.6)
    log = ("--month", "2024-03", "--json", center / "events.jsonl")
    found = floorwatch("audit", *of(center), *log)
    assert found.exit_code == 1, found.output
    columns = {one["column"] for one in json.loads(found.stdout)["differences"]}
    # Up to the later last event there are intervals of zeros more, which nobody had recorded.
    columns -= {"not recorded"}
    assert columns == {"rec_done", "rec_exhausted", "list_n", "dialled_cum", "list_behind_n"}
    restated = floorwatch("audit", *of(center), "--restate", *log)
    assert restated.exit_code == 0, restated.output
    after = month(center)
    assert (after["rpc_rate"]["value"], after["rpc_rate"]["n"]) == (0.5, 2)
    assert (after["list_backlog"]["value"], after["list_backlog"]["revision"]) == (0.1, 2)
    again = floorwatch("audit", *of(center), *log)
    assert (again.exit_code, json.loads(again.stdout)["differences"]) == (0, [])
    told = floorwatch("explain", "list_backlog", "--queue", "winback", *of(center), *log[:3])
    assert told.exit_code == 0, told.output
    revisions = json.loads(told.stdout)["revisions"]
    assert {one["reason"] for one in revisions} == {"audit"}


def test_the_refusal_of_contacts_per_staffed_hour_says_what_to_do(center: Path) -> None:
    asked = ("--program", "bank", "--month", "2024-03")
    refused = floorwatch("explain", "rpc_per_hour", *of(center), *asked)
    assert refused.exit_code == 2
    assert "O4" in refused.stderr and "hint: import the dialer's figure" in refused.stderr


def test_a_record_is_a_line_of_the_contract_that_is_printed() -> None:
    printed = floorwatch("schema", "outbound")
    assert printed.exit_code == 0
    assert "list_counted" in printed.stdout and "right_party" in printed.stdout
