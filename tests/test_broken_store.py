"""A full disk, a damaged database, a store that may not be written: one clear error each, and
nothing is lost that was reported as kept."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from streams.checkpoint.sqlite import SqliteStore
from streams.errors import UserError
from streams.shard import Shard
from streams.snapshot import MAGIC
from tests.house import House, assert_one_clear_error, lines, wanted
from tests.shards import figures


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A store that holds the whole feed; tests take copies of it."""
    made = House(tmp_path_factory.mktemp("filled"))
    assert made.replay().returncode == 0
    return made


@pytest.fixture
def copied(filled: House, tmp_path: Path) -> House:
    made = House(tmp_path)
    made.feed = filled.feed
    shutil.copytree(filled.store.parent, made.store.parent)
    return made


def test_a_disk_that_fills_up_again_and_again_loses_nothing_and_the_replay_ends_right(
    house: House,
) -> None:
    reached = []
    for limit in (9_000, 100_000, 200_000, 300_000):
        assert_one_clear_error(house.replay(limit=limit), str(house.store), "free space")
        if limit > 9_000:
            reached.append(house.assert_intact())
    assert 0 < reached[1] < reached[2] < house.feed.stat().st_size
    assert house.replay().returncode == 0
    assert house.assert_intact() == house.feed.stat().st_size


def test_a_full_disk_while_mending_leaves_the_rejects_open(copied: House) -> None:
    plan = copied.folder / "wide.toml"
    plan.write_text(copied.config.read_text() + '\n[plan]\nunmapped_queues = "accept"\n')
    shutil.copy(plan, copied.config)
    mend = ("rejects", "replay", "--store", copied.store, "--config", copied.config)
    ended = copied.run(*mend, "--reason", "unmapped_queue", limit=40_000)
    assert_one_clear_error(ended, "free space")
    assert copied.assert_intact() == copied.feed.stat().st_size
    assert copied.run(*mend, "--reason", "unmapped_queue").returncode == 0
    with closing(SqliteStore(copied.store, read_only=True)) as store:
        assert "unmapped_queue" not in {each.reason for _, each, _ in store.rejects()}


def damaged(path: Path, at: float, with_bytes: bytes) -> None:
    data = bytearray(path.read_bytes())
    start = round(at * len(data))
    data[start : start + len(with_bytes)] = with_bytes
    path.write_bytes(data[: path.stat().st_size])


