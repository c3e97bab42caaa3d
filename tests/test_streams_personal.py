"""Figures of each person: those of the slow twin, only where asked for, kept once."""

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams import personal
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.cli import app
from streams.personal import Personal, PersonRecord
from streams.settings import StaffSettings
from streams.shard import Shard
from tests import naive_staff as twin
from tests import strategies_staff as some
from tests.effort import examples
from tests.naive import pooled
from tests.shards import encoded
from tests.views import MIDNIGHT_MS, NINE_MS

MODERATE = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
KEPT = StaffSettings(personal_figures=True)
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
Rows = dict[tuple[str, str, int], dict[str, int]]


def wanted(world: some.World, until: dict[str, int]) -> Rows:
    """Of whole intervals before `until`, ms by program: the twin's columns of each one alone."""
    of_people = [e for e in world.events if e["type"] in ("staff_state", "scheduled")]
    found: Rows = {}
    for program, staff in {(e["program"], e["staff"]) for e in of_people}:
        own = [e for e in of_people if (e["program"], e["staff"]) == (program, staff)]
        for key, row in twin.columns(own, world.plan, until).items():
            if key[0] == program and key[4] + BUCKET_MS <= until.get(program, -1):
                at = (program, staff, key[4])
                found[at] = pooled([found.get(at, {}), row])
    return {key: row for key, row in found.items() if row}


def put(kept: Rows, parts: Iterable[Personal]) -> None:
    """As a store keeps them: what is noted replaces what is there of its spans."""
    for part in parts:
        for key in [*kept]:
            begin, end = part.spans.get(key[0], (0, 0))
            if begin <= key[2] < end:
                del kept[key]
        kept.update({(r.program, r.staff, r.bucket_ms): r.columns for r in part.records})


@MODERATE
@given(some.deliveries())
def test_in_any_order_each_person_has_the_columns_that_the_twin_counts_of_that_one_alone(
    delivery: tuple[some.World, list[dict[str, Any]]],
) -> None:
    world, events = delivery
    shard = Shard(world.plan, privacy=KEPT)
    shard.fold("people", 0, range(len(events)), encoded(events))
    until, kept = shard.until(world.until), Rows()
    personal.note(shard, 0 * until, until)
    put(kept, personal.taken(shard))
    assert kept == wanted(world, world.until)


@MODERATE
@given(some.worlds(revised=False), st.lists(st.integers(1, 120), max_size=6))
def test_what_is_noted_piece_by_piece_as_the_floor_moves_is_the_whole(
    world: some.World, cuts: list[int]
) -> None:
    plans = [e for e in world.events if e["type"] == "scheduled"]
    states = [e for e in world.events if e["type"] == "staff_state"]
    told = plans + sorted(states, key=lambda event: event["time"])
    shard, kept = Shard(world.plan, privacy=KEPT), Rows()
    edges = sorted({0, len(told), *(min(len(told), len(plans) + cut) for cut in cuts)})
    for start, stop in pairwise(edges):
        shard.fold("people", start, range(start, stop), encoded(told[start:stop]))
        moment = max((e["time"] for e in told[start:stop] if e in states), default=0)
        close(shard, moment)
        put(kept, personal.taken(shard))
    end = max((event["time"] for event in states), default=0) + 4 * some.DAY_MS
    close(shard, end)
    put(kept, personal.taken(shard))
    assert [each.reason for each in shard.rejects] == []
    assert kept == wanted(world, {name: shard.floor_of(name) for name in some.PROGRAMS})


def close(shard: Shard, moment: int) -> None:
    """Every source that was heard says that it has told all up to here."""
    for source, program in list(shard.names.feeds):
        at = shard.positions.get("beats", 0)
        beat = {"type": "heartbeat", "time": moment, "source": source, "program": program}
        shard.fold("beats", at, [at], encoded([beat]))
    shard.close(moment)


