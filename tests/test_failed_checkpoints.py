"""Checkpoints of the embedded driver that fail: nothing is lost, nothing is kept twice."""

import resource
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from streams.checkpoint.sqlite import Commit, SqliteStore, StoreError
from streams.clock import ManualClock
from streams.drivers.embedded import Embedded
from streams.settings import Settings
from streams.sources.file import FileSource
from tests.house import House, lines


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


class Flaky(SqliteStore):
    """Its disk is full at the attempts that `fails` says, as the operating system tells it."""

    def __init__(self, path: Path, fails: Callable[[int], bool]) -> None:
        super().__init__(path)
        self._fails = fails
        self.attempts = count()
        self.failed = 0

    def commit(self, what: Commit) -> None:
        if not self._fails(next(self.attempts)):
            super().commit(what)
            return
        self.failed += 1
        with no_file_grows():
            super().commit(what)


@contextmanager
def no_file_grows() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def embedded(house: House, fails: Callable[[int], bool]) -> tuple[Embedded, Flaky, ManualClock]:
    store, pacing = Flaky(house.store, fails), ManualClock()
    latest = max(made.means["time"] for made in lines()[1] if made.means)

    def opened(state: Any) -> Any:
        return FileSource(house.feed, state), None

    settings = Settings(plan=lines()[0])
    driver = Embedded(settings, {str(house.feed): opened}, store, ManualClock(latest), pacing)
    return driver, store, pacing


def driven(driver: Embedded, pacing: ManualClock) -> None:
    """Step until the feed has ended, every step far enough from the last one to checkpoint."""
    driver.start()
    while not all(reader.source.ended for reader in driver.readers):
        pacing.set(pacing.now_ms() + 60_000)
        driver.step()
        if driver._writing is not None:
            driver._writing.exception()
    driver.step()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.drivers.embedded.CHUNK", 100)


def newest(path: Path) -> dict[Any, Any]:
    with closing(SqliteStore(path, read_only=True)) as store:
        return {record[:6]: (record.columns, record.wait_hist) for record in store.ledger()}


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("which", ["the first ones", "every other", "all but the last"])
def test_a_checkpoint_that_failed_is_made_good_by_the_next_one(
    which: str, house: House, tmp_path: Path
) -> None:
    fails = {
        "the first ones": lambda attempt: attempt < 4,
        "every other": lambda attempt: attempt % 2 == 0,
        "all but the last": lambda attempt: True,
    }[which]
    driver, store, pacing = embedded(house, fails)
    driven(driver, pacing)
    store._fails = lambda attempt: False
    driver.finish()
    assert store.failed > 2
    assert house.assert_intact() == house.feed.stat().st_size
    (tmp_path / "well").mkdir()
    well = House(tmp_path / "well")
    well_driver, _, well_pacing = embedded(well, lambda attempt: False)
    driven(well_driver, well_pacing)
    well_driver.finish()
    assert newest(house.store) == newest(well.store)


@pytest.mark.usefixtures("small_chunks")
def test_a_run_whose_last_checkpoint_fails_says_so_and_the_next_run_goes_on(house: House) -> None:
    driver, store, pacing = embedded(house, lambda attempt: attempt > 3)
    driven(driver, pacing)
    with pytest.raises(StoreError, match=r"disk|full") as told:
        driver.finish()
    assert "free space" in told.value.hint
    assert store.failed > 2
    assert 0 < house.assert_intact() < house.feed.stat().st_size
    again, _, pacing = embedded(house, lambda attempt: False)
    driven(again, pacing)
    again.finish()
    assert house.assert_intact() == house.feed.stat().st_size