DAMAGE: dict[str, Callable[[Path], None]] = {
    "header": lambda path: damaged(path, 0, b"\0" * 100),
    "schema": lambda path: damaged(path, 0, path.read_bytes()[:100] + b"\xa5" * 4000),
    "everything behind the header": lambda path: damaged(path, 0.02, Random(1).randbytes(1 << 22)),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut to nothing but its header": lambda path: os.truncate(path, 100),
    "another file": lambda path: damaged(path, 0, b"id;queue\n" * 100),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_database_is_named_with_a_way_out_and_not_written_to(
    damage: str, copied: House
) -> None:
    DAMAGE[damage](copied.store)
    before = copied.store.read_bytes()
    assert_one_clear_error(copied.replay(), str(copied.store), "restore the store from a backup")
    listed = copied.run("rejects", "list", "--json", "--store", copied.store)
    assert_one_clear_error(listed, str(copied.store))
    assert copied.store.read_bytes() == before


def test_no_damage_to_a_store_is_a_crash_or_restores_other_figures(
    filled: House, tmp_path: Path
) -> None:
    whole, draw, path = filled.store.read_bytes(), Random(3), tmp_path / "hit.db"
    right = figures(shard_of(filled.store))
    refused = 0
    for _ in range(150):
        path.write_bytes(_hit(whole, draw))
        try:
            with closing(SqliteStore(path, read_only=True)) as store:
                list(store.ledger())
                list(store.rejects())
                store.positions(), store.plan()
            assert figures(shard_of(path)) == right
        except UserError as error:
            assert error.hint
            refused += 1
    assert refused > 30


def _hit(whole: bytes, draw: Random) -> bytes:
    hit, at = bytearray(whole), draw.randrange(len(whole))
    length = draw.choice((1, 16, 4096, 20_000))
    hit[at : at + length] = draw.choice((draw.randbytes(length), bytes(length)))
    return bytes(hit[: len(whole)])


def test_every_flipped_bit_of_a_snapshot_is_noticed(filled: House) -> None:
    with closing(SqliteStore(filled.store, read_only=True)) as store:
        whole = store.snapshot() or b""
    draw = Random(4)
    for _ in range(300):
        flipped = bytearray(whole)
        flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        with pytest.raises(UserError):
            Shard(lines()[0]).restore(bytes(flipped))


def shard_of(path: Path) -> Shard:
    with closing(SqliteStore(path, read_only=True)) as store:
        data = store.snapshot()
    if data is None:
        raise UserError("the snapshot is gone", "restore a backup")
    shard = Shard(lines()[0])
    shard.restore(data)
    return shard


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (MAGIC + (999).to_bytes(2), "layout 999"),
        (MAGIC + (0).to_bytes(2), "layout 0"),
        (b"SOMETHING ELSE", "not a Floorwatch snapshot"),
    ],
)
def test_a_snapshot_of_an_unknown_layout_is_refused_and_stays(
    head: bytes, told: str, copied: House
) -> None:
    with closing(sqlite3.connect(copied.store, isolation_level=None)) as db:
        (data,) = db.execute("SELECT data FROM snapshot").fetchone()
        db.execute("UPDATE snapshot SET data = ?", (head + data[len(head) :],))
    assert_one_clear_error(copied.replay(), told)
    with closing(SqliteStore(copied.store, read_only=True)) as store:
        assert store.snapshot() == head + data[len(head) :]


def test_a_store_of_another_schema_is_refused(copied: House) -> None:
    with closing(sqlite3.connect(copied.store, isolation_level=None)) as db:
        db.execute("UPDATE meta SET value = 99 WHERE key = 'schema'")
    assert_one_clear_error(copied.replay(), "store schema 99")


def test_a_folder_that_may_not_be_written_is_named(copied: House) -> None:
    for path in (*copied.store.parent.iterdir(), copied.store.parent):
        path.chmod(0o555)
    assert_one_clear_error(copied.replay(obedient=True), str(copied.store), "can be written")
    other = House(copied.folder)
    other.store = copied.store.with_name("new.db")
    assert_one_clear_error(other.replay(obedient=True), str(other.store), "can be written")
    copied.store.parent.chmod(0o755)
    assert copied.assert_intact() == copied.feed.stat().st_size


def test_the_database_of_another_program_is_left_as_it_is(house: House) -> None:
    house.store.parent.mkdir()
    with closing(sqlite3.connect(house.store)) as other:
        other.execute("CREATE TABLE calls (id)")
    before = house.store.read_bytes()
    assert_one_clear_error(house.replay(), str(house.store), "not a floorwatch store")
    assert house.store.read_bytes() == before


def test_a_store_that_another_floorwatch_holds_is_left_to_it(copied: House) -> None:
    with closing(SqliteStore(copied.store)) as store:
        store.own()
        assert_one_clear_error(
            copied.replay(apart=True), "another floorwatch is writing", "stop it"
        )
    assert copied.replay().returncode == 0


def test_a_store_locked_by_another_program_is_named_with_a_way_out(copied: House) -> None:
    with closing(sqlite3.connect(copied.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert_one_clear_error(copied.replay(apart=True), "database is locked", "another process")
    assert copied.replay().returncode == 0


def test_positions_and_rejects_can_be_read_by_other_tools(filled: House) -> None:
    with closing(sqlite3.connect(f"file:{filled.store}?mode=ro", uri=True)) as db:
        ((state,),) = db.execute("SELECT state FROM position").fetchall()
        (bad,) = db.execute("SELECT count(*) FROM reject").fetchone()
    assert json.loads(state)["kind"] == "events"
    assert bad == len(wanted(filled.feed.stat().st_size)[0])