BASE = {"program": "bank", "source": "wfm", "staff": "ann", "group": "desk"}
DAY: list[dict[str, Any]] = [
    BASE | {"type": "scheduled", "time": MIDNIGHT_MS - 1, "id": "r", "day": "2024-03-04",
            "version": 1, "activity": "work", "start": NINE_MS, "end": NINE_MS + HOUR_MS},
    *(BASE | {"type": "staff_state", "time": NINE_MS + minute * MINUTE_MS, "id": f"s{minute}"} | of
      for minute, of in (
          (0, {"state": "available"}), (15, {"state": "handling"}), (35, {"state": "acw"}),
          (40, {"state": "aux", "aux": "break"}), (55, {"state": "available"}),
          (60, {"state": "logged_out"}))),
]  # fmt: skip


def test_nothing_is_noted_of_people_unless_settings_ask_for_it() -> None:
    shard = Shard(Plan())
    shard.fold("people", 0, range(len(DAY)), encoded(DAY))
    close(shard, NINE_MS + 24 * HOUR_MS)
    assert personal.taken(shard) == []


def test_a_store_keeps_a_span_once_however_often_it_is_noted(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "center.db")
    assert [*store.personal()] == []
    first = PersonRecord("bank", "ann", NINE_MS, {"avail_ms": 5})
    later = PersonRecord("bank", "bob", NINE_MS + BUCKET_MS, {"avail_ms": 7})
    spans = {"bank": (NINE_MS, NINE_MS + 2 * BUCKET_MS)}
    for records in ([first, later], [later]):
        noted = [Personal(spans, records)]
        store.commit(Commit(b"state", {}, [], [], 1, (), noted))
        assert [*store.personal()] == records
    store.close()


def replayed(folder: Path, *settings_of_staff: str) -> Path:
    events, store, config = folder / "day.jsonl", folder / "center.db", folder / "center.toml"
    events.write_text("".join(f"{json.dumps(event)}\n" for event in DAY), "utf-8")
    config.write_text("\n".join(("[staff]", *settings_of_staff)), "utf-8")
    told = ["replay", "--config", config, "--store", store, "--complete", events]
    assert CliRunner().invoke(app, [str(each) for each in told]).exit_code == 0
    return store


def printed(store: Path, *arguments: str) -> Any:
    result = CliRunner().invoke(app, ["ledger", *arguments, "--staff", "--store", str(store)])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "--json" in arguments else result.stdout


def test_the_ledger_prints_a_persons_day_with_adherence(tmp_path: Path) -> None:
    [row] = printed(replayed(tmp_path, "personal_figures = true"), "days", "--json")
    assert (row["start"], row["program"], row["staff"]) == (
        *("2024-03-04T00:00:00+00:00", "bank", "ann"),
    )
    assert (row["handling_s"], row["acw_s"], row["busy_s"]) == (1200, 300, 1500)
    assert (row["available_s"], row["aux_s"], row["logged_in_s"]) == (1200, 900, 3600)
    assert row["adherence_shift_all"] == 0.75  # 15 of 60 minutes on a break that was not planned
    assert row["occupancy"] == 1500 / 2700


def test_with_a_key_the_ledger_knows_people_by_pseudonyms_only(tmp_path: Path) -> None:
    store = replayed(tmp_path, "personal_figures = true", 'pseudonym_key = "k"')
    rows = printed(store, "--minutes", "15", "--json")
    assert len(rows) == 4 and len({row["staff"] for row in rows}) == 1
    assert len(rows[0]["staff"]) == 20 and rows[0]["staff"] != "ann"


def test_without_the_setting_the_ledger_says_how_to_keep_people(tmp_path: Path) -> None:
    store = replayed(tmp_path)
    result = CliRunner().invoke(app, ["ledger", "--staff", "--store", str(store)])
    assert "personal_figures = true" in result.stderr
    db = SqliteStore(store, read_only=True)
    assert [*db.personal()] == []


def test_a_worker_says_that_it_keeps_no_figures_of_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    config = tmp_path / "center.toml"
    config.write_text("[staff]\npersonal_figures = true\n", "utf-8")
    result = CliRunner().invoke(app, ["worker", "--config", str(config)])
    assert result.exit_code == 2
    assert "`run` and `replay` keep them" in result.stderr
