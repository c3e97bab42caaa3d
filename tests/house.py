"""A folder with a damaged feed and a store, the command line on them, and what must be in it."""

import ctypes
import os
import subprocess
import sys
from contextlib import closing
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from typer.testing import CliRunner

from schemas.targets import Plan
from streams.checkpoint.sqlite import SqliteStore
from streams.cli import app
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.files import plan_toml
from streams.simulator.settings import SimulatorSettings
from tests import naive
from tests.data import ROOT
from tests.mutations import FAITHFUL, REFUSED, Mutant, mutant
from tests.shards import figures

PROGRAM = """
import resource, sys
limit, obedient = int(sys.argv.pop(1)), int(sys.argv.pop(1))
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
if obedient:
    from tests.house import obey_permissions
    obey_permissions()
from streams.cli import main
main()
"""


@cache
def lines() -> tuple[Plan, tuple[Mutant, ...]]:
    """40 minutes of a simulated center, half of its events damaged."""
    center = Center(SimulatorSettings(seed=5, heartbeat_s=600))
    start = round(center.settings.start.timestamp() * 1000) + 9 * 3_600_000
    draw = Random(11)
    events = (event for _, event in center.events(start, start + 2_400_000))
    return center.plan(), tuple(mutant(event, draw, REFUSED, FAITHFUL) for event in events)


def wanted(until: int) -> tuple[list[tuple[str, int, bytes]], list[Any]]:
    """Rejects (reason, position, bytes) and events of the lines before byte `until`."""
    refused, events, at = [], [], 0
    for made in lines()[1]:
        if at >= until:
            break
        if made.reason:
            refused.append((made.reason, at, made.line))
        else:
            events.append(made.means)
        at += len(made.line) + 1
    return refused, events


class Ended(NamedTuple):
    """How a command ended."""

    returncode: int
    stderr: str


class House:
    """A folder with a feed, its plan and a store, and the command line to work on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.feed, self.store = folder / "events.jsonl", folder / "store" / "floor.db"
        self.config = folder / "floorwatch.toml"
        self.feed.write_bytes(b"".join(made.line + b"\n" for made in lines()[1]))
        self.config.write_text(plan_toml(lines()[0]), encoding="utf-8")

    def run(
        self,
        *arguments: str | Path,
        limit: int = 0,
        obedient: bool = False,
        apart: bool = False,
    ) -> Ended:
        """The command line: in a process of its own where that is the point, starting it takes seconds.

        `limit` (bytes) stands for a full disk, `obedient` gives up the powers of root.
        """
        said = [str(argument) for argument in arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FLOORWATCH_")}
        if not (limit or obedient or apart):
            cleared = {k: None for k in os.environ if k not in environment}
            done = CliRunner().invoke(app, said, env=cleared)
            return Ended(done.exit_code, done.stderr)
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(limit), str(int(obedient)), *said],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(ended.returncode, ended.stderr)

    def replay(self, **how: Any) -> Ended:
        return self.run(
            *("replay", "--config", self.config, "--store", self.store, "--checkpoint-rows", "100"),
            *("--summary", "none", "--log-level", "error", self.feed),
            **how,
        )

    def assert_intact(self) -> int:
        """What is in the store belongs together; returns up to which byte the feed is in it."""
        with closing(SqliteStore(self.store, read_only=True)) as store:
            places = store.positions()
            until = places[str(self.feed)]["source"]["position"] if places else 0
            refused, events = wanted(until)
            kept = sorted((each for _, each, _ in store.rejects()), key=lambda each: each.offset)
            assert [(each.reason, each.offset, each.raw) for each in kept] == refused
            data = store.snapshot()
        if data is None:
            assert until == 0
            return 0
        shard = Shard(lines()[0])
        shard.restore(data)
        assert figures(shard) == naive.columns(events, lines()[0])
        return int(until)


def assert_one_clear_error(ended: Ended, *told: str) -> None:
    assert ended.returncode == 2, ended.stderr
    error, hint = ended.stderr.strip().splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")
    for each in told:
        assert each in ended.stderr


def obey_permissions() -> None:
    """Give up what lets root write where nobody may (CAP_DAC_OVERRIDE); no change for others."""
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(0x2008_0522, 0)
    sets = (ctypes.c_uint32 * 6)()
    assert libc.capget(head, sets) == 0
    sets[0] &= ~0b10
    assert libc.capset(head, sets) == 0
