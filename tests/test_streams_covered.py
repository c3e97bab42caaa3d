"""Quarter-hours without a contact are recorded as zeros, however long the span that is replayed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams import covered
from streams.checkpoint.sqlite import SqliteStore
from streams.cli import app
from streams.shard import Shard
from tests.shards import fed

DAY_MS = 86_400_000
JANUARY = round(datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1000)
PLAN = """
[plan.programs.shop]
[plan.queues.sales]
program = "shop"
opening_hours = { opens = "09:00", closes = "12:00" }
"""


def call(at_ms: int) -> list[dict[str, Any]]:
    base = {"source": "acd", "program": "shop", "contact": f"c{at_ms}", "segment": 1}
    return [
        base | {"type": "queued", "id": f"q{at_ms}", "time": at_ms, "queue": "sales"},
        base | {"type": "disconnected", "id": f"d{at_ms}", "time": at_ms + 5000, "by": "customer"},
    ]


def replayed(folder: Path, moments: list[int]) -> tuple[set[int], str]:
    """Starts of the buckets that are recorded of contacts, and what was logged."""
    (folder / "c.toml").write_text(PLAN)
    events = [event for at_ms in moments for event in call(at_ms)]
    (folder / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    options = ("--config", folder / "c.toml", "--store", folder / "c.db", "--complete")
    done = CliRunner().invoke(app, [*map(str, ("replay", *options, folder / "log.jsonl"))])
    assert done.exit_code == 0, done.output
    kept = SqliteStore(folder / "c.db", read_only=True)
    found = {one.bucket_ms for one in kept.ledger("basis = 'arrival'")}
    kept.close()
    return found, done.stderr


def open_buckets(first_ms: int, last_ms: int) -> set[int]:
    return {
        ms
        for ms in range(first_ms, last_ms, BUCKET_MS)
        if 9 <= datetime.fromtimestamp(ms / 1000, UTC).hour < 12
    }


NINE = 9 * 3_600_000
HALF_A_YEAR = [JANUARY + day * DAY_MS + NINE for day in range(0, 181, 20)]
LAST = HALF_A_YEAR[-1] + BUCKET_MS


def test_every_silent_open_quarter_hour_of_half_a_year_has_its_row(tmp_path: Path) -> None:
    found, said = replayed(tmp_path, HALF_A_YEAR[::-1])
    assert open_buckets(JANUARY, LAST) <= found
    assert "silence_not_recorded" not in said


def test_a_stray_time_stamp_makes_no_rows_of_the_years_after_it(tmp_path: Path) -> None:
    stray = JANUARY - 3000 * DAY_MS + NINE
    found, _ = replayed(tmp_path, [stray, *HALF_A_YEAR])
    assert {ms for ms in found if ms < JANUARY} == {stray}
    assert open_buckets(JANUARY + NINE, LAST) <= found


def test_months_that_lie_far_apart_are_each_covered_and_nothing_between_them(
    tmp_path: Path,
) -> None:
    january, august = (
        [first + day * DAY_MS + NINE for day in (0, 10, 27)]
        for first in (JANUARY, JANUARY + 212 * DAY_MS)
    )
    found, _ = replayed(tmp_path, [*august, *january])
    assert found >= open_buckets(january[0], january[-1]) | open_buckets(august[0], august[-1])
    assert not [ms for ms in found if january[-1] < ms < august[0]]


def test_where_there_is_too_much_silence_to_be_held_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covered, "MOST_ROWS", 4 * 24 * 30)
    found, said = replayed(tmp_path, HALF_A_YEAR)
    assert open_buckets(LAST - 30 * DAY_MS, LAST) <= found
    assert "1 queues have no rows of zeros where nobody called in their first 150 days" in said
    assert "--ordered-within" in said


def test_where_the_input_has_ended_each_program_is_known_as_far_as_its_source_promised_any() -> (
    None
):
    event, *_ = call(JANUARY)
    beat = {"type": "heartbeat", "source": "acd", "program": "bank", "time": JANUARY + DAY_MS}
    shard = fed(Shard(Plan()), [event, beat])
    assert shard.feeds.watermarks()["shop"] < JANUARY + DAY_MS
    shard.feeds.complete()
    assert shard.feeds.watermarks() == {"shop": JANUARY + DAY_MS, "bank": JANUARY + DAY_MS}
    for _ in range(2):
        shard.feeds.complete(day_after=True)
    assert shard.feeds.watermarks()["shop"] == JANUARY + DAY_MS, "no further each time it ends"
