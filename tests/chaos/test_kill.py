"""A killed process goes on where its last commit stands and ends with the undisturbed figures."""

import contextlib
import json
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bank import CONFIG, Bank, Newest, newest, replayed, rows
from tests.data import shared
from tests.effort import FULL

BANK = Bank(shared("technion-anonymousbank-1999"))
KILLS, RESUMED_INSIDE = (20, 15) if FULL else (6, 4)
SEED = 1999
LONGEST_DELAY_S = 0.15
FLOORWATCH = "import sys; from streams.cli import main; sys.exit(main())"


class Run:
    """One `floorwatch replay` of January with a store, as a process of its own."""

    def __init__(self, store: Path, log: Path) -> None:
        self.store, self.log = store, log
        self.fresh = not self.committed()
        arguments = ("--checkpoint-rows", "2000", "--config", CONFIG, "--summary", "json")
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", FLOORWATCH, "replay", "--store", store, *arguments,
                 BANK.month("january")],
                stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    @property
    def resumed_from(self) -> int:
        """The byte this run goes on from; 0 before it has said so."""
        for line in self.log.read_text().splitlines():
            if '"event": "resumed"' in line:
                return int(json.loads(line)["position"])
        return 0

    def committed(self) -> int:
        """The byte behind the newest commit."""
        with (
            contextlib.suppress(sqlite3.OperationalError),
            contextlib.closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as reading,
        ):
            for (state,) in reading.execute("SELECT state FROM position"):
                return int(json.loads(state)["source"]["position"])
        return 0

    def works(self) -> bool:
        """Whether it has begun to read."""
        return self.committed() > 0 if self.fresh else self.resumed_from > 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def kill_at(run: Run, after_a_commit: bool, delay_s: float, limit: int) -> None:
    """SIGKILL a while after it began to read, or after a commit of its own.

    At the latest at its commit behind `limit`, so that it does not come to the end.
    """
    while not run.works():
        assert run.process.poll() is None, run.log.read_text()
        time.sleep(0.01)
    before = run.committed()
    while after_a_commit and run.committed() == before < limit and run.process.poll() is None:
        time.sleep(0.01)
    until = time.monotonic() + delay_s
    while time.monotonic() < until and run.committed() < limit:
        time.sleep(0.01)
    assert run.process.poll() is None, "it ended before it was killed"
    run.kill()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, Newest]:
    store = tmp_path_factory.mktemp("undisturbed") / "store.db"
    return replayed(store, BANK.month("january"))["columns"], newest(store)


def test_a_replay_killed_at_many_moments_ends_with_the_columns_and_ledger_of_an_undisturbed_one(
    tmp_path: Path, undisturbed: tuple[object, Newest]
) -> None:
    header, calls = rows(BANK.month("january"))
    end = len(header) + sum(map(len, calls))
    store, log, chance = tmp_path / "store.db", tmp_path / "log", random.Random(SEED)
    starts = []
    for n in range(KILLS):
        run = Run(store, log)
        limit = end * (n + 1) // (KILLS + 2)
        kill_at(run, chance.random() < 0.6, chance.uniform(0, LONGEST_DELAY_S), limit)
        starts.append(run.resumed_from)
    last = Run(store, log)
    output, _ = last.process.communicate()
    assert last.process.returncode == 0, log.read_text()
    starts.append(last.resumed_from)
    print("resumed at byte", *starts, "of", end)

    assert sum(0 < start < end for start in starts[1:]) >= RESUMED_INSIDE
    assert len(set(starts)) >= KILLS // 3, "the kills fell on too few places"
    columns, want = json.loads(output)["columns"], BANK.reference("january")
    assert (columns["offered"], columns["ans"]) == (want["offered"], want["answered"])
    assert columns["wait_ans_ms"] == want["sum_q_time_answered"] * 1000
    assert (columns, newest(store)) == undisturbed
