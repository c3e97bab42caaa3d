"""An error that nobody foresaw ends a worker: it says why, and writes nothing that may be torn."""

import asyncio
import json
import os
import signal
from typing import Any

import pytest

from streams import logs
from streams.drivers.faust_worker.batch import FetchedBatch
from streams.drivers.faust_worker.host import Host
from streams.errors import UserError
from streams.settings import Settings


class Broken:
    """A partition that cannot fold."""

    number = 0

    def __init__(self) -> None:
        self.batches = self.ticks = 0
        self.open_now = True

    def fold(self, *batch: Any) -> None:
        self.batches += 1
        raise IndexError("list index out of range")

    def tick(self, lag: int, writing: int = 1) -> None:
        self.ticks += 1


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    return sent


@pytest.fixture
def host(signals: list[tuple[int, int]]) -> Any:
    made = Host(Settings())
    yield made
    made.close()


def test_an_unforeseen_error_in_a_batch_ends_the_process_and_nothing_more_is_folded_or_written(
    host: Host, signals: list[tuple[int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", "json")
    owner: Any = Broken()
    host.partitions[0] = owner
    batch = FetchedBatch(owner, "acd", 0, [])
    for _ in range(2):
        asyncio.run(host.fold(batch))
        asyncio.run(host.tick())
    host.partitions.clear()
    assert (owner.batches, owner.ticks) == (1, 0)
    assert signals == [(os.getpid(), signal.SIGTERM)]
    (told,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert told["event"] == "worker_failed"
    assert told["message"] == "IndexError: list index out of range"
    assert "in fold" in told["trace"]


def test_an_error_of_the_users_is_told_without_a_trace(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", "json")
    asyncio.run(host.fail(UserError("no brokers", "start them")))
    (told,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert told["message"] == "no brokers"
    assert "trace" not in told
