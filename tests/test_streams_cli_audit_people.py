"""An audit of a simulated center: people, chats and calls that were told of ten hours late."""

import json
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from schemas.keys import BUCKET_MS
from streams.checkpoint.sqlite import SqliteStore
from streams.simulator.files import plan_toml
from tests.bank import newest
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
    # More than 200 lines after everything is over: it is closed before the others come.
    times = range(end_ms + HOUR_MS, end_ms + 10 * HOUR_MS, HOUR_MS // 4)
    lines += [one for at_ms in times for one in beats(events, at_ms)]
    text = "[staff]\npersonal_figures = true\n" + plan_toml(plan)
    (path / "c.toml").write_text(text, encoding="utf-8")
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


def people(store: Path) -> dict[tuple[str, str, int], dict[str, int]]:
    """Columns of each person and interval, as they are kept."""
    with closing(SqliteStore(store, read_only=True)) as kept:
        return {one[:3]: one.columns for one in kept.personal()}


def test_people_and_chats_that_were_told_too_late_come_in_by_an_audit(folder: Path) -> None:
    code, found = audit(folder)
    assert code == 1
    assert {"voice", "chat", "staff"} <= {one["channel"] for one in found["differences"]}
    programs = {one["program"] for one in found["differences"]}
    one = min(programs)
    alone = audit(folder, "--program", one)[1]
    assert alone["differences"] == [row for row in found["differences"] if row["program"] == one]
    before = people(folder / "c.db")
    code, done = audit(folder, "--restate", "--fewer")
    assert (code, done["restated"]) == (0, found["differing"])
    assert audit(folder)[1]["differing"] == 0
    options = (
        "--config",
        folder / "c.toml",
        "--store",
        folder / "straight.db",
        "--summary",
        "none",
    )
    assert floorwatch("replay", *options, folder / "log.jsonl").exit_code == 0
    straight, after = people(folder / "straight.db"), people(folder / "c.db")
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    restated = {
        (one["program"], one["start"]) for one in found["differences"] if one["channel"] == "staff"
    }
    assert changed
    assert {key[0] for key in changed} <= {program for program, _ in restated}
    assert after == {key: straight[key] for key in after}
    told = json.loads(
        floorwatch("ledger", "--store", folder / "c.db", "--staff", "--history", "--json").stdout
    )
    assert len(told) == len(changed)
    assert {one["reason"] for one in told} == {"audit"}
    assert all(one["old"] != one["new"] for one in told)


def test_a_log_that_is_ahead_of_the_store_counts_nothing_twice(
    folder: Path, tmp_path: Path
) -> None:
    """What lies above the floor comes by its events; adjusted too it would be there twice."""
    plan, events = center()
    text = "[limits]\nlateness_s = 900\nhorizon_s = 900\nunresolved_s = 1800\n" + plan_toml(plan)
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    told = [one for one in events if one["type"] not in ("scheduled", "fte_requested")]
    start_ms, end_ms = (edge(one["time"] for one in told) for edge in (min, max))
    early = [one for one in told if one["time"] < start_ms + HOUR_MS / 6 and "id" in one]
    missed = Random(5).sample(early, 20)
    first = [
        one
        for one in events
        if one not in missed and one.get("time", 0) < start_ms + 1.75 * HOUR_MS
    ]
    rest = [one for one in events if one not in first]
    rest += [one for hours in range(1, 4) for one in beats(events, end_ms + hours * HOUR_MS)]
    for name, lines in (("first", first), ("rest", rest), ("log", first + rest)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    options = ("--config", tmp_path / "c.toml", "--summary", "none", "--checkpoint-rows", "200")

    def replay(name: str, store: str, *more: str) -> None:
        done = floorwatch("replay", *options, *more, "--store", tmp_path / store, tmp_path / name)
        assert done.exit_code == 0, done.output

    replay("first.jsonl", "c.db", "--live")
    code, found = audit(tmp_path, "--restate", "--fewer")
    assert code == 1
    assert found["restated"] > 0
    assert {row["stays"][:26] for row in found["differences"]} == {"the shard may still change"}
    with closing(SqliteStore(tmp_path / "c.db", read_only=True)) as kept:
        adjusted = [one.bucket_ms for one in kept.history("reason = 'audit'")]
    assert max(adjusted) + BUCKET_MS <= start_ms + 1.25 * HOUR_MS
    replay("rest.jsonl", "c.db", "--live")
    code, found = audit(tmp_path, "--restate", "--fewer")
    assert (code, found["agrees"]) == (0, True)
    replay("log.jsonl", "straight.db")
    straight = newest(tmp_path / "straight.db")
    assert {key: one[:2] for key, one in newest(tmp_path / "c.db").items() if any(one[:2])} == {
        key: one[:2] for key, one in straight.items() if any(one[:2])
    }
