"""A batch that kills the fold: everything else is counted, the culprit is kept."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streams.broken import FoldFailed
from streams.checkpoint.sqlite import SqliteStore
from streams.clock import ManualClock
from streams.drivers.embedded import Embedded
from streams.drivers.replay import Options, replay
from streams.folding import Suspects, fold_one_by_one
from streams.settings import Settings
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.sources.file import FileSource
from tests import naive
from tests.shards import encoded, figures

CENTER = Center(SimulatorSettings(seed=8, scale=0.3))
START = round(CENTER.settings.start.timestamp() * 1000) + 10 * 3_600_000
EVENTS = [event for _, event in CENTER.events(START, START + 1_200_000)]
LINES = encoded(EVENTS)
PLAN = CENTER.plan()
ENTRIES = [i for i, event in enumerate(EVENTS) if event["type"] == "queued"]


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Numbers of events at which the kernels break off, after half of their batch went in."""
    numbers: set[int] = set()
    whole = Shard._through_kernels

    def broken(shard: Shard, batch: Any, fates: Any) -> None:
        deaths = {EVENTS[number]["time"] for number in numbers}
        dead = np.isin(batch.events["event"]["time"], list(deaths))
        seqs = {EVENTS[number]["seq"] for number in numbers}
        if (dead & np.isin(batch.events["event"]["seq"], list(seqs))).any():
            batch.events = batch.events[: len(batch.events) // 2]
            whole(shard, batch, fates[: len(batch.events)])
            raise IndexError("index is out of bounds")
        whole(shard, batch, fates)

    monkeypatch.setattr(Shard, "_through_kernels", broken)
    return numbers


def expected(without: set[int]) -> naive.Figures:
    return naive.columns([e for i, e in enumerate(EVENTS) if i not in without], PLAN)


def file_of(folder: Path) -> Path:
    path = folder / "events.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in LINES))
    return path


def test_of_a_batch_folded_one_by_one_only_the_deadly_events_are_missing(deadly: set[int]) -> None:
    deadly |= {ENTRIES[3], ENTRIES[40], ENTRIES[41]}
    shard = Shard(PLAN)
    shard.fold("acd", 0, list(range(50)), LINES[:50])
    fold_one_by_one(shard, "acd", 50, list(range(50, len(LINES))), LINES[50:])
    dead = {number for number in deadly if number >= 50}
    alive_before = {number for number in deadly if number < 50}
    assert not alive_before
    assert figures(shard) == expected(dead)
    kept = shard.take_rejects()
    assert {(each.reason, each.offset, each.raw) for each in kept} == {
        ("fold_error", number, LINES[number]) for number in dead
    }
    assert all("IndexError: index is out of bounds" in each.detail for each in kept)


def test_flow_counters_of_a_batch_folded_one_by_one_count_each_contact_once(
    deadly: set[int],
) -> None:
    well, ill = Shard(PLAN), Shard(PLAN)
    well.counts_flow = ill.counts_flow = True
    deadly.add(ENTRIES[-1])
    rest = [line for number, line in enumerate(LINES) if number not in deadly]
    well.fold("acd", 0, list(range(len(rest))), rest)
    fold_one_by_one(ill, "acd", 0, list(range(len(LINES))), LINES)
    assert ill.view(0).flow == well.view(0).flow


@pytest.mark.parametrize("with_store", [True, False])
def test_a_replay_counts_everything_but_the_event_that_kills_the_fold(
    deadly: set[int], tmp_path: Path, with_store: bool
) -> None:
    deadly.add(ENTRIES[20])
    store = tmp_path / "s.db" if with_store else None
    path = file_of(tmp_path)
    done = replay(Settings(plan=PLAN), [path], Options(store=store, checkpoint_rows=100))
    assert done.rejects["fold_error"] == 1
    offered = sum(done.view.day_arrival.columns[:, 0].tolist())
    assert offered == sum(row.get("offered", 0) for row in expected(deadly).arrival.values())
    if store:
        kept = SqliteStore(store, read_only=True)
        assert [each.raw for _, each, _ in kept.rejects()] == [LINES[ENTRIES[20]]]
        kept.close()


def test_a_live_driver_goes_back_to_its_checkpoint_and_keeps_the_culprit(
    deadly: set[int], tmp_path: Path
) -> None:
    deadly.add(ENTRIES[20])
    path, store = file_of(tmp_path), tmp_path / "s.db"
    clock = ManualClock(EVENTS[-1]["time"])
    driver = Embedded(
        Settings(plan=PLAN),
        {"log": lambda state: (FileSource(path, state), None)},
        SqliteStore(store),
        clock,
        clock,
    )
    driver.start()
    driver.run()
    assert figures(driver.shard) == expected(deadly)
    kept = SqliteStore(store, read_only=True)
    assert [(each.reason, each.raw) for _, each, _ in kept.rejects()] == [
        ("fold_error", LINES[ENTRIES[20]])
    ]
    kept.close()


def test_a_fold_that_fails_even_one_by_one_ends_the_process() -> None:
    suspects, failed = Suspects(), FoldFailed("acd", 5, 9, MemoryError())
    suspects.note(failed)
    suspects.note(FoldFailed("acd", 0, 6, MemoryError()))
    with pytest.raises(FoldFailed):
        suspects.note(failed)


def test_a_fold_that_any_event_kills_is_not_blamed_on_the_events(deadly: set[int]) -> None:
    deadly |= set(ENTRIES[:30])
    with pytest.raises(FoldFailed, match="index is out of bounds"):
        fold_one_by_one(Shard(PLAN), "acd", 0, list(range(len(LINES))), LINES)


def test_another_batch_is_not_blamed_for_an_earlier_one() -> None:
    suspects = Suspects()
    for first in range(0, 100, 10):
        suspects.note(FoldFailed("acd", first, first + 9, MemoryError()))


def test_kernels_beside_the_decoder_give_the_numbers_of_kernels_in_turn() -> None:
    alone = Shard(PLAN)
    with ThreadPoolExecutor(1) as beside:
        paired = Shard(PLAN, beside=beside)
        for start in range(0, len(LINES), 7):
            part = LINES[start : start + 7]
            offsets = list(range(start, start + len(part)))
            alone.fold("acd", start, offsets, part)
            paired.fold("acd", start, offsets, part)
        assert paired.snapshot() == alone.snapshot()
    assert json.loads(LINES[0])["type"]
