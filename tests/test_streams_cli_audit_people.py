"""An audit of a simulated center: people, chats and calls that were told of ten hours late."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from streams.simulator.files import plan_toml
from tests.test_streams_adjusted import HOUR_MS, beats, center
from tests.test_streams_cli_score import floorwatch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log, and the store of a feed that was closed as it came; 60 of its events are too late."""
    path = tmp_path_factory.mktemp("people")
    plan, events = center()
    told = [one for one in events if one["type"] not in ("heartbeat", "scheduled", "fte_requested")]
    end_ms = max(one["time"] for one in told)
    missed = Random(3).sample([one for one in told if one["time"] < end_ms - HOUR_MS], 60)
    lines = [one for one in events if one not in missed]
    lines += [one for hours in range(1, 11) for one in beats(events, end_ms + hours * HOUR_MS)]
    (path / "c.toml").write_text(plan_toml(plan), encoding="utf-8")
    log = path / "log.jsonl"
    log.write_text("".join(json.dumps(one) + "\n" for one in [*lines, *missed]))
    options = ("--store", path / "c.db", "--live", "--checkpoint-rows", "200", "--summary", "none")
    assert floorwatch("replay", "--config", path / "c.toml", *options, log).exit_code == 0
    return path


def audit(folder: Path, *arguments: str) -> tuple[int, Any]:
    done = floorwatch(
        *("audit", "--config", folder / "c.toml", "--store", folder / "c.db", "--month", "2026-01"),
        *("--json", *arguments, folder / "log.jsonl"),
    )
    return done.exit_code, json.loads(done.stdout)


def test_people_and_chats_that_were_told_too_late_come_in_by_an_audit(folder: Path) -> None:
    code, found = audit(folder)
    assert code == 1
    assert {"voice", "chat", "staff"} <= {one["channel"] for one in found["differences"]}
    programs = {one["program"] for one in found["differences"]}
    one = min(programs)
    alone = audit(folder, "--program", one)[1]
    assert alone["differences"] == [row for row in found["differences"] if row["program"] == one]
    code, done = audit(folder, "--restate", "--fewer")
    assert (code, done["restated"]) == (0, found["differing"])
    assert audit(folder)[1]["differing"] == 0
