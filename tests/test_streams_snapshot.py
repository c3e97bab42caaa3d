"""Snapshots: every layout this release reads, kept memory, pieces."""

import tomllib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kernels.columns import LAYOUT_VERSION
from schemas.targets import Plan
from streams.settings import Settings
from streams.shard import Shard
from streams.snapshot import MAGIC, Buffers, SnapshotRefused, captured, compressed, pieces
from tests import naive
from tests.data import ROOT
from tests.shards import figures

OLD = ROOT / "tests/vectors/snapshot_layout_2"
TAKEN_AFTER = 545
"""Events of the file that had been folded when the snapshots of the layouts before were taken."""
BEFORE = pytest.mark.parametrize(
    "old",
    [ROOT / f"tests/vectors/snapshot_layout_{n}/state.bin" for n in (2, 4, 5)],
    ids=("2", "4", "5"),
)


def plan() -> Plan:
    return Settings.load(OLD / "plan.toml").plan


def lines() -> list[bytes]:
    return (OLD / "events.jsonl").read_bytes().splitlines()


def folded(shard: Shard, start: int, stop: int) -> Shard:
    shard.fold("acd", start, list(range(start, stop)), lines()[start:stop])
    return shard


@BEFORE
def test_a_snapshot_of_a_layout_before_goes_on_to_the_figures_of_the_slow_twin(old: Path) -> None:
    shard = Shard(plan())
    shard.restore(old.read_bytes())
    folded(shard, TAKEN_AFTER, len(lines()))
    events = [msgspec.json.decode(line) for line in lines()]
    marks = {e["program"]: e["time"] for e in events if e["type"] == "heartbeat"}
    shard.sweep(marks)
    assert figures(shard) == naive.columns(events, plan(), marks)
    assert tomllib.loads((OLD / "plan.toml").read_text())["plan"]["queues"]


@BEFORE
def test_what_was_restored_from_a_layout_before_is_written_in_the_present_one(old: Path) -> None:
    shard = Shard(plan())
    shard.restore(old.read_bytes())
    written = shard.snapshot()
    assert int.from_bytes(written[len(MAGIC) :][:2]) == LAYOUT_VERSION
    again = Shard(plan())
    again.restore(written)
    assert again.snapshot() == written


def test_a_layout_of_a_later_release_is_refused_by_number() -> None:
    later = MAGIC + (LAYOUT_VERSION + 1).to_bytes(2) + b"anything"
    with pytest.raises(SnapshotRefused, match=f"layout {LAYOUT_VERSION + 1}"):
        Shard(plan()).restore(later)


def test_pieces_of_a_snapshot_together_are_the_snapshot() -> None:
    taken = captured(folded(Shard(plan()), 0, 500))
    cut = list(pieces(taken, 1000))
    assert len(cut) > 5
    assert max(map(len, cut)) <= 1000
    restored, whole = Shard(plan()), Shard(plan())
    restored.restore(b"".join(cut))
    whole.restore(compressed(taken))
    assert restored.snapshot() == whole.snapshot()


def test_a_capture_into_kept_memory_is_not_touched_by_what_is_folded_after_it() -> None:
    kept, shard = Buffers(), folded(Shard(plan()), 0, 300)
    captured(shard, kept)
    first = captured(shard, kept)
    wanted = compressed(captured(shard))
    folded(shard, 300, len(lines()))
    assert compressed(first) == wanted


def test_kept_memory_is_taken_once_and_grows_with_the_state() -> None:
    kept = Buffers()
    one = kept.copy("a", np.arange(100))
    two = kept.copy("a", np.arange(110))
    assert np.shares_memory(one, two)
    assert kept.copy("a", np.arange(1000)).tolist() == list(range(1000))


def test_a_flipped_bit_is_refused_and_the_shard_stays_as_it_was() -> None:
    shard = folded(Shard(plan()), 0, 500)
    before = shard.snapshot()
    damaged = bytearray(before)
    damaged[len(damaged) // 2] ^= 4
    with pytest.raises(SnapshotRefused, match="damaged"):
        shard.restore(bytes(damaged))
    assert shard.snapshot() == before
